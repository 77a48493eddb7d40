// title: Guarantors of firms that have failed or may fail
// read: A firm in default counts with certainty, one with a pd of at least the given one with its pd.
// read: expected adds up pd times the amount guaranteed: what the guarantor is to expect to be called for
// read: within the horizon, before what it gets back. Guarantees of unknown amount count as firms but not in
// read: the sums, which are null where none is known.
// term: called guarantees, expected loss (EL)
// pattern: (guarantor)-[:GUARANTEES]->(failing)
// cost: Looks at every guarantee once.
// param: pd number = 0.1 | probability of default from which on a firm counts as failing
// param: region text = null | only failing firms of this region
// param: top whole = 100 | rows at most
// column: guarantor | a firm or a person
// column: failing | failing firms that it stands for
// column: defaulted | of these, in default
// column: guaranteed | amounts that it stands for
// column: expected | sum of pd times amount
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
