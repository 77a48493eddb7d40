// title: Trades between firms that one person or firm stands behind
// read: Seller and buyer have an owner or a manager in common: what they sell to each other is under one
// read: hand, its price and its existence too. amount is what the one sold to the other. Trades with one's
// read: own parent firm do not count here: see people/ownership-chains. Amounts are of the last 180 days, or
// read: of all time where the data have no days.
// term: related-party transaction
// pattern: (behind)-[:OWNS|MANAGES]->(supplier)-[:SUPPLIES]->(customer)<-[:OWNS|MANAGES]-(behind)
// cost: Walks from owners to their firms' trades. On a big graph give region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | leave out trades up to this amount
// param: top whole = 100 | rows at most
// column: supplier | who sells
// column: customer | who buys
// column: behind | who is behind both
// column: amount | value traded
// column: share | of all that the supplier sold
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
