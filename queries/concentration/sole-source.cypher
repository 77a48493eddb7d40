// title: Categories that only one firm sells
// term: sole source
// read: No other firm in the data sells the category, so its customers cannot simply change the supplier: single-source
// read: finds customers that use one supplier, sole-source those that have no alternative. upstream is unobserved where
// read: the seller is a producer or exporter without a known supplier: its suppliers are not in the data, which does
// read: not mean that it has none. Sales are those of the last 180 days, or of all time in undated data. Trades without
// read: a category do not count.
// pattern: (the only seller)-[:SUPPLIES category]->(customers)
// param: upstream text = null | only sellers whose upstream is observed, or unobserved
// param: customers whole = 1 | minimum number of customers
// param: top whole = 100 | maximum number of rows
// column: category | category of the goods
// column: supplier | the only firm that sells it
// column: name | its name
// column: upstream | upstream of the supplier: observed or unobserved
// column: customers | number of firms that buy it
// column: amount | value of its sales
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
