// title: Regions where one carrier's deliveries are late for many firms
// read: A firm is late if this carrier's deliveries to and from it were on average at least so many days
// read: behind in the last 180 days. A cluster is a carrier in a region with enough late firms that make up
// read: enough of those that it serves there. The same carrier in many regions: the carrier; many carriers in
// read: one region: the place.
// term: delay cluster
// pattern: (carrier)-[:SHIPS_FOR {delay_days}]->(several firms of a region)
// cost: Looks at every logistics link once. On a big graph give region.
// param: region text = null | only this region
// param: days number = 2 | mean delay from which on a firm is late
// param: firms whole = 3 | late firms at least
// param: share number = 0.5 | share of the carrier's firms in the region that are late at least, 0 to 1
// param: top whole = 100 | rows at most
// column: region | where; null where not known
// column: carrier | who carries
// column: name | its name
// column: firms | firms of the region that it carries for and whose delay is known
// column: late | of these, late
// column: share | late over firms
// column: delay_days | mean over the late firms
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
