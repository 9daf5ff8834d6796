// ---
// summary: Funds with their status, their founders and their figures, each kind of figure in a column of its own
// summary_zh: 基金及其状态、设立方与各类金额，各类金额分列
// params:
//   founder: {type: entity, description: only funds that this entity established}
//   place: {type: entity, description: only funds whose founder is this place or lies in it}
//   words: {type: str, description: only those whose name holds this}
//   fund_kind: {type: code, of: [Fund.fund_kind], description: "only this kind, such as venture, mother or guidance"}
//   status: {type: status, description: only funds of this status}
//   sized: {type: bool, description: true for funds with a stated size; false for those without}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   fund: {type: node}
//   name: {type: str}
//   status: {type: str, nullable: true}
//   modality: {type: str, nullable: true, description: recommended where only an author proposes it}
//   fund_kind: {type: str, nullable: true}
//   founders: {type: nodes, description: ids of who established or is to establish it}
//   planned_size: {type: int, nullable: true, sought: true, description: target of a fund to be set up}
//   planned_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   planned_currency: {type: str, nullable: true}
//   planned_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   total_size: {type: int, nullable: true, sought: true, description: stated total size; neither raised nor invested}
//   total_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   total_currency: {type: str, nullable: true}
//   total_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   raised: {type: int, nullable: true, sought: true}
//   raised_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   raised_currency: {type: str, nullable: true}
//   raised_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   invested: {type: int, nullable: true, sought: true}
//   invested_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   invested_currency: {type: str, nullable: true}
//   invested_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   founded: {type: date, nullable: true, sought: true}
//   mode: {type: str, nullable: true}
//   region: {type: str, nullable: true}
//   count: {type: int, nullable: true, description: how many funds a collective stands for}
//   published: {type: date, nullable: true, description: "when the first source that gives its status came out"}
//   said_in: {type: list, description: "source and locator of each claim of its status"}
// example: {status: planned}
// ---
MATCH (f:Fund)
WHERE ($status IS NULL OR f.status = $status) AND ($fund_kind IS NULL OR f.fund_kind = $fund_kind)
  AND ($words IS NULL OR f.name CONTAINS $words OR f.name_en CONTAINS $words)
  AND ($sized IS NULL OR $sized = (f.planned_size IS NOT NULL OR f.total_size IS NOT NULL))
  AND ($founder IS NULL OR EXISTS { MATCH (f)<-[:ESTABLISHED]-(a:Entity {id: $founder}) })
OPTIONAL MATCH (f)<-[:ESTABLISHED]-(a:Entity)
WITH f, a ORDER BY f.id, a.id
WITH f, collect(DISTINCT a.id) AS founders, collect(CASE WHEN $place IS NULL OR inside(a, $place) THEN 1 END) AS there
WHERE $place IS NULL OR size(there) > 0
OPTIONAL MATCH (c:Claim {subject: f.id})-[:STATED_IN]->(s:Source) WHERE c.property = 'status' AND c.retracted IS NULL
WITH f, founders, c.modality AS modality, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY f.id, said
RETURN f.id AS fund, f.name AS name, f.status AS status, min(modality) AS modality, f.fund_kind AS fund_kind, founders,
       f.planned_size AS planned_size, f.planned_size_high AS planned_high, f.planned_size_currency AS planned_currency, f.planned_size_qualifier AS planned_qualifier,
       f.total_size AS total_size, f.total_size_high AS total_high, f.total_size_currency AS total_currency, f.total_size_qualifier AS total_qualifier,
       f.raised AS raised, f.raised_high AS raised_high, f.raised_currency AS raised_currency, f.raised_qualifier AS raised_qualifier,
       f.invested AS invested, f.invested_high AS invested_high, f.invested_currency AS invested_currency, f.invested_qualifier AS invested_qualifier,
       f.founded AS founded, f.mode AS mode, f.region AS region, f.count AS count, min(published) AS published,
       collect(DISTINCT said) AS said_in
ORDER BY fund LIMIT $limit
