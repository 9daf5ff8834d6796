// ---
// summary: Funds with their status and their figures, each kind of figure in a column of its own
// summary_zh: 基金及其状态与各类金额，各类金额分列
// params:
//   founder: {type: entity, description: only funds that this entity established}
//   status: {type: status, description: only funds of this status}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   fund: {type: node}
//   name: {type: str}
//   status: {type: str, nullable: true}
//   planned_size: {type: int, nullable: true, description: target of a fund to be set up}
//   planned_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   planned_currency: {type: str, nullable: true}
//   planned_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   total_size: {type: int, nullable: true, description: stated total size; neither raised nor invested}
//   total_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   total_currency: {type: str, nullable: true}
//   total_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   raised: {type: int, nullable: true}
//   raised_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   raised_currency: {type: str, nullable: true}
//   raised_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   invested: {type: int, nullable: true}
//   invested_high: {type: int, nullable: true, description: upper end where the figure is a range}
//   invested_currency: {type: str, nullable: true}
//   invested_qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   count: {type: int, nullable: true, description: how many funds a collective stands for}
// example: {status: planned}
// ---
MATCH (f:Fund)
WHERE ($status IS NULL OR f.status = $status)
  AND ($founder IS NULL OR EXISTS { MATCH (f)<-[:ESTABLISHED]-(a:Entity {id: $founder}) })
RETURN f.id AS fund, f.name AS name, f.status AS status,
       f.planned_size AS planned_size, f.planned_size_high AS planned_high, f.planned_size_currency AS planned_currency, f.planned_size_qualifier AS planned_qualifier,
       f.total_size AS total_size, f.total_size_high AS total_high, f.total_size_currency AS total_currency, f.total_size_qualifier AS total_qualifier,
       f.raised AS raised, f.raised_high AS raised_high, f.raised_currency AS raised_currency, f.raised_qualifier AS raised_qualifier,
       f.invested AS invested, f.invested_high AS invested_high, f.invested_currency AS invested_currency, f.invested_qualifier AS invested_qualifier, f.count AS count
ORDER BY fund LIMIT $limit
