-- table: marts.training_run
-- A run takes between a minute and two years.
select
    model_id,
    stage,
    wall_clock_hours
from marts.training_run
where wall_clock_hours not between 1e0 / 60 and 2 * 8766
