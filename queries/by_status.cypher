// ---
// summary: What an entity has under way at one status, such as everything it still plans
// summary_zh: 某实体处于某一状态的事项，例如尚在计划中的
// params:
//   entity: {type: entity, required: true, description: who}
//   status: {type: status, default: planned, description: which status}
//   relation: {type: relation, description: only this relation}
//   kind: {type: kind, description: only things of this kind}
//   source: {type: str, description: "only what this source supports (id)"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   object: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   own_status: {type: str, nullable: true, description: the status of the thing itself}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "成都高新区", status: planned, relation: ESTABLISHED}
// ---
MATCH (n:Entity {id: $entity})-[r:REL]->(m:Entity)
WHERE r.status = $status AND ($relation IS NULL OR type(r) = $relation) AND ($kind IS NULL OR $kind IN labels(m))
  AND ($source IS NULL OR $source IN r.source_ids)
WITH r, m, r.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH r, m, fact, type(r) AS relation, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY fact, said
RETURN fact, relation, m.id AS object, m.name AS name, m.kind AS kind, m.status AS own_status,
       r.valid_from AS valid_from, min(published) AS published, r.inferred AS inferred, r.contested AS contested,
       collect(DISTINCT said) AS said_in
ORDER BY relation, object, fact LIMIT $limit
