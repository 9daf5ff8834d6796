// ---
// summary: Figures that somebody wants to reach, each with its date; a target is not an observation
// summary_zh: 力争达到的目标值及期限；目标不是已实现的数值
// params:
//   about: {type: entity, description: only targets of this entity}
//   place: {type: entity, description: only targets of this place or of what lies in it}
//   words: {type: str, description: only those whose indicator holds this}
//   until: {type: date, description: only those that may be due by this date}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   target: {type: node}
//   about: {type: node}
//   about_name: {type: str}
//   indicator: {type: node, nullable: true}
//   indicator_name: {type: str, nullable: true}
//   value: {type: float, nullable: true, sought: true}
//   unit: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true}
//   due: {type: date, nullable: true, sought: true}
//   due_text: {type: str, nullable: true}
//   published: {type: date, nullable: true}
//   said_in: {type: list, description: "source and locator of each claim that gives it"}
// example: {about: "常州国家高新区"}
// ---
MATCH (t:Target)-[:TARGET_OF]->(a:Entity)
WHERE ($about IS NULL OR a.id = $about) AND ($place IS NULL OR inside(a, $place)) AND ($until_max IS NULL OR t.due_min <= $until_max)
OPTIONAL MATCH (t)-[:MEASURES]->(i:Indicator)
WITH t, a, i WHERE $words IS NULL OR toLower(i.name) CONTAINS toLower($words) OR toLower(i.name_en) CONTAINS toLower($words) OR t.name CONTAINS $words
OPTIONAL MATCH (c:Claim {subject: t.id})-[:STATED_IN]->(s:Source) WHERE c.property IN ['value', 'due_text'] AND c.retracted IS NULL
WITH t, a, i, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY t.id, said
RETURN t.id AS target, a.id AS about, a.name AS about_name, i.id AS indicator, i.name AS indicator_name, t.value AS value,
       t.value_unit AS unit, t.value_qualifier AS qualifier, t.due AS due, t.due_text AS due_text, min(published) AS published,
       collect(DISTINCT said) AS said_in
ORDER BY about, target LIMIT $limit
