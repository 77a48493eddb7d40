// title: Firms with large amounts at stake and thin evidence
// read: coverage is the share of what the model uses or of what a decision needs, whichever is lower, that is known and
// read: recent. Firms of which too little is known have no pd: obtain documents before deciding. At stake are the
// read: amounts drawn from lenders and the sales of 180 days (of all time in undated data). pd_low to pd_high is the
// read: range over the ensemble.
// term: data coverage, model uncertainty
// pattern: (lender)-[:LENDS_TO]->(firm {low coverage})-[:SUPPLIES]->(customers)
// cost: Reads the loans and sales of the firms with low coverage. On a large graph, set region or a lower coverage.
// param: coverage number = 0.4 | exclude firms with this coverage or more, 0 to 1
// param: least number = 0 | exclude firms with less at stake, drawn and sold together
// param: region text = null | only firms of this region
// param: top whole = 100 | maximum number of rows
// column: firm | the firm
// column: name | its name
// column: coverage | its coverage
// column: pd | probability of default over the scores' horizon, null where too little is known
// column: pd_low | lowest of the ensemble
// column: pd_high | highest of the ensemble
// column: drawn | amount drawn on its credit lines
// column: sold | value of its sales
MATCH (f:Firm)
WHERE f.risk_coverage < $coverage AND f.defaulted = false AND ($region IS NULL OR f.region = $region)
OPTIONAL MATCH (:Lender)-[x:LENDS_TO]->(f)
WITH f, sum(x.drawn) AS drawn
OPTIONAL MATCH (f)-[r:SUPPLIES]->(c:Firm)
WHERE c.firm_id <> f.firm_id
WITH f, drawn, sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE drawn + sold > 0 AND drawn + sold >= $least
RETURN f.firm_id AS firm, f.name AS name, f.risk_coverage AS coverage, f.risk_pd AS pd,
  f.risk_pd_low AS pd_low, f.risk_pd_high AS pd_high, round(drawn, 2) AS drawn, round(sold, 2) AS sold
ORDER BY drawn DESC, sold DESC, firm
LIMIT $top
