// title: Guarantors of firms that have failed or may fail
// read: A firm in default counts with a pd of 1, a firm with at least the given pd with its pd. expected is the sum of
// read: pd times guaranteed amount: the calls that the guarantor must expect within the horizon, before recoveries.
// read: Guarantees of unknown amount count as firms but not in the sums, which are null where no amount is known.
// term: called guarantees, expected loss (EL)
// pattern: (guarantor)-[:GUARANTEES]->(failing)
// cost: Reads every guarantee once.
// param: pd number = 0.1 | probability of default over the scores' horizon from which a firm counts as failing
// param: region text = null | only failing firms of this region
// param: top whole = 100 | maximum number of rows
// column: guarantor | a firm or a person
// column: failing | number of failing firms that it guarantees
// column: defaulted | number of these in default
// column: guaranteed | sum of the guaranteed amounts
// column: expected | sum of pd times guaranteed amount
// column: firms | ids of the failing firms
MATCH (g)-[r:GUARANTEES]->(f:Firm)
WHERE (f.defaulted OR f.risk_pd >= $pd) AND ($region IS NULL OR f.region = $region)
WITH coalesce(g.person_id, g.firm_id) AS guarantor, f, r, CASE WHEN f.defaulted THEN 1.0 ELSE f.risk_pd END AS pd
ORDER BY f.firm_id
WITH guarantor, count(DISTINCT f) AS failing, count(DISTINCT CASE WHEN f.defaulted THEN f.firm_id END) AS defaulted,
  count(r.amount) AS known, sum(r.amount) AS guaranteed, sum(pd * r.amount) AS expected,
  collect(DISTINCT f.firm_id) AS firms
RETURN guarantor, failing, defaulted, CASE WHEN known > 0 THEN round(guaranteed, 2) END AS guaranteed,
  CASE WHEN known > 0 THEN round(expected, 2) END AS expected, firms
ORDER BY expected IS NULL, expected DESC, guarantor
LIMIT $top
