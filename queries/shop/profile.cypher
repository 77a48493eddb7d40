// title: Profile of one firm
// term: know your customer (KYC)
// read: Ages are days before the day of the graph; null means that there are no such data. turnover is what the firm
// read: sold in 180 days by its own activity; of a firm that is no merchant and has no activity, what it delivered to
// read: other firms. It is null where neither is known: a merchant sells to consumers, whom deliveries do not show.
// read: upstream is unobserved where a producer or exporter has no known supplier: unknown, not none. coverage is the
// read: share of what a decision needs that is known and recent.
// pattern: ($firm)
// param: firm text | the firm's id
// param: top whole = 1 | maximum number of rows
// column: firm | the firm's id
// column: name | its name
// column: roles | its roles in the chain
// column: shop_type | where its goods come from
// column: industry | its industry
// column: region | its region
// column: age_days | days since it was founded
// column: tenure_days | days since it joined
// column: upstream | observed, or unobserved
// column: defaulted | whether it is in default
// column: defaulted_on | day of its default
// column: coverage | share of what a decision needs that is known and recent
// column: turnover | value of its sales in 180 days
// column: turnover_age | days since the last row that it is computed from
// column: suppliers | number of firms it bought from in 180 days
// column: customers | number of firms it delivered to in 180 days
// column: supplier_hhi | concentration of its purchases, 1 is one supplier
// column: customer_hhi | concentration of its deliveries, 1 is one customer
// column: activity_age | days since the last row of its activity
// column: purchase_age | days since its last purchase
// column: delivery_age | days since its last delivery to a firm
// column: statement_age | days since the end of its last statement
// column: margin | profit margin by its last statement
// column: pd | probability of default over the scores' horizon
// column: model | model that scored it
// cost: one firm
MATCH (f:Firm {firm_id: $firm})
RETURN f.firm_id AS firm, f.name AS name, f.roles AS roles, f.shop_type AS shop_type, f.industry AS industry,
  f.region AS region, f.f_age_days AS age_days, f.f_tenure_days AS tenure_days, f.upstream AS upstream,
  f.defaulted AS defaulted, f.defaulted_on AS defaulted_on, f.coverage AS coverage,
  CASE WHEN f.f_activity_age_days IS NOT NULL OR f.roles CONTAINS 'merchant' THEN f.f_sales_180
    WHEN f.f_delivery_age_days IS NOT NULL THEN f.f_deliveries_180 END AS turnover,
  CASE WHEN f.f_activity_age_days IS NOT NULL OR f.roles CONTAINS 'merchant' THEN f.f_activity_age_days
    ELSE f.f_delivery_age_days END AS turnover_age, f.f_suppliers_180 AS suppliers,
  f.f_customers_180 AS customers, f.f_supplier_hhi AS supplier_hhi, f.f_customer_hhi AS customer_hhi,
  f.f_activity_age_days AS activity_age, f.f_purchase_age_days AS purchase_age,
  f.f_delivery_age_days AS delivery_age, f.f_statement_age_days AS statement_age, f.f_margin AS margin,
  f.risk_pd AS pd, f.risk_model AS model
ORDER BY firm
LIMIT $top
