// ---
// summary: Entities by kind, named ones and collectives apart
// summary_zh: 按类别统计实体，列名者与集合分计
// returns:
//   kind: {type: str}
//   named: {type: int}
//   collective: {type: int}
// ---
MATCH (n:Entity)
RETURN n.kind AS kind, sum(CASE WHEN n.collective = true THEN 0 ELSE 1 END) AS named,
       sum(CASE WHEN n.collective = true THEN 1 ELSE 0 END) AS collective
ORDER BY named DESC, kind
