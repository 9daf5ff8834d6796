// ---
// summary: Every name of an entity, in each language, with where it was read or that it is known from outside the texts
// summary_zh: 某实体的各种名称（中英文、别名、曾用名），读自何处，或来自文本之外
// params:
//   entity: {type: entity, required: true, description: whose names}
// returns:
//   fact: {type: fact}
//   property: {type: str, description: "name_zh, name_en, alias or former_name"}
//   says: {type: str, description: the name}
//   read: {type: bool, description: whether it is read in a text rather than known from outside}
//   inferred: {type: bool}
//   claim: {type: claim}
//   source: {type: source}
//   published: {type: date, nullable: true}
//   locator: {type: str, nullable: true}
// example: {entity: TSPPP}
// ---
MATCH (c:Claim {subject: $entity})-[:STATED_IN]->(s:Source)
WHERE c.property IN ['name_zh', 'name_en', 'alias', 'former_name'] AND c.retracted IS NULL
RETURN c.fact AS fact, c.property AS property, c.value AS says, s.kind = 'text' AS read, coalesce(c.inferred, false) AS inferred,
       c.id AS claim, s.id AS source, s.published AS published, c.locator AS locator
ORDER BY property DESC, says, published, source, locator, claim
