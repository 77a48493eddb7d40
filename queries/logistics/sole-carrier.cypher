// title: Firms that use a single carrier
// read: In the last 180 days one recorded carrier moved everything that the firm sent and received. Firms without a
// read: recorded carrier do not appear: how their goods move is unknown. others is the number of other firms that use
// read: only this carrier as well: they would all need another one on the same day.
// term: sole carrier
// pattern: (carrier)-[:SHIPS_FOR {share: 1}]->(firm)
// cost: Reads every logistics link once. On a large graph, set region.
// param: region text = null | only firms of this region
// param: least number = 0 | exclude firms with fewer units; firms with unknown units stay
// param: top whole = 100 | maximum number of rows
// column: firm | the firm that depends on the carrier
// column: name | its name
// column: region | its region
// column: carrier | the only carrier
// column: units | units sent and received; null where not recorded
// column: delay_days | mean delay; null where unknown
// column: others | number of other firms, of the region if one is set, with only this carrier
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.share > 0 AND ($region IS NULL OR f.region = $region)
WITH f.firm_id AS firm, count(k) AS carriers, min(k.firm_id) AS carrier
WHERE carriers = 1
WITH carrier, collect(firm) AS alone
UNWIND alone AS firm
WITH firm, carrier, size(alone) - 1 AS others
MATCH (f:Firm {firm_id: firm})<-[r:SHIPS_FOR]-(:Firm)
WHERE r.share > 0 AND (r.units IS NULL OR r.units >= $least)
RETURN firm, f.name AS name, f.region AS region, carrier, r.units AS units, r.delay_days AS delay_days, others
ORDER BY others DESC, carrier, firm
LIMIT $top
