// title: Concentration of each lender's book on single borrowers
// read: hhi is the sum of the squared shares of the borrowers in the lender's drawn amount: 1 where there is one
// read: borrower, 1/n for n equal ones. effective is 1/hhi: the number of equal borrowers with the same concentration.
// read: Several credit lines of one borrower count as one; firms under common control do not.
// term: single-name concentration, HHI, EAD
// pattern: (lender)-[:LENDS_TO {drawn}]->(borrowers)
// cost: Reads every credit line once.
// param: lender text = null | only this lender
// param: top whole = 100 | maximum number of rows
// column: lender | the lender
// column: borrowers | number of borrowers with a drawn amount
// column: drawn | drawn amount (EAD)
// column: hhi | concentration, 0 to 1
// column: effective | 1 / hhi
// column: largest | the largest borrower; of equal ones the smaller id
// column: largest_share | its share of the drawn amount
MATCH (l:Lender)-[x:LENDS_TO]->(b:Firm)
WHERE x.drawn > 0 AND ($lender IS NULL OR l.lender_id = $lender)
WITH l.lender_id AS lender, b.firm_id AS firm, round(sum(x.drawn), 2) AS drawn
ORDER BY drawn DESC, firm
WITH lender, count(firm) AS borrowers, sum(drawn) AS total, sum(drawn * drawn) AS squares,
  collect(firm)[0] AS largest, max(drawn) AS most
WITH lender, borrowers, total, squares / (total * total) AS hhi, largest, most
RETURN lender, borrowers, round(total, 2) AS drawn, round(hhi, 6) AS hhi, round(1.0 / hhi, 6) AS effective, largest,
  round(most / total, 6) AS largest_share
ORDER BY hhi DESC, lender
LIMIT $top
