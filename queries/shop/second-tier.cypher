// title: Suppliers of a firm's suppliers, and customers of its customers
// term: second tier, upstream and downstream
// read: share is the share of the partner's purchases on the supply side, and of its sales to firms on the sales side,
// read: in the last 180 days. Only partners with at least the given share of the firm's own trade are followed.
// pattern: (other)-[:SUPPLIES]->(via)-[:SUPPLIES]->($firm)-[:SUPPLIES]->(via)-[:SUPPLIES]->(other)
// param: firm text | the firm's id
// param: least number = 0.05 | exclude links below this share, and everything behind them
// param: top whole = 200 | maximum number of rows
// column: side | supplier or customer
// column: via | the firm's own supplier or customer
// column: other | the firm behind it
// column: name | its name
// column: share | share of what via buys, or sells to firms
// column: pd | the other's probability of default over the scores' horizon
// column: defaulted | whether the other is in default
// cost: the links of the firm's larger partners; a higher least narrows it
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]-(v:Firm)
WHERE v.firm_id <> $firm
WITH DISTINCT v, CASE WHEN startNode(r).firm_id = $firm THEN 'customer' ELSE 'supplier' END AS side,
  CASE WHEN startNode(r).firm_id = $firm THEN r.e_share_of_sales ELSE r.e_share_of_purchases END AS own
WHERE own >= $least
MATCH (v)-[q:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> $firm AND o.firm_id <> v.firm_id
  AND (startNode(q).firm_id = v.firm_id) = (side = 'customer')
WITH side, v, o, CASE WHEN side = 'customer' THEN q.e_share_of_sales ELSE q.e_share_of_purchases END AS share
WHERE share >= $least
RETURN side, v.firm_id AS via, o.firm_id AS other, o.name AS name, share, o.risk_pd AS pd,
  coalesce(o.defaulted, false) AS defaulted
ORDER BY side DESC, via, share DESC, other
LIMIT $top
