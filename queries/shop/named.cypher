// title: Firms with an id or a name
// term: counterparty lookup
// read: Firms whose id or name is the text; upper and lower case do not matter for names. Several firms may have the
// read: same name.
// pattern: (firm)
// param: firm text | id or name of a firm
// param: top whole = 20 | maximum number of rows
// column: firm | the firm's id
// column: name | its name
// column: industry | its industry
// column: region | its region
// cost: reads every firm once, as names have no index: .2 s of processor time for 200,000 firms in the embedded store,
// cost: 1 s on Neo4j; with an id, use shop/profile
MATCH (f:Firm)
WHERE f.firm_id = $firm OR toLower(f.name) = toLower($firm)
RETURN f.firm_id AS firm, f.name AS name, f.industry AS industry, f.region AS region
ORDER BY firm
LIMIT $top
