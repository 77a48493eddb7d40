// title: Persons who own or manage many firms
// read: A person who owns or manages at least the given number of firms. failing is the number of these in default:
// read: several failures are a reason to examine the other firms. firms lists their ids; shared-owners finds their
// read: trades with each other.
// term: connected clients, serial owner
// pattern: (person)-[:OWNS|MANAGES]->(several firms)
// cost: Follows all ownership once.
// param: least whole = 5 | minimum number of firms
// param: region text = null | only firms of this region count
// param: top whole = 100 | maximum number of rows
// column: person | id of the person
// column: count | number of firms that the person owns or manages
// column: owned | number of firms owned
// column: managed | number of firms managed
// column: failing | number of firms in default
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
