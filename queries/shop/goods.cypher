// title: Categories of goods that a firm trades with other firms, the largest first
// term: product category
// read: Purchases and deliveries of 180 days together, each by the category of the trade. Trade without a category and
// read: the trade of a firm with itself do not count.
// pattern: ($firm)-[:SUPPLIES {category, amount}]-(other)
// param: firm text | the firm's id
// param: top whole = 20 | maximum number of rows
// column: category | a category of goods
// column: amount | value of purchases and deliveries in it
// cost: the firm's own links only
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> $firm AND r.category IS NOT NULL AND coalesce(r.amount_180, r.amount) > 0
WITH r.category AS category, sum(coalesce(r.amount_180, r.amount)) AS amount
RETURN category, round(amount, 2) AS amount
ORDER BY amount DESC, category
LIMIT $top
