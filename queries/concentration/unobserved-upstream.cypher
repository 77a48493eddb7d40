// title: Producers and exporters whose suppliers are unknown
// term: unobserved upstream
// read: A producer or exporter without a known supplier makes its goods itself, or buys where the data do not reach:
// read: its upstream is unobserved, which means neither no supplier nor a single one. The more its customers rely on
// read: it, the more useful it is to find out its suppliers. cover is the sum of the shares of its customers' purchases
// read: of the last 180 days that it delivers: 2.5 is as much as all purchases of two and a half firms.
// pattern: (no known supplier)- - ->(producer or exporter)-[:SUPPLIES]->(customers)
// param: shop_type text = null | only producer, or only exporter
// param: region text = null | only firms of this region
// param: top whole = 100 | maximum number of rows
// column: firm | the producer or exporter
// column: name | its name
// column: shop_type | producer or exporter
// column: region | its region
// column: customers | number of firms that buy from it
// column: cover | sum of its shares of its customers' purchases
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
