// title: Firms that receive and pass on much contagion
// read: caught is the hazard that a firm receives over its links by the last scoring; cover is the sum, over its
// read: customers, of its share of their purchases. through is caught times cover: the contagion from upstream that may
// read: reach customers through this firm, although its own risk is low. Scores of a baseline have no caught, and so
// read: give no rows. Purchases are those of the last 180 days, or of all time in undated data.
// term: contagion channel, super-spreader
// pattern: (suppliers)-[:SUPPLIES]->(firm {risk_caught})-[:SUPPLIES]->(customers)
// cost: Reads every link of the customers of firms with at least that caught. On a large graph, set region.
// param: caught number = 0.01 | minimum hazard received
// param: region text = null | only firms of this region
// param: top whole = 50 | maximum number of rows
// column: firm | the firm in between
// column: name | its name
// column: pd | its probability of default over the scores' horizon
// column: own | own hazard
// column: caught | hazard received over its links
// column: customers | number of firms that buy from it
// column: cover | sum of its shares of its customers' purchases
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
