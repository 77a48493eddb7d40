// title: Carriers in default or at risk, and the firms that depend on them
// read: cover is the sum, over a carrier's firms, of its share of what each of them sends and receives: 3.5 is as much
// read: as all goods of three and a half firms. expected is pd times cover (with a pd of 1 in default): the expected
// read: part that stops. Shares are of units in the last 180 days, or of shipments where no row has units.
// term: carrier risk
// pattern: (carrier {risk_pd})-[:SHIPS_FOR {share}]->(firms)
// cost: Reads every link of the carriers at risk. On a large graph, set region.
// param: pd number = 0.05 | probability of default over the scores' horizon from which a carrier is at risk
// param: region text = null | only served firms of this region
// param: top whole = 50 | maximum number of rows
// column: carrier | the carrier
// column: name | its name
// column: pd | its probability of default over the scores' horizon; null in default
// column: defaulted | whether it is in default
// column: firms | number of firms that it carries for
// column: cover | sum of its shares, in whole firms
// column: expected | pd times cover
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE (k.defaulted OR k.risk_pd >= $pd) AND r.share > 0 AND ($region IS NULL OR f.region = $region)
WITH k, count(f) AS firms, sum(r.share) AS cover
RETURN k.firm_id AS carrier, k.name AS name, k.risk_pd AS pd, k.defaulted AS defaulted, firms,
  round(cover, 6) AS cover, round(CASE WHEN k.defaulted THEN cover ELSE k.risk_pd * cover END, 6) AS expected
ORDER BY expected DESC, carrier
LIMIT $top
