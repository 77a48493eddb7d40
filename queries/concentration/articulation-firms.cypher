// title: Firms that cut one firm off from its sources if they stop
// term: articulation points (cut vertices) of the upstream chain
// read: A source is a firm up to three links upstream that has no supplier of its own in the data. A firm cuts a source off
// read: if every way of at most three links from the source to the firm asked about leads through it: nobody else can
// read: bring these goods. Only ways on which each link brings at least the share least of its receiver's purchases count.
// read: Sources that sell to the firm directly are never cut off.
// pattern: (sources)-[:SUPPLIES*]->(the firm that cuts)-[:SUPPLIES*]->($firm)     and no way around it
// param: firm text | the firm's id
// param: least number = 0.01 | the share of purchases from which on a link counts
// param: top whole = 50 | rows at most
// column: cuts | who stands in every way
// column: name | its name
// column: cut_off | sources that it alone connects
// column: of | sources in all
// column: sources | those that it alone connects, by id
// cost: as suppliers-by-tier; a higher least leaves more out
MATCH p = (f:Firm {firm_id: $firm})<-[links:SUPPLIES*1..3]-(s:Firm)
WHERE all(r IN links WHERE r.e_share_of_purchases >= $least AND r.e_share_of_purchases > 0)
  AND NOT EXISTS { MATCH (s)<-[more:SUPPLIES]-(:Firm) WHERE more.e_share_of_purchases > 0 }
WITH s.firm_id AS source, [n IN nodes(p) | n.firm_id] AS firms
WHERE all(x IN firms WHERE single(y IN firms WHERE y = x))
WITH source, collect(firms) AS chains
WITH collect({source: source, chains: chains}) AS found
UNWIND found AS one
UNWIND one.chains AS chain
UNWIND chain[1..-1] AS via
WITH size(found) AS of, one.source AS source, size(one.chains) AS ways, via, count(*) AS through
WHERE through = ways
WITH of, via, source
ORDER BY via, source
WITH of, via AS cuts, collect(source) AS sources
MATCH (x:Firm {firm_id: cuts})
RETURN cuts, x.name AS name, size(sources) AS cut_off, of, sources
ORDER BY cut_off DESC, cuts
LIMIT $top
