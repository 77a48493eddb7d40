// title: Suppliers with a burst of new buyers
// read: A new buyer is one whose first trade with the supplier was on the given day or later. A supplier appears with
// read: at least the given number of new buyers, if they also have at least the given share of its sales. A young firm
// read: has only new buyers: check when it joined, and whether the new buyers share an owner. Amounts are of the last
// read: 180 days, or of all time in undated data.
// term: bust-out pattern, sales burst
// pattern: (supplier)-[:SUPPLIES {first_on >= since}]->(new buyer), several
// cost: Reads every link of the suppliers. On a large graph, set region.
// param: since day | a buyer is new from this day
// param: buyers whole = 3 | minimum number of new buyers
// param: share number = 0.5 | minimum share of sales to new buyers, 0 to 1
// param: region text = null | only suppliers of this region
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier
// column: name | its name
// column: new_buyers | number of buyers since the day
// column: buyers | number of all buyers
// column: amount | value sold to the new buyers
// column: share | share of all its sales
// column: from_day | day of the first trade with a new buyer
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id AND r.first_on >= $since AND ($region IS NULL OR s.region = $region)
WITH s, count(DISTINCT c.firm_id) AS candidates
WHERE candidates >= $buyers
MATCH (s)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id
WITH s.firm_id AS supplier, s.name AS name, c.firm_id AS buyer, min(r.first_on) AS first_on,
  sum(coalesce(r.amount_180, r.amount)) AS amount
WHERE amount > 0
WITH supplier, name, count(buyer) AS buyers, sum(amount) AS sold,
  count(CASE WHEN first_on >= $since THEN 1 END) AS new_buyers,
  sum(CASE WHEN first_on >= $since THEN amount ELSE 0.0 END) AS amount,
  min(CASE WHEN first_on >= $since THEN first_on END) AS from_day
WHERE new_buyers >= $buyers AND new_buyers > 0 AND round(amount / sold, 6) >= $share
RETURN supplier, name, new_buyers, buyers, round(amount, 2) AS amount, round(amount / sold, 6) AS share, from_day
ORDER BY amount DESC, supplier
LIMIT $top
