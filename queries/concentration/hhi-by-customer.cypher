// title: Firms that buy from few suppliers
// term: Herfindahl-Hirschman index (HHI) of a firm's purchases
// read: hhi is the sum of the squared shares of the suppliers in the customer's purchases in the last 180 days: 1 is
// read: one supplier, 1/n is n equal ones. A firm without known purchases does not appear: its index is unknown, not 0.
// pattern: (suppliers)-[:SUPPLIES share]->(customer)
// param: firm text = null | only this customer
// param: region text = null | only customers of this region
// param: suppliers whole = 1 | leave out customers with fewer suppliers
// param: top whole = 100 | maximum number of rows
// column: customer | the customer
// column: name | its name
// column: hhi | 1 for one supplier, near 0 for many equal ones
// column: suppliers | number of firms that it buys from
// column: largest | the largest supplier
// column: largest_share | its share of the purchases
// cost: reads every link unless firm or region is set; with firm it still reads every firm once
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE ($firm IS NULL OR c.firm_id = $firm) AND ($region IS NULL OR c.region = $region)
  AND r.e_share_of_purchases > 0
WITH c.firm_id AS customer, s.firm_id AS supplier, r.e_share_of_purchases AS share
ORDER BY customer, share DESC, supplier
WITH customer, count(supplier) AS suppliers, collect(supplier)[0] AS largest, max(share) AS most,
  sum(share * share) AS squares
WHERE suppliers >= $suppliers
WITH customer, round(squares, 6) AS hhi, suppliers, largest, round(most, 6) AS largest_share
ORDER BY hhi DESC, suppliers, customer
LIMIT $top
MATCH (c:Firm {firm_id: customer})
RETURN customer, c.name AS name, hhi, suppliers, largest, largest_share
ORDER BY hhi DESC, suppliers, customer
LIMIT $top
