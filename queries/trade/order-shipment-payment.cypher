// title: Trades whose orders, deliveries and payments do not match
// read: Of each link's orders of all time: the share delivered, the share paid and the share overdue. finding
// read: is 'paid, not delivered' where the paid share is above the delivered one by gap or more (paid in
// read: advance, or money moved under a trade's name), 'delivered, not paid' where gap or more is overdue
// read: though that much more was delivered than paid, 'neither' where gap or more is overdue and gap or more
// read: was not delivered either: orders on paper. Trades without a day on which payment is due count as
// read: paid. Rows need delivery and payment days in the data.
// term: three-way match
// pattern: (supplier)-[:SUPPLIES {amount, shipped_share, unpaid, overdue}]->(customer)
// cost: Looks at every link once. On a big graph give region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | leave out links with orders up to this amount
// param: gap number = 0.5 | the share from which on it is a mismatch, 0 to 1
// param: top whole = 100 | rows at most
// column: supplier | who sells
// column: customer | who buys
// column: category | what is traded
// column: finding | what does not match
// column: amount | value ordered
// column: delivered | share of it that was delivered
// column: paid | share of it that is paid, or on no credit
// column: overdue | share of it that should have been paid by now
// column: disputed | share of it that is or was in dispute
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id AND r.amount > 0 AND r.amount > $least AND ($region IS NULL OR s.region = $region)
  AND r.shipped_share IS NOT NULL AND r.unpaid IS NOT NULL
WITH s.firm_id AS supplier, c.firm_id AS customer, r.category AS category, r.amount AS amount,
  r.shipped_share AS delivered, 1.0 - r.unpaid / r.amount AS paid, coalesce(r.overdue / r.amount, 0.0) AS late,
  r.disputed AS disputed
WITH supplier, customer, category, amount, delivered, paid, late, disputed, CASE
  WHEN paid - delivered >= $gap THEN 'paid, not delivered'
  WHEN late >= $gap AND delivered - paid >= $gap THEN 'delivered, not paid'
  WHEN late >= $gap AND 1.0 - delivered >= $gap THEN 'neither' END AS finding
WHERE finding IS NOT NULL
RETURN supplier, customer, category, finding, amount, round(delivered, 6) AS delivered, round(paid, 6) AS paid,
  round(late, 6) AS overdue, disputed
ORDER BY amount DESC, supplier, customer, category
LIMIT $top
