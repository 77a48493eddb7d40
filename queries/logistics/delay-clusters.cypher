// title: Regions where deliveries of one carrier are late for many firms
// read: A firm is late if this carrier's deliveries to and from it were on average at least the given days late in the
// read: last 180 days. A cluster is a carrier in a region with enough late firms, which also are a sufficient share of
// read: the firms that it serves there. One carrier in many regions points to the carrier; many carriers in one region
// read: point to the place.
// term: delay cluster
// pattern: (carrier)-[:SHIPS_FOR {delay_days}]->(several firms of a region)
// cost: Reads every logistics link once. On a large graph, set region.
// param: region text = null | only this region
// param: days number = 2 | mean delay from which a firm is late
// param: firms whole = 3 | minimum number of late firms
// param: share number = 0.5 | minimum share of late firms among the carrier's firms in the region, 0 to 1
// param: top whole = 100 | maximum number of rows
// column: region | the region; null where unknown
// column: carrier | the carrier
// column: name | its name
// column: firms | firms of the region that it carries for, with a known delay
// column: late | number of these that are late
// column: share | late divided by firms
// column: delay_days | mean delay of the late firms
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.delay_days IS NOT NULL AND ($region IS NULL OR f.region = $region)
WITH f.region AS region, k.firm_id AS carrier, count(f) AS firms,
  count(CASE WHEN r.delay_days >= $days THEN 1 END) AS late,
  sum(CASE WHEN r.delay_days >= $days THEN r.delay_days ELSE 0.0 END) AS delay
WHERE late >= $firms AND late > 0 AND toFloat(late) / firms >= $share
WITH region, carrier, firms, late, round(toFloat(late) / firms, 6) AS share, round(delay / late, 6) AS delay_days
ORDER BY late DESC, share DESC, region, carrier
LIMIT $top
MATCH (k:Firm {firm_id: carrier})
RETURN region, carrier, k.name AS name, firms, late, share, delay_days
ORDER BY late DESC, share DESC, region, carrier
LIMIT $top
