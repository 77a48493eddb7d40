// title: Guarantee circles that a firm is part of
// term: guarantee circle, mutual guarantee
// read: Each circle of two to five firms once, beginning with the firm: each guarantees the next, the last one the firm.
// read: One failure calls on all of them. failing counts members in default.
// pattern: ($firm)-[:GUARANTEES*2..5]->($firm)
// param: firm text | the firm's id
// param: top whole = 20 | rows at most
// column: firms | how many are in the circle
// column: circle | their ids, each guaranteeing the next
// column: failing | members in default
// cost: walks along guarantees only
MATCH p = (a:Firm {firm_id: $firm})-[:GUARANTEES*2..5]->(a)
WITH nodes(p)[1..] AS members
WHERE all(m IN members WHERE single(n IN members WHERE n.firm_id = m.firm_id))
WITH [$firm] + [m IN members[0..-1] | m.firm_id] AS circle, size([m IN members WHERE m.defaulted]) AS failing
RETURN size(circle) AS firms, circle, failing
ORDER BY failing DESC, firms, circle
LIMIT $top
