// title: Firms with the same owner as one firm
// term: group of connected clients
// read: Firms that an owner of the firm owns too, that own it or that it owns, up to two steps up and two down, each
// read: with at least the given weight (the share owned; an unknown one counts): the same group as that of group-lines.
// read: What such firms owe each other is no security to a lender.
// pattern: (firm)<-[:OWNS*0..2]-(owner)-[:OWNS*0..2]->(other)
// cost: Starts from one firm.
// param: firm text | the firm's id
// param: least number = 0.5 | smallest share owned that counts as control
// param: top whole = 200 | maximum number of rows
// column: other | a firm with the same owner
// column: name | its name
// column: defaulted | whether it is in default
MATCH (f:Firm {firm_id: $firm})<-[up:OWNS*0..2]-(o)-[down:OWNS*0..2]->(g:Firm)
WHERE g.firm_id <> $firm AND all(r IN up WHERE coalesce(r.weight, 1.0) >= $least)
  AND all(r IN down WHERE coalesce(r.weight, 1.0) >= $least)
WITH DISTINCT g
RETURN g.firm_id AS other, g.name AS name, coalesce(g.defaulted, false) AS defaulted
ORDER BY other
LIMIT $top
