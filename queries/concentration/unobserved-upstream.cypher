// title: Producers and exporters whose suppliers nobody knows
// term: unobserved upstream
// read: A producer or exporter without a known supplier makes its goods or buys where the data do not reach: its upstream
// read: is unobserved, a state of its own, neither without suppliers nor single-sourced. The more its customers rely on
// read: it, the more a look behind it is worth. cover adds up the shares of its customers' purchases of the last 180 days:
// read: 2.5 means as much as all purchases of two and a half firms.
// pattern: (nobody known)- - ->(producer or exporter)-[:SUPPLIES]->(customers)
// param: shop_type text = null | only producer, or only exporter
// param: region text = null | only firms of this region
// param: top whole = 100 | rows at most
// column: firm | the producer or exporter
// column: name | its name
// column: shop_type | producer or exporter
// column: region | its region
// column: customers | firms that buy from it
// column: cover | purchases of its customers that it delivers, in whole firms
// cost: the links of these firms only
MATCH (f:Firm)
WHERE f.upstream = 'unobserved' AND ($shop_type IS NULL OR f.shop_type = $shop_type)
  AND ($region IS NULL OR f.region = $region)
MATCH (f)-[r:SUPPLIES]->(c:Firm)
WHERE r.e_share_of_purchases > 0
WITH f.firm_id AS firm, f.name AS name, f.shop_type AS shop_type, f.region AS region, count(c) AS customers,
  sum(r.e_share_of_purchases) AS cover
RETURN firm, name, shop_type, region, customers, round(cover, 6) AS cover
ORDER BY cover DESC, customers DESC, firm
LIMIT $top
