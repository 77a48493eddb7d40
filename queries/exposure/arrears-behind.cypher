// title: Who waits for money because one firm does not pay
// term: trade-credit contagion, upstream
// read: From the firm up the links on which payment is overdue, at most three of them: its suppliers that it owes, those
// read: that they owe, and so on. passes is the smallest arrear on the way: what the firm's own arrears can explain of the
// read: last one; it is the largest of several ways. Each category
// read: traded between two firms is an arrear of its own.
// pattern: (tier 3)-[:SUPPLIES, overdue]->(tier 2)-[:SUPPLIES, overdue]->(tier 1)-[:SUPPLIES, overdue]->($firm)
// param: firm text | the firm that does not pay
// param: top whole = 200 | rows at most
// column: tier | links of the shortest way, 1 to 3
// column: supplier | who waits
// column: name | its name
// column: passes | the smallest arrear on the way
// cost: follows only the links with arrears
MATCH p = (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..3]-(s:Firm)
WHERE all(r IN links WHERE r.overdue > 0)
WITH s.firm_id AS supplier, s.name AS name, [n IN nodes(p) | n.firm_id] AS firms, [r IN links | r.overdue] AS sums
WHERE all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH supplier, name, size(sums) AS tier,
  reduce(low = sums[0], x IN sums | CASE WHEN x < low THEN x ELSE low END) AS passes
WITH supplier, name, min(tier) AS tier, max(passes) AS passes
RETURN tier, supplier, name, round(passes, 2) AS passes
ORDER BY tier, passes DESC, supplier
LIMIT $top
