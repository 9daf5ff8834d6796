// ---
// summary: What an entity is tied to, with relation, direction, status and sources
// summary_zh: 与某实体直接相连的实体、关系、方向、状态与来源
// params:
//   entity: {type: entity, required: true, description: whose ties}
//   relation: {type: relation, description: only this relation}
//   status: {type: status, description: only facts of this status}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   direction: {type: str, description: out where the entity is the subject}
//   partner: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   inferred: {type: bool}
//   sources: {type: list}
// example: {entity: "中英智慧质量工程技术研究院"}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]-(m:Entity)
WHERE ($relation IS NULL OR type(r) = $relation) AND ($status IS NULL OR r.status = $status)
RETURN r.id AS fact, type(r) AS relation, CASE WHEN startNode(r).id = $entity THEN 'out' ELSE 'in' END AS direction,
       m.id AS partner, m.name AS name, m.kind AS kind, r.status AS status, r.valid_from AS valid_from,
       r.inferred AS inferred, r.source_ids AS sources
ORDER BY relation, partner, fact LIMIT $limit
