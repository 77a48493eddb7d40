// title: Pairs of firms that sell to each other
// read: Each pair appears once, the smaller id first. balance is the smaller of the two flows divided by the larger:
// read: near 1 the same value goes in both directions, which inflates sales without a margin. Two firms of one group,
// read: or a maker and its subcontractor, may have good reasons: check the categories. Amounts are of the last 180
// read: days, or of all time in undated data.
// term: round-tripping, wash trade
// pattern: (first)-[:SUPPLIES]->(second)-[:SUPPLIES]->(first)
// cost: Reads every link once. On a large graph, set region.
// param: region text = null | only pairs of this region
// param: least number = 0 | exclude pairs in which either flow is at most this amount
// param: balance number = 0 | minimum balance, 0 to 1
// param: top whole = 100 | maximum number of rows
// column: first | the pair's smaller id
// column: second | the other firm
// column: there | value sold by the first to the second
// column: back | value sold by the second to the first
// column: balance | smaller flow divided by the larger
// column: categories | categories traded, in either direction
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
