// title: Sound firms that trade with failing ones
// read: A firm is sound with a pd of at most sound, and failing if it is in default or has a pd of at least failing.
// read: One row per sound firm and side: its suppliers (it would lack inputs) or its customers (it would lack demand
// read: and may not be paid). share is the share of failing firms in its purchases or sales. Amounts are of the last
// read: 180 days, or of all time in undated data.
// term: contagion exposure, first round
// pattern: (sound {low risk_pd})-[:SUPPLIES]-(failing {high risk_pd or defaulted})
// cost: Reads every link of sound firms with failing partners. On a large graph, set region.
// param: sound number = 0.02 | probability of default over the scores' horizon up to which a firm is sound
// param: failing number = 0.15 | probability of default over the scores' horizon from which a firm is failing
// param: share number = 0.2 | minimum share of its purchases or sales, 0 to 1
// param: region text = null | only sound firms of this region
// param: top whole = 100 | maximum number of rows
// column: firm | the sound firm
// column: name | its name
// column: pd | its probability of default over the scores' horizon
// column: side | suppliers or customers
// column: partners | number of firms that it trades with on that side
// column: at_risk | number of these that are failing
// column: amount | value traded with failing firms
// column: share | share of everything that it trades on that side
MATCH (g:Firm)-[:SUPPLIES]-(f:Firm)
WHERE (g.defaulted OR g.risk_pd >= $failing) AND f.risk_pd <= $sound AND f.firm_id <> g.firm_id
  AND ($region IS NULL OR f.region = $region)
WITH DISTINCT f
MATCH (f)-[r:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> f.firm_id
WITH f, CASE WHEN startNode(r).firm_id = f.firm_id THEN 'customers' ELSE 'suppliers' END AS side,
  o.firm_id AS other, o.defaulted OR coalesce(o.risk_pd, 0.0) >= $failing AS failing,
  coalesce(r.amount_180, r.amount) AS traded
WHERE traded > 0
WITH f, side, count(DISTINCT other) AS partners, sum(traded) AS total,
  count(DISTINCT CASE WHEN failing THEN other END) AS at_risk, sum(CASE WHEN failing THEN traded ELSE 0.0 END) AS amount
WITH f, side, partners, at_risk, amount, round(amount / total, 6) AS share
WHERE at_risk > 0 AND share >= $share
RETURN f.firm_id AS firm, f.name AS name, f.risk_pd AS pd, side, partners, at_risk, round(amount, 2) AS amount, share
ORDER BY share DESC, amount DESC, firm, side
LIMIT $top
