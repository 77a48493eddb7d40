// title: Carriers that many firms depend on
// read: A firm depends on a carrier that moved at least the given share of what it sent and received.
// read: dependants would stop sending if the carrier stopped. cover adds up all shares: 3.5 means as much as
// read: all that three and a half firms send and receive. Shares are of units in the last 180 days, or of
// read: shipments where no row gives units.
// term: hub dependence, single point of failure
// pattern: (carrier)-[:SHIPS_FOR {share}]->(several firms)
// cost: Looks at every logistics link once. On a big graph give region.
// param: region text = null | only served firms of this region
// param: share number = 0.5 | share from which on a firm depends on the carrier, 0 to 1
// param: least whole = 2 | dependants at least
// param: top whole = 50 | rows at most
// column: carrier | who carries
// column: name | its name
// column: firms | firms that it carried for
// column: dependants | of these, with at least that share
// column: cover | sum of the shares, in whole firms
// column: units | units carried, null where not recorded
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE r.share > 0 AND ($region IS NULL OR f.region = $region)
WITH k, count(f) AS firms, count(CASE WHEN r.share >= $share THEN 1 END) AS dependants, sum(r.share) AS cover,
  count(r.units) AS known, sum(r.units) AS units
WHERE dependants >= $least
RETURN k.firm_id AS carrier, k.name AS name, firms, dependants, round(cover, 6) AS cover,
  CASE WHEN known > 0 THEN round(units, 2) END AS units
ORDER BY dependants DESC, cover DESC, carrier
LIMIT $top
