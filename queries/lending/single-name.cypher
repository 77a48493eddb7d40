// title: How concentrated each lender's book is on single borrowers
// read: hhi is the sum of the squared shares of the borrowers in what the lender has drawn: 1 where all is
// read: lent to one, 1/n where n borrowers have the same. effective is 1/hhi: as many equal borrowers would
// read: be as concentrated. Several credit lines of one borrower count as one; firms under common control do
// read: not.
// term: single-name concentration, HHI, EAD
// pattern: (lender)-[:LENDS_TO {drawn}]->(borrowers)
// cost: Looks at every credit line once.
// param: lender text = null | only this lender
// param: top whole = 100 | rows at most
// column: lender | who lends
// column: borrowers | firms with something drawn
// column: drawn | what they have drawn (EAD)
// column: hhi | 0 to 1
// column: effective | 1 / hhi
// column: largest | the largest borrower, the smaller id of equals
// column: largest_share | its share of what is drawn
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
