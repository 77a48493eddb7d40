// title: Loans on risky firms that are due soon
// read: Credit lines with something drawn that are due within the days given, of firms in default or with a
// read: pd of at least the given one. el is pd times lgd times drawn (pd 1 in default): null where the lgd is
// read: not known. The pd is that of the scoring's horizon, not of the days until it is due.
// term: EL = PD x LGD x EAD, maturity
// pattern: (lender)-[:LENDS_TO {due_on, drawn}]->(firm {high risk_pd})
// cost: Looks at every credit line once.
// param: until day | last day on which it is due
// param: since day = null | first day on which it is due; null takes what is overdue as well
// param: pd number = 0.1 | probability of default at least
// param: lender text = null | only of this lender
// param: top whole = 100 | rows at most
// column: due_on | day on which it is due
// column: lender | who lends
// column: loan | the credit line
// column: firm | who borrowed
// column: drawn | what is drawn (EAD)
// column: lgd | loss given default
// column: pd | probability of default; null in default
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
