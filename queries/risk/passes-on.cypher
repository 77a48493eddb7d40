// title: Suppliers that would pass on the most risk
// term: expected direct downstream loss
// read: cover is the sum, over a supplier's customers, of its share of their purchases: 3.5 is as much as all purchases
// read: of three and a half firms. passed_on is cover times the supplier's pd: the part that is expected to fail. It
// read: counts direct customers only, and differs from the contagion that the network estimates. Purchases are those of
// read: the last 180 days, or of all time in undated data.
// pattern: (supplier, pd)-[:SUPPLIES share]->(customers)
// param: top whole = 20 | maximum number of rows
// column: firm | the supplier
// column: name | its name
// column: pd | its probability of default over the scores' horizon
// column: customers | number of firms that buy from it
// column: cover | sum of its shares of its customers' purchases
// column: passed_on | pd times cover
// cost: reads every link twice
MATCH (a:Firm)-[p:SUPPLIES]->(c:Firm)
WHERE a.firm_id <> c.firm_id
WITH c.firm_id AS customer, sum(coalesce(p.amount_180, p.amount)) AS bought
WHERE bought > 0
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm {firm_id: customer})
WHERE s.firm_id <> customer AND s.risk_pd IS NOT NULL
WITH s.firm_id AS firm, customer, bought, sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE sold > 0
WITH firm, count(customer) AS customers, sum(sold / bought) AS cover
MATCH (s:Firm {firm_id: firm})
RETURN firm, s.name AS name, s.risk_pd AS pd, customers, round(cover, 6) AS cover,
  round(s.risk_pd * cover, 9) AS passed_on
ORDER BY passed_on DESC, firm
LIMIT $top
