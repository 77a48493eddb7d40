// title: All firms with industry and region
// term: production network, node list
// read: One row per firm, in order of the ids.
// param: top whole = 100000000 | rows at most
// column: firm | the firm's id
// column: industry | its industry
// column: region | its region
// cost: every firm of the graph; use it with -o FILE
MATCH (f:Firm)
RETURN f.firm_id AS firm, f.industry AS industry, f.region AS region
ORDER BY firm
LIMIT $top
