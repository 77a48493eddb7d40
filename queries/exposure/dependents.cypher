// title: Customers that depend on one firm, and how much
// term: dependence share
// read: One row per direct customer. of_purchases is the share of the customer's purchases that the firm delivers: what
// read: the customer would lack. of_sales is the share of the firm's sales that goes to the customer: what the firm
// read: would lose. Both are of the last 180 days.
// pattern: ($firm)-[:SUPPLIES]->(customer)
// param: firm text | the firm's id
// param: least number = 0 | exclude customers with less than this share of their purchases
// param: top whole = 200 | maximum number of rows
// column: customer | the customer
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: of_purchases | share of the customer's purchases
// column: of_sales | share of the firm's sales
// cost: the firm's own links only
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]->(c:Firm)
WHERE r.e_share_of_purchases > 0 AND r.e_share_of_purchases >= $least
RETURN c.firm_id AS customer, c.name AS name, c.industry AS industry, c.region AS region,
  round(r.e_share_of_purchases, 6) AS of_purchases, round(r.e_share_of_sales, 6) AS of_sales
ORDER BY of_purchases DESC, of_sales DESC, customer
LIMIT $top
