"""Of the questions that users ask, those that methods answer: each a query of the published file, with the known answer
where there is one. The others are in `test_twenty_questions`.
"""

import math

import pytest

#: Epoch AI's published rows of MMLU: steps, factor a year, its 90% interval, R2.
MMLU = {
    "GPT-3 175B (davinci)": (9, 11.7729, 8.2874, 16.7243, 0.96),
    "GPT-3.5": (7, 15.8309, 8.0547, 31.1146, 0.93),
    "GPT-3.5 Turbo": (6, 9.3472, 4.8010, 18.1986, 0.93),
    "GPT-4-0314": (5, 15.8568, 4.0857, 61.5410, 0.88),
    "GPT-4 Turbo": (5, 35.7912, 5.0270, 254.8265, 0.86),
}


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


@pytest.mark.parametrize("model", MMLU)
def test_q14_what_does_it_cost_to_reach_a_score_through_time_and_how_fast_does_that_fall(rows, model):
    """[researcher] The path and its rate, from Epoch AI's own inputs: its published rows."""
    path = rows(
        """
        select on_date, source_model, score, usd_per_mtok
        from marts.price_to_reach
        where benchmark_id = 'mmlu' and price_basis = 'compiled' and blend = 'blend_3_1'
            and reasoning_models = 'excluded' and threshold_model = ?
        order by on_date
        """,
        model,
    )
    (rate,) = rows(
        """
        select n, factor_per_year, ci90_low, ci90_high, r2, estimator, suppressed_reason
        from marts.price_decline
        where benchmark_id = 'mmlu' and price_basis = 'compiled' and blend = 'blend_3_1'
            and reasoning_models = 'excluded' and threshold_model = ? and estimator = 'ols'
        """,
        model,
    )
    n, factor, low, high, r2 = MMLU[model]
    assert rate["n"] == len(path) == n
    assert (rate["factor_per_year"], rate["ci90_low"], rate["ci90_high"]) == pytest.approx(
        (factor, low, high), abs=5.1e-5
    )
    assert rate["r2"] == pytest.approx(r2, abs=5.1e-3)
    assert [step["usd_per_mtok"] for step in path] == sorted((step["usd_per_mtok"] for step in path), reverse=True)


def test_q15_does_the_trend_survive_the_prices_in_force_another_estimator_and_the_models_that_reason(rows):
    """[researcher] Every variant of one threshold. From compiled prices GPT-4 on MMLU falls 15.86 times a year by least
    squares, 23.95 after Theil and Sen, 16.82 from end to end; what has fewer than four steps has no rate."""
    variants = rows(
        """
        select price_basis, blend, reasoning_models, estimator, n, factor_per_year, ci90_low, ci90_high,
            suppressed_reason
        from marts.price_decline
        where benchmark_id = 'mmlu' and threshold = 86
        """
    )
    assert {row["price_basis"] for row in variants} >= {"compiled", "release", "in_force"}
    assert {row["reasoning_models"] for row in variants} == {"included", "excluded"}
    for row in variants:
        assert (row["factor_per_year"] is None) == (row["suppressed_reason"] is not None) == (row["n"] < 4)
    found = {
        row["estimator"]: (row["factor_per_year"], row["ci90_low"], row["ci90_high"])
        for row in variants
        if (row["price_basis"], row["blend"], row["reasoning_models"]) == ("compiled", "blend_3_1", "excluded")
    }
    assert found["ols"] == pytest.approx((15.8568, 4.0857, 61.5410), abs=5.1e-5)
    assert found["theil_sen"] == pytest.approx((23.95, 3.97, 167), abs=5.1e-3)
    assert found["end_points"] == (pytest.approx(16.82, abs=5.1e-3), None, None)


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
