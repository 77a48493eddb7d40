// title: Owners of a firm, direct and through other firms
// read: One row per chain of owners up to four tiers above the firm. share is the product of the chain's weights: the
// read: part of the firm that the owner holds through this chain, if weights are shares; null where a weight is
// read: unknown. ultimate means that the data have no owner above. An owner that occurs twice in its own chain partly
// read: owns itself.
// term: beneficial owner (UBO)
// pattern: (owner)-[:OWNS*1..4]->(firm)
// cost: Starts from one firm.
// param: firm text | the firm's id
// param: top whole = 100 | maximum number of rows
// column: owner | a person or a firm
// column: person | whether it is a person
// column: tier | steps up from the firm
// column: share | product of the weights along the chain
// column: ultimate | whether it has no known owner
// column: chain | ids from the owner down to the firm
MATCH (f:Firm {firm_id: $firm})
MATCH p = (f)<-[:OWNS*1..4]-(o)
WITH o, length(p) AS tier, reverse([n IN nodes(p) | coalesce(n.person_id, n.firm_id)]) AS chain,
  reduce(share = 1.0, r IN relationships(p) | share * r.weight) AS share
RETURN chain[0] AS owner, o.person_id IS NOT NULL AS person, tier, round(share, 6) AS share,
  NOT EXISTS { ()-[:OWNS]->(o) } AS ultimate, chain
ORDER BY tier, share DESC, chain
LIMIT $top
