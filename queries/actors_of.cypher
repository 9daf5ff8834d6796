// ---
// summary: Who stands in one relation to an entity, such as who initiated a programme or approved a zone
// summary_zh: 以某种关系指向某实体的主体，例如谁发起了计划、谁批准了园区
// params:
//   entity: {type: entity, required: true, description: to what}
//   relation: {type: relation, description: "which relation, such as INITIATED, APPROVED or LOCATED_IN"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   subject: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   inferred: {type: bool}
// example: {entity: "全球顶级科技园区合伙人计划", relation: INITIATED}
// ---
MATCH (n:Entity {id: $entity})<-[r:REL]-(m:Entity)
WHERE $relation IS NULL OR type(r) = $relation
RETURN r.id AS fact, type(r) AS relation, m.id AS subject, m.name AS name, m.kind AS kind, r.status AS status,
       r.valid_from AS valid_from, r.inferred AS inferred
ORDER BY relation, subject, fact LIMIT $limit
