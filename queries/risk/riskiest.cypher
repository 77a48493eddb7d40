// title: The riskiest firms, with the parts of their risk and the reasons
// term: watch list
// read: pd is the probability of default within the horizon of the last scoring. own, context and caught are the parts
// read: of the hazard h, where pd = 1 - exp(-h): the firm's own state, the state of its surroundings, and the contagion
// read: received from suppliers, customers and others. Firms in default have no pd and do not appear.
// pattern: (firm, pd)
// param: region text = null | only firms of this region
// param: industry text = null | only firms of this industry
// param: top whole = 20 | maximum number of rows
// column: firm | the firm
// column: name | its name
// column: industry | its industry
// column: region | its region
// column: pd | probability of default over the scores' horizon
// column: own | own hazard
// column: context | hazard of its surroundings
// column: caught | hazard received over its links
// column: reasons | reasons for the score, the most important first
// cost: reads every scored firm; region or industry narrows it
MATCH (f:Firm)
WHERE f.risk_pd IS NOT NULL AND ($region IS NULL OR f.region = $region)
  AND ($industry IS NULL OR f.industry = $industry)
RETURN f.firm_id AS firm, f.name AS name, f.industry AS industry, f.region AS region, f.risk_pd AS pd,
  f.risk_own AS own, f.risk_context AS context, f.risk_caught AS caught, f.risk_reasons AS reasons
ORDER BY pd DESC, firm
LIMIT $top
