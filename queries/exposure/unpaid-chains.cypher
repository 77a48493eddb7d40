// title: Firms that are not paid and do not pay
// term: chain of arrears; trade-credit contagion
// read: The customer owes the middle firm, and the middle firm owes the supplier, both past the due day: the middle
// read: firm may be late because it is not paid. passes is the smaller of the two sums: what one arrears can explain of
// read: the other. Amounts without a due day are no claim; trades without recorded payments do not appear.
// pattern: (supplier)-[:SUPPLIES, overdue]->(middle)-[:SUPPLIES, overdue]->(customer)
// param: least number = 0 | exclude arrears up to this amount
// param: region text = null | only middle firms of this region
// param: top whole = 100 | maximum number of rows
// column: supplier | the firm that waits for money from the middle firm
// column: middle | the firm that is not paid and does not pay
// column: customer | the firm that owes the middle firm
// column: owed_to_middle | overdue from the customer, all categories
// column: owed_by_middle | overdue to the supplier, all categories
// column: passes | the smaller of the two
// cost: the whole graph, starting from links with arrears; region or a higher least narrows it
MATCH (m:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE r.overdue > 0 AND ($region IS NULL OR m.region = $region) AND c.firm_id <> m.firm_id
WITH m.firm_id AS middle, c.firm_id AS customer, sum(r.overdue) AS claim
WHERE claim > $least
MATCH (s:Firm)-[r:SUPPLIES]->(m:Firm {firm_id: middle})
WHERE r.overdue > 0 AND s.firm_id <> middle AND s.firm_id <> customer
WITH s.firm_id AS supplier, middle, customer, claim, sum(r.overdue) AS debt
WHERE debt > $least
RETURN supplier, middle, customer, round(claim, 2) AS owed_to_middle, round(debt, 2) AS owed_by_middle,
  round(CASE WHEN claim < debt THEN claim ELSE debt END, 2) AS passes
ORDER BY passes DESC, middle, supplier, customer
LIMIT $top
