// title: Borrowers and their lenders
// read: One row per firm with a drawn or an unknown amount, or with a revolving line that can still be drawn: the lines
// read: of `shop/book` of all lenders, or of the given one, by firm.
// term: obligors
// pattern: (lenders)-[:LENDS_TO]->(firm)
// cost: Reads every credit line once.
// param: lender text = null | only borrowers of this lender
// param: top whole = 100 | maximum number of rows
// column: firm | the borrower
// column: name | its name
// column: lenders | its lenders
// column: lines | number of lines
// column: drawn | amount drawn on all of them
MATCH (l:Lender)-[r:LENDS_TO]->(f:Firm)
WHERE ($lender IS NULL OR l.lender_id = $lender) AND (r.drawn IS NULL OR r.drawn > 0
  OR (r.product = 'credit' AND r.`limit` > 0))
WITH f.firm_id AS firm, f.name AS name, l.lender_id AS lender, r.drawn AS drawn
ORDER BY firm, lender
WITH firm, name, collect(DISTINCT lender) AS lenders, count(*) AS lines, sum(drawn) AS drawn
RETURN firm, name, lenders, lines, round(drawn, 2) AS drawn
ORDER BY drawn DESC, firm
LIMIT $top
