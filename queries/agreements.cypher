// ---
// summary: Agreements with their parties, date, form and status
// summary_zh: 协议及其当事方、日期、形式与状态
// params:
//   party: {type: entity, description: only agreements that this entity signed}
//   form: {type: str, description: "only this form, such as memorandum or framework"}
//   status: {type: status, description: only agreements of this status}
//   since: {type: date, description: only those that may have been concluded on this date or later}
//   until: {type: date, description: only those that may have been concluded by this date}
//   undated: {type: bool, default: false, description: "with since or until: also those whose date no source states"}
//   limit: {type: int, default: 50, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   agreement: {type: node}
//   name: {type: str}
//   form: {type: str, nullable: true}
//   status: {type: str, nullable: true}
//   date: {type: date, nullable: true}
//   parties: {type: list, description: ids of the signers}
// example: {status: signed, since: "2020"}
// ---
MATCH (g:Agreement)
WHERE ($status IS NULL OR g.status = $status)
  AND ($form IS NULL OR g.form = $form)
  AND ($since_min IS NULL OR g.date_max >= $since_min OR ($undated AND g.date IS NULL))
  AND ($until_max IS NULL OR g.date_min <= $until_max OR ($undated AND g.date IS NULL))
  AND ($party IS NULL OR EXISTS { MATCH (g)<-[:SIGNED]-(a:Entity {id: $party}) })
OPTIONAL MATCH (g)<-[r:SIGNED]-(p:Entity)
WITH g, p ORDER BY g.id, p.id
RETURN g.id AS agreement, g.name AS name, g.form AS form, g.status AS status, g.date AS date, collect(DISTINCT p.id) AS parties
ORDER BY agreement LIMIT $limit
