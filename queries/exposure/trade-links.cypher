// title: All trade of the last 180 days by pair of firms
// term: production network, edge list
// read: One row per supplier and customer with the value sold in the last 180 days in all categories; of all time in
// read: undated data. Contagion by mechanism starts from this table.
// pattern: (supplier)-[:SUPPLIES]->(customer)
// param: top whole = 100000000 | maximum number of rows
// column: supplier | the supplier
// column: customer | the customer
// column: amount | value sold
// column: sells | the supplier's industry
// column: buys | the customer's industry
// cost: every link of the graph: 5 s of processor time for 335,000 pairs in the embedded store, and as long to write
// cost: them out; use it with -o FILE, or a lower top
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id
WITH s.firm_id AS supplier, c.firm_id AS customer, s.industry AS sells, c.industry AS buys,
  sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE sold > 0
RETURN supplier, customer, round(sold, 2) AS amount, sells, buys
ORDER BY supplier, customer
LIMIT $top
