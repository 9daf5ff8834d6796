// ---
// summary: The relation facts that a source supports
// summary_zh: 某来源所支持的关系事实
// params:
//   source: {type: str, required: true, description: the source's id}
//   relation: {type: relation, description: only this relation}
//   status: {type: status, description: only facts of this status}
//   kind: {type: kind, description: only facts with an end of this kind}
//   alone: {type: bool, default: false, description: only what no other source supports}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   subject: {type: node}
//   subject_name: {type: str}
//   relation: {type: str}
//   object: {type: node}
//   object_name: {type: str}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   inferred: {type: bool}
//   contested: {type: bool}
//   only_here: {type: bool, description: whether no other source supports it}
// example: {source: "source:tspp-forum-2017"}
// ---
MATCH (c:Claim {source: $source})
WHERE c.retracted IS NULL AND c.relation IS NOT NULL AND ($relation IS NULL OR c.relation = $relation)
WITH DISTINCT c.fact AS id
MATCH (f:Fact {id: id}) WHERE ($status IS NULL OR f.status = $status) AND (NOT $alone OR size(f.source_ids) = 1)
MATCH (a:Entity {id: f.subject})
MATCH (b:Entity {id: f.object})
WITH f, a, b WHERE $kind IS NULL OR $kind IN labels(a) OR $kind IN labels(b)
RETURN f.id AS fact, f.subject AS subject, a.name AS subject_name, f.relation AS relation, f.object AS object, b.name AS object_name,
       f.status AS status, f.valid_from AS valid_from, f.inferred AS inferred, f.contested AS contested,
       size(f.source_ids) = 1 AS only_here
ORDER BY subject, relation, object, fact LIMIT $limit
