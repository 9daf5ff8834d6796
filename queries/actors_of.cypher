// ---
// summary: Who stands in one relation to an entity - who initiated, runs, leads, hosts, supports or approved it
// summary_zh: 以某种关系指向某实体的主体，例如谁发起、运营、领导、承办、支持或批准了它
// params:
//   entity: {type: entity, required: true, description: to what}
//   relation: {type: relation, description: "which relation, such as INITIATED, APPROVED or LOCATED_IN"}
//   kind: {type: kind, description: only actors of this kind}
//   role: {type: code, of: [role], description: "only this role or post, such as tenant or party"}
//   collective: {type: bool, description: true for counted groups only; false for named ones only}
//   source: {type: str, description: "only what this source supports (id)"}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   relation: {type: str}
//   subject: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true}
//   role: {type: str, nullable: true}
//   count: {type: float, nullable: true, description: how many a counted group stands for}
//   date_text: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "全球顶级科技园区合伙人计划", relation: INITIATED}
// ---
MATCH (n:Entity {id: $entity})<-[r:REL]-(m:Entity)
WHERE ($relation IS NULL OR type(r) = $relation) AND ($kind IS NULL OR $kind IN labels(m)) AND ($inferred OR NOT r.inferred)
  AND ($role IS NULL OR r.role = $role) AND ($source IS NULL OR $source IN r.source_ids)
  AND ($collective IS NULL OR coalesce(m.collective, false) = $collective)
WITH r, m, r.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH r, m, fact, type(r) AS relation, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY fact, said
RETURN fact, relation, m.id AS subject, m.name AS name, m.kind AS kind, r.status AS status, r.role AS role,
       r.count AS count, r.date_text AS date_text, r.valid_from AS valid_from, min(published) AS published,
       r.inferred AS inferred, r.contested AS contested, collect(DISTINCT said) AS said_in
ORDER BY relation, subject, fact LIMIT $limit
