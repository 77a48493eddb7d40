// title: Which carriers a lender's borrowers hang on
// term: carrier concentration of a book
// read: carried adds up what each borrower has drawn times the carrier's share of its units in the last 180 days: the part
// read: of the book that stands still if the carrier does.
// pattern: (carrier)-[:SHIPS_FOR]->(borrower)<-[:LENDS_TO]-($lender)
// param: lender text | the lender's id
// param: top whole = 100 | rows at most
// column: carrier | the carrier
// column: name | its name
// column: borrowers | borrowers that it carries for
// column: carried | drawn times share, added up
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
