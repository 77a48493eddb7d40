// title: Firms whose score changed since it was last given, and what moved it
// term: rating migration, early warning
// read: before is the last earlier day of which scores are kept (scgraph score --as-of DATE makes one). data, neighbour,
// read: model and unseparated sum to the change of pd: what came from the firm's own data, from its surroundings and
// read: whom it catches from, from another model, and from a new model on new data at once, of which no kept scores tell
// read: which is which (score the new day with the old model too and they do). cause is the weightiest of them in the
// read: direction of the change. partner is the supplier or customer, of any day, whose own pd rose most meanwhile, 1
// read: for one that failed: where to look first where the cause is neighbour, but no proof. Firms without a pd on one of
// read: the two days, and all firms where no earlier day is kept, do not appear. One firm's whole path: scgraph explain.
// pattern: (firm {risk_pd, risk_pd_before, risk_moved_by})-[:SUPPLIES]-(partner whose pd rose most)
// param: factor number = 1.5 | pd over pd before, or the other way round for a fall, at least
// param: least number = 0.005 | change of pd, up or down, at least
// param: direction text = null | only those that went up, or down
// param: regraded flag = false | only those whose grade is another now
// param: cause text = null | only those that data, neighbour, model or unseparated moved most
// param: region text = null | only firms of this region
// param: top whole = 50 | rows at most
// column: firm | the firm
// column: name | its name
// column: before | the day of the score before
// column: pd_before | its probability of default then
// column: pd | and now
// column: direction | up or down
// column: moved | size of the change of pd
// column: grade_before | its grade then
// column: grade | and now
// column: cause | what moved it most
// column: data | moved by its own data
// column: neighbour | moved by its surroundings and whom it catches from
// column: model | moved by another model
// column: unseparated | moved by another model and new data at once
// column: partner | supplier or customer whose pd rose most since, null where none rose
// column: partner_rose | by how much
// cost: reads every scored firm, and the links of those that are shown; region narrows it
MATCH (f:Firm)
WHERE f.risk_pd_before > 0 AND f.risk_pd > 0 AND ($region IS NULL OR f.region = $region)
  AND abs(f.risk_pd - f.risk_pd_before) >= $least
  AND (f.risk_pd >= $factor * f.risk_pd_before OR f.risk_pd_before >= $factor * f.risk_pd)
  AND ($cause IS NULL OR f.risk_moved_by = $cause)
  AND (NOT $regraded OR f.risk_grade <> f.risk_grade_before)
WITH f.firm_id AS firm, f.risk_pd AS pd, f.risk_pd_before AS pd_before,
  CASE WHEN f.risk_pd > f.risk_pd_before THEN 'up' WHEN f.risk_pd < f.risk_pd_before THEN 'down' END AS direction
WHERE $direction IS NULL OR direction = $direction
WITH firm, pd, pd_before, direction, round(abs(pd - pd_before), 6) AS moved
ORDER BY moved DESC, firm
LIMIT $top
MATCH (f:Firm {firm_id: firm})
OPTIONAL MATCH (f)-[:SUPPLIES]-(p:Firm)
WHERE p.firm_id <> firm AND coalesce(p.risk_pd, 1.0) > p.risk_pd_before
WITH firm, pd, pd_before, direction, moved, p.firm_id AS other,
  round(coalesce(p.risk_pd, 1.0) - p.risk_pd_before, 6) AS rose
ORDER BY rose DESC, other
WITH firm, pd, pd_before, direction, moved, collect({firm: other, rose: rose})[0] AS worst
MATCH (f:Firm {firm_id: firm})
RETURN firm, f.name AS name, f.risk_before_as_of AS before, pd_before, pd, direction, moved,
  f.risk_grade_before AS grade_before, f.risk_grade AS grade, f.risk_moved_by AS cause,
  round(f.risk_moved_by_data, 6) AS data, round(f.risk_moved_by_neighbour, 6) AS neighbour,
  round(f.risk_moved_by_model, 6) AS model, round(f.risk_moved_by_unseparated, 6) AS unseparated,
  worst.firm AS partner, worst.rose AS partner_rose
ORDER BY moved DESC, firm
LIMIT $top
