// title: What a lender's book hangs on, by supplier, down to tier 3
// read: A supplier stands behind a borrower directly (tier 1) or over one or two other firms. relies is the share of a
// read: borrower's purchases that rests on it: along a way the shares of purchases are multiplied, over all ways (no firm
// read: twice) they are added, as in suppliers-by-tier. exposed adds up drawn times relies. chain is what counts against a
// read: limit: all that direct customers owe, and drawn times relies of the others. Beyond tier 1 only links that bring at
// read: least the share least of their receiver's purchases are followed. Shares are of the last 180 days.
// term: nth-party concentration, common exposure
// pattern: (supplier)-[:SUPPLIES*1..3]->(borrowers)<-[:LENDS_TO, drawn]-($lender)
// cost: three tiers of suppliers of every borrower: 4 s of processor time for a lender of middling size and 22 s for one
// cost: with 24,000 borrowers, on 200,000 firms in the embedded store; a higher least is faster
// param: lender text | the lender's id
// param: borrowers whole = 2 | borrowers that it must stand behind
// param: least number = 0.05 | the share of purchases from which on a link beyond tier 1 is followed
// param: top whole = 100 | rows at most
// column: supplier | who stands behind
// column: name | its name
// column: tier1 | borrowers that buy from it
// column: tier2 | borrowers that it reaches over one other firm at the nearest
// column: tier3 | borrowers that it reaches over two others at the nearest
// column: drawn | what all of them have drawn (EAD)
// column: exposed | drawn times relies, added up
// column: chain | drawn of tier 1, and drawn times relies of the others
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
