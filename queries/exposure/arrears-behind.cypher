// title: Firms that wait for money because one firm does not pay
// term: trade-credit contagion, upstream
// read: The query follows overdue links upstream from the firm, at most three of them: the suppliers that it owes, the
// read: suppliers that these owe, and so on. passes is the smallest arrears on the path, which is the largest part of
// read: the last arrears that the firm's own arrears can explain; of several paths the largest value counts. Each
// read: category traded between two firms has arrears of its own.
// pattern: (tier 3)-[:SUPPLIES, overdue]->(tier 2)-[:SUPPLIES, overdue]->(tier 1)-[:SUPPLIES, overdue]->($firm)
// param: firm text | id of the firm that does not pay
// param: top whole = 200 | maximum number of rows
// column: tier | links of the shortest path, 1 to 3
// column: supplier | the firm that waits for money
// column: name | its name
// column: passes | the smallest arrears on the path
// cost: follows only links with arrears
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
