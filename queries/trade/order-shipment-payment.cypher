// title: Trades whose orders, deliveries and payments do not match
// read: For each link's orders of all time: the share delivered, the share paid and the share overdue. finding is
// read: 'paid, not delivered' where the paid share exceeds the delivered share by gap or more (an advance payment, or
// read: money moved under the name of a trade); 'delivered, not paid' where gap or more is overdue and the delivered
// read: share exceeds the paid share by gap or more; 'neither' where gap or more is overdue and gap or more was not
// read: delivered either (orders on paper). Trades without a due day count as paid. The data must have delivery and
// read: payment days.
// term: three-way match
// pattern: (supplier)-[:SUPPLIES {amount, shipped_share, unpaid, overdue}]->(customer)
// cost: Reads every link once. On a large graph, set region or least.
// param: region text = null | only suppliers of this region
// param: least number = 0 | exclude links with orders up to this amount
// param: gap number = 0.5 | difference of shares from which it is a mismatch, 0 to 1
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier
// column: customer | the customer
// column: category | category of the goods
// column: finding | the mismatch found
// column: amount | value ordered
// column: delivered | share of it that was delivered
// column: paid | share of it that is paid, or had no credit
// column: overdue | share of it that is past due and unpaid
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
