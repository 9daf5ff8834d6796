// ---
// summary: Agreements counted by year and status, those with named parties apart from those whose parties are only counted or inferred
// summary_zh: 按年份与状态统计协议数，当事方具名者与只计数或推断者分计
// params:
//   status: {type: status, description: only agreements of this status}
//   place: {type: entity, description: only those with a named party that is this place or lies in it}
// returns:
//   year: {type: int, nullable: true, sought: true}
//   status: {type: str, nullable: true}
//   named: {type: int, description: agreements with a party that a source names}
//   unnamed: {type: int, description: agreements whose parties a source only counts or that are only inferred}
//   agreements: {type: nodes, description: their ids}
// example: {status: signed}
// ---
MATCH (g:Agreement) WHERE $status IS NULL OR g.status = $status
OPTIONAL MATCH (g)<-[r:SIGNED]-(p:Entity) WHERE NOT r.inferred AND coalesce(p.collective, false) = false
WITH g, p WHERE $place IS NULL OR inside(p, $place)
WITH g, count(p) AS parties ORDER BY g.id
WITH g.date_min / 10000 AS year, g.status AS status, parties, g.id AS id ORDER BY id
RETURN year, status, sum(CASE WHEN parties > 0 THEN 1 ELSE 0 END) AS named,
       sum(CASE WHEN parties > 0 THEN 0 ELSE 1 END) AS unnamed, collect(id) AS agreements
ORDER BY year, status
