// ---
// summary: What is known of an entity itself - its dates, status, size, type - with how well and by which sources
// summary_zh: 某实体自身的属性（日期、状态、规模、类型等），是否推断、是否有异说，以及来源
// params:
//   entity: {type: entity, required: true, description: of whom}
//   property: {type: property, description: "only this property, such as date, founded or total_size"}
// returns:
//   fact: {type: fact}
//   property: {type: str}
//   value: {type: any}
//   unit: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true}
//   as_of: {type: date, nullable: true}
//   modality: {type: str}
//   inferred: {type: bool}
//   contested: {type: bool}
//   published: {type: date, nullable: true}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "成渝地区双城经济圈科创母基金"}
// ---
MATCH (f:Fact {subject: $entity}) WHERE f.property IS NOT NULL AND ($property IS NULL OR f.property = $property)
OPTIONAL MATCH (c:Claim {fact: f.id})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH f, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY f.id, said
RETURN f.id AS fact, f.property AS property, f.value AS value, coalesce(f.value_currency, f.value_unit) AS unit,
       f.value_qualifier AS qualifier, f.as_of AS as_of, f.modality AS modality, f.inferred AS inferred, f.contested AS contested,
       min(published) AS published, collect(DISTINCT said) AS said_in
ORDER BY property, fact
