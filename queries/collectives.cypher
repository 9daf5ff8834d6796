// ---
// summary: Groups that a source counts without naming every member, with the members it does name
// summary_zh: 来源只计数而未全部列名的集合，及其中列名的成员
// params:
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   collective: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   count: {type: int, nullable: true}
//   unit: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true}
//   listed: {type: bool, description: whether the source names them all}
//   named: {type: list, description: ids of the members that are named}
// ---
MATCH (n:Entity) WHERE n.collective = true
OPTIONAL MATCH (n)<-[:PART_OF]-(m:Entity)
WITH n, m ORDER BY n.id, m.id
RETURN n.id AS collective, n.name AS name, n.kind AS kind, n.count AS count, n.count_unit AS unit,
       n.count_qualifier AS qualifier, coalesce(n.listed, false) AS listed, collect(DISTINCT m.id) AS named
ORDER BY collective LIMIT $limit
