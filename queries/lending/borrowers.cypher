// title: Who borrows, and from whom
// read: One row per firm with anything drawn, or with a revolving line that it can still draw: the lines of
// read: `shop/book` of all lenders, or of the one named, put together by firm.
// term: obligors
// pattern: (lenders)-[:LENDS_TO]->(firm)
// cost: Looks at every credit line once.
// param: lender text = null | only borrowers of this lender
// param: top whole = 100 | rows at most
// column: firm | who borrows
// column: name | its name
// column: lenders | who lends to it
// column: lines | how many lines
// column: drawn | drawn on all of them
MATCH (l:Lender)-[r:LENDS_TO]->(f:Firm)
WHERE ($lender IS NULL OR l.lender_id = $lender) AND (r.drawn > 0 OR (r.product = 'credit' AND r.`limit` > 0))
WITH f.firm_id AS firm, f.name AS name, l.lender_id AS lender, r.drawn AS drawn
ORDER BY firm, lender
WITH firm, name, collect(DISTINCT lender) AS lenders, count(*) AS lines, sum(drawn) AS drawn
RETURN firm, name, lenders, lines, round(drawn, 2) AS drawn
ORDER BY drawn DESC, firm
LIMIT $top
