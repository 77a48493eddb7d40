// title: What customers owe a firm for delivered goods, by customer
// term: eligible receivables, invoice finance
// read: Trades that were delivered, are unpaid, not yet due and not in dispute, without what was returned. confirmed is
// read: the part of which the customer confirmed receipt. Amounts are null where the data do not record the days that
// read: they need (delivery, due day, payment; for confirmed the confirmation too). A trade without a due day is no
// read: claim: it may have been paid in cash. The trade of a firm with itself does not count.
// pattern: ($firm)-[:SUPPLIES {shipped_unpaid, confirmed_unpaid}]->(debtor)
// param: firm text | the firm's id
// param: top whole = 200 | maximum number of rows
// column: debtor | a customer of the firm
// column: name | its name
// column: shipped | delivered, unpaid and not yet due
// column: confirmed | the part of it that the customer confirmed
// column: pd | probability of default of the customer
// column: defaulted | whether the customer is in default
// cost: the firm's own links only
MATCH (f:Firm {firm_id: $firm})-[r:SUPPLIES]->(c:Firm)
WHERE c.firm_id <> $firm
WITH c, count(r.shipped_unpaid) AS shipped_known, sum(coalesce(r.shipped_unpaid, 0.0)) AS shipped,
  count(r.confirmed_unpaid) AS confirmed_known, sum(coalesce(r.confirmed_unpaid, 0.0)) AS confirmed
RETURN c.firm_id AS debtor, c.name AS name, CASE WHEN shipped_known > 0 THEN round(shipped, 2) END AS shipped,
  CASE WHEN confirmed_known > 0 THEN round(confirmed, 2) END AS confirmed, c.risk_pd AS pd,
  coalesce(c.defaulted, false) AS defaulted
ORDER BY shipped DESC, debtor
LIMIT $top
