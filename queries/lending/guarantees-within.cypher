// title: Borrowers of one lender that guarantee each other
// read: The guarantor borrows from the same lender: if the borrower fails, the lender calls on a guarantor that it has
// read: lent to as well, and both may fail. cover is the guaranteed amount divided by the borrower's drawn amount: what
// read: the book treats as secured. guarantor_drawn is what the guarantor owes itself. mutual: the borrower guarantees
// read: the guarantor too.
// term: guarantee within the book, wrong-way risk
// pattern: (lender)-[:LENDS_TO]->(guarantor)-[:GUARANTEES]->(borrower)<-[:LENDS_TO]-(lender)
// cost: Starts from one lender.
// param: lender text | the lender's id
// param: top whole = 100 | maximum number of rows
// column: guarantor | the firm that guarantees
// column: borrower | the firm that is guaranteed
// column: guaranteed | guaranteed amount, null where unknown
// column: drawn | amount drawn by the borrower (EAD)
// column: cover | guaranteed divided by drawn
// column: guarantor_drawn | amount drawn by the guarantor
// column: mutual | whether they guarantee each other
MATCH (l:Lender {lender_id: $lender})-[x:LENDS_TO]->(b:Firm)
WHERE x.drawn > 0
WITH b, sum(x.drawn) AS drawn
MATCH (b)<-[r:GUARANTEES]-(g:Firm)
WITH b, drawn, g, count(r.amount) AS known, sum(r.amount) AS amount
MATCH (g)<-[y:LENDS_TO]-(k:Lender)
WHERE k.lender_id = $lender AND y.drawn > 0
WITH g, b, drawn, CASE WHEN known > 0 THEN amount END AS guaranteed, sum(y.drawn) AS guarantor_drawn
RETURN g.firm_id AS guarantor, b.firm_id AS borrower, round(guaranteed, 2) AS guaranteed, round(drawn, 2) AS drawn,
  round(guaranteed / drawn, 6) AS cover, round(guarantor_drawn, 2) AS guarantor_drawn,
  EXISTS { (b)-[:GUARANTEES]->(g) } AS mutual
ORDER BY drawn DESC, guarantor, borrower
LIMIT $top
