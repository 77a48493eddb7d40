// title: The carriers of a firm
// term: carrier dependence
// read: share is the carrier's share of the units that the firm sent or received in the last 180 days.
// pattern: (carrier)-[:SHIPS_FOR]->($firm)
// param: firm text | the firm's id
// param: top whole = 20 | maximum number of rows
// column: carrier | the carrier
// column: name | its name
// column: share | share of the firm's units
// column: delay_days | mean delay of its deliveries to or from the firm
// column: pd | the carrier's probability of default over the scores' horizon
// column: defaulted | whether it is in default
// column: unlisted | whether it is in no list of firms, so that it has no score
// cost: the firm's own carriers
MATCH (c:Firm)-[r:SHIPS_FOR]->(f:Firm {firm_id: $firm})
WHERE r.share > 0
RETURN c.firm_id AS carrier, c.name AS name, r.share AS share, r.delay_days AS delay_days, c.risk_pd AS pd,
  coalesce(c.defaulted, false) AS defaulted, coalesce(c.unlisted, false) AS unlisted
ORDER BY share DESC, carrier
LIMIT $top
