// title: Rings of three to five firms that include one firm
// read: Goods flow from the firm along the ring and back to it; each ring appears once. amount is the smallest of the
// read: ring's links: no more than that can have gone round. Where two firms trade in several categories, the largest
// read: of these is the link. Amounts are of the last 180 days, or of all time in undated data.
// term: circular trading, carousel
// pattern: (firm)-[:SUPPLIES]->(..)-[:SUPPLIES*1..3]->(..)-[:SUPPLIES]->(firm)
// cost: Starts from one firm. Where it or its neighbours have hundreds of links, set a higher least.
// param: firm text | the firm's id
// param: least number = 0 | exclude links up to this amount
// param: top whole = 100 | maximum number of rows
// column: firms | number of firms in the ring
// column: ring | their ids in the direction of the goods, starting with the firm
// column: amount | the ring's smallest link
MATCH p = (f:Firm {firm_id: $firm})-[:SUPPLIES*3..5]->(f)
WITH [n IN nodes(p)[1..] | n.firm_id] AS ring, [r IN relationships(p) | coalesce(r.amount_180, r.amount)] AS links
WHERE all(x IN links WHERE x > $least) AND all(i IN ring WHERE single(j IN ring WHERE j = i))
WITH ring, reduce(m = links[0], x IN links | CASE WHEN x < m THEN x ELSE m END) AS least
WITH [$firm] + ring[0..-1] AS ring, max(least) AS amount
RETURN size(ring) AS firms, ring, amount
ORDER BY amount DESC, firms, ring
LIMIT $top
