// ---
// summary: Facts whose live claims disagree, with what each claim says and where
// summary_zh: 各来源说法不一的事实，及每条说法与出处
// params:
//   entity: {type: entity, description: only facts of which this entity is the subject or object}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   subject: {type: node}
//   what: {type: str, description: the relation or the property}
//   object: {type: node, nullable: true}
//   shown: {type: any, nullable: true, description: the value or status that the graph shows}
//   claim: {type: claim}
//   says: {type: any, nullable: true, description: the value or status of this claim}
//   valid_from: {type: date, nullable: true}
//   attributes: {type: str, nullable: true}
//   source: {type: source}
//   locator: {type: str, nullable: true}
// ---
MATCH (f:Fact {contested: true})
WHERE $entity IS NULL OR f.subject = $entity OR f.object = $entity
MATCH (c:Claim {fact: f.id}) WHERE c.retracted IS NULL
RETURN f.id AS fact, f.subject AS subject, coalesce(f.relation, f.property) AS what, f.object AS object,
       coalesce(f.value, f.status) AS shown, c.id AS claim,
       coalesce(c.figure, c.value, c.status) AS says, c.valid_from AS valid_from, c.attributes AS attributes,
       c.source AS source, c.locator AS locator
ORDER BY subject, what, fact, source, locator, claim LIMIT $limit
