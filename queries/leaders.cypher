// ---
// summary: Who holds a post where
// summary_zh: 谁在何处任何职
// params:
//   entity: {type: entity, description: only posts at this body}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   person: {type: node}
//   name: {type: str}
//   post: {type: str, nullable: true}
//   body: {type: node}
//   body_name: {type: str}
// example: {entity: "成都高新区管委会"}
// ---
MATCH (b:Entity)<-[r:LEADS]-(p:Entity)
WHERE $entity IS NULL OR b.id = $entity
RETURN r.id AS fact, p.id AS person, p.name AS name, r.role AS post, b.id AS body, b.name AS body_name
ORDER BY body, person, fact LIMIT $limit
