// ---
// summary: What an entity is tied to, with relation, direction, status, date and sources
// summary_zh: 与某实体直接相连的实体、关系、方向、状态、日期与来源
// params:
//   entity: {type: entity, required: true, description: whose ties}
//   relation: {type: relation, description: only this relation}
//   direction: {type: str, choices: [out, in], description: out where the entity is the subject; a symmetric relation is both}
//   kind: {type: kind, description: only partners of this kind}
//   place: {type: entity, description: only partners that are this place or lie in it}
//   status: {type: status, description: only facts of this status}
//   least: {type: floor, description: only facts of this status or a higher one}
//   role: {type: code, of: [role], description: "only this role or post, such as tenant or party"}
//   collective: {type: bool, description: true for counted groups only; false for named ones only}
//   source: {type: str, description: "only what this source supports (id)"}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   since: {type: date, description: only what may have begun on this date or later}
//   until: {type: date, description: only what may have begun by this date}
//   undated: {type: bool, default: false, description: "with since or until: also what no source dates"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   direction: {type: str, description: "out where the entity is the subject, both where the relation is symmetric"}
//   partner: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true}
//   modality: {type: str}
//   role: {type: str, nullable: true}
//   form: {type: str, nullable: true}
//   count: {type: float, nullable: true}
//   count_unit: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "中英智慧质量工程技术研究院"}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(m:Entity)
WHERE ($relation IS NULL OR type(r) = $relation) AND ($status IS NULL OR r.status = $status)
  AND ($least IS NULL OR rank(r.status) >= $least)
  AND ($kind IS NULL OR $kind IN labels(m))
  AND ($inferred OR NOT r.inferred)
  AND ($role IS NULL OR r.role = $role) AND ($source IS NULL OR $source IN r.source_ids)
  AND ($collective IS NULL OR coalesce(m.collective, false) = $collective)
  AND ($direction IS NULL OR symmetric(r) OR ($direction = 'out' AND startNode(r).id = $entity) OR ($direction = 'in' AND endNode(r).id = $entity))
  AND ($since_min IS NULL OR (r.from_min > 0 AND r.from_max >= $since_min) OR ($undated AND r.from_min = 0))
  AND ($until_max IS NULL OR (r.from_min > 0 AND r.from_min <= $until_max) OR ($undated AND r.from_min = 0))
  AND ($place IS NULL OR inside(m, $place))
WITH r, m, r.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH r, m, fact, type(r) AS relation,
     CASE WHEN symmetric(r) THEN 'both' WHEN startNode(r).id = $entity THEN 'out' ELSE 'in' END AS direction,
     c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY fact, said
RETURN fact, relation, direction, m.id AS partner, m.name AS name, m.kind AS kind, r.status AS status,
       r.modality AS modality, r.role AS role, r.form AS form, r.count AS count, r.count_unit AS count_unit,
       r.valid_from AS valid_from, min(published) AS published, r.inferred AS inferred, r.contested AS contested,
       collect(DISTINCT said) AS said_in
ORDER BY relation, partner, fact LIMIT $limit
