// title: Trades of firms that no recorded carrier has carried for
// read: Goods were sold, but no carrier moved anything for either firm within the last days. The goods may go
// read: by an unrecorded carrier or the seller's own vans, be a service, or not exist. shipped is what the
// read: trade's own delivery days say: a high share without any carrier is the more telling. Links whose
// read: supplier is a carrier, and graphs without any carrier, give no rows. Amounts are of the last 180
// read: days, or of all time where the data have no days.
// term: fictitious trade, paper trade
// pattern: (carrier)-[:SHIPS_FOR]-x (supplier)-[:SUPPLIES]->(customer) x-[:SHIPS_FOR]-(carrier)
// cost: Looks at every link above least once. On a big graph give region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | leave out trades up to this amount
// param: days number = 180 | a carrier counts if it carried within these last days, or on an unknown day
// param: top whole = 100 | rows at most
// column: supplier | who sold
// column: customer | who bought
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
