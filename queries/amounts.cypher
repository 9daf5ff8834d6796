// ---
// summary: Sums of money that one gave, set up or moved, each with its kind - a loan or a payment is no fund size
// summary_zh: 关系上的金额（设立、资助、贷款、出资等），各注明类型；贷款与出资不是基金规模
// params:
//   entity: {type: entity, description: only what this entity gave or received}
//   amount_kind: {type: code, of: [amount_kind], description: "only this kind, such as loan, total_size or paid_cumulative"}
//   status: {type: status, description: only facts of this status}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   subject: {type: node}
//   subject_name: {type: str}
//   relation: {type: str}
//   object: {type: node}
//   object_name: {type: str}
//   amount: {type: int, nullable: true, sought: true}
//   currency: {type: str, nullable: true}
//   qualifier: {type: str, nullable: true, description: empty where the figure is exact}
//   amount_kind: {type: str, nullable: true}
//   max_per_project: {type: int, nullable: true}
//   count: {type: float, nullable: true, description: how many received it or were set up}
//   count_unit: {type: str, nullable: true}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "科技贷款风险补偿资金"}
// ---
MATCH (a:Entity)-[r:FUNDS|ESTABLISHED|SUPPORTS|PARTICIPATES_IN|OPERATES|PARTNERS_WITH|SIGNED]->(b:Entity)
WHERE (r.amount IS NOT NULL OR type(r) = 'FUNDS') AND ($entity IS NULL OR a.id = $entity OR b.id = $entity)
  AND ($amount_kind IS NULL OR r.amount_kind = $amount_kind) AND ($status IS NULL OR r.status = $status)
  AND ($inferred OR NOT r.inferred)
WITH a, r, b, r.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH a, r, b, fact, type(r) AS relation, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY fact, said
RETURN fact, a.id AS subject, a.name AS subject_name, relation, b.id AS object, b.name AS object_name,
       r.amount AS amount, r.amount_currency AS currency, r.amount_qualifier AS qualifier, r.amount_kind AS amount_kind,
       r.max_per_project AS max_per_project, r.count AS count, r.count_unit AS count_unit, r.status AS status,
       r.valid_from AS valid_from, min(published) AS published, r.inferred AS inferred, r.contested AS contested,
       collect(DISTINCT said) AS said_in
ORDER BY subject, relation, object, fact LIMIT $limit
