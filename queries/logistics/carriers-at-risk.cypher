// title: Carriers in default or likely to fail, and who hangs on them
// read: cover adds up, over a carrier's firms, the share of what each sends and receives that it moves: 3.5
// read: means as much as all goods of three and a half firms. expected is pd times cover (pd 1 for a carrier
// read: in default): what is to be expected of that to stop. Shares are of units in the last 180 days, or of
// read: shipments where no row gives units.
// term: carrier risk
// pattern: (carrier {risk_pd})-[:SHIPS_FOR {share}]->(firms)
// cost: Looks at every link of the carriers at risk. On a big graph give region.
// param: pd number = 0.05 | probability of default from which on a carrier is at risk
// param: region text = null | only served firms of this region
// param: top whole = 50 | rows at most
// column: carrier | who carries
// column: name | its name
// column: pd | its probability of default; null in default
// column: defaulted | whether it is in default
// column: firms | firms that it carries for
// column: cover | sum of the shares, in whole firms
// column: expected | pd times cover
MATCH (k:Firm)-[r:SHIPS_FOR]->(f:Firm)
WHERE (k.defaulted OR k.risk_pd >= $pd) AND r.share > 0 AND ($region IS NULL OR f.region = $region)
WITH k, count(f) AS firms, sum(r.share) AS cover
RETURN k.firm_id AS carrier, k.name AS name, k.risk_pd AS pd, k.defaulted AS defaulted, firms,
  round(cover, 6) AS cover, round(CASE WHEN k.defaulted THEN cover ELSE k.risk_pd * cover END, 6) AS expected
ORDER BY expected DESC, carrier
LIMIT $top
