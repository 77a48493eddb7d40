// title: Loans to risky firms that are due soon
// read: Drawn credit lines that are due within the given days, of firms in default or with at least the given pd. el is
// read: pd times lgd times the drawn amount (with a pd of 1 in default): null where the lgd is unknown. The pd covers
// read: the horizon of the scoring, not the days until the line is due.
// term: EL = PD x LGD x EAD, maturity
// pattern: (lender)-[:LENDS_TO {due_on, drawn}]->(firm {high risk_pd})
// cost: Reads every credit line once.
// param: until day | last due day
// param: since day = null | first due day; null includes overdue lines
// param: pd number = 0.1 | minimum probability of default over the scores' horizon
// param: lender text = null | only of this lender
// param: top whole = 100 | maximum number of rows
// column: due_on | day on which the line is due
// column: lender | the lender
// column: loan | the credit line
// column: firm | the borrower
// column: drawn | drawn amount (EAD)
// column: lgd | loss given default
// column: pd | probability of default over the scores' horizon; null in default
// column: defaulted | whether the firm is in default
// column: el | expected loss
MATCH (l:Lender)-[x:LENDS_TO]->(f:Firm)
WHERE x.drawn > 0 AND x.due_on <= $until AND ($since IS NULL OR x.due_on >= $since)
  AND ($lender IS NULL OR l.lender_id = $lender) AND (f.defaulted OR f.risk_pd >= $pd)
RETURN x.due_on AS due_on, l.lender_id AS lender, x.loan_id AS loan, f.firm_id AS firm, x.drawn AS drawn, x.lgd AS lgd,
  f.risk_pd AS pd, f.defaulted AS defaulted,
  round(CASE WHEN f.defaulted THEN 1.0 ELSE f.risk_pd END * x.lgd * x.drawn, 2) AS el
ORDER BY due_on, drawn DESC, loan
LIMIT $top
