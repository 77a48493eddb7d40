// title: What a lender's other borrowers owe behind each of a firm's counterparties
// term: chain concentration, connected clients
// read: Each row is a supplier or customer of the firm; drawn adds up what the lender's borrowers owe that trade with it,
// read: too. If it stops they are hit together.
// pattern: ($firm)-[:SUPPLIES]-(counterparty)-[:SUPPLIES]-(borrower)<-[:LENDS_TO]-($lender)
// param: firm text | the firm's id
// param: lender text | the lender's id
// param: top whole = 20 | rows at most
// column: counterparty | the firm's supplier or customer
// column: borrowers | other borrowers that trade with it
// column: drawn | what they owe the lender
// cost: the links of the firm's partners; a hub has thousands
MATCH (f:Firm {firm_id: $firm})-[:SUPPLIES]-(x:Firm)
WHERE x.firm_id <> $firm
WITH DISTINCT x
MATCH (x)-[:SUPPLIES]-(b:Firm)
WHERE b.firm_id <> $firm AND b.firm_id <> x.firm_id
WITH DISTINCT x, b
MATCH (l:Lender {lender_id: $lender})-[r:LENDS_TO]->(b)
WHERE r.drawn > 0
RETURN x.firm_id AS counterparty, count(DISTINCT b) AS borrowers, round(sum(r.drawn), 2) AS drawn
ORDER BY drawn DESC, counterparty
LIMIT $top
