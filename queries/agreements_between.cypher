// ---
// summary: Agreements between two places, or between a place and the rest of the world - with the parties on either side
// summary_zh: 两地之间（或某地与其他地方之间）的协议及双方当事人
// params:
//   place: {type: entity, required: true, description: "one side: what is this place, or lies in it"}
//   other: {type: entity, description: "the other side; without it, whoever lies elsewhere"}
//   status: {type: status, description: only agreements of this status}
//   inferred: {type: bool, default: true, description: whether a merely inferred party counts as one}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   agreement: {type: node}
//   name: {type: str}
//   form: {type: str, nullable: true}
//   status: {type: str, nullable: true}
//   date: {type: date, nullable: true, sought: true}
//   parties: {type: nodes, description: ids of the parties on the first side}
//   others: {type: nodes, description: ids of those on the other side}
// example: {place: "成都", other: "以色列"}
// ---
MATCH (g:Agreement)<-[r:SIGNED]-(p:Entity)
WHERE ($status IS NULL OR g.status = $status) AND ($inferred OR NOT r.inferred)
WITH g, p, inside(p, $place) AS near, inside(p, $other) AS far
WITH g, CASE WHEN near THEN p.id END AS here, CASE WHEN far OR ($other IS NULL AND NOT near) THEN p.id END AS there
ORDER BY g.id, here, there
WITH g, collect(DISTINCT here) AS parties, collect(DISTINCT there) AS others
WHERE any(i IN parties WHERE NOT i IN others) AND any(i IN others WHERE NOT i IN parties)
RETURN g.id AS agreement, g.name AS name, g.form AS form, g.status AS status, g.date AS date, parties, others
ORDER BY agreement LIMIT $limit
