// ---
// summary: Who holds a post where
// summary_zh: 谁在何处任何职
// params:
//   entity: {type: entity, description: only posts at this body}
//   person: {type: entity, description: only posts of this person}
//   place: {type: entity, description: only posts at bodies that lie in this place}
//   limit: {type: int, default: 100, ge: 1, le: 1000, description: how many rows at most}
// returns:
//   fact: {type: fact}
//   person: {type: node}
//   name: {type: str}
//   post: {type: str, nullable: true}
//   body: {type: node}
//   body_name: {type: str}
//   valid_from: {type: date, nullable: true}
//   published: {type: date, nullable: true, description: "when the first source that says it came out: what is undated began no later"}
//   inferred: {type: bool}
//   contested: {type: bool}
//   said_in: {type: list, description: "source and locator of each claim"}
// example: {entity: "成都高新区管委会"}
// ---
MATCH (b:Entity)<-[r:LEADS]-(p:Entity)
WHERE ($entity IS NULL OR b.id = $entity) AND ($person IS NULL OR p.id = $person) AND ($place IS NULL OR inside(b, $place))
WITH r, p, b, r.id AS fact
OPTIONAL MATCH (c:Claim {fact: fact})-[:STATED_IN]->(s:Source) WHERE c.retracted IS NULL
WITH r, p, b, fact, c.source + coalesce('#' + c.locator, '') AS said, s.published AS published ORDER BY fact, said
RETURN fact, p.id AS person, p.name AS name, r.role AS post, b.id AS body, b.name AS body_name, r.valid_from AS valid_from,
       min(published) AS published, r.inferred AS inferred, r.contested AS contested, collect(DISTINCT said) AS said_in
ORDER BY body, person, fact LIMIT $limit
