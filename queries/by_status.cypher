// ---
// summary: What an entity has under way at one status, such as everything it still plans
// summary_zh: 某实体处于某一状态的事项，例如尚在计划中的
// params:
//   entity: {type: entity, required: true, description: who}
//   status: {type: status, default: planned, description: which status}
//   relation: {type: relation, description: only this relation}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   object: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   valid_from: {type: date, nullable: true}
//   sources: {type: list}
// example: {entity: "成都高新区", status: planned, relation: ESTABLISHED}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]->(m:Entity)
WHERE r.status = $status AND ($relation IS NULL OR type(r) = $relation)
RETURN r.id AS fact, type(r) AS relation, m.id AS object, m.name AS name, m.kind AS kind,
       r.valid_from AS valid_from, r.source_ids AS sources
ORDER BY relation, object, fact LIMIT $limit
