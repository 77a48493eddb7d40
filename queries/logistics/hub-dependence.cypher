// title: Carriers that many firms depend on
// read: A firm depends on a carrier that moved at least the given share of what it sent and received. The dependants
// read: could not send goods if the carrier stopped. cover is the sum of all shares: 3.5 is as much as everything that
// read: three and a half firms send and receive. Shares are of units in the last 180 days, or of shipments where no row
// read: has units.
// term: hub dependence, single point of failure
// pattern: (carrier)-[:SHIPS_FOR {share}]->(several firms)
// cost: Reads every logistics link once. On a large graph, set region.
// param: region text = null | only served firms of this region
// param: share number = 0.5 | share from which a firm depends on the carrier, 0 to 1
// param: least whole = 2 | minimum number of dependants
// param: top whole = 50 | maximum number of rows
// column: carrier | the carrier
// column: name | its name
// column: firms | number of firms that it carried for
// column: dependants | number of these with at least that share
// column: cover | sum of its shares, in whole firms
// column: units | units carried; null where not recorded
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.share > 0 AND ($region IS NULL OR f.region = $region)
WITH k, count(f) AS firms, count(CASE WHEN r.share >= $share THEN 1 END) AS dependants, sum(r.share) AS cover,
  count(r.units) AS known, sum(r.units) AS units
WHERE dependants >= $least
RETURN k.firm_id AS carrier, k.name AS name, firms, dependants, round(cover, 6) AS cover,
  CASE WHEN known > 0 THEN round(units, 2) END AS units
ORDER BY dependants DESC, cover DESC, carrier
LIMIT $top
