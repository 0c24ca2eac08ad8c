-- grain: one row a score that a feed states
-- Without those that people wrote down from the same board: the same name, board, setting, day and score is one fact,
-- whoever carried it here.
select run.*
from feeds.score_run as run
left join seeds.capability_scores as curated
    on
        run.benchmark_id = curated.benchmark_id
        and run.variant = curated.variant
        and run.source_model = curated.source_model
        and run.harness is not distinct from curated.harness
        and run.effort is not distinct from curated.effort
        and run.valid_from is not distinct from curated.valid_from
        and run.score = curated.score
where curated.fact_id is null
