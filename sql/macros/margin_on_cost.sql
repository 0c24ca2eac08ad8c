-- Profit as a share of the cost: revenue / cost - 1. A margin in the usual sense is margin_on_revenue.
create or replace macro margin_on_cost(revenue, cost) as
cast(revenue as double) / nullif(cast(cost as double), 0) - 1;
