// ---
// summary: Sources with the number of their live claims, or of those about one entity
// summary_zh: 来源及其有效陈述数（或其中关于某实体的陈述数）
// params:
//   about: {type: entity, description: only sources that speak of this entity}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   source: {type: source}
//   title: {type: str}
//   publisher: {type: str, nullable: true, sought: true}
//   published: {type: date, nullable: true, sought: true}
//   published_inferred: {type: bool}
//   kind: {type: str, nullable: true}
//   file: {type: str, nullable: true}
//   claims: {type: int}
// ---
MATCH (s:Source)<-[:STATED_IN]-(c:Claim)
WHERE c.retracted IS NULL AND ($about IS NULL OR c.subject = $about OR c.object = $about)
RETURN s.id AS source, s.name AS title, s.publisher AS publisher, s.published AS published,
       coalesce(s.published_inferred, false) AS published_inferred, s.kind AS kind, s.file AS file, count(c) AS claims
ORDER BY claims DESC, source LIMIT $limit
