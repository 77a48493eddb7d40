// title: A lender's exposure by the customer at the end of the chain
// read: A borrower belongs to the chain of a customer that takes at least the given share of its sales: it repays from
// read: what that customer pays. exposure is the sum of the amounts drawn by these borrowers. With a share of 0.5 or
// read: more a borrower is in one chain, or in two at exactly half; with a lower share it may count in several.
// read: portfolio is exposure divided by everything drawn from the lender. Sales are those of the last 180 days, or of
// read: all time in undated data.
// term: EAD by anchor buyer, chain concentration
// pattern: (lender)-[:LENDS_TO]->(borrowers)-[:SUPPLIES {most of their sales}]->(customer)
// cost: Starts from one lender and reads all sales of its borrowers.
// param: lender text | the lender's id
// param: share number = 0.3 | minimum share of a borrower's sales, 0 to 1
// param: top whole = 100 | maximum number of rows
// column: customer | the customer at the end of the chain
// column: name | its name
// column: industry | its industry
// column: borrowers | number of borrowers with that share of sales
// column: exposure | amount drawn by them (EAD)
// column: portfolio | share of the lender's exposure
// column: defaulted | whether the customer is in default
// column: firms | ids of the borrowers
MATCH (l:Lender {lender_id: $lender})-[x:LENDS_TO]->(b:Firm)
WHERE x.drawn > 0
WITH b, sum(x.drawn) AS drawn
WITH sum(drawn) AS total, collect({firm: b, drawn: drawn}) AS lines
UNWIND lines AS line
WITH total, line.firm AS b, line.drawn AS drawn
MATCH (b)-[r:SUPPLIES]->(c:Firm)
WHERE c.firm_id <> b.firm_id
WITH total, b, drawn, sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE sold > 0
MATCH (b)-[r:SUPPLIES]->(c:Firm)
WHERE c.firm_id <> b.firm_id
WITH total, b.firm_id AS borrower, drawn, sold, c.firm_id AS customer, c.name AS name, c.industry AS industry,
  c.defaulted AS defaulted, sum(coalesce(r.amount_180, r.amount)) AS bought
WHERE bought > 0 AND round(bought / sold, 6) >= $share
WITH total, customer, name, industry, defaulted, borrower, drawn
ORDER BY borrower
WITH total, customer, name, industry, defaulted, count(borrower) AS borrowers, sum(drawn) AS exposure,
  collect(borrower) AS firms
RETURN customer, name, industry, borrowers, round(exposure, 2) AS exposure, round(exposure / total, 6) AS portfolio,
  defaulted, firms
ORDER BY exposure DESC, customer
LIMIT $top
