// ---
// summary: Relation facts by the year they began, as far as sources state it
// summary_zh: 按起始年份统计的关系事实（以来源写明者为限）
// returns:
//   year: {type: int}
//   relation: {type: str}
//   status: {type: str, nullable: true}
//   facts: {type: int}
// ---
MATCH (f:Fact) WHERE f.from_min > 0 AND f.relation IS NOT NULL
RETURN f.from_min / 10000 AS year, f.relation AS relation, f.status AS status, count(f) AS facts
ORDER BY year, relation, status
