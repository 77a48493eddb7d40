// title: Persons behind many firms
// read: A person who owns or manages at least so many firms. failing counts those in default: a person behind
// read: several failures is a reason to look at the rest. firms lists the ids, whose trades with each other
// read: shared-owners finds.
// term: connected clients, serial owner
// pattern: (person)-[:OWNS|MANAGES]->(several firms)
// cost: Walks along all ownership once.
// param: least whole = 5 | firms at least
// param: region text = null | only firms of this region count
// param: top whole = 100 | rows at most
// column: person | who it is
// column: count | firms that it owns or manages
// column: owned | firms that it owns
// column: managed | firms that it manages
// column: failing | firms in default
// column: firms | their ids
MATCH (p:Person)-[r:OWNS|MANAGES]->(f:Firm)
WHERE $region IS NULL OR f.region = $region
WITH p.person_id AS person, f.firm_id AS firm, f.defaulted AS defaulted,
  count(CASE WHEN r.kind = 'owns' THEN 1 END) AS owns, count(CASE WHEN r.kind = 'manages' THEN 1 END) AS manages
ORDER BY firm
WITH person, count(firm) AS count, count(CASE WHEN owns > 0 THEN 1 END) AS owned,
  count(CASE WHEN manages > 0 THEN 1 END) AS managed, count(CASE WHEN defaulted THEN 1 END) AS failing,
  collect(firm) AS firms
WHERE count >= $least
RETURN person, count, owned, managed, failing, firms
ORDER BY count DESC, failing DESC, person
LIMIT $top
