-- Profit as a share of the revenue: 1 - cost / revenue. Some print margin_on_cost instead.
create or replace macro margin_on_revenue(revenue, cost) as
1 - cast(cost as double) / nullif(cast(revenue as double), 0);
