// ---
// summary: Fund figures added up by kind of figure, currency and status; planned is never mixed with done
// summary_zh: 按金额类型、币种与状态分别汇总的基金金额，计划与已设立不混合
// returns:
//   figure: {type: str, description: "planned_size, total_size, raised or invested"}
//   status: {type: str, nullable: true}
//   currency: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true, description: "empty where every figure added is exact; about, more_than, …"}
//   funds: {type: int, description: nodes with this figure; a collective counts once}
//   total: {type: int, description: a range counts with its lower end}
//   high: {type: int, description: a range counts with its upper end}
// ---
MATCH (f:Fund) WHERE f.planned_size IS NOT NULL
RETURN 'planned_size' AS figure, f.status AS status, f.planned_size_currency AS currency, f.planned_size_qualifier AS qualifier, count(f) AS funds, sum(f.planned_size) AS total, sum(coalesce(f.planned_size_high, f.planned_size)) AS high
ORDER BY figure, status, currency, qualifier
UNION ALL
MATCH (f:Fund) WHERE f.total_size IS NOT NULL
RETURN 'total_size' AS figure, f.status AS status, f.total_size_currency AS currency, f.total_size_qualifier AS qualifier, count(f) AS funds, sum(f.total_size) AS total, sum(coalesce(f.total_size_high, f.total_size)) AS high
ORDER BY figure, status, currency, qualifier
UNION ALL
MATCH (f:Fund) WHERE f.raised IS NOT NULL
RETURN 'raised' AS figure, f.status AS status, f.raised_currency AS currency, f.raised_qualifier AS qualifier, count(f) AS funds, sum(f.raised) AS total, sum(coalesce(f.raised_high, f.raised)) AS high
ORDER BY figure, status, currency, qualifier
UNION ALL
MATCH (f:Fund) WHERE f.invested IS NOT NULL
RETURN 'invested' AS figure, f.status AS status, f.invested_currency AS currency, f.invested_qualifier AS qualifier, count(f) AS funds, sum(f.invested) AS total, sum(coalesce(f.invested_high, f.invested)) AS high
ORDER BY figure, status, currency, qualifier
