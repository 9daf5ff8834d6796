// ---
// summary: Entities counted by status, type, country, year or kind, named ones and counted groups apart
// summary_zh: 按状态、类型、国家、年份或类别统计实体数，列名者与集合分计
// params:
//   by: {type: str, default: status, choices: [status, type, country, year, kind], description: what to count by}
//   kind: {type: kind, description: only this kind}
//   place: {type: entity, description: only what is this place or lies in it}
//   status: {type: status, description: only what has this status}
//   source: {type: str, description: "only what this source speaks of (id)"}
// returns:
//   value: {type: str, nullable: true, sought: true, description: null where no source states it}
//   named: {type: int}
//   groups: {type: int, description: groups that a source counts}
//   counted: {type: int, description: how many the groups stand for as far as a number is stated}
// example: {by: status, kind: Fund}
// ---
MATCH (n:Entity)
WHERE ($kind IS NULL OR $kind IN labels(n)) AND ($status IS NULL OR n.status = $status)
  AND ($place IS NULL OR inside(n, $place))
  AND ($source IS NULL OR EXISTS { MATCH (c:Claim {subject: n.id}) WHERE c.source = $source AND c.retracted IS NULL })
WITH n, CASE $by WHEN 'status' THEN n.status WHEN 'kind' THEN n.kind WHEN 'country' THEN n.country
     WHEN 'year' THEN substring(coalesce(n.date, n.founded, n.started, n.issued), 0, 4)
     ELSE coalesce(n.park_type, n.inst_type, n.fund_kind, n.form, n.policy_type, n.alliance_type, n.programme_type, n.platform_type, n.project_type, n.gov_level, n.place_type, n.listing) END AS value
RETURN value, sum(CASE WHEN n.collective = true THEN 0 ELSE 1 END) AS named, sum(CASE WHEN n.collective = true THEN 1 ELSE 0 END) AS groups,
       sum(CASE WHEN n.collective = true THEN coalesce(toInteger(n.count), 0) ELSE 0 END) AS counted
ORDER BY value
