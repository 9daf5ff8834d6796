// ---
// summary: Facts that are new or say something else since a version of the graph; what has gone since then is in `parkgraph log`
// summary_zh: 自图的某一版本以来新增或改变的事实
// params:
//   version: {type: int, required: true, ge: 0, description: "since which version; parkgraph stats shows that of today"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   changed: {type: int, description: the version in which it changed last}
//   subject: {type: node}
//   what: {type: str, description: the relation or the property}
//   object: {type: node, nullable: true}
//   shown: {type: any, nullable: true, description: the value or the status that the graph shows}
//   contested: {type: bool}
//   sources: {type: list}
// example: {version: 0}
// ---
MATCH (f:Fact) WHERE f.changed > $version
RETURN f.id AS fact, f.changed AS changed, f.subject AS subject, coalesce(f.relation, f.property) AS what, f.object AS object,
       coalesce(f.value, f.status) AS shown, f.contested AS contested, f.source_ids AS sources
ORDER BY changed DESC, fact LIMIT $limit
