// title: Pairs of firms that sell to each other
// read: Each pair is there once, the smaller id first. balance is the smaller of the two flows over the
// read: larger one: near 1 the same value goes there and back, which pushes up sales without a margin. Two
// read: firms of one group, or a maker and its subcontractor, do so for good reasons: look at the categories.
// read: Amounts are of the last 180 days, or of all time where the data have no days.
// term: round-tripping, wash trade
// pattern: (first)-[:SUPPLIES]->(second)-[:SUPPLIES]->(first)
// cost: Looks at every link once. On a big graph give region.
// param: region text = null | only pairs of this region
// param: least number = 0 | leave out pairs of which either flow is up to this amount
// param: balance number = 0 | leave out pairs with a lower balance, 0 to 1
// param: top whole = 100 | rows at most
// column: first | the pair's smaller id
// column: second | the other firm
// column: there | value sold by the first to the second
// column: back | value sold by the second to the first
// column: balance | the smaller flow over the larger
// column: categories | what is traded, either way
MATCH (a:Firm)-[r:SUPPLIES]->(b:Firm)
WHERE a.firm_id < b.firm_id AND ($region IS NULL OR a.region = $region AND b.region = $region)
  AND EXISTS { (b)-[:SUPPLIES]->(a) }
WITH DISTINCT a, b
MATCH (a)-[r:SUPPLIES]-(b)
WITH a, b, r, coalesce(r.amount_180, r.amount) AS amount
ORDER BY r.category
WITH a, b, collect(DISTINCT r.category) AS categories,
  round(sum(CASE WHEN startNode(r).firm_id = a.firm_id THEN amount ELSE 0.0 END), 2) AS there,
  round(sum(CASE WHEN startNode(r).firm_id = a.firm_id THEN 0.0 ELSE amount END), 2) AS back
WHERE there > $least AND back > $least AND there > 0 AND back > 0
WITH a, b, there, back, categories, CASE WHEN there < back THEN there / back ELSE back / there END AS balance
WHERE balance >= $balance
RETURN a.firm_id AS first, b.firm_id AS second, there, back, round(balance, 6) AS balance, categories
ORDER BY balance DESC, there DESC, first, second
LIMIT $top
