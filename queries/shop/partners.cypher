// title: Suppliers and customers of a firm, with their risk
// term: counterparty dependence
// read: share is the supplier's share of the firm's purchases, or the customer's share of its sales to firms, in the
// read: last 180 days: what the firm would lose. passes is pd times share, with a pd of 1 where the other firm is in
// read: default.
// pattern: (supplier)-[:SUPPLIES]->($firm)-[:SUPPLIES]->(customer)
// param: firm text | the firm's id
// param: least number = 0.001 | exclude shares below this
// param: top whole = 50 | maximum number of rows
// column: side | supplier or customer
// column: other | the other firm
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: share | share of the firm's purchases or sales
// column: pd | the other's probability of default over the scores' horizon
// column: defaulted | whether the other is in default
// column: unlisted | whether it is in no list of firms, so that it has no score
// cost: the firm's own links only
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> $firm
WITH o, CASE WHEN startNode(r).firm_id = $firm THEN 'customer' ELSE 'supplier' END AS side,
  CASE WHEN startNode(r).firm_id = $firm THEN r.e_share_of_sales ELSE r.e_share_of_purchases END AS share
WHERE share >= $least AND share > 0
RETURN side, o.firm_id AS other, o.name AS name, o.industry AS industry, o.region AS region, share,
  o.risk_pd AS pd, coalesce(o.defaulted, false) AS defaulted, coalesce(o.unlisted, false) AS unlisted
ORDER BY side DESC, share DESC, other
LIMIT $top
