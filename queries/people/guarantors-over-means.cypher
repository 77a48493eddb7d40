// title: Firms that guarantee more than they could pay
// read: guaranteed is the sum of the known amounts that a firm guarantees; means is its paid-in capital, or its
// read: registered capital where that is unknown. A guarantor appears where times, which is guaranteed divided by
// read: means, reaches the given value. Persons and firms without known capital do not appear: their means are unknown.
// term: guarantee cover, contingent liability
// pattern: (guarantor)-[:GUARANTEES]->(several)
// cost: Reads every guarantee once.
// param: times number = 1 | minimum of guaranteed divided by means
// param: region text = null | only guarantors of this region
// param: top whole = 100 | maximum number of rows
// column: guarantor | the guarantor
// column: name | its name
// column: firms | number of firms that it guarantees
// column: failing | number of these in default
// column: guaranteed | sum of the guaranteed amounts
// column: means | paid-in capital, or registered capital
// column: times | guaranteed divided by means
MATCH (g:Firm)-[r:GUARANTEES]->(f:Firm)
WHERE ($region IS NULL OR g.region = $region) AND g.f_registered_capital > 0
WITH g, g.f_registered_capital * coalesce(g.f_paid_in_ratio, 1.0) AS means, count(DISTINCT f) AS firms,
  count(DISTINCT CASE WHEN f.defaulted THEN f.firm_id END) AS failing, round(sum(r.amount), 2) AS guaranteed
WHERE means > 0 AND guaranteed > 0 AND guaranteed / means >= $times
RETURN g.firm_id AS guarantor, g.name AS name, firms, failing, guaranteed, round(means, 2) AS means,
  round(guaranteed / means, 6) AS times
ORDER BY times DESC, guaranteed DESC, guarantor
LIMIT $top
