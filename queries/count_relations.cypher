// ---
// summary: Relation facts by relation and status, inferred ones apart
// summary_zh: 按关系与状态统计事实，推断者分计
// returns:
//   relation: {type: str}
//   status: {type: str, nullable: true}
//   stated: {type: int}
//   inferred: {type: int}
// ---
MATCH (f:Fact) WHERE f.relation IS NOT NULL
RETURN f.relation AS relation, f.status AS status, sum(CASE WHEN f.inferred THEN 0 ELSE 1 END) AS stated,
       sum(CASE WHEN f.inferred THEN 1 ELSE 0 END) AS inferred
ORDER BY relation, status
