// title: Firms that guarantee each other's debts in a circle
// read: Each circle of two to five firms appears once, starting with the smallest id; each firm guarantees the next,
// read: and the last one the first. No guarantee in a circle is worth more than its weakest member: one failure calls
// read: on all of them. amount is the smallest guarantee of known amount, null where no amount is known. failing is the
// read: number of members in default.
// term: mutual guarantee, guarantee circle
// pattern: (first)-[:GUARANTEES*2..5]->(first)
// cost: Follows guarantees only; set region where a graph has millions of them.
// param: region text = null | only circles whose firms are all of this region
// param: top whole = 100 | maximum number of rows
// column: firms | number of firms in the circle
// column: circle | their ids; each guarantees the next
// column: amount | the smallest guarantee
// column: failing | number of members in default
MATCH p = (a:Firm)-[:GUARANTEES*2..5]->(a)
WITH nodes(p)[1..] AS members, [r IN relationships(p) | r.amount] AS amounts, a
WHERE all(m IN members WHERE m.firm_id >= a.firm_id AND ($region IS NULL OR m.region = $region))
  AND all(m IN members WHERE single(n IN members WHERE n.firm_id = m.firm_id))
WITH [a.firm_id] + [m IN members[0..-1] | m.firm_id] AS circle, size([m IN members WHERE m.defaulted]) AS failing,
  reduce(least = null, x IN amounts | CASE WHEN least IS NULL OR x < least THEN x ELSE least END) AS amount
RETURN size(circle) AS firms, circle, amount, failing
ORDER BY failing DESC, amount DESC, firms, circle
LIMIT $top
