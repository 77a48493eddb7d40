// title: How goods get from one firm to another
// term: supply paths
// read: Each row is one way from the firm to the other over at most four links, no firm twice, the shortest first.
// read: carries is the product of the shares of purchases along it: the share of the other's purchases that comes this
// read: way. For the way of money turn the two round. No rows: neither is within four links downstream of the other.
// pattern: ($firm)-[:SUPPLIES]->( )-[:SUPPLIES]->...-[:SUPPLIES]->($other)
// param: firm text | the firm from which goods come
// param: other text | the firm that they are to reach
// param: top whole = 50 | rows at most
// column: links | links of the way, 1 to 4
// column: chain | the firms on it, in the direction of the goods
// column: carries | share of the other's purchases that comes this way
// cost: all ways of up to four links between the two; between two hubs of thousands it may take seconds
MATCH p = (a:Firm {firm_id: $firm})-[links:SUPPLIES*1..4]->(b:Firm {firm_id: $other})
WHERE all(r IN links WHERE r.e_share_of_purchases > 0)
WITH [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE all(x IN firms WHERE single(y IN firms WHERE y = x))
RETURN size(firms) - 1 AS links, firms AS chain, round(carries, 6) AS carries
ORDER BY links, carries DESC, chain
LIMIT $top
