// title: Trades of firms without any recorded carrier
// read: Goods were sold, but no recorded carrier moved anything for either firm within the given days. The goods may go
// read: by an unrecorded carrier or by the seller's own vehicles, may be a service, or may not exist. shipped is the
// read: share delivered by the trade's own delivery days: a high share without any carrier is more suspicious. Links
// read: whose supplier is a carrier, and graphs without any carrier, give no rows. Amounts are of the last 180 days, or
// read: of all time in undated data.
// term: fictitious trade, paper trade
// pattern: (carrier)-[:SHIPS_FOR]-x (supplier)-[:SUPPLIES]->(customer) x-[:SHIPS_FOR]-(carrier)
// cost: Reads every link above least once. On a large graph, set region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | exclude trades up to this amount
// param: days number = 180 | days looked back for a carrier; carriage on an unknown day counts too
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier
// column: customer | the customer
// column: amount | value traded
// column: orders | orders of all time
// column: shipped | share of the value of all time that was delivered, by the trades' own days
MATCH (:Firm)-[:SHIPS_FOR]->(:Firm)
WITH 1 AS recorded
LIMIT 1
MATCH (s:Firm)
WHERE NOT s:Logistics AND ($region IS NULL OR s.region = $region)
  AND NOT EXISTS { MATCH (s)<-[x:SHIPS_FOR]-(:Firm) WHERE coalesce(x.recency_days, 0) < $days }
MATCH (s)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id AND coalesce(r.amount_180, r.amount) > 0
  AND NOT EXISTS { MATCH (c)<-[y:SHIPS_FOR]-(:Firm) WHERE coalesce(y.recency_days, 0) < $days }
WITH s.firm_id AS supplier, c.firm_id AS customer, round(sum(coalesce(r.amount_180, r.amount)), 2) AS amount,
  sum(r.orders) AS orders, count(r.shipped_share) AS told, sum(r.shipped_share * r.amount) AS moved,
  sum(CASE WHEN r.shipped_share IS NULL THEN 0.0 ELSE r.amount END) AS ordered
WHERE amount > $least
RETURN supplier, customer, amount, orders, CASE WHEN told > 0 THEN round(moved / ordered, 6) END AS shipped
ORDER BY amount DESC, supplier, customer
LIMIT $top
