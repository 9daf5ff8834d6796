// ---
// summary: Where it is said - every live claim between two entities, or about one, with source and locator
// summary_zh: 依据何在：两个实体之间（或关于一个实体）的每条陈述及其来源与位置
// params:
//   entity: {type: entity, required: true, description: about whom}
//   other: {type: entity, description: only claims that tie it to this one}
//   relation: {type: relation, description: only this relation}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   claim: {type: claim}
//   fact: {type: fact}
//   subject: {type: node}
//   relation: {type: str}
//   object: {type: node}
//   status: {type: str, nullable: true}
//   source: {type: source}
//   title: {type: str}
//   published: {type: date, nullable: true}
//   locator: {type: str, nullable: true}
//   inferred: {type: bool}
// example: {entity: "上海张江国家自主创新示范区", relation: SUPPORTS}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(m:Entity)
WHERE ($other IS NULL OR m.id = $other) AND ($relation IS NULL OR type(r) = $relation)
WITH DISTINCT r.id AS fact
MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
RETURN c.id AS claim, fact, c.subject AS subject, c.relation AS relation, c.object AS object, c.status AS status,
       s.id AS source, s.name AS title, s.published AS published, c.locator AS locator, coalesce(c.inferred, false) AS inferred
ORDER BY relation, subject, object, published, claim LIMIT $limit
