// ---
// summary: Partners that two entities have in common - what both are tied to, and who shares a table (an agreement, a centre, an alliance) with each
// summary_zh: 两个实体共同的合作伙伴：两者都直接相连的，以及分别与两者同在一份协议、一个平台或联盟中的
// params:
//   a: {type: entity, required: true, description: the first entity}
//   b: {type: entity, required: true, description: the second entity}
//   direct: {type: bool, default: false, description: only what both are tied to with no table between}
//   any: {type: bool, default: false, description: "also ties that are no partnership, such as a country that both lie in"}
//   least: {type: floor, default: planned, description: only facts of this status or a higher one}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   partner: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   relations_a: {type: list, description: "how it is tied to the first with nothing between; out where it is the subject"}
//   relations_b: {type: list, description: how it is tied to the second with nothing between}
//   via_a: {type: nodes, description: the tables that it shares with the first}
//   via_b: {type: nodes, description: the tables that it shares with the second}
//   others: {type: nodes, description: who else is tied to it in the way that the two are}
//   facts_a: {type: int, description: facts between it and the first}
//   facts_b: {type: int, description: facts between it and the second}
// example: {a: "英国布鲁内尔大学", b: "英国国家物理实验室"}
// ---
OPTIONAL MATCH (n:Entity {id: $a})-[r:REL]-(x:Entity)
WHERE x.id <> $b AND rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND ($any OR (passable(r) AND through(x)))
WITH collect(DISTINCT x.id) AS near_a
OPTIONAL MATCH (n:Entity {id: $a})-[r:REL]-(t:Entity)-[q:REL]-(x:Entity)
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t) AND t.id <> $b
  AND x.id <> $a AND x.id <> $b AND through(x) AND passable(r) AND passable(q)
  AND (symmetric(r) OR endNode(r).id = t.id) AND type(r) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND (symmetric(q) OR endNode(q).id = t.id) AND type(q) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND rank(r.status) >= $least AND rank(q.status) >= $least AND ($inferred OR (NOT r.inferred AND NOT q.inferred))
WITH near_a, collect(DISTINCT x.id) AS far_a
OPTIONAL MATCH (n:Entity {id: $b})-[r:REL]-(x:Entity)
WHERE x.id <> $a AND rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND ($any OR (passable(r) AND through(x)))
WITH near_a, far_a, collect(DISTINCT x.id) AS near_b
OPTIONAL MATCH (n:Entity {id: $b})-[r:REL]-(t:Entity)-[q:REL]-(x:Entity)
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t) AND t.id <> $a
  AND x.id <> $b AND x.id <> $a AND through(x) AND passable(r) AND passable(q)
  AND (symmetric(r) OR endNode(r).id = t.id) AND type(r) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND (symmetric(q) OR endNode(q).id = t.id) AND type(q) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND rank(r.status) >= $least AND rank(q.status) >= $least AND ($inferred OR (NOT r.inferred AND NOT q.inferred))
WITH near_a, far_a, near_b, collect(DISTINCT x.id) AS far_b
WITH near_a, near_b, CASE WHEN $direct THEN near_a ELSE near_a + [i IN far_a WHERE NOT i IN near_a] END AS all_a,
     CASE WHEN $direct THEN near_b ELSE near_b + far_b END AS all_b
UNWIND [i IN all_a WHERE i IN all_b] AS id
MATCH (x:Entity {id: id})
OPTIONAL MATCH (x)-[r:REL]-(n:Entity {id: $a})
WHERE rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND ($any OR passable(r))
WITH x, r, CASE WHEN r IS NULL THEN null WHEN symmetric(r) THEN type(r) WHEN startNode(r).id = x.id THEN type(r) + ' out' ELSE type(r) + ' in' END AS tie ORDER BY x.id, tie
WITH x, collect(DISTINCT tie) AS relations_a, count(DISTINCT r.id) AS facts_a
OPTIONAL MATCH (x)-[r:REL]-(n:Entity {id: $b})
WHERE rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND ($any OR passable(r))
WITH x, relations_a, facts_a, r, CASE WHEN r IS NULL THEN null WHEN symmetric(r) THEN type(r) WHEN startNode(r).id = x.id THEN type(r) + ' out' ELSE type(r) + ' in' END AS tie ORDER BY x.id, tie
WITH x, relations_a, facts_a, collect(DISTINCT tie) AS relations_b, count(DISTINCT r.id) AS facts_b
OPTIONAL MATCH (x)-[q:REL]-(t:Entity)-[r:REL]-(n:Entity {id: $a})
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t) AND t.id <> $b AND passable(r) AND passable(q)
  AND (symmetric(r) OR endNode(r).id = t.id) AND type(r) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND (symmetric(q) OR endNode(q).id = t.id) AND type(q) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND rank(r.status) >= $least AND rank(q.status) >= $least AND ($inferred OR (NOT r.inferred AND NOT q.inferred))
WITH x, relations_a, facts_a, relations_b, facts_b, t ORDER BY x.id, t.id
WITH x, relations_a, facts_a, relations_b, facts_b, collect(DISTINCT t.id) AS via_a
OPTIONAL MATCH (x)-[q:REL]-(t:Entity)-[r:REL]-(n:Entity {id: $b})
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t) AND t.id <> $a AND passable(r) AND passable(q)
  AND (symmetric(r) OR endNode(r).id = t.id) AND type(r) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND (symmetric(q) OR endNode(q).id = t.id) AND type(q) IN ['SIGNED', 'MEMBER_OF', 'INITIATED', 'ESTABLISHED', 'PARTICIPATES_IN', 'PARTNERS_WITH', 'PART_OF', 'OPERATES', 'FUNDS']
  AND rank(r.status) >= $least AND rank(q.status) >= $least AND ($inferred OR (NOT r.inferred AND NOT q.inferred))
WITH x, relations_a, facts_a, relations_b, facts_b, via_a, t ORDER BY x.id, t.id
WITH x, relations_a, facts_a, relations_b, facts_b, via_a, collect(DISTINCT t.id) AS via_b
OPTIONAL MATCH (x)-[o:REL]-(y:Entity)
WHERE y.id <> $a AND y.id <> $b AND rank(o.status) >= $least AND ($inferred OR NOT o.inferred)
  AND CASE WHEN symmetric(o) THEN type(o) WHEN startNode(o).id = x.id THEN type(o) + ' out' ELSE type(o) + ' in' END IN relations_a + relations_b
WITH x, relations_a, facts_a, relations_b, facts_b, via_a, via_b, y ORDER BY x.id, y.id
RETURN x.id AS partner, x.name AS name, x.kind AS kind, relations_a, relations_b, via_a, via_b, collect(DISTINCT y.id) AS others,
       facts_a, facts_b
ORDER BY CASE WHEN facts_a > 0 AND facts_b > 0 THEN 0 ELSE 1 END, facts_a + facts_b DESC, partner LIMIT $limit
