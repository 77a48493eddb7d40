// title: Trades that more than one loan finances
// read: Two or more drawn credit lines state that they finance the same trade: the same invoice or order was pledged
// read: more than once. Where there are two or more lenders, none of them can see it alone. Several lines of one firm
// read: with one lender may be a loan that was rolled over: compare the days on which the lines were opened.
// term: double financing, duplicate invoice financing
// pattern: (lender)-[:LENDS_TO {financed_row_id: X}]->(firm)<-[:LENDS_TO {financed_row_id: X}]-(lender)
// cost: Reads every credit line once.
// param: lender text = null | only trades that this lender finances
// param: drawn flag = true | only count lines with a drawn amount
// param: top whole = 100 | maximum number of rows
// column: trade | the row_id of the trade
// column: loans | ids of the credit lines
// column: lenders | the lenders
// column: firms | the borrowers
// column: drawn | amount drawn on all of them
// column: from_day | day on which the first line was opened
// column: to_day | day on which the last line was opened
MATCH (l:Lender)-[x:LENDS_TO]->(f:Firm)
WHERE x.financed_row_id IS NOT NULL AND (NOT $drawn OR x.drawn > 0)
WITH l, x, f
ORDER BY l.lender_id, f.firm_id, x.loan_id
WITH x.financed_row_id AS trade, collect(x.loan_id) AS loans, collect(DISTINCT l.lender_id) AS lenders,
  collect(DISTINCT f.firm_id) AS firms, sum(x.drawn) AS drawn, min(x.opened_on) AS from_day,
  max(x.opened_on) AS to_day
WHERE size(loans) > 1 AND ($lender IS NULL OR $lender IN lenders)
RETURN trade, loans, lenders, firms, round(drawn, 2) AS drawn, from_day, to_day
ORDER BY drawn DESC, trade
LIMIT $top
