// title: How few firms sell each category
// term: Herfindahl-Hirschman index (HHI) of a market
// read: hhi is the sum of the squares of the sellers' shares of all recorded sales of a category in the last 180 days (or
// read: of all time where the data have no days): 1 is one seller, 1/n is n equal ones. Above 0.25 authorities speak of a
// read: highly concentrated market. The market is what the data show of it. A null category: the trades name none.
// pattern: (sellers)-[:SUPPLIES category]->(anyone)
// param: least number = 0 | leave out categories with sales up to this amount
// param: top whole = 100 | rows at most
// column: category | what is sold
// column: hhi | 1 for one seller, near 0 for many equal ones
// column: sellers | firms that sell it
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
