// ---
// summary: Entities without any tie
// summary_zh: 没有任何关系的实体
// params:
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   entity: {type: node}
//   name: {type: str}
//   kind: {type: str}
// ---
MATCH (n:Entity) WHERE NOT (n)-[:REL]-()
RETURN n.id AS entity, n.name AS name, n.kind AS kind ORDER BY entity LIMIT $limit
