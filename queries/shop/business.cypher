// title: How long a firm is on the platform, and its sales beside its own past
// term: business life cycle
// read: growth compares the last 30 days with the 360 days before: sales per row of its activity, or, of a firm without
// read: activity, deliveries per day to other firms. It is null where there are no rows before, or the last row is
// read: `fresh` days old or older: a business that is no longer seen has no stage.
// pattern: ($firm)
// param: firm text | the firm's id
// param: fresh whole = 90 | days from which the last row is too old for a growth
// param: top whole = 1 | maximum number of rows
// column: firm | the firm's id
// column: tenure_days | days since it joined
// column: growth | sales of 30 days relative to the 360 days before
// cost: one firm
MATCH (f:Firm {firm_id: $firm})
RETURN f.firm_id AS firm, f.f_tenure_days AS tenure_days,
  CASE WHEN f.f_activity_age_days IS NOT NULL
    THEN CASE WHEN f.f_activity_age_days < $fresh THEN f.f_sales_own_past END
    WHEN f.f_delivery_age_days < $fresh THEN f.f_deliveries_own_past END AS growth
ORDER BY firm
LIMIT $top
