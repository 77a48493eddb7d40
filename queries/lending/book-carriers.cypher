// title: Carriers that a lender's borrowers depend on
// term: carrier concentration of a book
// read: carried is the sum, over the borrowers, of the drawn amount times the carrier's share of the borrower's units
// read: in the last 180 days: the part of the book that is affected if the carrier stops.
// pattern: (carrier)-[:SHIPS_FOR]->(borrower)<-[:LENDS_TO]-($lender)
// param: lender text | the lender's id
// param: top whole = 100 | maximum number of rows
// column: carrier | the carrier
// column: name | its name
// column: borrowers | number of borrowers that it carries for
// column: carried | sum of drawn amount times share
// column: defaulted | whether it is in default
// cost: the lender's borrowers and their carriers
MATCH (l:Lender {lender_id: $lender})-[r:LENDS_TO]->(f:Firm)
WHERE r.drawn > 0
WITH f, sum(r.drawn) AS drawn
MATCH (c:Firm)-[s:SHIPS_FOR]->(f)
WHERE s.share > 0
RETURN c.firm_id AS carrier, c.name AS name, count(DISTINCT f) AS borrowers, round(sum(drawn * s.share), 2) AS carried,
  coalesce(c.defaulted, false) AS defaulted
ORDER BY carried DESC, carrier
LIMIT $top
