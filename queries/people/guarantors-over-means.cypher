// title: Firms that guarantee more than they could pay
// read: guaranteed adds up the amounts that a firm stands for, as far as they are known; means is its paid-in
// read: capital, or the registered one where paid-in is not known. A guarantor appears where times,
// read: guaranteed over means, is at least as given. Persons and firms without known capital do not appear:
// read: nothing is known of their means.
// term: guarantee cover, contingent liability
// pattern: (guarantor)-[:GUARANTEES]->(several)
// cost: Adds up every guarantee once.
// param: times number = 1 | guaranteed over means at least
// param: region text = null | only guarantors of this region
// param: top whole = 100 | rows at most
// column: guarantor | the firm
// column: name | its name
// column: firms | for how many it stands
// column: failing | of these, in default
// column: guaranteed | sum of the amounts
// column: means | capital paid in, or registered
// column: times | guaranteed over means
MATCH (g:Firm)-[r:GUARANTEES]->(f:Firm)
WHERE ($region IS NULL OR g.region = $region) AND g.f_registered_capital > 0
WITH g, g.f_registered_capital * coalesce(g.f_paid_in_ratio, 1.0) AS means, count(DISTINCT f) AS firms,
  count(DISTINCT CASE WHEN f.defaulted THEN f.firm_id END) AS failing, round(sum(r.amount), 2) AS guaranteed
WHERE means > 0 AND guaranteed > 0 AND guaranteed / means >= $times
RETURN g.firm_id AS guarantor, g.name AS name, firms, failing, guaranteed, round(means, 2) AS means,
  round(guaranteed / means, 6) AS times
ORDER BY times DESC, guaranteed DESC, guarantor
LIMIT $top
