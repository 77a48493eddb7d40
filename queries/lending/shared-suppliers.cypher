// title: Suppliers that several borrowers of one lender buy from
// read: If the supplier fails, these borrowers are hit on one day. drawn is what they have drawn from the
// read: lender; exposed adds up what each has drawn times the share of its purchases that the supplier
// read: delivers. Purchases are those of the last 180 days, or of all time where the data have no days.
// term: common exposure, wrong-way concentration
// pattern: (lender)-[:LENDS_TO]->(borrowers)<-[:SUPPLIES]-(supplier)
// cost: Starts from one lender, and looks at all purchases of its borrowers.
// param: lender text | the lender's id
// param: borrowers whole = 2 | borrowers at least
// param: top whole = 100 | rows at most
// column: supplier | who delivers to them
// column: name | its name
// column: borrowers | how many borrowers buy from it
// column: drawn | what they have drawn (EAD)
// column: exposed | drawn times the share of purchases, added up
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
