// title: The supply chains that end at a firm, link by link
// term: upstream supply chain
// read: Each row is a path of one to three links by which goods reach the firm; the first firm of the chain is the
// read: farthest. carries is the product of the shares of purchases along it: the share of the firm's purchases that
// read: would be missing if the first firm stopped and no firm of the chain had other goods. weakest is the smallest of
// read: these shares: there the chain is easiest to replace. Shares are of the last 180 days.
// pattern: (chain[0])-[:SUPPLIES]->(chain[1])-[:SUPPLIES]->...-[:SUPPLIES]->($firm)
// param: firm text | the firm's id
// param: least number = 0.01 | exclude chains that carry less than this share
// param: top whole = 100 | maximum number of rows
// column: links | links of the chain, 1 to 3
// column: chain | ids from the farthest to the firm itself
// column: carries | share of the firm's purchases that takes this path
// column: weakest | the smallest share of purchases along it
// cost: as suppliers-by-tier
MATCH p = (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..3]-(:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least)
WITH [n IN nodes(p) | n.firm_id] AS firms, [r IN links | r.e_share_of_purchases] AS shares
WITH firms, shares, reduce(product = 1.0, share IN shares | product * share) AS carries
WHERE carries >= $least AND carries > 0 AND all(x IN firms WHERE single(y IN firms WHERE y = x))
RETURN size(shares) AS links, reverse(firms) AS chain, round(carries, 6) AS carries,
  round(reduce(low = 1.0, share IN shares | CASE WHEN share < low THEN share ELSE low END), 6) AS weakest
ORDER BY carries DESC, links, chain
LIMIT $top
