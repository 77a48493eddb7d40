// title: Firms whose goods one carrier moves
// term: carrier dependence
// read: share is the share of all that the firm sent and received in the last 180 days (units, or shipments where the
// read: data give no units) that one carrier moved. A firm without recorded shipments does not appear.
// pattern: (carrier)-[:SHIPS_FOR share]->(firm)
// param: least number = 0.8 | leave out shares below this
// param: region text = null | only firms of this region
// param: top whole = 100 | rows at most
// column: firm | the firm
// column: name | its name
// column: region | its region
// column: carrier | who carries
// column: share | share of its units that the carrier moves
// column: units | units moved in 180 days; null where the data give none
// cost: reads every carrier's link
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.share > 0 AND r.share >= $least AND ($region IS NULL OR f.region = $region)
WITH f.firm_id AS firm, f.name AS name, f.region AS region, k.firm_id AS carrier, r.share AS part, r.units AS units
RETURN firm, name, region, carrier, round(part, 6) AS share, round(units, 2) AS units
ORDER BY share DESC, units DESC, firm, carrier
LIMIT $top
