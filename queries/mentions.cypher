// ---
// summary: What each source says that an entity does, or that is done with it - act, other side, date and place in the text
// summary_zh: 各来源说某实体做了什么（或对它做了什么）：行为、另一方、日期与位置
// params:
//   entity: {type: entity, required: true, description: whom they speak of}
//   source: {type: str, description: "only this source (id)"}
//   relation: {type: relation, description: only this act}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   source: {type: source}
//   title: {type: str}
//   file: {type: str, nullable: true}
//   published: {type: date, nullable: true}
//   relation: {type: str, description: the act}
//   direction: {type: str, description: out where the entity is the subject}
//   other: {type: node}
//   other_name: {type: str}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true, sought: true}
//   inferred: {type: bool}
//   fact: {type: fact}
//   claim: {type: claim}
//   locator: {type: str, nullable: true}
// example: {entity: 科技部}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(m:Entity)
WHERE $relation IS NULL OR type(r) = $relation
WITH DISTINCT r.id AS fact, type(r) AS relation, CASE WHEN startNode(r).id = $entity THEN 'out' ELSE 'in' END AS direction, m
MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source)
WHERE c.retracted IS NULL AND ($source IS NULL OR s.id = $source)
RETURN s.id AS source, s.name AS title, s.file AS file, s.published AS published, relation, direction, m.id AS other,
       m.name AS other_name, c.status AS status, c.valid_from AS valid_from, coalesce(c.inferred, false) AS inferred,
       fact, c.id AS claim, c.locator AS locator
ORDER BY published, source, relation, other, locator, claim LIMIT $limit
