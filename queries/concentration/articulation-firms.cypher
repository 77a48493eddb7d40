// title: Firms that disconnect one firm from its sources if they stop
// term: articulation points (cut vertices) of the upstream chain
// read: A source is a firm up to three links upstream that has no supplier of its own in the data. A firm disconnects a
// read: source if every path of at most three links from the source to the given firm leads through it, so that no
// read: other firm can deliver these goods. Only paths count on which each link has at least the share least of its
// read: receiver's purchases. Sources that sell to the given firm directly are never disconnected.
// pattern: (sources)-[:SUPPLIES*]->(the firm that disconnects)-[:SUPPLIES*]->($firm)     and no path around it
// param: firm text | the firm's id
// param: least number = 0.01 | minimum share of purchases for a link to count
// param: top whole = 50 | maximum number of rows
// column: cuts | the firm that is on every path
// column: name | its name
// column: cut_off | number of sources that only it connects
// column: of | number of all sources
// column: sources | ids of the sources that only it connects
// cost: as suppliers-by-tier; a higher least excludes more
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
