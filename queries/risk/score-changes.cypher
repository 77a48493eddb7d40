// title: Firms whose score changed since the last scored day, with the cause
// term: rating migration, early warning
// read: before is the last earlier day with stored scores (scgraph score --as-of DATE adds one). data, neighbour, model
// read: and unseparated add up to the change of pd: by the firm's own data, by its surroundings and the contagion
// read: received, by another model, and by a new model on new data at once where stored scores cannot separate the two
// read: (scoring the new day with the old model separates them). cause is the largest of these in the direction of the
// read: change. partner is the supplier or customer, of any day, whose own pd rose most in the meantime (to 1 if it
// read: failed): if the cause is neighbour it is the first place to look, but no proof. Firms without a pd on one of
// read: the two days do not appear; without an earlier day there are no rows. For the whole history of one firm use
// read: scgraph explain.
// pattern: (firm {risk_pd, risk_pd_before, risk_moved_by})-[:SUPPLIES]-(partner whose pd rose most)
// param: factor number = 1.5 | minimum ratio of the two pds, in either direction
// param: least number = 0.005 | minimum change of pd, up or down
// param: direction text = null | only firms whose pd went up, or down
// param: regraded flag = false | only firms whose grade changed
// param: cause text = null | only changes with the main cause data, neighbour, model or unseparated
// param: region text = null | only firms of this region
// param: top whole = 50 | maximum number of rows
// column: firm | the firm
// column: name | its name
// column: before | day of the score before
// column: pd_before | probability of default over the scores' horizon on that day
// column: pd | probability of default over the scores' horizon now
// column: direction | up or down
// column: moved | size of the change of pd
// column: grade_before | grade on that day
// column: grade | grade now
// column: cause | main cause of the change
// column: data | change by its own data
// column: neighbour | change by its surroundings and the contagion received
// column: model | change by another model
// column: unseparated | change by another model and new data at once
// column: partner | supplier or customer whose pd rose most since; null where none rose
// column: partner_rose | rise of the partner's pd
// cost: reads every scored firm, and the links of the firms in the result; region narrows it
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
WHERE p.firm_id <> firm AND CASE WHEN p.defaulted THEN 1.0 ELSE p.risk_pd END > p.risk_pd_before
WITH firm, pd, pd_before, direction, moved, p.firm_id AS other,
  round(CASE WHEN p.defaulted THEN 1.0 ELSE p.risk_pd END - p.risk_pd_before, 6) AS rose
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
