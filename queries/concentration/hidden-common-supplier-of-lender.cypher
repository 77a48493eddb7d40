// title: A supplier behind several borrowers of a lender that none of them buys from
// term: hidden common supplier; nth-party concentration
// read: The supplier stands at tier 2 or 3 behind at least the given number of firms of the portfolio, and sells directly
// read: to none of them: each firm by itself looks diversified. Only links that bring at least the share least of their
// read: receiver's purchases of the last 180 days count. Borrowers are firms with a line that is drawn.
// pattern: (supplier)-[:SUPPLIES*2..3]->(borrowers)<-[:LENDS_TO, drawn]-($lender)     and no (supplier)-[:SUPPLIES]->(any of them)
// param: lender text | the lender whose borrowers are the portfolio
// param: members whole = 2 | firms of the portfolio that it must stand behind
// param: least number = 0.05 | the share of purchases from which on a link counts
// param: top whole = 100 | rows at most
// column: supplier | who stands behind
// column: name | its name
// column: tier2 | firms of the portfolio that it reaches over one other firm
// column: tier3 | firms that it reaches over two others, and not over one
// column: members | both together
// column: of | firms of the portfolio that the graph holds
// column: behind | the firms, by id
// cost: three tiers of suppliers of every borrower; minutes for a lender of tens of thousands: give a higher least
MATCH (l:Lender {lender_id: $lender})-[loan:LENDS_TO]->(b:Firm)
WHERE loan.drawn > 0
WITH DISTINCT b.firm_id AS member
ORDER BY member
WITH collect(member) AS portfolio
UNWIND portfolio AS member
MATCH p = (b:Firm {firm_id: member})<-[links:SUPPLIES*1..3]-(s:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least AND r.e_share_of_purchases > 0)
WITH size(portfolio) AS size, s.firm_id AS supplier, member, min(length(p)) AS tier
WHERE supplier <> member
WITH size, supplier, member, tier
ORDER BY supplier, member
WITH size, supplier, collect(member) AS behind, min(tier) AS nearest,
  sum(CASE WHEN tier = 2 THEN 1 ELSE 0 END) AS tier2, sum(CASE WHEN tier = 3 THEN 1 ELSE 0 END) AS tier3
WHERE nearest >= 2 AND tier2 + tier3 >= $members
MATCH (s:Firm {firm_id: supplier})
RETURN supplier, s.name AS name, tier2, tier3, tier2 + tier3 AS members, size AS of, behind
ORDER BY members DESC, tier2 DESC, supplier
LIMIT $top
