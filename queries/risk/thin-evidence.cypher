// title: Firms with much at stake whose scores rest on little
// read: coverage is the share of the data set's sources that show a firm freshly. Below the given coverage
// read: its pd says little: get its papers before deciding. At stake is what lenders have drawn to it and
// read: what it sold in 180 days (of all time where the data have no days). pd_low to pd_high is the range
// read: over the ensemble.
// term: data coverage, model uncertainty
// pattern: (lender)-[:LENDS_TO]->(firm {low coverage})-[:SUPPLIES]->(customers)
// cost: Adds up the loans and sales of the firms of low coverage. On a big graph give region or a lower
// cost: coverage.
// param: coverage number = 0.4 | leave out firms that are covered as well as this or better, 0 to 1
// param: least number = 0 | leave out firms with less at stake, drawn and sold together
// param: region text = null | only firms of this region
// param: top whole = 100 | rows at most
// column: firm | the firm
// column: name | its name
// column: coverage | share of the sources
// column: pd | probability of default
// column: pd_low | least of the ensemble
// column: pd_high | most of the ensemble
// column: drawn | drawn on its credit lines
// column: sold | value sold to others
MATCH (f:Firm)
WHERE f.coverage < $coverage AND f.risk_pd IS NOT NULL AND ($region IS NULL OR f.region = $region)
OPTIONAL MATCH (:Lender)-[x:LENDS_TO]->(f)
WITH f, sum(x.drawn) AS drawn
OPTIONAL MATCH (f)-[r:SUPPLIES]->(c:Firm)
WHERE c.firm_id <> f.firm_id
WITH f, drawn, sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE drawn + sold > 0 AND drawn + sold >= $least
RETURN f.firm_id AS firm, f.name AS name, f.coverage AS coverage, f.risk_pd AS pd, f.risk_pd_low AS pd_low,
  f.risk_pd_high AS pd_high, round(drawn, 2) AS drawn, round(sold, 2) AS sold
ORDER BY drawn DESC, sold DESC, firm
LIMIT $top
