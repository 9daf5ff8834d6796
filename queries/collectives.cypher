// ---
// summary: Groups that a source counts without naming every member - "12 funds" - with the members it does name, and inferred ones apart
// summary_zh: 来源只计数而未全部列名的集合（如“12支基金”），列名的成员与推断的成员分列
// params:
//   entity: {type: entity, description: "only this group, or the groups tied to this entity, such as an agreement or a member"}
//   kind: {type: kind, description: only groups of this kind}
//   place: {type: entity, description: "only groups that lie in this place, or are tied to what lies there"}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   collective: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   count: {type: int, nullable: true, sought: true}
//   unit: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true, description: empty where the count is exact}
//   listed: {type: bool, description: whether the source names them all}
//   named: {type: nodes, description: ids of the members that a source names}
//   inferred_members: {type: nodes, description: "ids of those that are only inferred to be members: they stand where the group stands"}
//   ties: {type: list, description: relation and id of what the group is tied to}
//   published: {type: date, nullable: true, description: when the first source that counts it came out}
//   said_in: {type: list, description: "source and locator of each claim of its number"}
// example: {entity: 武汉共识}
// ---
MATCH (n:Entity) WHERE n.collective = true AND ($kind IS NULL OR $kind IN labels(n))
  AND ($entity IS NULL OR n.id = $entity OR EXISTS { MATCH (n)-[:REL]-(e:Entity {id: $entity}) })
OPTIONAL MATCH (n)<-[p:PART_OF]-(m:Entity)
WITH n, p, m ORDER BY n.id, m.id
WITH n, collect(DISTINCT CASE WHEN NOT p.inferred THEN m.id END) AS named, collect(DISTINCT CASE WHEN p.inferred THEN m.id END) AS guessed
OPTIONAL MATCH (n)-[r:REL]->(o:Entity)
WITH n, named, guessed, r, o ORDER BY n.id, o.id
OPTIONAL MATCH (o)<-[q:SIGNED|MEMBER_OF|INITIATED|ESTABLISHED]-(x:Entity)
WHERE type(q) = type(r) AND q.inferred
  AND NOT r.inferred AND coalesce(x.collective, false) = false
WITH n, named, guessed, r, o, x ORDER BY n.id, o.id, x.id
WITH n, named, guessed, collect(DISTINCT x.id) AS standing, collect(DISTINCT type(r) + ' ' + o.id) AS ties,
     collect(CASE WHEN $place IS NULL OR inside(o, $place) THEN 1 END) AS there
WHERE $place IS NULL OR inside(n, $place) OR size(there) > 0
OPTIONAL MATCH (c:Claim {subject: n.id})-[:STATED_IN]->(s:Source) WHERE c.property IN ['count', 'collective'] AND c.retracted IS NULL
WITH n, named, guessed, standing, ties, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY n.id, said
RETURN n.id AS collective, n.name AS name, n.kind AS kind, n.count AS count, n.count_unit AS unit,
       n.count_qualifier AS qualifier, coalesce(n.listed, false) AS listed, named,
       guessed + [i IN standing WHERE NOT i IN guessed AND NOT i IN named] AS inferred_members, ties,
       min(published) AS published, collect(DISTINCT said) AS said_in
ORDER BY collective LIMIT $limit
