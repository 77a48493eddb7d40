// title: Guarantees given by a firm, and guarantees for it
// term: contingent liability
// read: stands for: the firm pays if the other one cannot. backed by: the other firm or person pays if the firm cannot.
// pattern: ($firm)-[:GUARANTEES]->(stands for), (backed by)-[:GUARANTEES]->($firm)
// param: firm text | the firm's id
// param: top whole = 100 | maximum number of rows
// column: side | stands for, or backed by
// column: other | a firm or a person
// column: name | the firm's name
// column: amount | amount of the guarantee; null where unknown
// column: pd | the other's probability of default over the scores' horizon
// column: defaulted | whether the other is in default
// cost: the firm's own guarantees
MATCH (f:Firm {firm_id: $firm})-[r:GUARANTEES]-(o)
WITH r, o, CASE WHEN startNode(r).firm_id = $firm THEN 'stands for' ELSE 'backed by' END AS side
RETURN side, coalesce(o.firm_id, o.person_id) AS other, o.name AS name, r.amount AS amount, o.risk_pd AS pd,
  coalesce(o.defaulted, false) AS defaulted
ORDER BY side DESC, amount IS NULL, amount DESC, other
LIMIT $top
