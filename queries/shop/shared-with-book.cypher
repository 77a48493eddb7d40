// title: What a lender's other borrowers owe that depend on a firm's counterparties
// term: chain concentration, connected clients
// read: Each row is a supplier or customer that the firm depends on: it has at least the given share of the firm's
// read: purchases or sales of the last 180 days. drawn is the sum of the amounts drawn by the lender's other borrowers
// read: that depend on it to the same degree; unknown amounts are left out of it. If it stops, they are affected together.
// pattern: ($firm)-[:SUPPLIES]-(counterparty)-[:SUPPLIES]-(borrower)<-[:LENDS_TO]-($lender)
// param: firm text | the firm's id
// param: lender text | the lender's id
// param: least number = 0.1 | minimum share of purchases or sales, of the firm and of the borrowers, 0 to 1
// param: top whole = 20 | maximum number of rows
// column: counterparty | the firm's supplier or customer
// column: borrowers | number of other borrowers that depend on it
// column: drawn | amount that they owe the lender
// column: firms | these borrowers
// cost: the links of the firm's partners; a hub has thousands of them
MATCH (f:Firm {firm_id: $firm})
WITH [(x:Firm)-[q:SUPPLIES]->(f) WHERE q.e_share_of_purchases >= $least | x.firm_id]
  + [(f)-[q:SUPPLIES]->(x:Firm) WHERE q.e_share_of_sales >= $least | x.firm_id] AS partners
UNWIND partners AS counterparty
WITH DISTINCT counterparty
WHERE counterparty <> $firm
MATCH (x:Firm {firm_id: counterparty})
WITH counterparty, [(x)-[q:SUPPLIES]->(b:Firm) WHERE q.e_share_of_purchases >= $least | b.firm_id]
  + [(b:Firm)-[q:SUPPLIES]->(x) WHERE q.e_share_of_sales >= $least | b.firm_id] AS hanging
UNWIND hanging AS borrower
WITH DISTINCT counterparty, borrower
WHERE borrower <> $firm AND borrower <> counterparty
MATCH (l:Lender {lender_id: $lender})-[r:LENDS_TO]->(b:Firm {firm_id: borrower})
WHERE r.drawn IS NULL OR r.drawn > 0 OR (r.product = 'credit' AND r.`limit` > 0)
WITH counterparty, borrower, coalesce(r.drawn, 0.0) AS owed
ORDER BY counterparty, borrower
RETURN counterparty, count(DISTINCT borrower) AS borrowers, round(sum(owed), 2) AS drawn,
  collect(DISTINCT borrower) AS firms
ORDER BY drawn DESC, counterparty
LIMIT $top
