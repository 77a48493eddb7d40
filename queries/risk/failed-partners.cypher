// title: Firms whose suppliers or customers are in default
// read: One row per firm and partner in default. A customer in default leaves unpaid what it owes (unpaid, of
// read: which overdue by the last day of the data); a supplier in default leaves a hole: share is the part of
// read: all that the firm bought, or sold, that the partner stood for. Amounts and shares are of all time: a
// read: failed partner no longer trades.
// term: trade credit loss, supply disruption
// pattern: (firm)-[:SUPPLIES]-(partner {defaulted})
// cost: Adds up every link of the firms next to one in default. On a big graph give region, or one side.
// param: side text = null | only partners that are supplier, or customer
// param: share number = 0 | part of its purchases or sales at least, 0 to 1
// param: region text = null | only firms of this region
// param: top whole = 100 | rows at most
// column: firm | a firm that is not in default
// column: name | its name
// column: side | supplier or customer, seen from the firm
// column: partner | the one in default
// column: since | day of the partner's default
// column: amount | value traded with it
// column: share | of all that the firm traded on that side
// column: unpaid | what the customer owes, null where not recorded or for suppliers
// column: overdue | of this, past its day
MATCH (p:Firm)-[:SUPPLIES]-(f:Firm)
WHERE p.defaulted AND NOT f.defaulted AND ($region IS NULL OR f.region = $region)
WITH DISTINCT f
MATCH (f)-[r:SUPPLIES]-(o:Firm)
WHERE o.firm_id <> f.firm_id
WITH f, CASE WHEN startNode(r).firm_id = f.firm_id THEN 'customer' ELSE 'supplier' END AS side, r, o
WHERE $side IS NULL OR side = $side
WITH f.firm_id AS firm, f.name AS name, side, o.firm_id AS partner, o.defaulted AS failed, o.defaulted_on AS since,
  sum(r.amount) AS amount, count(r.unpaid) AS told, sum(r.unpaid) AS unpaid,
  count(r.overdue) AS told_late, sum(r.overdue) AS overdue
WITH firm, name, side, sum(amount) AS total, collect({partner: partner, failed: failed, since: since, amount: amount,
  unpaid: CASE WHEN told > 0 AND side = 'customer' THEN round(unpaid, 2) END,
  overdue: CASE WHEN told_late > 0 AND side = 'customer' THEN round(overdue, 2) END}) AS partners
WHERE total > 0
UNWIND partners AS one
WITH firm, name, side, one, round(one.amount / total, 6) AS share
WHERE one.failed AND share >= $share
RETURN firm, name, side, one.partner AS partner, one.since AS since, round(one.amount, 2) AS amount, share,
  one.unpaid AS unpaid, one.overdue AS overdue
ORDER BY share DESC, amount DESC, firm, side, partner
LIMIT $top
