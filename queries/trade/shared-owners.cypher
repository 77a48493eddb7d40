// title: Trades between firms with a common owner or manager
// read: Seller and buyer have an owner or a manager in common, who controls their trade with each other, including its
// read: price and whether it takes place at all. amount is the value that one sold to the other. Trades with a firm's
// read: own parent do not count here: see people/ownership-chains. Amounts are of the last 180 days, or of all time in
// read: undated data.
// term: related-party transaction
// pattern: (behind)-[:OWNS|MANAGES]->(supplier)-[:SUPPLIES]->(customer)<-[:OWNS|MANAGES]-(behind)
// cost: Follows links from owners to their firms' trades. On a large graph, set region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | exclude trades up to this amount
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier
// column: customer | the customer
// column: behind | the common owner or manager
// column: amount | value traded
// column: share | share of all that the supplier sold
MATCH (o)-[:OWNS|MANAGES]->(s:Firm)-[:SUPPLIES]->(c:Firm)<-[:OWNS|MANAGES]-(o)
WHERE s.firm_id <> c.firm_id AND ($region IS NULL OR s.region = $region)
WITH DISTINCT s, c, coalesce(o.person_id, o.firm_id) AS who
ORDER BY who
WITH s, c, collect(who) AS behind
MATCH (s)-[r:SUPPLIES]->(x:Firm)
WHERE s.firm_id <> x.firm_id
WITH s, c, behind, sum(coalesce(r.amount_180, r.amount)) AS sold,
  sum(CASE WHEN x.firm_id = c.firm_id THEN coalesce(r.amount_180, r.amount) ELSE 0.0 END) AS amount
WHERE amount > $least
RETURN s.firm_id AS supplier, c.firm_id AS customer, behind, round(amount, 2) AS amount,
  round(amount / sold, 6) AS share
ORDER BY amount DESC, supplier, customer
LIMIT $top
