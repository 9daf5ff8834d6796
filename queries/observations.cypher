// ---
// summary: Figures about an entity or for an indicator, each with its unit, qualifier and period
// summary_zh: 关于某实体或某指标的观测值，含单位、限定与时期
// params:
//   about: {type: entity, description: only figures about this entity}
//   indicator: {type: entity, description: only this indicator}
//   year: {type: int, description: only this year}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   observation: {type: node}
//   about: {type: node}
//   indicator: {type: node, nullable: true}
//   indicator_name: {type: str, nullable: true}
//   value: {type: float}
//   high: {type: float, nullable: true, description: upper end where the figure is a range}
//   unit: {type: str, nullable: true, description: null where the source states none}
//   qualifier: {type: str, nullable: true}
//   growth: {type: float, nullable: true, unit: percent}
//   year: {type: int, nullable: true}
//   period_start: {type: date, nullable: true}
//   period_end: {type: date, nullable: true}
//   said_in: {type: list, description: "source and locator of each claim of the value"}
// example: {about: "西安高新区"}
// ---
MATCH (o:Observation)-[:OBSERVATION_OF]->(a:Entity)
WHERE ($about IS NULL OR a.id = $about) AND ($year IS NULL OR o.year = $year)
OPTIONAL MATCH (o)-[:MEASURES]->(i:Indicator)
WITH o, a, i WHERE $indicator IS NULL OR i.id = $indicator
OPTIONAL MATCH (c:Claim {subject: o.id}) WHERE c.property = 'value' AND c.retracted IS NULL
WITH o, a, i, c.source + '#' + coalesce(c.locator, '') AS said ORDER BY o.id, said
WITH o, a, i, collect(said) AS said_in
RETURN o.id AS observation, a.id AS about, i.id AS indicator, i.name AS indicator_name, o.value AS value,
       o.value_high AS high, o.value_unit AS unit, o.value_qualifier AS qualifier, o.growth AS growth, o.year AS year,
       o.period_start AS period_start, o.period_end AS period_end, said_in
ORDER BY about, indicator, observation LIMIT $limit
