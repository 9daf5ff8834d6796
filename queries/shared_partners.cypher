// ---
// summary: Entities that two entities are both directly tied to, whatever the relation
// summary_zh: 两个实体共同直接相连的实体
// params:
//   a: {type: entity, required: true, description: the first entity}
//   b: {type: entity, required: true, description: the second entity}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   partner: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   facts_a: {type: int, description: facts between it and the first}
//   facts_b: {type: int, description: facts between it and the second}
// example: {a: "英国布鲁内尔大学", b: "英国国家物理实验室"}
// ---
MATCH (a:Entity {id: $a})-[r1:REL]-(x:Entity)-[r2:REL]-(b:Entity {id: $b})
WHERE x.id <> $a AND x.id <> $b
WITH x, count(DISTINCT r1.id) AS facts_a, count(DISTINCT r2.id) AS facts_b
RETURN x.id AS partner, x.name AS name, x.kind AS kind, facts_a, facts_b
ORDER BY facts_a + facts_b DESC, partner LIMIT $limit
