// title: The other firms of a firm's region
// term: regional concentration
// read: All other firms of the firm's region, in order of their ids.
// pattern: ($firm), (other)
// param: firm text | the firm's id
// param: top whole = 1000000 | maximum number of rows
// column: other | another firm of the region
// cost: reads every firm once, as regions have no index: .1 s of processor time for 200,000 firms in the embedded
// cost: store, 1 s on Neo4j
MATCH (f:Firm {firm_id: $firm})
MATCH (o:Firm)
WHERE o.region = f.region AND o.firm_id <> $firm
RETURN o.firm_id AS other
ORDER BY other
LIMIT $top
