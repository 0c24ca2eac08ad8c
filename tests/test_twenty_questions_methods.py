"""Of the questions that users ask, those that methods answer: each a query of the published file, with the known answer
where there is one. The others are in `test_twenty_questions`.
"""

import math

import pytest


def test_q05_why_do_llama_405b_and_v3_differ_in_factors(rows):
    """[researcher] As much an hour, so the factors multiply to 30.84 / 2.788 of the hours; work alone is 11.5376."""
    found = rows(
        """
        select factor, value, ratio, comparable
        from marts.training_cost_decomposition
        where subject_id = 'llama-3.1-405b' and cost_basis = 'run_rental' and gpu_hours_basis = 'stated'
            and base_subject_id = 'deepseek-v3' and base_cost_basis = 'run_rental' and base_gpu_hours_basis = 'stated'
        order by place
        """
    )
    factors = {row["factor"]: row["value"] for row in found}
    assert factors["training_flop"] == pytest.approx(11.5376, abs=5e-5)
    assert factors["usd_per_gpu_hour"] == pytest.approx(1)
    assert math.prod(factors.values()) == pytest.approx(found[0]["ratio"])
    assert found[0]["ratio"] == pytest.approx(11.061693, abs=5e-7)
    assert all(row["comparable"] for row in found)


def test_q06_why_do_two_published_costs_of_one_model_differ_in_factors(rows):
    """[analyst] $170.56M over $61.68M of Llama 3.1 405B: 2.7652 = 2.43 x 1.13795."""
    found = rows(
        """
        select factor, value, usd, base_usd, ratio, comparable, reason
        from marts.training_cost_decomposition
        where subject_id = 'llama-3.1-405b' and cost_basis = 'run_cloud_cud' and gpu_hours_basis = 'counted'
            and base_subject_id = 'llama-3.1-405b' and base_cost_basis = 'run_rental'
            and base_gpu_hours_basis = 'stated'
        """
    )
    assert {row["factor"]: row["value"] for row in found} == {
        "gpu_hours": pytest.approx(1.13795, abs=5e-6),
        "usd_per_gpu_hour": pytest.approx(2.43),
    }
    for row in found:
        assert (row["usd"], row["base_usd"]) == pytest.approx((170_559_406.08, 61_680_000))
        assert row["ratio"] == pytest.approx(2.7652, abs=5e-5)
        assert not row["comparable"]
        assert row["reason"]


def test_q12_is_a_rented_cache_worth_it_for_any_reads_in_any_hours(rows):
    """[FinOps] E6, as a question of any prefix: $2.5125 without, $1.2875 rented, $0.375 automatic; 9.11 reads."""
    found = rows(
        """
        select rent, cost_uncached, cost_cached, break_even_uses
        from prefix_cost(100000, 500, 20, 2, timestamp '2025-11-01')
        where sku = 'gemini-2.5-pro' and service_tier = 'standard'
        """
    )
    (rented,) = (row for row in found if row["rent"])
    (automatic,) = (row for row in found if not row["rent"])
    assert (rented["cost_uncached"], rented["cost_cached"], rented["rent"]) == pytest.approx((2.5125, 1.2875, 0.9))
    assert rented["break_even_uses"] == pytest.approx(10.25 / 1.125)
    assert automatic["cost_cached"] == pytest.approx(0.375)


def test_q13_what_does_an_agents_loop_cost_by_turn_and_from_which_turn_on_does_caching_pay(rows):
    """[FinOps] E5 at $3 and $15: a loop of one turn loses, one of two gains; 20 turns are $1.665 or $0.437775."""
    curve = rows(
        """
        select turn, cost_uncached as cum_none, cost_cached as cum_cached, hit_rate, first_profitable_turn
        from agent_loop(10000, 1000, 500, 20, timestamp '2025-10-15')
        where sku = 'claude-sonnet-4-5' and ttl_minutes = 5 and service_tier = 'standard'
        order by turn
        """
    )
    assert (curve[0]["cum_none"], curve[0]["cum_cached"]) == pytest.approx((0.0405, 0.04875))
    assert (curve[1]["cum_none"], curve[1]["cum_cached"]) == pytest.approx((0.0855, 0.065175))
    assert (curve[19]["cum_none"], curve[19]["cum_cached"]) == pytest.approx((1.665, 0.437775))
    assert curve[19]["hit_rate"] == pytest.approx(0.921782, abs=5e-7)
    assert {row["first_profitable_turn"] for row in curve} == {2}
    kept = rows(
        """
        select turns, usd_uncached, usd_cached, first_profitable_turn
        from marts.agent_loop_cost
        where sku = 'claude-sonnet-4-5' and ttl_minutes = 5 and context_over_tokens = 0 and turns in (50, 100)
            and valid_to is null
        order by turns
        """
    )
    assert [(row["usd_uncached"], row["usd_cached"]) for row in kept] == [
        pytest.approx((7.5375, 1.382775)),
        pytest.approx((26.325, 3.857775)),
    ]


def test_q14_what_does_it_cost_to_reach_a_score_through_time_and_how_fast_does_that_fall(rows):
    """[researcher] Claude 3.5 Sonnet's 56 on GPQA Diamond: the four steps and the rate that Epoch AI published of its
    own inputs. All its 21 rates are held in test_price_declines."""
    path = rows(
        """
        select strftime(on_date, '%Y-%m-%d') as on_date, source_model, score, usd_per_mtok
        from marts.price_to_reach
        where benchmark_id = 'gpqa-diamond' and price_basis = 'compiled' and blend = 'blend_3_1'
            and reasoning_models = 'excluded' and threshold = 56
        order by on_date
        """
    )
    (rate,) = rows(
        """
        select n, factor_per_year, ci90_low, ci90_high, r2, suppressed_reason
        from marts.price_decline
        where benchmark_id = 'gpqa-diamond' and price_basis = 'compiled' and blend = 'blend_3_1'
            and reasoning_models = 'excluded' and threshold = 56 and estimator = 'ols'
        """
    )
    assert [tuple(step.values()) for step in path] == [
        ("2024-06-20", "Claude-3.5-Sonnet-2024-06", 56, 6),
        ("2024-09-24", "Gemini-1.5-Pro-2024-09", 61, 2.19),
        ("2024-12-26", "DeepSeek-V3", 57, 0.4775),
        ("2025-02-05", "Gemini 2.0 Flash", 62, 0.175),
    ]
    assert (rate["n"], rate["suppressed_reason"]) == (4, None)
    assert [rate[name] for name in ("factor_per_year", "ci90_low", "ci90_high")] == pytest.approx(
        [251.15711308883266, 41.56132345563141, 1517.7547346984131], rel=1e-6
    )
    assert rate["r2"] == pytest.approx(0.98, abs=5.1e-3)


def test_q15_does_the_trend_survive_the_prices_in_force_another_estimator_and_the_models_that_reason(rows):
    """[researcher] Every variant of one threshold, Claude 3.5 Sonnet's on GPQA Diamond. As compiled it falls 251 times
    a year, with the models that reason 366 times, of five steps. With the price of the day of release, DeepSeek-V3's at
    that time below Gemini 2.0 Flash's, three steps are left, and no rate."""
    variants = rows(
        """
        select price_basis, blend, reasoning_models, estimator, n, factor_per_year, ci90_low, ci90_high,
            suppressed_reason
        from marts.price_decline
        where benchmark_id = 'gpqa-diamond' and variant = 'as compiled by Epoch AI, 2025-03' and threshold = 56
        """
    )
    assert {row["price_basis"] for row in variants} >= {"compiled", "release", "in_force"}
    for row in variants:
        assert (row["factor_per_year"] is None) == (row["suppressed_reason"] is not None) == (row["n"] < 4)
    found = {
        (row["price_basis"], row["reasoning_models"]): (row["n"], row["factor_per_year"])
        for row in variants
        if (row["blend"], row["estimator"]) == ("blend_3_1", "ols")
    }
    assert found["compiled", "excluded"] == (4, pytest.approx(251.157, abs=5.1e-4))
    assert found["compiled", "included"] == (5, pytest.approx(366.37, abs=5.1e-3))
    assert found["release", "excluded"] == found["in_force", "excluded"] == (3, None)
    compiled = {
        row["estimator"]: (row["ci90_low"], row["ci90_high"])
        for row in variants
        if (row["price_basis"], row["blend"], row["reasoning_models"]) == ("compiled", "blend_3_1", "excluded")
    }
    assert {estimator for estimator, interval in compiled.items() if interval == (None, None)} == {"end_points"}


def test_q16_which_models_are_on_the_frontier_of_cost_and_capability_on_a_day(rows):
    """[analyst] 69 runs of the Aider board, of which 18 have no known cost; of the others 8 are on the frontier."""
    found = rows(
        """
        select source_model, score, cost, on_frontier, excluded
        from marts.capability_frontier
        where benchmark_id = 'aider-polyglot' and method = 'run_cost' and as_of = timestamp '2025-11-01'
        order by score
        """
    )
    frontier = [row for row in found if row["on_frontier"]]
    assert (len(found), len(frontier), {row["excluded"] for row in found}) == (51, 8, {18})
    assert [row["cost"] for row in frontier] == sorted(row["cost"] for row in frontier)


def test_q17_how_did_a_price_index_of_tokens_move_matched_and_at_equal_quality(rows):
    """[analyst] 100 in the base period. If as much is spent on each SKU Törnqvist is Jevons; a list hardly changes, and
    a score becomes much cheaper: vendors cut prices by new models. The formulas have their oracles in
    test_price_index."""
    found = rows(
        """
        select period, base_period, jevons, fisher, tornqvist, geks, hedonic, n_matched
        from marts.price_index
        where token_class = 'blend_3_1' and weights = 'equal_expenditure'
        order by period
        """
    )
    for row in found:
        if row["base_period"] == row["period"]:
            assert (row["jevons"], row["fisher"], row["tornqvist"]) == pytest.approx((100, 100, 100))
        if row["jevons"] is not None:
            assert row["tornqvist"] == pytest.approx(row["jevons"])
            assert row["n_matched"] >= 4 or row["base_period"] == row["period"]
    last = [row for row in found if row["hedonic"] is not None and row["jevons"] is not None][-1]
    assert last["hedonic"] < 50 < last["jevons"]
