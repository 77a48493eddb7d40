// title: Firms whose suppliers or customers are in default
// read: One row per firm and partner in default. A customer in default leaves its debts unpaid (unpaid; overdue is the
// read: part that is past due on the last day of the data). A supplier in default leaves a gap: share is the partner's
// read: share of everything that the firm bought, or sold. Amounts and shares are of all time, because a failed partner
// read: no longer trades.
// term: trade credit loss, supply disruption
// pattern: (firm)-[:SUPPLIES]-(partner {defaulted})
// cost: Reads every link of the partners of firms in default. On a large graph, set region, or one side.
// param: side text = null | only partners that are supplier, or customer
// param: share number = 0 | minimum share of its purchases or sales, 0 to 1
// param: region text = null | only firms of this region
// param: top whole = 100 | maximum number of rows
// column: firm | a firm that is not in default
// column: name | its name
// column: side | supplier or customer, seen from the firm
// column: partner | the partner in default
// column: since | day of the partner's default
// column: amount | value traded with it
// column: share | share of everything that the firm traded on that side
// column: unpaid | amount that the customer owes; null where not recorded and for suppliers
// column: overdue | part of it that is past due
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
