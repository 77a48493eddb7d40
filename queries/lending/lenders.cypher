// title: All lenders of the data
// term: creditors
// read: Lenders with lines, and the number of their lines. Without rows the data have no table of loans, so that what
// read: firms owe is unknown rather than zero.
// pattern: (lender)-[:LENDS_TO]->(firm)
// cost: Reads every credit line once.
// param: top whole = 100 | maximum number of rows
// column: lender | the lender
// column: lines | number of its lines
MATCH (l:Lender)-[r:LENDS_TO]->(:Firm)
RETURN l.lender_id AS lender, count(*) AS lines
ORDER BY lines DESC, lender
LIMIT $top
