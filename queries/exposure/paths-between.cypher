// title: Paths by which goods get from one firm to another
// term: supply paths
// read: Each row is a path from the firm to the other over at most four links, no firm twice, the shortest first.
// read: carries is the product of the shares of purchases along it: the share of the other firm's purchases that takes
// read: this path. For the path of payments, swap the two firms. No rows mean that the other firm is not within four
// read: links downstream.
// pattern: ($firm)-[:SUPPLIES]->( )-[:SUPPLIES]->...-[:SUPPLIES]->($other)
// param: firm text | id of the firm that goods come from
// param: other text | id of the firm that they go to
// param: top whole = 50 | maximum number of rows
// column: links | links of the path, 1 to 4
// column: chain | ids on the path, in the direction of the goods
// column: carries | share of the other firm's purchases that takes this path
// cost: all paths of up to four links between the two; between two hubs with thousands of partners it may take seconds
MATCH p = (a:Firm {firm_id: $firm})-[links:SUPPLIES*1..4]->(b:Firm {firm_id: $other})
WHERE all(r IN links WHERE r.e_share_of_purchases > 0)
WITH [n IN nodes(p) | n.firm_id] AS firms, reduce(share = 1.0, r IN links | share * r.e_share_of_purchases) AS carries
WHERE all(x IN firms WHERE single(y IN firms WHERE y = x))
RETURN size(firms) - 1 AS links, firms AS chain, round(carries, 6) AS carries
ORDER BY links, carries DESC, chain
LIMIT $top
