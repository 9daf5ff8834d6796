// ---
// summary: What should have happened by a day and is not said to have - targets past their date, and plans whose date has gone by
// summary_zh: 到某日应已完成而无来源说已完成的事项：到期的目标，以及日期已过仍为计划的事实
// params:
//   day: {type: date, required: true, description: the day on which it is asked}
//   entity: {type: entity, description: only targets and plans of this entity}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many targets and how many plans at most}
// returns:
//   what: {type: str, description: "target, or the relation that is planned"}
//   about: {type: node, description: whose target or plan}
//   about_name: {type: str}
//   thing: {type: node, description: "the target, or what is planned"}
//   name: {type: str}
//   due: {type: date, description: when it was due at the latest}
//   fact: {type: fact, nullable: true}
//   sources: {type: list}
// example: {day: "2020"}
// ---
MATCH (t:Target)-[r:TARGET_OF]->(a:Entity)
WHERE t.due_max < $day_min AND ($entity IS NULL OR a.id = $entity)
RETURN 'target' AS what, a.id AS about, a.name AS about_name, t.id AS thing, t.name AS name, t.due AS due, r.id AS fact, r.source_ids AS sources
ORDER BY due, about, thing LIMIT $limit
UNION ALL
MATCH (f:Fact)
WHERE f.relation IS NOT NULL AND f.status = 'planned' AND f.from_min > 0 AND f.from_max < $day_min AND ($entity IS NULL OR f.subject = $entity)
MATCH (a:Entity {id: f.subject})
MATCH (b:Entity {id: f.object})
RETURN f.relation AS what, a.id AS about, a.name AS about_name, b.id AS thing, b.name AS name, f.valid_from AS due, f.id AS fact, f.source_ids AS sources
ORDER BY due, about, thing, fact LIMIT $limit
