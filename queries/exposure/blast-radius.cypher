// title: Firms that would be affected if a firm stopped: the blast radius
// term: blast radius; first-order downstream cascade
// read: The stop spreads over at most three links, and only over links with at least the share least of the customer's
// read: purchases; a customer with a smaller share is assumed to manage without. relies is the share of the customer's
// read: purchases that depends on the firm over these links. scgraph contagion computes the whole cascade, with
// read: replacement.
// pattern: ($firm)-[:SUPPLIES, share >= $least]->(tier 1)-[same]->(tier 2)-[same]->(tier 3)
// param: firm text | the firm that stops
// param: least number = 0.2 | minimum share of purchases for a link to pass the stop on
// param: top whole = 200 | maximum number of rows
// column: tier | links of the shortest path, 1 to 3
// column: customer | the affected firm
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: relies | share of its purchases that depends on the firm over these links
// cost: follows only links that pass the stop on; a higher least is faster
MATCH p = (f:Firm {firm_id: $firm})-[links:SUPPLIES*1..3]->(c:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH c.firm_id AS customer, c.name AS name, c.industry AS industry, c.region AS region, length(p) AS tier,
  [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH customer, name, industry, region, min(tier) AS tier, sum(carries) AS relies
RETURN tier, customer, name, industry, region, round(relies, 6) AS relies
ORDER BY tier, relies DESC, customer
LIMIT $top
