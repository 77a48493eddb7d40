// title: Credit lines of firms with the same owner as one firm
// term: group of connected clients
// read: Lines of all lenders to firms that an owner of the firm owns too, that own it or that it owns, up to two steps
// read: up and two down, each with at least the given weight (the share owned; an unknown one counts). A limit for the
// read: firm counts the debt of its group.
// pattern: (firm)<-[:OWNS*0..2]-(owner)-[:OWNS*0..2]->(other)<-[:LENDS_TO]-(lender)
// cost: Starts from one firm.
// param: firm text | the firm's id
// param: least number = 0.5 | smallest share owned that counts as control
// param: top whole = 200 | maximum number of rows
// column: other | a firm with the same owner
// column: name | its name
// column: lender | the lender
// column: loan | the line
// column: product | order, credit, supply_chain or other
// column: line | its limit
// column: drawn | drawn amount
MATCH (f:Firm {firm_id: $firm})<-[up:OWNS*0..2]-(o)-[down:OWNS*0..2]->(g:Firm)
WHERE g.firm_id <> $firm AND all(r IN up WHERE coalesce(r.weight, 1.0) >= $least)
  AND all(r IN down WHERE coalesce(r.weight, 1.0) >= $least)
WITH DISTINCT g
MATCH (l:Lender)-[r:LENDS_TO]->(g)
RETURN g.firm_id AS other, g.name AS name, l.lender_id AS lender, r.loan_id AS loan, r.product AS product,
  r.`limit` AS line, r.drawn AS drawn
ORDER BY other, lender, loan
LIMIT $top
