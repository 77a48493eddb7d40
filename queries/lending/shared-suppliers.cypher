// title: Suppliers that several borrowers of one lender buy from
// read: If the supplier fails, these borrowers are affected at the same time. drawn is their drawn amount; exposed is
// read: the sum of each borrower's drawn amount times the supplier's share of its purchases. Purchases are those of the
// read: last 180 days, or of all time in undated data.
// term: common exposure, wrong-way concentration
// pattern: (lender)-[:LENDS_TO]->(borrowers)<-[:SUPPLIES]-(supplier)
// cost: Starts from one lender and reads all purchases of its borrowers.
// param: lender text | the lender's id
// param: borrowers whole = 2 | minimum number of borrowers
// param: top whole = 100 | maximum number of rows
// column: supplier | the common supplier
// column: name | its name
// column: borrowers | number of borrowers that buy from it
// column: drawn | drawn amount (EAD)
// column: exposed | sum of drawn amount times share of purchases
// column: defaulted | whether the supplier is in default
MATCH (l:Lender {lender_id: $lender})-[x:LENDS_TO]->(b:Firm)
WHERE x.drawn > 0
WITH b, sum(x.drawn) AS drawn
MATCH (b)<-[r:SUPPLIES]-(s:Firm)
WHERE s.firm_id <> b.firm_id
WITH b, drawn, sum(coalesce(r.amount_180, r.amount)) AS bought
WHERE bought > 0
MATCH (b)<-[r:SUPPLIES]-(s:Firm)
WHERE s.firm_id <> b.firm_id
WITH s.firm_id AS supplier, s.name AS name, s.defaulted AS defaulted, b.firm_id AS borrower, drawn, bought,
  sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE sold > 0
WITH supplier, name, defaulted, count(borrower) AS borrowers, sum(drawn) AS drawn, sum(drawn * sold / bought) AS exposed
WHERE borrowers >= $borrowers
RETURN supplier, name, borrowers, round(drawn, 2) AS drawn, round(exposed, 2) AS exposed, defaulted
ORDER BY exposed DESC, supplier
LIMIT $top
