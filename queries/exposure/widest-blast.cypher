// title: Firms whose stop would reach the most others
// term: blast radius, ranked
// read: For each firm the customers that blast-radius finds: over at most two links, each of which brings at least the
// read: share least of its receiver's purchases. reached counts them, near those that buy from it directly. Shares are
// read: of the last 180 days.
// pattern: (firm)-[:SUPPLIES, share >= $least]->(near)-[:SUPPLIES, share >= $least]->(farther)
// param: least number = 0.5 | the share of purchases from which on a link passes a stop on
// param: region text = null | only firms of this region
// param: top whole = 20 | rows at most
// column: firm | the firm
// column: name | its name
// column: region | its region
// column: reached | firms that its stop would reach
// column: near | of these, its direct customers
// cost: the whole graph, but only the links with at least that share: seconds at 0.5, far
// cost: more below 0.2; region narrows it
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
