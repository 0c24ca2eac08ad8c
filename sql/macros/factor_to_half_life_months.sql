-- Months in which a price halves that falls by a factor per year: 12 ln 2 / ln f. NULL where it does not fall.
create or replace macro factor_to_half_life_months(factor_per_year) as
case when factor_per_year > 1 then 12 * ln(2) / ln(cast(factor_per_year as double)) end;
