// ---
// summary: What an authority approved, by whom and when; also what is told as approved without saying by whom
// summary_zh: 谁在何时批准了什么；也含只说获批而未说由谁批准的
// params:
//   entity: {type: entity, description: only the approval of this}
//   approver: {type: entity, description: only what this authority approved}
//   place: {type: entity, description: only what lies in this place}
//   since: {type: date, description: only what may have been approved on this date or later}
//   until: {type: date, description: only what may have been approved by this date}
//   limit: {type: int, default: 100, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   approved: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true, description: "its own status: approved, or operating once it runs"}
//   approver: {type: node, nullable: true, sought: true}
//   approver_name: {type: str, nullable: true}
//   date_text: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "兰白科技创新改革试验区"}
// ---
MATCH (n:Entity)
WHERE ($entity IS NULL OR n.id = $entity) AND (n.status = 'approved' OR EXISTS { MATCH (n)<-[:APPROVED]-(:Entity) })
  AND ($place IS NULL OR inside(n, $place))
OPTIONAL MATCH (n)<-[r:APPROVED]-(a:Entity)
WITH n, a, r, r.id AS fact
OPTIONAL MATCH (n)-[l:LOCATED_IN]->(:Entity) WHERE r IS NULL AND l.status = 'approved'
WITH n, a, coalesce(r, l) AS r, coalesce(fact, l.id) AS fact
WHERE ($approver IS NULL OR a.id = $approver)
  AND ($since_min IS NULL OR (r.from_min > 0 AND r.from_max >= $since_min)) AND ($until_max IS NULL OR (r.from_min > 0 AND r.from_min <= $until_max))
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH n, a, r, fact, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY n.id, fact, said
RETURN n.id AS approved, n.name AS name, n.kind AS kind, n.status AS status, a.id AS approver, a.name AS approver_name,
       r.date_text AS date_text, r.valid_from AS valid_from, min(published) AS published, coalesce(r.inferred, false) AS inferred,
       coalesce(r.contested, false) AS contested, collect(DISTINCT said) AS said_in
ORDER BY approved, approver LIMIT $limit
