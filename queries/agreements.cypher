// ---
// summary: Agreements with their parties, date, form and status; inferred and counted parties apart
// summary_zh: 协议及其当事方、日期、形式与状态；推断的与只计数的当事方分列
// params:
//   party: {type: entity, description: only agreements of this party}
//   other: {type: entity, description: only those that this one is a party to as well}
//   place: {type: entity, description: only those with a party that is this place or lies in it}
//   words: {type: str, description: only those whose name holds this}
//   form: {type: code, of: [Agreement.form], description: "only this form, such as memorandum or framework"}
//   status: {type: status, description: only agreements of this status}
//   named: {type: bool, description: true for those with a party that a source names; false for those without}
//   inferred: {type: bool, default: true, description: whether a merely inferred party counts as one}
//   since: {type: date, description: only those that may have been concluded on this date or later}
//   until: {type: date, description: only those that may have been concluded by this date}
//   undated: {type: bool, default: false, description: "with since or until: also those whose date no source states"}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   agreement: {type: node}
//   name: {type: str}
//   form: {type: str, nullable: true}
//   status: {type: str, nullable: true}
//   date: {type: date, nullable: true, sought: true}
//   date_text: {type: str, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated was concluded no later"}
//   parties: {type: nodes, description: ids of the signers that a source names}
//   inferred_parties: {type: nodes, description: ids of signers that are only inferred}
//   groups: {type: nodes, description: ids of signers that a source counts and does not name}
//   field: {type: list, description: fields of cooperation}
//   field_count: {type: float, nullable: true, description: how many fields the source counts}
//   preliminary: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim of its status"}
// example: {status: signed, since: "2020"}
// ---
MATCH (g:Agreement)
WHERE ($status IS NULL OR g.status = $status)
  AND ($form IS NULL OR g.form = $form)
  AND ($words IS NULL OR g.name CONTAINS $words OR g.name_en CONTAINS $words)
  AND ($since_min IS NULL OR g.date_max >= $since_min OR ($undated AND g.date IS NULL))
  AND ($until_max IS NULL OR g.date_min <= $until_max OR ($undated AND g.date IS NULL))
  AND ($party IS NULL OR EXISTS { MATCH (g)<-[r1:SIGNED]-(a:Entity {id: $party}) WHERE $inferred OR NOT r1.inferred })
  AND ($other IS NULL OR EXISTS { MATCH (g)<-[r2:SIGNED]-(b:Entity {id: $other}) WHERE $inferred OR NOT r2.inferred })
OPTIONAL MATCH (g)<-[r:SIGNED]-(p:Entity)
WITH g, r, p ORDER BY g.id, p.id
WITH g, collect(DISTINCT CASE WHEN NOT r.inferred AND coalesce(p.collective, false) = false THEN p.id END) AS parties,
     collect(DISTINCT CASE WHEN r.inferred THEN p.id END) AS inferred_parties,
     collect(DISTINCT CASE WHEN NOT r.inferred AND p.collective = true THEN p.id END) AS groups,
     collect(CASE WHEN $place IS NULL OR (inside(p, $place) AND ($inferred OR NOT r.inferred)) THEN 1 END) AS there
WHERE ($named IS NULL OR $named = (size(parties) > 0)) AND ($place IS NULL OR size(there) > 0)
OPTIONAL MATCH (c:Claim {subject: g.id})-[:STATED_IN]->(s:Source) WHERE c.property = 'status' AND c.retracted IS NULL
WITH g, parties, inferred_parties, groups, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY g.id, said
RETURN g.id AS agreement, g.name AS name, g.form AS form, g.status AS status, g.date AS date, g.date_text AS date_text,
       min(published) AS published, parties, inferred_parties, groups, coalesce(g.field, []) AS field,
       g.field_count AS field_count, coalesce(g.preliminary, false) AS preliminary, collect(DISTINCT said) AS said_in
ORDER BY agreement LIMIT $limit
