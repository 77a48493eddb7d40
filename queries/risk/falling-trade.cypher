// title: Shops whose trade falls, by their portraits
// read: The change of sales is that of the last 60 days (or of the window that the portraits were computed with) relative
// read: to the window before; a fall of a fifth is -0.2. Where a shop records no sales, its sales to recorded customers count.
// read: In a season all shops fall: yearly compares with the same weeks a year ago, and growth (0 to 100) with firms of
// read: the same industry and region. Portraits are written by scgraph store portraits.
// term: declining turnover, early warning
// pattern: (firm {portrait_sales_change})
// param: fall number = 0.2 | minimum fall, a share
// param: region text = null | only firms of this region
// param: top whole = 50 | maximum number of rows
// column: firm | the shop
// column: name | its name
// column: industry | its industry
// column: sales | value sold in the window
// column: change | change since the window before
// column: yearly | change since the same weeks a year ago; null where it did not trade then
// column: growth | growth index, 50 is the middle of its peers; null where too little is known
// column: pd | its probability of default over the scores' horizon
// cost: reads every firm once
MATCH (f:Firm)
WHERE ($region IS NULL OR f.region = $region)
  AND (f.portrait_sales_change IS NOT NULL OR f.portrait_sold_to_firms_change IS NOT NULL)
WITH f, f.portrait_sales IS NULL AS firms_only
WITH f, CASE WHEN firms_only THEN f.portrait_sold_to_firms ELSE f.portrait_sales END AS sales,
  CASE WHEN firms_only THEN f.portrait_sold_to_firms_change ELSE f.portrait_sales_change END AS change,
  CASE WHEN firms_only THEN f.portrait_sold_to_firms_yearly_change ELSE f.portrait_sales_yearly_change END AS yearly
WHERE change <= -$fall
RETURN f.firm_id AS firm, f.name AS name, f.industry AS industry, sales, change, yearly,
  f.portrait_index_growth AS growth, f.risk_pd AS pd
ORDER BY change, firm
LIMIT $top
