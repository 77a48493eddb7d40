// title: Firms that a burst of new buyers came to
// read: A new buyer is one whose first trade with the supplier was on the day or later. A supplier appears
// read: with at least so many of them that make up at least the given share of its sales. A young firm has
// read: new buyers only: look at when it joined, and at whether the new ones share an owner. Amounts are of
// read: the last 180 days, or of all time where the data have no days.
// term: bust-out pattern, sales burst
// pattern: (supplier)-[:SUPPLIES {first_on >= since}]->(new buyer), several
// cost: Adds up every link of the suppliers. On a big graph give region.
// param: since day | a buyer is new from this day on
// param: buyers whole = 3 | new buyers at least
// param: share number = 0.5 | share of sales to new buyers at least, 0 to 1
// param: region text = null | only suppliers of this region
// param: top whole = 100 | rows at most
// column: supplier | who sells
// column: name | its name
// column: new_buyers | buyers since the day
// column: buyers | all buyers that it sold to
// column: amount | value sold to the new ones
// column: share | of all that it sold
// column: from_day | first trade with a new one
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
