// ---
// summary: Where it is said - every live claim about an entity, or between two, with source, file and locator
// summary_zh: 依据何在：关于某实体（或两个实体之间）的每条陈述及其来源、文件与位置
// params:
//   entity: {type: entity, required: true, description: about whom}
//   other: {type: entity, description: only claims that tie it to this one}
//   relation: {type: relation, description: only this relation}
//   property: {type: property, description: "only this property of the entity, such as status, date or alias"}
//   status: {type: status, description: "only claims that give this status, such as planned"}
//   source: {type: str, description: "only this source (id)"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   claim: {type: claim}
//   fact: {type: fact}
//   subject: {type: node}
//   relation: {type: str, nullable: true}
//   object: {type: node, nullable: true}
//   property: {type: str, nullable: true}
//   says: {type: any, nullable: true, description: what it says of the property}
//   status: {type: str, nullable: true}
//   modality: {type: str}
//   valid_from: {type: date, nullable: true}
//   source: {type: source}
//   title: {type: str}
//   published: {type: date, nullable: true}
//   file: {type: str, nullable: true}
//   locator: {type: str, nullable: true}
//   inferred: {type: bool}
// example: {entity: "上海张江国家自主创新示范区", relation: SUPPORTS}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(m:Entity)
WHERE $property IS NULL AND ($other IS NULL OR m.id = $other) AND ($relation IS NULL OR type(r) = $relation)
WITH DISTINCT r.id AS fact
MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source)
WHERE c.retracted IS NULL AND ($status IS NULL OR c.status = $status) AND ($source IS NULL OR s.id = $source)
RETURN c.id AS claim, fact, c.subject AS subject, c.relation AS relation, c.object AS object, c.property AS property, c.value AS says,
       c.status AS status, c.modality AS modality, c.valid_from AS valid_from, s.id AS source, s.name AS title, s.published AS published,
       s.file AS file, c.locator AS locator, coalesce(c.inferred, false) AS inferred
ORDER BY relation, subject, object, published, claim LIMIT $limit
UNION ALL
MATCH (c:Claim {subject: $entity})-[:STATED_IN]->(s:Source)
WHERE c.property IS NOT NULL AND $other IS NULL AND $relation IS NULL AND c.retracted IS NULL AND ($property IS NULL OR c.property = $property)
  AND ($status IS NULL OR (c.property = 'status' AND c.value = $status)) AND ($source IS NULL OR s.id = $source)
RETURN c.id AS claim, c.fact AS fact, c.subject AS subject, c.relation AS relation, c.object AS object, c.property AS property,
       coalesce(c.figure, c.value) AS says, c.status AS status, c.modality AS modality, c.valid_from AS valid_from, s.id AS source,
       s.name AS title, s.published AS published, s.file AS file, c.locator AS locator, coalesce(c.inferred, false) AS inferred
ORDER BY property, published, source, locator, claim LIMIT $limit
