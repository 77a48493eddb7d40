// title: Firms whose stop would affect the most other firms
// term: blast radius, ranked
// read: For each firm, the customers that blast-radius finds over at most two links, each with at least the share least
// read: of its receiver's purchases. reached is their number, near the number of those that buy from it directly.
// read: Shares are of the last 180 days.
// pattern: (firm)-[:SUPPLIES, share >= $least]->(near)-[:SUPPLIES, share >= $least]->(farther)
// param: least number = 0.5 | minimum share of purchases for a link to pass the stop on
// param: region text = null | only firms of this region
// param: top whole = 20 | maximum number of rows
// column: firm | the firm
// column: name | its name
// column: region | its region
// column: reached | number of firms that its stop would affect
// column: near | number of these that are direct customers
// cost: the whole graph, but only links with at least that share: seconds at 0.5, far more below 0.2; region narrows it
MATCH (f:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE r.e_share_of_purchases >= $least AND r.e_share_of_purchases > 0 AND ($region IS NULL OR f.region = $region)
OPTIONAL MATCH (c)-[s:SUPPLIES]->(d:Firm)
WHERE s.e_share_of_purchases >= $least AND s.e_share_of_purchases > 0 AND d.firm_id <> f.firm_id
WITH f.firm_id AS firm, collect(DISTINCT c.firm_id) AS direct, collect(DISTINCT d.firm_id) AS farther
WITH firm, size(direct) AS near, size([x IN farther WHERE NOT x IN direct]) AS beyond
WITH firm, near + beyond AS reached, near
ORDER BY reached DESC, near DESC, firm
LIMIT $top
MATCH (f:Firm {firm_id: firm})
RETURN firm, f.name AS name, f.region AS region, reached, near
ORDER BY reached DESC, near DESC, firm
LIMIT $top
