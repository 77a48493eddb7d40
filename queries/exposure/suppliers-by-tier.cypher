// title: What stands behind a firm: its suppliers up to tier 3
// term: upstream tiers
// read: tier is the shortest way by which goods reach the firm. relies is the share of the firm's purchases that rests
// read: on the supplier: along a way the shares of purchases are multiplied, over all ways (at most three links, no
// read: firm twice) they are added. A supplier may stand on several tiers, so relies of all rows adds up to more than 1.
// read: Purchases are those of the last 180 days. A producer or exporter without suppliers is unobserved, not without.
// pattern: (tier 3)-[:SUPPLIES]->(tier 2)-[:SUPPLIES]->(tier 1)-[:SUPPLIES]->($firm)
// param: firm text | the firm's id
// param: least number = 0.01 | leave out ways that carry less than this share of the firm's purchases
// param: top whole = 200 | rows at most
// column: tier | links of the shortest way, 1 to 3
// column: supplier | the supplier
// column: name | its name
// column: region | its region
// column: upstream | unobserved: a producer or exporter without a known supplier; else observed
// column: ways | ways by which its goods reach the firm
// column: relies | share of the firm's purchases that rests on it
// cost: grows with the suppliers of suppliers of suppliers; a higher least leaves more out
MATCH p = (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..3]-(s:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH s.firm_id AS supplier, s.name AS name, s.region AS region, s.upstream AS upstream, length(p) AS tier,
  [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE carries >= $least AND carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH supplier, name, region, upstream, min(tier) AS tier, count(*) AS ways, sum(carries) AS relies
RETURN tier, supplier, name, region, upstream, ways, round(relies, 6) AS relies
ORDER BY tier, relies DESC, supplier
LIMIT $top
