// ---
// summary: What is said of the status of an entity, or of its ties with another, each saying with its day, its modality and its source
// summary_zh: 关于某实体的状态（或它与另一实体关系的状态）的每条说法，含所指日期、语气与来源
// params:
//   entity: {type: entity, required: true, description: whose status}
//   other: {type: entity, description: the status of its ties with this one instead}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   what: {type: str, description: "the relation, or status where the entity's own is meant"}
//   subject: {type: node}
//   object: {type: node, nullable: true}
//   status: {type: str, nullable: true, sought: true, description: the status that the graph shows}
//   says: {type: str, nullable: true, sought: true, description: the status that this claim gives}
//   modality: {type: str, description: "asserted, intended by somebody, or recommended by the author"}
//   as_of: {type: date, nullable: true, description: the day it speaks of where the source gives one}
//   valid_from: {type: date, nullable: true}
//   inferred: {type: bool}
//   contested: {type: bool}
//   claim: {type: claim}
//   source: {type: source}
//   title: {type: str}
//   published: {type: date, nullable: true}
//   locator: {type: str, nullable: true}
// example: {entity: "京津冀科创母基金"}
// ---
MATCH (f:Fact {subject: $entity}) WHERE $other IS NULL AND f.property = 'status'
MATCH (c:Claim {fact: f.id})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
RETURN f.id AS fact, f.property AS what, f.subject AS subject, f.object AS object, f.value AS status, c.value AS says, c.modality AS modality,
       c.as_of AS as_of, c.valid_from AS valid_from, coalesce(c.inferred, false) AS inferred, f.contested AS contested,
       c.id AS claim, s.id AS source, s.name AS title, s.published AS published, c.locator AS locator
ORDER BY coalesce(as_of, published), locator, claim LIMIT $limit
UNION ALL
MATCH (f:Fact {subject: $entity}) WHERE f.object = $other
MATCH (c:Claim {fact: f.id})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
RETURN f.id AS fact, f.relation AS what, f.subject AS subject, f.object AS object, f.status AS status, c.status AS says, c.modality AS modality,
       c.as_of AS as_of, c.valid_from AS valid_from, coalesce(c.inferred, false) AS inferred, f.contested AS contested,
       c.id AS claim, s.id AS source, s.name AS title, s.published AS published, c.locator AS locator
ORDER BY what, coalesce(as_of, published), locator, claim LIMIT $limit
UNION ALL
MATCH (f:Fact {object: $entity}) WHERE f.subject = $other
MATCH (c:Claim {fact: f.id})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
RETURN f.id AS fact, f.relation AS what, f.subject AS subject, f.object AS object, f.status AS status, c.status AS says, c.modality AS modality,
       c.as_of AS as_of, c.valid_from AS valid_from, coalesce(c.inferred, false) AS inferred, f.contested AS contested,
       c.id AS claim, s.id AS source, s.name AS title, s.published AS published, c.locator AS locator
ORDER BY what, coalesce(as_of, published), locator, claim LIMIT $limit
