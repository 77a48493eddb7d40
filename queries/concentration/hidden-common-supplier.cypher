// title: A supplier that several firms of a list depend on, although none buys from it
// term: hidden common supplier; nth-party concentration
// read: The supplier is at tier 2 or 3 of at least the given number of firms of the portfolio and sells directly to
// read: none of them, so that each firm on its own looks diversified. Only links with at least the share least of their
// read: receiver's purchases of the last 180 days count.
// pattern: (supplier)-[:SUPPLIES*2..3]->($firms)     and no (supplier)-[:SUPPLIES]->(any of them)
// param: firms list | ids of the firms of the portfolio, joined by commas
// param: members whole = 2 | minimum number of firms of the portfolio that it is behind
// param: least number = 0.05 | minimum share of purchases for a link to count
// param: top whole = 100 | maximum number of rows
// column: supplier | the supplier behind them
// column: name | its name
// column: tier2 | firms of the portfolio that it reaches through one other firm
// column: tier3 | firms that it reaches through two other firms but not through one
// column: members | tier2 and tier3 together
// column: of | firms of the portfolio that are in the graph
// column: behind | ids of the firms that it is behind
// cost: three tiers of suppliers of every firm of the list
UNWIND $firms AS id
MATCH (b:Firm {firm_id: id})
WITH count(DISTINCT b.firm_id) AS of
UNWIND $firms AS id
MATCH (b:Firm {firm_id: id})
WITH DISTINCT of, b.firm_id AS member
MATCH (b:Firm {firm_id: member})
WITH of, member,
  [(b)<-[q:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases >= $least | x.firm_id] AS one,
  [(b)<-[q:SUPPLIES]-(:Firm)<-[r:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases >= $least AND r.e_share_of_purchases >= $least | x.firm_id] AS two,
  [(b)<-[q:SUPPLIES]-(:Firm)<-[r:SUPPLIES]-(:Firm)<-[s:SUPPLIES]-(x:Firm)
    WHERE q.e_share_of_purchases >= $least AND r.e_share_of_purchases >= $least AND s.e_share_of_purchases >= $least | x.firm_id] AS three
UNWIND [x IN one | [x, 1]] + [x IN two | [x, 2]] + [x IN three | [x, 3]] AS hop
WITH of, member, hop[0] AS supplier, min(hop[1]) AS tier
WHERE supplier <> member
WITH of, supplier, member, tier
ORDER BY supplier, member
WITH of, supplier, collect(member) AS behind, min(tier) AS nearest,
  sum(CASE WHEN tier = 2 THEN 1 ELSE 0 END) AS tier2, sum(CASE WHEN tier = 3 THEN 1 ELSE 0 END) AS tier3
WHERE nearest >= 2 AND tier2 + tier3 >= $members
MATCH (s:Firm {firm_id: supplier})
RETURN supplier, s.name AS name, tier2, tier3, tier2 + tier3 AS members, of, behind
ORDER BY members DESC, tier2 DESC, supplier
LIMIT $top
