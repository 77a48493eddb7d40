// title: Suppliers that would pass on the most
// term: expected direct downstream loss
// read: cover adds up, over a supplier's customers, the share of each one's purchases that it delivers: 3.5 means as
// read: much as all purchases of three and a half firms. passed_on is cover times the supplier's pd: what is to be
// read: expected of that to fail. It counts direct customers only, and is not what the network says they catch.
// read: Purchases are those of the last 180 days, or of all time where the data have no days.
// pattern: (supplier, pd)-[:SUPPLIES share]->(customers)
// param: top whole = 20 | rows at most
// column: firm | the supplier
// column: name | its name
// column: pd | its probability of default
// column: customers | firms that buy from it
// column: cover | purchases of its customers that it delivers, in whole firms
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
