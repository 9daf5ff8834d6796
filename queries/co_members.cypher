// ---
// summary: Who sits at the same tables as an entity - the other signers, members, founders or participants of what it takes part in
// summary_zh: 与某实体同在一份协议、一个联盟、计划、平台或项目中的其他主体
// params:
//   entity: {type: entity, required: true, description: whose tables}
//   table: {type: kind, description: "only tables of this kind, such as Alliance or Agreement"}
//   kind: {type: kind, description: only others of this kind}
//   least: {type: floor, default: planned, description: only facts of this status or a higher one}
//   inferred: {type: bool, default: true, description: also facts that are only inferred}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   member: {type: node}
//   name: {type: str}
//   kind: {type: str}
//   shared: {type: int, description: at how many tables they sit together}
//   tables: {type: nodes, description: which}
// example: {entity: "荷兰阿姆斯特丹科技园"}
// ---
MATCH (n:Entity {id: $entity})-[r:SIGNED|MEMBER_OF|INITIATED|ESTABLISHED|PARTICIPATES_IN]->(t:Entity)<-[q:SIGNED|MEMBER_OF|INITIATED|ESTABLISHED|PARTICIPATES_IN]-(m:Entity)
WHERE m.id <> $entity AND t.kind IN ['Agreement', 'Alliance', 'Programme', 'Platform', 'Project', 'Fund', 'Institution', 'Treaty', 'Event']
  AND ($table IS NULL OR $table IN labels(t)) AND ($kind IS NULL OR $kind IN labels(m))
  AND rank(r.status) >= $least AND rank(q.status) >= $least AND ($inferred OR (NOT r.inferred AND NOT q.inferred))
WITH m, t ORDER BY m.id, t.id
WITH m, collect(DISTINCT t.id) AS tables
RETURN m.id AS member, m.name AS name, m.kind AS kind, size(tables) AS shared, tables
ORDER BY shared DESC, member LIMIT $limit
