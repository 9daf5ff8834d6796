// ---
// summary: What there is of a kind, in a place, of a status - such as the platforms that are approved in one region
// summary_zh: 某类实体的清单，可按地点、状态、类型、国家或来源筛选
// params:
//   kind: {type: kind, description: only this kind}
//   place: {type: entity, description: only what is this place or lies in it}
//   status: {type: status, description: only what has this status}
//   type: {type: code, of: [Park.park_type, Institution.inst_type, Fund.fund_kind, Agreement.form, Policy.policy_type, Alliance.alliance_type, Programme.programme_type, Platform.platform_type, Project.project_type, Government.gov_level, Place.place_type, Company.listing], description: "only this type within the kind, such as university, memorandum or accelerator"}
//   country: {type: country, description: "only this country (its name or its code of ISO 3166, such as IL)"}
//   words: {type: str, description: only what has a name that holds this}
//   collective: {type: bool, description: true for counted groups; false for named ones}
//   source: {type: str, description: "only what this source speaks of (id)"}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   entity: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   type: {type: str, nullable: true}
//   status: {type: str, nullable: true, sought: true}
//   country: {type: str, nullable: true}
//   date: {type: date, nullable: true, description: "founded, started, issued, concluded or held"}
//   collective: {type: bool}
//   count: {type: float, nullable: true}
//   places: {type: nodes, description: ids of the places and parks it lies in}
//   sources: {type: list}
// example: {kind: Platform, place: "川渝"}
// ---
MATCH (n:Entity)
WHERE ($kind IS NULL OR $kind IN labels(n)) AND ($status IS NULL OR n.status = $status)
  AND ($country IS NULL OR n.country = $country OR n.iso3166 = $country)
  AND ($words IS NULL OR toLower(n.name) CONTAINS toLower($words) OR toLower(n.name_en) CONTAINS toLower($words))
  AND ($type IS NULL OR coalesce(n.park_type, n.inst_type, n.fund_kind, n.form, n.policy_type, n.alliance_type, n.programme_type, n.platform_type, n.project_type, n.gov_level, n.place_type, n.listing) = $type)
  AND ($collective IS NULL OR coalesce(n.collective, false) = $collective)
  AND ($place IS NULL OR inside(n, $place))
WITH n ORDER BY n.id
OPTIONAL MATCH (n)-[:LOCATED_IN]->(p:Entity)
WITH n, p ORDER BY n.id, p.id
WITH n, collect(DISTINCT p.id) AS places
OPTIONAL MATCH (c:Claim {subject: n.id}) WHERE c.retracted IS NULL
WITH n, places, c.source AS said ORDER BY n.id, said
WITH n, places, collect(DISTINCT said) AS sources
WHERE $source IS NULL OR $source IN sources
RETURN n.id AS entity, n.name AS name, n.kind AS kind, coalesce(n.park_type, n.inst_type, n.fund_kind, n.form, n.policy_type, n.alliance_type, n.programme_type, n.platform_type, n.project_type, n.gov_level, n.place_type, n.listing) AS type, n.status AS status, n.country AS country,
       coalesce(n.date, n.founded, n.started, n.issued) AS date, coalesce(n.collective, false) AS collective, n.count AS count,
       places, sources
ORDER BY entity LIMIT $limit
