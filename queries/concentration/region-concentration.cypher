// title: Firms whose purchases come from one region
// term: geographic concentration of supply
// read: share is the largest share of a customer's purchases of the last 180 days that comes from one region, from any
// read: number of suppliers. Purchases from suppliers of unknown region count in the total but in no region.
// pattern: (suppliers of one region)-[:SUPPLIES share]->(customer)
// param: least number = 0.8 | minimum share
// param: suppliers whole = 2 | minimum number of suppliers in the region: a single supplier is always in one region
// param: region text = null | only this supplying region
// param: top whole = 100 | maximum number of rows
// column: customer | the customer
// column: name | its name
// column: home | the customer's own region
// column: region | the region that its purchases come from
// column: suppliers | number of its suppliers there
// column: share | their share of its purchases
// cost: reads every link
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE r.e_share_of_purchases > 0 AND s.region IS NOT NULL AND ($region IS NULL OR s.region = $region)
WITH c.firm_id AS customer, s.region AS region, count(*) AS suppliers, sum(r.e_share_of_purchases) AS total
WITH customer, region, suppliers, round(total, 6) AS share
WHERE share >= $least AND suppliers >= $suppliers
WITH customer, region, suppliers, share
ORDER BY share DESC, suppliers DESC, customer, region
LIMIT $top
MATCH (c:Firm {firm_id: customer})
RETURN customer, c.name AS name, c.region AS home, region, suppliers, share
ORDER BY share DESC, suppliers DESC, customer, region
LIMIT $top
