// title: Who would feel it if a firm stopped: the blast radius
// term: blast radius; first-order downstream cascade
// read: Only links that bring at least the share least of a customer's purchases pass the stop on, over at most three
// read: links: whoever gets less from the one before is taken to manage without. relies is the share of the customer's
// read: purchases that rests on the firm over these links.
// read: scgraph contagion works the cascade out to its end, with replacement.
// pattern: ($firm)-[:SUPPLIES, share >= $least]->(tier 1)-[same]->(tier 2)-[same]->(tier 3)
// param: firm text | the firm that stops
// param: least number = 0.2 | the share of purchases from which on a link passes the stop on
// param: top whole = 200 | rows at most
// column: tier | links of the shortest way, 1 to 3
// column: customer | who would feel it
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: relies | share of its purchases that rests on the firm over these links
// cost: follows only the links that pass the stop on; a higher least is faster
MATCH p = (f:Firm {firm_id: $firm})-[links:SUPPLIES*1..3]->(c:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH c.firm_id AS customer, c.name AS name, c.industry AS industry, c.region AS region, length(p) AS tier,
  [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH customer, name, industry, region, min(tier) AS tier, sum(carries) AS relies
RETURN tier, customer, name, industry, region, round(relies, 6) AS relies
ORDER BY tier, relies DESC, customer
LIMIT $top
