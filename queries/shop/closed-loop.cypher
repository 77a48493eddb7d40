// title: Groups of firms that sell a grower its inputs and buy its harvest
// term: closed loop lending, contract farming
// read: Supplier and buyer are one firm, or have an owner in common up to two steps up and down, each with at least the
// read: given weight (the share owned; an unknown one counts). Such a buyer can deduct a loan from what it pays for the
// read: harvest, but its failure ends purchases and sales at once. Amounts are of all recorded trade, since a season
// read: may be longer than 180 days. The trade of a firm with itself does not count.
// pattern: (supplier)-[:SUPPLIES]->($firm)-[:SUPPLIES]->(buyer)<-[:OWNS*0..2]-(owner)-[:OWNS*0..2]->(supplier)
// param: firm text | the grower's id
// param: least number = 0.5 | smallest share owned that counts as control
// param: top whole = 20 | maximum number of rows
// column: supplier | who sells inputs
// column: supplier_name | its name
// column: buyer | who buys the harvest
// column: buyer_name | its name
// column: inputs | value that the grower bought from the supplier
// column: input_share | share of all that it bought
// column: harvest | value that it sold to the buyer
// column: harvest_share | share of all that it sold
// column: pd | probability of default of the buyer
// column: defaulted | whether supplier or buyer is in default
// cost: the firm's own links, and the owners of its partners
MATCH (x:Firm)-[i:SUPPLIES]->(f:Firm {firm_id: $firm})
WHERE x.firm_id <> $firm
WITH f, sum(i.amount) AS bought
MATCH (f)-[r:SUPPLIES]->(y:Firm)
WHERE y.firm_id <> $firm
WITH f, bought, sum(r.amount) AS sold
MATCH (s:Firm)-[i:SUPPLIES]->(f)
WHERE s.firm_id <> $firm
WITH f, bought, sold, s, sum(i.amount) AS inputs
MATCH (f)-[r:SUPPLIES]->(b:Firm)
WHERE b.firm_id <> $firm
WITH bought, sold, s, inputs, b, sum(r.amount) AS harvest
MATCH (s)<-[up:OWNS*0..2]-(o)-[down:OWNS*0..2]->(b)
WHERE all(x IN up WHERE coalesce(x.weight, 1.0) >= $least) AND all(x IN down WHERE coalesce(x.weight, 1.0) >= $least)
WITH DISTINCT bought, sold, s, inputs, b, harvest
WHERE inputs > 0 AND harvest > 0
RETURN s.firm_id AS supplier, s.name AS supplier_name, b.firm_id AS buyer, b.name AS buyer_name,
  round(inputs, 2) AS inputs, round(inputs / bought, 6) AS input_share, round(harvest, 2) AS harvest,
  round(harvest / sold, 6) AS harvest_share, b.risk_pd AS pd,
  coalesce(s.defaulted, false) OR coalesce(b.defaulted, false) AS defaulted
ORDER BY harvest DESC, supplier, buyer
LIMIT $top
