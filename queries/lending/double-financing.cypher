// title: Trades that more than one loan finances
// read: Two or more credit lines with something drawn name one and the same trade as what they finance: the
// read: same invoice or order was pledged more than once. Where lenders is 2 or more, no lender sees it
// read: alone. The same firm with one lender may have rolled a loan over: look at the days on which the lines
// read: were opened.
// term: double financing, duplicate invoice financing
// pattern: (lender)-[:LENDS_TO {financed_row_id: X}]->(firm)<-[:LENDS_TO {financed_row_id: X}]-(lender)
// cost: Looks at every credit line once.
// param: lender text = null | only trades that this lender finances
// param: drawn flag = true | only count lines with something drawn
// param: top whole = 100 | rows at most
// column: trade | the row_id of the trade
// column: loans | ids of the credit lines
// column: lenders | who lends
// column: firms | who borrowed
// column: drawn | drawn on all of them
// column: from_day | day on which the first was opened
// column: to_day | day on which the last was opened
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
