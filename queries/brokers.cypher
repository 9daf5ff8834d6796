// ---
// summary: Who stands between two groups - actors tied to members of both, directly or at one table (an agreement, a centre, an alliance)
// summary_zh: 谁介于两个群体之间：与两边成员都有联系（直接相连，或同在一份协议、一个平台或联盟中）的主体
// params:
//   a: {type: entity, required: true, description: "the first group: a place, an alliance, a programme, a park; or one entity"}
//   b: {type: entity, required: true, description: the second group}
//   outside: {type: bool, default: false, description: only who belongs to neither group}
//   least: {type: floor, default: planned, description: only facts of this status or a higher one}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   broker: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   member: {type: str, nullable: true, description: "a or b where it belongs to one of the groups, both where to both"}
//   members_a: {type: nodes, description: "members of the first group that it is tied to, itself where it is one"}
//   members_b: {type: nodes, description: members of the second group that it is tied to}
// example: {a: "以色列", b: "英国"}
// ---
OPTIONAL MATCH (g:Entity {id: $a})<-[:LOCATED_IN|PART_OF|MEMBER_OF|INITIATED|SIGNED]-(m1:Entity)
OPTIONAL MATCH (m1)<-[:LOCATED_IN|PART_OF]-(m2:Entity)
OPTIONAL MATCH (m2)<-[:LOCATED_IN|PART_OF]-(m3:Entity)
WITH collect(DISTINCT m1.id) AS one, collect(DISTINCT m2.id) AS two, collect(DISTINCT m3.id) AS three
WITH [$a] + one + [i IN two WHERE NOT i IN one] + [i IN three WHERE NOT i IN one AND NOT i IN two] AS in_a
OPTIONAL MATCH (g:Entity {id: $b})<-[:LOCATED_IN|PART_OF|MEMBER_OF|INITIATED|SIGNED]-(m1:Entity)
OPTIONAL MATCH (m1)<-[:LOCATED_IN|PART_OF]-(m2:Entity)
OPTIONAL MATCH (m2)<-[:LOCATED_IN|PART_OF]-(m3:Entity)
WITH in_a, collect(DISTINCT m1.id) AS one, collect(DISTINCT m2.id) AS two, collect(DISTINCT m3.id) AS three
WITH in_a, [$b] + one + [i IN two WHERE NOT i IN one] + [i IN three WHERE NOT i IN one AND NOT i IN two] AS in_b
UNWIND in_a AS i
OPTIONAL MATCH (m:Entity {id: i})-[r:REL]-(x:Entity)
WHERE passable(r) AND through(x) AND rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND NOT i IN in_b
WITH in_a, in_b, collect(DISTINCT x.id + ' ' + m.id) AS near_a
UNWIND in_a AS i
OPTIONAL MATCH (m:Entity {id: i})-[r:REL]-(t:Entity)-[q:REL]-(x:Entity)
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t)
  AND x.id <> m.id AND through(x) AND passable(r) AND passable(q) AND rank(r.status) >= $least AND rank(q.status) >= $least
  AND ($inferred OR (NOT r.inferred AND NOT q.inferred)) AND NOT i IN in_b
WITH in_a, in_b, near_a, collect(DISTINCT x.id + ' ' + m.id) AS far_a
WITH in_a, in_b, [i IN in_a WHERE NOT i IN in_b | i + ' ' + i] + near_a + far_a AS ties_a
UNWIND in_b AS i
OPTIONAL MATCH (m:Entity {id: i})-[r:REL]-(x:Entity)
WHERE passable(r) AND through(x) AND rank(r.status) >= $least AND ($inferred OR NOT r.inferred) AND NOT i IN in_a
WITH in_a, in_b, ties_a, collect(DISTINCT x.id + ' ' + m.id) AS near_b
UNWIND in_b AS i
OPTIONAL MATCH (m:Entity {id: i})-[r:REL]-(t:Entity)-[q:REL]-(x:Entity)
WHERE t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution'] AND through(t)
  AND x.id <> m.id AND through(x) AND passable(r) AND passable(q) AND rank(r.status) >= $least AND rank(q.status) >= $least
  AND ($inferred OR (NOT r.inferred AND NOT q.inferred)) AND NOT i IN in_a
WITH in_a, in_b, ties_a, near_b, collect(DISTINCT x.id + ' ' + m.id) AS far_b
WITH in_a, in_b, ties_a, [i IN in_b WHERE NOT i IN in_a | i + ' ' + i] + near_b + far_b AS ties_b
UNWIND ties_a AS tie
WITH DISTINCT in_a, in_b, ties_a, ties_b, split(tie, ' ')[0] AS id
WITH id, id IN in_a AS of_a, id IN in_b AS of_b, [t IN ties_a WHERE t STARTS WITH id + ' ' | split(t, ' ')[1]] AS to_a,
     [t IN ties_b WHERE t STARTS WITH id + ' ' | split(t, ' ')[1]] AS to_b
WHERE size(to_b) > 0 AND id <> $a AND id <> $b
MATCH (x:Entity {id: id}) WHERE coalesce(x.collective, false) = false AND x.kind <> 'Agreement' AND through(x)
  AND (NOT $outside OR (NOT of_a AND NOT of_b))
UNWIND to_a AS member_a
WITH x, of_a, of_b, to_b, member_a ORDER BY x.id, member_a
WITH x, of_a, of_b, to_b, collect(DISTINCT member_a) AS members_a
UNWIND to_b AS member_b
WITH x, of_a, of_b, members_a, member_b ORDER BY x.id, member_b
WITH x, of_a, of_b, members_a, collect(DISTINCT member_b) AS members_b
RETURN x.id AS broker, x.name AS name, x.kind AS kind,
       CASE WHEN of_a AND of_b THEN 'both' WHEN of_a THEN 'a' WHEN of_b THEN 'b' END AS member, members_a, members_b
ORDER BY size(members_a) * size(members_b) DESC, broker LIMIT $limit
