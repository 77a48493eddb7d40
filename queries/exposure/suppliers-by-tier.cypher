// title: The suppliers of a firm up to tier 3
// term: upstream tiers
// read: tier is the length of the shortest path by which goods reach the firm. relies is the share of the firm's
// read: purchases that depends on the supplier: shares of purchases are multiplied along each path and added over all
// read: paths (at most three links, no firm twice). A supplier may be on several tiers, so the sum of relies over all
// read: rows exceeds 1. Purchases are those of the last 180 days. The upstream of a producer or exporter without
// read: suppliers is unobserved, which does not mean that it has none.
// pattern: (tier 3)-[:SUPPLIES]->(tier 2)-[:SUPPLIES]->(tier 1)-[:SUPPLIES]->($firm)
// param: firm text | the firm's id
// param: least number = 0.01 | exclude paths with less than this share of the firm's purchases
// param: top whole = 200 | maximum number of rows
// column: tier | links of the shortest path, 1 to 3
// column: supplier | the supplier
// column: name | its name
// column: region | its region
// column: upstream | unobserved: a producer or exporter without a known supplier; otherwise observed
// column: ways | number of paths by which its goods reach the firm
// column: relies | share of the firm's purchases that depends on it
// cost: grows with the number of suppliers up to tier 3; a higher least excludes more
MATCH p = (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..3]-(s:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH s.firm_id AS supplier, s.name AS name, s.region AS region, s.upstream AS upstream, length(p) AS tier,
  [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE carries >= $least AND carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH supplier, name, region, upstream, min(tier) AS tier, count(*) AS ways, sum(carries) AS relies
RETURN tier, supplier, name, region, upstream, ways, round(relies, 6) AS relies
ORDER BY tier, relies DESC, supplier
LIMIT $top
