// ---
// summary: Partners of an entity in other countries, tied to it directly or at one table (an agreement, a centre, an alliance)
// summary_zh: 某实体的境外合作伙伴及其国家：直接相连，或同在一份协议、一个平台或联盟中
// params:
//   entity: {type: entity, required: true, description: whose partners}
//   country: {type: country, description: "only partners of this country (its name or its code of ISO 3166, such as IL)"}
//   home: {type: country, default: CN, description: "the country that is not foreign (ISO 3166)"}
//   least: {type: floor, default: planned, description: only facts of this status or a higher one}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   country: {type: str, description: "its own, or that of the place it lies in"}
//   partner: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   direct: {type: bool, description: whether a fact ties the two with nothing between}
//   tables: {type: nodes, description: the tables at which they sit together}
// example: {entity: "成都高新区"}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(x:Entity)
WHERE passable(r) AND rank(r.status) >= $least AND ($inferred OR NOT r.inferred)
OPTIONAL MATCH (x)-[q:REL]-(y:Entity)
WHERE x.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(x)
  AND y.id <> $entity AND passable(q) AND rank(q.status) >= $least AND ($inferred OR NOT q.inferred)
WITH collect(DISTINCT x.id) AS near, collect(DISTINCT y.id + ' ' + x.id) AS far
WITH near, far, near + [t IN far | split(t, ' ')[0]] AS ids
UNWIND ids AS id
WITH DISTINCT near, far, id
MATCH (m:Entity {id: id}) WHERE coalesce(m.collective, false) = false AND m.kind <> 'Agreement' AND m.kind <> 'Place'
OPTIONAL MATCH (m)-[:LOCATED_IN|PART_OF]->(p:Entity) WHERE p.iso3166 IS NOT NULL OR p.country IS NOT NULL
WITH near, far, m, coalesce(m.country, min(p.iso3166), min(p.country)) AS country
WHERE country IS NOT NULL AND country <> $home AND ($country IS NULL OR country = $country)
WITH m, country, m.id IN near AS direct, [t IN far WHERE t STARTS WITH m.id + ' ' | split(t, ' ')[1]] AS found
UNWIND CASE WHEN size(found) = 0 THEN [null] ELSE found END AS table
WITH m, country, direct, table ORDER BY m.id, table
RETURN country, m.id AS partner, m.name AS name, m.kind AS kind, direct, collect(DISTINCT table) AS tables
ORDER BY country, partner LIMIT $limit
