// title: Suppliers that a lender's book depends on, up to tier 3
// read: A supplier is behind a borrower directly (tier 1) or through one or two other firms. relies is the share of the
// read: borrower's purchases that depends on it: shares of purchases are multiplied along each path and added over all
// read: paths (no firm twice), as in suppliers-by-tier. exposed is the sum of drawn amount times relies. chain is the
// read: amount that counts against a limit: the drawn amount of direct customers, plus drawn amount times relies of the
// read: others. Beyond tier 1 only links with at least the share least of their receiver's purchases are followed.
// read: Shares are of the last 180 days.
// term: nth-party concentration, common exposure
// pattern: (supplier)-[:SUPPLIES*1..3]->(borrowers)<-[:LENDS_TO, drawn]-($lender)
// cost: three tiers of suppliers of every borrower: 4 s of processor time for a medium-sized lender and 22 s for one
// cost: with 24,000 borrowers, on 200,000 firms in the embedded store; a higher least is faster
// param: lender text | the lender's id
// param: borrowers whole = 2 | minimum number of borrowers that it is behind
// param: least number = 0.05 | minimum share of purchases for a link beyond tier 1 to be followed
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier behind them
// column: name | its name
// column: tier1 | number of borrowers that buy from it
// column: tier2 | number of borrowers that it reaches through one other firm at the nearest
// column: tier3 | number of borrowers that it reaches through two other firms at the nearest
// column: drawn | amount drawn by all of them (EAD)
// column: exposed | sum of drawn amount times relies
// column: chain | drawn amount of tier 1, plus drawn amount times relies of the others
// column: defaulted | whether the supplier is in default
MATCH (l:Lender {lender_id: $lender})-[loan:LENDS_TO]->(b:Firm)
WHERE loan.drawn > 0
WITH b.firm_id AS borrower, sum(loan.drawn) AS drawn
MATCH (b:Firm {firm_id: borrower})
WITH borrower, drawn,
  [(b)<-[q:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases > 0 | [x.firm_id, 1, q.e_share_of_purchases, 1.0, 1.0]] AS one,
  [(b)<-[q:SUPPLIES]-(y:Firm)<-[r:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases >= $least AND r.e_share_of_purchases >= $least
    | [x.firm_id, 2, q.e_share_of_purchases, r.e_share_of_purchases, 1.0]] AS two,
  [(b)<-[q:SUPPLIES]-(y:Firm)<-[r:SUPPLIES]-(z:Firm)<-[s:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases >= $least AND r.e_share_of_purchases >= $least AND s.e_share_of_purchases >= $least
      AND x.firm_id <> y.firm_id AND z.firm_id <> borrower
    | [x.firm_id, 3, q.e_share_of_purchases, r.e_share_of_purchases, s.e_share_of_purchases]] AS three
UNWIND one + two + three AS way
WITH borrower, drawn, way[0] AS supplier, min(way[1]) AS tier, sum(way[2] * way[3] * way[4]) AS relies
WHERE supplier <> borrower AND relies > 0
WITH supplier, sum(CASE WHEN tier = 1 THEN 1 ELSE 0 END) AS tier1, sum(CASE WHEN tier = 2 THEN 1 ELSE 0 END) AS tier2,
  sum(CASE WHEN tier = 3 THEN 1 ELSE 0 END) AS tier3, sum(drawn) AS drawn, sum(drawn * relies) AS exposed,
  sum(CASE WHEN tier = 1 THEN drawn ELSE drawn * relies END) AS chain
WHERE tier1 + tier2 + tier3 >= $borrowers
MATCH (s:Firm {firm_id: supplier})
RETURN supplier, s.name AS name, tier1, tier2, tier3, round(drawn, 2) AS drawn, round(exposed, 2) AS exposed,
  round(chain, 2) AS chain, coalesce(s.defaulted, false) AS defaulted
ORDER BY chain DESC, supplier
LIMIT $top
