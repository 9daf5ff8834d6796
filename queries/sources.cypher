// ---
// summary: Sources with the number of their live claims
// summary_zh: 来源及其有效陈述数
// params:
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   source: {type: source}
//   title: {type: str}
//   publisher: {type: str, nullable: true}
//   published: {type: date, nullable: true}
//   kind: {type: str, nullable: true}
//   claims: {type: int}
// ---
MATCH (s:Source)<-[:STATED_IN]-(c:Claim) WHERE c.retracted IS NULL
RETURN s.id AS source, s.name AS title, s.publisher AS publisher, s.published AS published, s.kind AS kind, count(c) AS claims
ORDER BY claims DESC, source LIMIT $limit
