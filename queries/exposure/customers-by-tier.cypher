// title: The customers of a firm up to tier 3
// term: downstream tiers
// read: tier is the length of the shortest path by which goods reach the customer. relies is the share of the
// read: customer's purchases that depends on the firm: shares of purchases are multiplied along each path and added
// read: over all paths (at most three links, no firm twice). Purchases are those of the last 180 days.
// pattern: ($firm)-[:SUPPLIES]->(tier 1)-[:SUPPLIES]->(tier 2)-[:SUPPLIES]->(tier 3)
// param: firm text | the firm's id
// param: least number = 0.01 | exclude paths with less than this share of the customer's purchases
// param: top whole = 200 | maximum number of rows
// column: tier | links of the shortest path, 1 to 3
// column: customer | the customer
// column: name | its name
// column: region | its region
// column: ways | number of paths by which the firm's goods reach it
// column: relies | share of its purchases that depends on the firm
// cost: grows with the number of customers up to tier 3; seconds for a hub with thousands of customers, where a higher
// cost: least excludes more
MATCH p = (f:Firm {firm_id: $firm})-[links:SUPPLIES*1..3]->(c:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH c.firm_id AS customer, c.name AS name, c.region AS region, length(p) AS tier,
  [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE carries >= $least AND carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH customer, name, region, min(tier) AS tier, count(*) AS ways, sum(carries) AS relies
RETURN tier, customer, name, region, ways, round(relies, 6) AS relies
ORDER BY tier, relies DESC, customer
LIMIT $top
