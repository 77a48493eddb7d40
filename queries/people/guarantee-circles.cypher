// title: Firms that guarantee each other's debts in a circle
// read: Each circle of two to five firms is there once, the smallest id first; each guarantees the next, the
// read: last one the first. In a circle no guarantee is worth more than its weakest member: one failure calls
// read: on all. amount is the smallest guarantee of which the amount is known, null where none is. failing
// read: counts members in default.
// term: mutual guarantee, guarantee circle
// pattern: (first)-[:GUARANTEES*2..5]->(first)
// cost: Walks along guarantees only; give region where a graph has millions of them.
// param: region text = null | only circles whose firms are all of this region
// param: top whole = 100 | rows at most
// column: firms | how many are in the circle
// column: circle | their ids, each guaranteeing the next
// column: amount | the smallest guarantee
// column: failing | members in default
MATCH p = (a:Firm)-[:GUARANTEES*2..5]->(a)
WITH nodes(p)[1..] AS members, [r IN relationships(p) | r.amount] AS amounts, a
WHERE all(m IN members WHERE m.firm_id >= a.firm_id AND ($region IS NULL OR m.region = $region))
  AND all(m IN members WHERE single(n IN members WHERE n.firm_id = m.firm_id))
WITH [a.firm_id] + [m IN members[0..-1] | m.firm_id] AS circle, size([m IN members WHERE m.defaulted]) AS failing,
  reduce(least = null, x IN amounts | CASE WHEN least IS NULL OR x < least THEN x ELSE least END) AS amount
RETURN size(circle) AS firms, circle, amount, failing
ORDER BY failing DESC, amount DESC, firms, circle
LIMIT $top
