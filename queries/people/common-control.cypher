// title: Firms under the same hand as one firm
// read: Firms that an owner or manager of the firm owns or manages too, up to two steps up and two down, and
// read: firms that own or run it or that it owns. steps is the shortest way: 1 is parent or child, 2 a
// read: sibling. Whoever lends to one of them lends to all: their exposures add up, and they seldom fail
// read: alone.
// term: group of connected clients
// pattern: (firm)<-[:OWNS|MANAGES*0..2]-(hand)-[:OWNS|MANAGES*0..2]->(other)
// cost: Starts from one firm.
// param: firm text | the firm's id
// param: top whole = 100 | rows at most
// column: other | a firm under the same hand
// column: name | its name
// column: region | its region
// column: steps | links on the shortest way
// column: hands | whom the two have in common, or that is one of them
// column: defaulted | whether it is in default
MATCH (f:Firm {firm_id: $firm})<-[up:OWNS|MANAGES*0..2]-(o)-[down:OWNS|MANAGES*0..2]->(g:Firm)
WHERE g.firm_id <> $firm
WITH g, coalesce(o.person_id, o.firm_id) AS hand, min(size(up) + size(down)) AS steps
ORDER BY hand
WITH g, collect(hand) AS hands, min(steps) AS steps
RETURN g.firm_id AS other, g.name AS name, g.region AS region, steps, hands, g.defaulted AS defaulted
ORDER BY steps, other
LIMIT $top
