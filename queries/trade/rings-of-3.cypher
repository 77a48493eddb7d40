// title: Rings of three firms around which goods flow
// read: Each ring appears once, starting with the smallest id; goods flow from each firm to the next, and from the last
// read: one to the first. No firm is in a ring twice. amount is the smallest of the ring's links: no more than that can
// read: have gone round. Where two firms trade in several categories, the largest of these is the link. Rings occur by
// read: chance in dense trade, long ones in particular: check their amount, and shared-owners. Amounts are of the last
// read: 180 days, or of all time in undated data.
// term: circular trading, carousel
// pattern: (first)-[:SUPPLIES]->(second)-[:SUPPLIES]->(third)-[:SUPPLIES]->(first)
// cost: Follows all paths of two links: in the embedded store 1 s of processor time on 84,000 links, 10 s on 336,000;
// cost: on Neo4j 5 s on 84,000, 30 s on 336,000. On a large graph, set region or a higher least.
// param: region text = null | only rings whose firms are all of this region
// param: least number = 0 | exclude links up to this amount
// param: top whole = 100 | maximum number of rows
// column: first | the ring's smallest id
// column: second | customer of the first
// column: third | customer of the second, and supplier of the first
// column: amount | the ring's smallest link
MATCH (a:Firm)-[r:SUPPLIES]->(b:Firm)
WHERE a.firm_id < b.firm_id AND coalesce(r.amount_180, r.amount) > $least
  AND ($region IS NULL OR a.region = $region AND b.region = $region)
MATCH (b)-[s:SUPPLIES]->(c:Firm)
WHERE a.firm_id < c.firm_id AND b.firm_id <> c.firm_id
  AND coalesce(s.amount_180, s.amount) > $least AND ($region IS NULL OR c.region = $region)
MATCH (c)-[t:SUPPLIES]->(a)
WHERE coalesce(t.amount_180, t.amount) > $least
WITH a, b, c, [x IN [r, s, t] | coalesce(x.amount_180, x.amount)] AS links
WITH a, b, c, reduce(m = links[0], x IN links | CASE WHEN x < m THEN x ELSE m END) AS least
RETURN a.firm_id AS first, b.firm_id AS second, c.firm_id AS third, max(least) AS amount
ORDER BY amount DESC, first, second, third
LIMIT $top
