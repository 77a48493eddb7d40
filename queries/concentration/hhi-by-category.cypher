// title: Categories that few firms sell
// term: Herfindahl-Hirschman index (HHI) of a market
// read: hhi is the sum of the squared shares of the sellers in all recorded sales of a category in the last 180 days
// read: (or of all time in undated data): 1 is one seller, 1/n is n equal ones. Above 0.25, competition authorities
// read: call a market highly concentrated. The market consists of the recorded trades only. A null category stands for
// read: trades without a category.
// pattern: (sellers)-[:SUPPLIES category]->(anyone)
// param: least number = 0 | leave out categories with sales up to this amount
// param: top whole = 100 | maximum number of rows
// column: category | category of the goods; null where none is recorded
// column: hhi | 1 for one seller, near 0 for many equal ones
// column: sellers | number of firms that sell it
// column: largest | the largest seller
// column: largest_share | its share of the sales
// column: amount | value sold
// cost: reads every link
MATCH (s:Firm)-[r:SUPPLIES]->(c:Firm)
WHERE s.firm_id <> c.firm_id
WITH r.category AS category, s.firm_id AS seller, sum(coalesce(r.amount_180, r.amount)) AS sold
WHERE sold > 0
WITH category, seller, sold
ORDER BY category, sold DESC, seller
WITH category, count(seller) AS sellers, collect(seller)[0] AS largest, max(sold) AS most, sum(sold) AS amount,
  sum(sold * sold) AS squares
WHERE amount > $least
RETURN category, round(squares / (amount * amount), 6) AS hhi, sellers, largest,
  round(most / amount, 6) AS largest_share, round(amount, 2) AS amount
ORDER BY hhi DESC, amount DESC, category
LIMIT $top
