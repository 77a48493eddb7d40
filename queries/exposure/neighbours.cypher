// title: Suppliers and customers of a firm
// term: ego network
// read: One row per supplier or customer and category, suppliers before customers, the largest first. amount is of all
// read: time, amount_180 of the last 180 days; null in undated data.
// pattern: (supplier)-[:SUPPLIES]->($firm)-[:SUPPLIES]->(customer)
// param: firm text | the firm's id
// param: top whole = 200 | maximum number of rows
// column: side | supplier or customer, seen from the firm
// column: other | the other firm
// column: name | its name
// column: category | category of the goods
// column: amount | value traded
// column: amount_180 | value traded in the last 180 days
// column: last_on | day of the last trade
// cost: the firm's own links only
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> $firm
WITH CASE WHEN startNode(r).firm_id = $firm THEN 'customer' ELSE 'supplier' END AS side, o, r
RETURN side, o.firm_id AS other, o.name AS name, r.category AS category, r.amount AS amount,
  r.amount_180 AS amount_180, r.last_on AS last_on
ORDER BY side DESC, amount DESC, other, category
LIMIT $top
