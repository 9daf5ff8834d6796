// ---
// summary: What happened when - dated facts in the order of their dates, of everything, of one entity or of a place
// summary_zh: 大事记：按日期排列的有日期的事实，可限于某实体或某地
// params:
//   entity: {type: entity, description: only facts of which this entity is an end}
//   place: {type: entity, description: only facts with an end that is this place or lies in it}
//   relation: {type: relation, description: only this relation}
//   status: {type: status, description: only facts of this status}
//   since: {type: date, description: only what may have begun on this date or later}
//   until: {type: date, description: only what may have begun by this date}
//   limit: {type: int, default: 200, ge: 1, le: 5000, description: how many rows at most}
// returns:
//   valid_from: {type: date}
//   date_text: {type: str, nullable: true}
//   valid_to: {type: date, nullable: true}
//   fact: {type: fact}
//   subject: {type: node}
//   subject_name: {type: str}
//   relation: {type: str}
//   object: {type: node}
//   object_name: {type: str}
//   status: {type: str, nullable: true}
//   inferred: {type: bool}
//   contested: {type: bool}
//   sources: {type: list}
// example: {entity: "兰白国家自主创新示范区"}
// ---
MATCH (f:Fact)
WHERE f.relation IS NOT NULL AND f.from_min > 0 AND ($entity IS NULL OR f.subject = $entity OR f.object = $entity)
  AND ($relation IS NULL OR f.relation = $relation) AND ($status IS NULL OR f.status = $status)
  AND ($since_min IS NULL OR f.from_max >= $since_min) AND ($until_max IS NULL OR f.from_min <= $until_max)
MATCH (a:Entity {id: f.subject})
MATCH (b:Entity {id: f.object})
WITH f, a, b WHERE $place IS NULL OR inside(a, $place) OR inside(b, $place)
RETURN f.valid_from AS valid_from, f.date_text AS date_text, f.valid_to AS valid_to, f.id AS fact, f.subject AS subject,
       a.name AS subject_name, f.relation AS relation, f.object AS object, b.name AS object_name, f.status AS status,
       f.inferred AS inferred, f.contested AS contested, f.source_ids AS sources
ORDER BY f.from_min, f.from_max, relation, subject, object, fact LIMIT $limit
