// title: Firms that buy a category from one supplier only
// read: Each row is a customer with nobody else to turn to for a category, the largest purchases first.
// read: Purchases are those of the last 180 days, or of all time where the data have no days.
// read: A null category means that the trades name none. Firms without a known supplier do not appear.
// param: region text = null | only customers of this region
// param: least number = 0 | leave out purchases up to this amount
// param: top whole = 100 | rows at most
// column: supplier | the only supplier
// column: customer | who depends on it
// column: region | the customer's region
// column: category | what is bought
// column: amount | value bought
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id AND ($region IS NULL OR c.region = $region)
WITH s, c, r.category AS category, coalesce(r.amount_180, r.amount) AS bought
WHERE bought > 0
WITH c, category, collect(DISTINCT s.firm_id) AS suppliers, sum(bought) AS amount
WHERE size(suppliers) = 1 AND amount > $least
RETURN suppliers[0] AS supplier, c.firm_id AS customer, c.region AS region, category, amount
ORDER BY amount DESC, customer, category
LIMIT $top
