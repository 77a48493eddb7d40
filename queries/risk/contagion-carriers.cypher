// title: Firms that catch much and hand much on
// read: caught is the hazard that a firm catches over its links by the last scoring; cover adds up, over its
// read: customers, the share of each one's purchases that it delivers. through is caught times cover: what is
// read: caught upstream and may reach customers through this firm, which is sound by itself. Where a control
// read: scored there is no caught and no row. Purchases are those of the last 180 days, or of all time where
// read: the data have no days.
// term: contagion channel, super-spreader
// pattern: (suppliers)-[:SUPPLIES]->(firm {risk_caught})-[:SUPPLIES]->(customers)
// cost: Adds up every link of the customers of firms that catch at least so much. On a big graph give region.
// param: caught number = 0.01 | hazard caught at least
// param: region text = null | only firms of this region
// param: top whole = 50 | rows at most
// column: firm | the firm between
// column: name | its name
// column: pd | its probability of default
// column: own | hazard of its own
// column: caught | hazard caught over its links
// column: customers | firms that buy from it
// column: cover | purchases of its customers that it delivers, in whole firms
// column: through | caught times cover
MATCH (f:Firm)-[:SUPPLIES]->(c:Firm)
WHERE f.risk_caught >= $caught AND f.firm_id <> c.firm_id AND ($region IS NULL OR f.region = $region)
WITH DISTINCT c.firm_id AS customer
MATCH (c:Firm {firm_id: customer})<-[r:SUPPLIES]-(s:Firm)
WHERE s.firm_id <> customer
WITH customer, sum(coalesce(r.amount_180, r.amount)) AS bought
WHERE bought > 0
MATCH (c:Firm {firm_id: customer})<-[r:SUPPLIES]-(f:Firm)
WHERE f.risk_caught >= $caught AND f.firm_id <> customer AND ($region IS NULL OR f.region = $region)
WITH f.firm_id AS firm, f.risk_caught AS caught, customer, coalesce(r.amount_180, r.amount) / bought AS share
WHERE share > 0
WITH firm, caught, count(DISTINCT customer) AS customers, round(sum(share), 6) AS cover
WITH firm, caught, customers, cover, round(caught * cover, 6) AS through
ORDER BY through DESC, firm
LIMIT $top
MATCH (f:Firm {firm_id: firm})
RETURN firm, f.name AS name, f.risk_pd AS pd, f.risk_own AS own, caught, customers, cover, through
ORDER BY through DESC, firm
LIMIT $top
