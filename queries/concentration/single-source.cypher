// title: Firms that buy a category from one supplier only
// term: single source
// read: Each row is a customer that buys a category from one supplier only, the largest purchases first. Other firms
// read: may sell the category; where none does, see sole-source. Purchases are those of the last 180 days, or of all
// read: time in undated data. A null category stands for trades without a category. Firms without a known supplier do
// read: not appear.
// pattern: (supplier)-[:SUPPLIES category]->(customer)     and no other supplier of it
// param: region text = null | only customers of this region
// param: least number = 0 | exclude purchases up to this amount
// param: top whole = 100 | maximum number of rows
// column: supplier | the only supplier
// column: customer | the firm that depends on it
// column: region | the customer's region
// column: category | category of the goods
// column: amount | value of its purchases
// cost: reads every link; region narrows it
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE ($region IS NULL OR c.region = $region) AND s.firm_id <> c.firm_id
WITH s.firm_id AS supplier, c.firm_id AS customer, c.region AS region, r.category AS category,
  coalesce(r.amount_180, r.amount) AS bought
WHERE bought > 0
WITH customer, region, category, collect(DISTINCT supplier) AS suppliers, sum(bought) AS amount
WHERE size(suppliers) = 1 AND amount > $least
RETURN suppliers[0] AS supplier, customer, region, category, round(amount, 2) AS amount
ORDER BY amount DESC, customer, category
LIMIT $top
