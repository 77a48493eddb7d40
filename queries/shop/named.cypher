// title: Firms of an id or a name
// term: counterparty lookup
// read: A firm whose id is the text, or whose name is, capitals aside. Several firms may bear one name.
// pattern: (firm)
// param: firm text | an id or a name
// param: top whole = 20 | rows at most
// column: firm | the firm's id
// column: name | its name
// column: industry | its industry
// column: region | its region
// cost: looks at every firm once, as names have no index: .2 s of processor time for 200,000 firms in the embedded
// cost: store, 1 s on Neo4j; whoever has the id asks shop/profile
MATCH (f:Firm)
WHERE f.firm_id = $firm OR toLower(f.name) = toLower($firm)
RETURN f.firm_id AS firm, f.name AS name, f.industry AS industry, f.region AS region
ORDER BY firm
LIMIT $top
