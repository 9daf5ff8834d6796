// ---
// summary: The relation facts that a source supports
// summary_zh: 某来源所支持的关系事实
// params:
//   source: {type: str, required: true, description: the source's id}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   subject: {type: node}
//   relation: {type: str}
//   object: {type: node}
//   status: {type: str, nullable: true}
//   only_here: {type: bool, description: whether no other source supports it}
// example: {source: "source:tspp-forum-2017"}
// ---
MATCH (c:Claim {source: $source}) WHERE c.retracted IS NULL AND c.relation IS NOT NULL
WITH DISTINCT c.fact AS id
MATCH (f:Fact {id: id})
RETURN f.id AS fact, f.subject AS subject, f.relation AS relation, f.object AS object, f.status AS status,
       size(f.source_ids) = 1 AS only_here
ORDER BY subject, relation, object, fact LIMIT $limit
