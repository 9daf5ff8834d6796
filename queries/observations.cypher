// ---
// summary: Figures about an entity, in a place or for an indicator, each with its unit, qualifier and period
// summary_zh: 关于某实体、某地或某指标的观测值，含单位、限定与时期
// params:
//   about: {type: entity, description: only figures about this entity}
//   place: {type: entity, description: only figures about this place or what lies in it}
//   indicator: {type: entity, description: only this indicator}
//   words: {type: str, description: only indicators whose name holds this}
//   year: {type: int, description: only this year}
//   unit: {type: str, description: "only figures of this unit, such as CNY or company"}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   observation: {type: node}
//   about: {type: node}
//   about_name: {type: str}
//   indicator: {type: node, nullable: true}
//   indicator_name: {type: str, nullable: true}
//   value: {type: float, nullable: true, sought: true}
//   high: {type: float, nullable: true, description: upper end where the figure is a range}
//   unit: {type: str, nullable: true, sought: true, description: null where the source states none}
//   qualifier: {type: str, nullable: true}
//   growth: {type: float, nullable: true, unit: percent}
//   growth_qualifier: {type: str, nullable: true}
//   share_of: {type: str, nullable: true, description: of what the share is taken}
//   year: {type: int, nullable: true}
//   period_start: {type: date, nullable: true}
//   period_end: {type: date, nullable: true}
//   as_of: {type: date, nullable: true, description: the day that the figure is stated for}
//   computed_by: {type: str, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source came out: an undated figure is no later"}
//   inferred: {type: bool, description: whether the figure itself is only inferred}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim of the value"}
// example: {about: "西安高新区"}
// ---
MATCH (o:Observation)-[:OBSERVATION_OF]->(a:Entity)
WHERE ($about IS NULL OR a.id = $about) AND ($year IS NULL OR o.year = $year)
  AND ($unit IS NULL OR o.value_unit = $unit) AND ($place IS NULL OR inside(a, $place))
OPTIONAL MATCH (o)-[:MEASURES]->(i:Indicator)
WITH o, a, i WHERE ($indicator IS NULL OR i.id = $indicator)
  AND ($words IS NULL OR toLower(i.name) CONTAINS toLower($words) OR toLower(i.name_en) CONTAINS toLower($words))
OPTIONAL MATCH (f:Fact {subject: o.id}) WHERE f.property = 'value'
WITH o, a, i, f, f.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH o, a, i, f, c.as_of AS as_of, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY o.id, said
RETURN o.id AS observation, a.id AS about, a.name AS about_name, i.id AS indicator, i.name AS indicator_name, o.value AS value,
       o.value_high AS high, o.value_unit AS unit, o.value_qualifier AS qualifier, o.growth AS growth, o.growth_qualifier AS growth_qualifier,
       o.share_of AS share_of, o.year AS year, o.period_start AS period_start, o.period_end AS period_end, max(as_of) AS as_of,
       o.computed_by AS computed_by, min(published) AS published, coalesce(f.inferred, false) AS inferred,
       coalesce(f.contested, false) AS contested, collect(DISTINCT said) AS said_in
ORDER BY about, indicator, observation LIMIT $limit
