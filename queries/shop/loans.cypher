// title: A firm's credit lines
// term: exposure at default (EAD), by line
// read: The last known state of each line on the day of the graph; closed lines have no drawn amount.
// pattern: (lender)-[:LENDS_TO]->($firm)
// param: firm text | the firm's id
// param: top whole = 200 | maximum number of rows
// column: lender | the lender
// column: loan | the line
// column: product | order, credit, supply_chain or other
// column: line | its limit
// column: drawn | drawn amount
// column: opened_on | day on which it was opened
// column: due_on | due day
// column: rate | annual interest rate, a share
// column: days_past_due | days past due; null where unknown, 0 if nothing is past due
// column: restructured | whether its terms were eased because of financial difficulty; null where unknown
// column: lgd | loss given default, if the lender states one
// column: financed | row_id of the trade that it finances
// cost: the firm's own lines
MATCH (l:Lender)-[r:LENDS_TO]->(f:Firm {firm_id: $firm})
RETURN l.lender_id AS lender, r.loan_id AS loan, r.product AS product, r.`limit` AS line, r.drawn AS drawn,
  r.opened_on AS opened_on, r.due_on AS due_on, r.rate AS rate, r.days_past_due AS days_past_due,
  r.restructured AS restructured, r.lgd AS lgd, r.financed_row_id AS financed
ORDER BY lender, loan
LIMIT $top
