// ---
// summary: Who takes part in which programme, and how - institutions, parks, companies and bodies by programme
// summary_zh: 各计划（机制、倡议）的发起、参与、运营、资助主体，按计划列出
// params:
//   programme: {type: entity, description: only this programme}
//   kind: {type: kind, description: "only who is of this kind, such as Institution"}
//   place: {type: entity, description: only who is this place or lies in it}
//   relation: {type: relation, description: "only this way of taking part, such as INITIATED"}
//   status: {type: status, description: only facts of this status}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   programme: {type: node}
//   programme_name: {type: str}
//   fact: {type: fact}
//   relation: {type: str}
//   member: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   status: {type: str, nullable: true}
//   valid_from: {type: date, nullable: true}
//   inferred: {type: bool}
//   sources: {type: list}
// example: {kind: Institution}
// ---
MATCH (p:Programme)<-[r:INITIATED|PARTICIPATES_IN|OPERATES|FUNDS|SUPPORTS|ESTABLISHED|MEMBER_OF|PART_OF]-(m:Entity)
WHERE ($programme IS NULL OR p.id = $programme) AND ($kind IS NULL OR $kind IN labels(m)) AND ($relation IS NULL OR type(r) = $relation)
  AND ($status IS NULL OR r.status = $status) AND ($inferred OR NOT r.inferred) AND ($place IS NULL OR inside(m, $place))
RETURN p.id AS programme, p.name AS programme_name, r.id AS fact, type(r) AS relation, m.id AS member, m.name AS name, m.kind AS kind,
       r.status AS status, r.valid_from AS valid_from, r.inferred AS inferred, r.source_ids AS sources
ORDER BY programme, relation, member, fact LIMIT $limit
