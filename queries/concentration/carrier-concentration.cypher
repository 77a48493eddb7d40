// title: Firms whose goods are moved by one carrier
// term: carrier dependence
// read: share is the carrier's share of everything that the firm sent and received in the last 180 days (in units, or
// read: in shipments where the data have no units). A firm without recorded shipments does not appear.
// pattern: (carrier)-[:SHIPS_FOR share]->(firm)
// param: least number = 0.8 | leave out shares below this
// param: region text = null | only firms of this region
// param: top whole = 100 | maximum number of rows
// column: firm | the firm
// column: name | its name
// column: region | its region
// column: carrier | the carrier
// column: share | share of its units that the carrier moves
// column: units | units moved in 180 days; null where the data have none
// cost: reads every carrier's link
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.share > 0 AND r.share >= $least AND ($region IS NULL OR f.region = $region)
WITH f.firm_id AS firm, f.name AS name, f.region AS region, k.firm_id AS carrier, r.share AS part, r.units AS units
RETURN firm, name, region, carrier, round(part, 6) AS share, round(units, 2) AS units
ORDER BY share DESC, units DESC, firm, carrier
LIMIT $top
