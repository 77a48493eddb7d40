// title: A lender's book with the risk of its borrowers
// term: loan book, portfolio
// read: The last known state of every line of the lender that is drawn, or of which the drawn amount is unknown, or
// read: that is revolving and can still be drawn.
// pattern: ($lender)-[:LENDS_TO]->(borrower)
// param: lender text | the lender's id
// param: top whole = 1000000 | maximum number of rows
// column: firm | the borrower
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: loan | the line
// column: product | order, credit, supply_chain or other
// column: line | its limit
// column: drawn | drawn amount; null where unknown
// column: opened_on | day on which it was opened
// column: due_on | due day
// column: rate | annual interest rate, a share
// column: days_past_due | days past due; null where unknown, 0 if nothing is past due
// column: restructured | whether its terms were eased because of financial difficulty; null where unknown
// column: lgd | loss given default, if the lender states one
// column: financed | row_id of the trade that it finances
// column: pd | the borrower's probability of default over the scores' horizon
// column: defaulted | whether it is in default
// cost: the lender's own lines
MATCH (l:Lender {lender_id: $lender})-[r:LENDS_TO]->(f:Firm)
WHERE r.drawn IS NULL OR r.drawn > 0 OR (r.product = 'credit' AND r.`limit` > 0)
RETURN f.firm_id AS firm, f.name AS name, f.industry AS industry, f.region AS region, r.loan_id AS loan,
  r.product AS product, r.`limit` AS line, r.drawn AS drawn, r.opened_on AS opened_on, r.due_on AS due_on,
  r.rate AS rate, r.days_past_due AS days_past_due, r.restructured AS restructured, r.lgd AS lgd,
  r.financed_row_id AS financed, f.risk_pd AS pd, coalesce(f.defaulted, false) AS defaulted
ORDER BY firm, loan
LIMIT $top
