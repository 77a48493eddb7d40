// title: Firms under common control with one firm
// read: Firms that an owner or manager of the firm also owns or manages, up to two steps up and two down, and firms
// read: that own or manage it or that it owns. steps is the length of the shortest path: 1 is a parent or child, 2 a
// read: sibling. A lender to one of them is exposed to the whole group: the exposures add up, and such firms seldom
// read: fail alone.
// term: group of connected clients
// pattern: (firm)<-[:OWNS|MANAGES*0..2]-(hand)-[:OWNS|MANAGES*0..2]->(other)
// cost: Starts from one firm.
// param: firm text | the firm's id
// param: top whole = 100 | maximum number of rows
// column: other | a firm under common control
// column: name | its name
// column: region | its region
// column: steps | links of the shortest path
// column: hands | common owners or managers, or one of the two firms itself
// column: defaulted | whether it is in default
MATCH (f:Firm {firm_id: $firm})<-[up:OWNS|MANAGES*0..2]-(o)-[down:OWNS|MANAGES*0..2]->(g:Firm)
WHERE g.firm_id <> $firm
WITH g, coalesce(o.person_id, o.firm_id) AS hand, min(size(up) + size(down)) AS steps
ORDER BY hand
WITH g, collect(hand) AS hands, min(steps) AS steps
RETURN g.firm_id AS other, g.name AS name, g.region AS region, steps, hands, g.defaulted AS defaulted
ORDER BY steps, other
LIMIT $top
