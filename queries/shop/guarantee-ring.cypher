// title: Guarantee circles that a firm is part of
// term: guarantee circle, mutual guarantee
// read: Each circle of two to five firms appears once, starting with the firm: each guarantees the next, and the last
// read: one the firm. One failure calls on all of them. failing is the number of members in default.
// pattern: ($firm)-[:GUARANTEES*2..5]->($firm)
// param: firm text | the firm's id
// param: top whole = 20 | maximum number of rows
// column: firms | number of firms in the circle
// column: circle | their ids; each guarantees the next
// column: failing | number of members in default
// cost: follows guarantees only
MATCH p = (a:Firm {firm_id: $firm})-[:GUARANTEES*2..5]->(a)
WITH nodes(p)[1..] AS members
WHERE all(m IN members WHERE single(n IN members WHERE n.firm_id = m.firm_id))
WITH [$firm] + [m IN members[0..-1] | m.firm_id] AS circle, size([m IN members WHERE m.defaulted]) AS failing
RETURN size(circle) AS firms, circle, failing
ORDER BY failing DESC, firms, circle
LIMIT $top
