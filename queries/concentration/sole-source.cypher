// title: Categories that one firm alone sells
// term: sole source
// read: Nobody else in the data sells the category, so its customers cannot simply turn elsewhere: single-source finds
// read: who does not, sole-source who cannot. upstream is unobserved where the seller is a producer or exporter without a
// read: known supplier: what stands behind it is not in the data, which is neither no supplier nor one. Sales are those
// read: of the last 180 days, or of all time where the data have no days. Trades without a category do not count.
// pattern: (the only seller)-[:SUPPLIES category]->(customers)
// param: upstream text = null | only sellers whose upstream is observed, or unobserved
// param: customers whole = 1 | leave out categories with fewer customers
// param: top whole = 100 | rows at most
// column: category | what is sold
// column: supplier | who alone sells it
// column: name | its name
// column: upstream | the supplier's: observed or unobserved
// column: customers | firms that buy it
// column: amount | value sold
// cost: reads every link
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE r.category IS NOT NULL AND s.firm_id <> c.firm_id
WITH s.firm_id AS seller, c.firm_id AS buyer, r.category AS category, coalesce(r.amount_180, r.amount) AS sold
WHERE sold > 0
WITH category, min(seller) AS supplier, max(seller) AS last, count(DISTINCT buyer) AS customers, sum(sold) AS amount
WHERE supplier = last AND customers >= $customers
MATCH (s:Firm {firm_id: supplier})
WHERE $upstream IS NULL OR s.upstream = $upstream
RETURN category, supplier, s.name AS name, s.upstream AS upstream, customers, round(amount, 2) AS amount
ORDER BY customers DESC, amount DESC, category
LIMIT $top
