"""What it costs to reach a score, how fast that falls, and whether what is claimed of it holds. The recipe is Epoch
AI's (LLM inference prices have fallen rapidly but unequally across tasks, 2025); the expected rates are its published
rows, or worked out beside the test.
"""

from __future__ import annotations

import csv
import statistics
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import price_database
import pytest
from price_database import insert

from pipelines.methods import trends
from pipelines.methods.price_decline import METHOD, PATH
from pipelines.schemas.base import columns
from pipelines.schemas.trend_marts import PriceDecline

#: What Epoch AI published, with our names of the benchmarks and of GPT-3: lowest_price_models_results.csv of 2fdd9a8 in
#: epoch-research/llm-benchmark-efficiency, results/default/lowest_price_models_above_previous_frontier.
PUBLISHED = list(csv.DictReader((Path(__file__).parent / "golden/epoch_price_declines.csv").read_text().splitlines()))
COMPILED = "price_basis = 'compiled' and blend = 'blend_3_1' and reasoning_models = 'excluded'"
#: Of the steps on MMLU the slope after Theil and Sen with its interval, and the first step against the last, from the
#: notes on methods.
OTHERS = {
    "GPT-3 175B (davinci)": (10.37, 5.14, 16.42, 10.51),
    "GPT-3.5": (16.92, 4.70, 32.72, 21.48),
    "GPT-3.5 Turbo": (8.72, 4.02, 31.16, 8.34),
    "GPT-4-0314": (23.95, 3.97, 167.00, 16.82),
    "GPT-4 Turbo": (41.95, 4.36, 273.00, 34.99),
}


# ---- Published rows -------------------------------------------------------------------------------------------------


def decline(rows, model: str, estimator: str, benchmark: str = "mmlu") -> dict:
    (row,) = rows(
        f"from marts.price_decline where {COMPILED} and benchmark_id = ? and threshold_model = ? and estimator = ?",
        benchmark, model, estimator,
    )  # fmt: skip
    return row


@pytest.mark.parametrize("known", PUBLISHED, ids=lambda row: f"{row['benchmark_id']} {row['threshold_model']}")
def test_from_the_same_inputs_come_the_published_rates(rows, known):
    row = decline(rows, known["threshold_model"], "ols", known["benchmark_id"])
    assert row["threshold"] == float(known["threshold"])
    assert (row["n"], f"{row['start_date']:%F}", f"{row['end_date']:%F}") == (
        int(known["n"]), known["start_date"], known["end_date"],
    )  # fmt: skip
    for name in ("factor_per_year", "ci90_low", "ci90_high"):
        assert row[name] == pytest.approx(float(known[name]), rel=1e-6)
    assert row["r2"] == pytest.approx(float(known["r2"]), abs=5.1e-3)


def test_there_are_as_many_rates_as_were_published(rows):
    """They fall 9 to 851 times a year, half of them more than 46, as the notebook of the analysis prints."""
    found = rows(
        f"select factor_per_year from marts.price_decline where {COMPILED} and estimator = 'ols' and n >= 4 "
        "and variant = 'as compiled by Epoch AI, 2025-03'"
    )
    factors = sorted(row["factor_per_year"] for row in found)
    assert len(factors) == len(PUBLISHED) == 21
    assert [round(factor) for factor in (factors[0], statistics.median(factors), factors[-1])] == [9, 46, 851]


@pytest.mark.parametrize("model", OTHERS)
def test_other_estimators_stand_beside_it(rows, model):
    slope, low, high, ends = OTHERS[model]
    sen = decline(rows, model, "theil_sen")
    assert (sen["factor_per_year"], sen["ci90_low"], sen["ci90_high"]) == pytest.approx((slope, low, high), abs=6e-3)
    assert decline(rows, model, "end_points")["factor_per_year"] == pytest.approx(ends, abs=6e-3)


def test_bootstraps_give_the_intervals_of_the_notes_on_methods(rows):
    """10,000 samples from numpy's generator seeded with 20250312."""
    pairs = decline(rows, "GPT-3 175B (davinci)", "pairs_bootstrap")
    assert (pairs["ci90_low"], pairs["ci90_high"]) == pytest.approx((6.88, 15.94), abs=6e-3)
    residual = decline(rows, "GPT-3 175B (davinci)", "residual_bootstrap")
    assert (residual["ci90_low"], residual["ci90_high"]) == pytest.approx((9.03, 15.48), abs=6e-3)


def test_every_rate_says_how_it_was_drawn_and_from_how_much(rows):
    assert rows("from marts.price_decline where (factor_per_year is null) = (suppressed_reason is null)") == []
    assert rows("from marts.price_decline where (n < 4) <> (suppressed_reason is not null)") == []
    assert rows("from marts.price_decline where estimator <> 'end_points' and n >= 4 and ci90_low is null") == []
    assert {row["estimator"] for row in rows("select distinct estimator from marts.price_decline")} == {
        *trends.ESTIMATORS
    }


def test_a_rate_of_less_than_a_year_is_said_to_be_extrapolated(rows):
    """Each row by its own days; and one path of Epoch AI's that lasts 1,048 days, from 2021-11-20 to 2024-10-03."""
    assert rows("from marts.price_decline where span_days <> date_diff('day', start_date, end_date)") == []
    assert rows("from marts.price_decline where is_extrapolated <> (span_days < 365)") == []
    row = decline(rows, "GPT-3 175B (davinci)", "ols")
    assert (row["span_days"], row["is_extrapolated"]) == (1048, False)
    assert rows("from marts.price_decline where is_extrapolated and factor_per_year is not null") != []


def test_a_rate_leads_back_to_the_scores_and_prices_of_its_path(rows):
    row = decline(rows, "GPT-3.5", "ols")
    found = {fact["fact_table"] for fact in rows("from facts.fact where list_contains(?, fact_id)", row["fact_ids"])}
    assert found == {"facts.capability_score", "facts.blended_price"}


# ---- What is priced -------------------------------------------------------------------------------------------------


def test_a_retired_name_prices_the_model_that_answers_to_it(rows):
    """xAI: after 2026-05-15 12:00 in California requests to these names go to Grok 4.3, at 1.25 and 2.50 dollars; their
    own models had cost 3 and 15, or 0.20 and 1.50, and had no cut."""
    retired = rows(
        "from marts.model_price where knowledge = 'now' and model_id in ('grok-3', 'grok-4', 'grok-code-fast-1') "
        "and (in_force_to is null or in_force_to > timestamp '2026-05-15 19:00:00' or input_usd_per_mtok = 1.25)"
    )
    assert retired == []
    assert rows("from marts.model_price where model_id = 'grok-4.3' and input_usd_per_mtok = 1.25") != []


def test_a_name_prices_each_model_that_it_meant(rows):
    """By DeepSeek's change log deepseek-reasoner was R1-0528 from 2025-05-28 to 2025-08-21, at 0.55 and 2.19."""
    priced = rows(
        "select distinct sku, input_usd_per_mtok, output_usd_per_mtok from marts.model_price "
        "where knowledge = 'now' and model_id = 'deepseek-r1-0528' and is_first_party"
    )
    assert priced == [{"sku": "deepseek-reasoner", "input_usd_per_mtok": 0.55, "output_usd_per_mtok": 2.19}]


def test_a_disputed_score_reaches_no_threshold(rows):
    """Epoch AI has 43.9 of GPT-3 three times, which is the benchmark's own paper's, and 63.1 on the day of its end."""
    assert rows("from marts.price_to_reach where model_id = 'gpt-3' and score <> 43.9") == []
    assert rows("from marts.price_to_reach where benchmark_id = 'mmlu' and threshold = 63.1") == []


# ---- The path -------------------------------------------------------------------------------------------------------


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        price_database.create(connection)
        insert(connection, "ref.benchmark", benchmark_id="quiz", name="Quiz", scale="percent", score_low=0,
               score_high=100, chance_score=25)  # fmt: skip
        yield connection


def model(database, model_id: str, day: str, score: float, *, reasoning: bool | None = False, **more: object) -> None:
    """A model, with its score at the quiz."""
    insert(database, "ref.model", model_id=model_id, name=model_id, organization_id="lab",
           released_on=day, is_reasoning=reasoning)  # fmt: skip
    insert(database, "facts.capability_score", fact_id=f"score-{model_id}", model_id=model_id, source_model=model_id,
           source_id="s", benchmark_id="quiz", variant="v", score=score, status="active",
           modality="observed", **more)  # fmt: skip


def listed(
    database, model_id: str, amount: float, since: str, until: str | None = None, provider: str = "lab",
    known: str | None = None,
) -> None:  # fmt: skip
    """A list price of a model: so much for input and for output; known since it holds, or since a day before."""
    for number, token_class in enumerate(("input", "output")):
        insert(database, "marts.api_price", fact_id=f"{provider}-{model_id}-{token_class}-{since}", model_id=model_id,
               provider_id=provider, sku=model_id, token_class=token_class, unit="currency_per_mtok",
               service_tier="standard", context_over_tokens=0, currency="USD", amount=amount, usd_per_mtok=amount,
               valid_from=since, valid_to=until, known_from=known or since, confidence="A",
               series_id=number)  # fmt: skip


def path(database, price_basis: str, threshold: float, *, reasoning_models: str = "included") -> list[tuple]:
    price_database.make(database, "marts.model_price", "marts.price_to_reach")
    found = database.execute(
        "select strftime(on_date, '%Y-%m-%d'), source_model, usd_per_mtok from marts.price_to_reach "
        "where price_basis = ? and threshold = ? and reasoning_models = ? and blend = 'blend_3_1' order by on_date",
        [price_basis, threshold, reasoning_models],
    )
    return found.fetchall()


def test_a_step_is_cheaper_than_all_before_and_of_one_day_the_cheapest_counts(database):
    for name, day, score, amount in [
        ("first", "2024-01-01", 50, 10), ("dearer", "2024-02-01", 60, 12), ("as-dear", "2024-03-01", 55, 10),
        ("worse", "2024-03-01", 40, 1), ("cheap", "2024-04-01", 50, 5), ("cheaper", "2024-04-01", 51, 4),
    ]:  # fmt: skip
        model(database, name, day, score)
        listed(database, name, amount, day)
    assert path(database, "release", 50) == [("2024-01-01", "first", 10), ("2024-04-01", "cheaper", 4)]


def test_thresholds_are_scores_that_were_once_the_best_and_lie_well_above_chance(database):
    for name, day, score in [
        ("guesser", "2024-01-01", 29), ("first", "2024-02-01", 50), ("second-best", "2024-03-01", 49),
        ("best", "2024-04-01", 70), ("perfect", "2024-05-01", 100),
    ]:  # fmt: skip
        model(database, name, day, score)
        listed(database, name, 1, day)
    price_database.make(database, "marts.model_price", "marts.price_to_reach")
    found = database.execute("select distinct threshold from marts.price_to_reach order by all").fetchall()
    assert found == [(50,), (70,)]


def test_a_score_that_its_source_took_back_is_none(database):
    for name, day, score, more in [
        ("first", "2024-01-01", 50, {}), ("withdrawn", "2024-02-01", 90, {"known_to": datetime(2024, 3, 1)}),
    ]:  # fmt: skip
        model(database, name, day, score, **more)
        listed(database, name, 10 if score == 50 else 1, day)
    assert path(database, "release", 50) == [("2024-01-01", "first", 10)]
    assert path(database, "release", 90) == []


def test_a_step_names_its_scores_and_the_two_rates_of_its_price(database):
    for name, day in (("first", "2024-01-01"), ("cheap", "2024-02-01")):
        model(database, name, day, 50)
        listed(database, name, 10 if name == "first" else 1, day)
        listed(database, f"{name}-also", 10, day)
        insert(database, "ref.model_alias", namespace="lab-api", alias=f"{name}-also", model_id=name)
    path(database, "release", 50)
    found = database.execute(
        "select fact_ids from marts.price_to_reach where source_model = 'cheap' and price_basis = 'release' "
        "and reasoning_models = 'included' and blend = 'blend_3_1'"
    )
    assert found.fetchall() == [
        (["lab-cheap-input-2024-02-01", "lab-cheap-output-2024-02-01", "score-cheap", "score-first"],)
    ]


def test_a_model_that_reasons_may_be_left_out(database):
    for name, day, reasons, amount in [("plain", "2024-01-01", False, 10), ("thinker", "2024-02-01", True, 1)]:
        model(database, name, day, 50, reasoning=reasons)
        listed(database, name, amount, day)
    assert [step[1] for step in path(database, "release", 50)] == ["plain", "thinker"]
    assert [step[1] for step in path(database, "release", 50, reasoning_models="excluded")] == ["plain"]


@pytest.mark.parametrize(("effort", "left"), [("high", ["plain"]), ("no thinking", ["plain", "unsaid"])])
def test_a_model_of_which_nobody_says_so_reasons_if_any_board_ran_it_with_an_effort(database, effort, left):
    for name, day, reasons, amount in [("plain", "2024-01-01", False, 10), ("unsaid", "2024-02-01", None, 1)]:
        model(database, name, day, 50, reasoning=reasons)
        listed(database, name, amount, day)
    insert(database, "facts.capability_score", fact_id="elsewhere", model_id="unsaid", source_model="unsaid",
           source_id="s", benchmark_id="other", variant="v", score=1, status="active", modality="observed",
           effort=effort)  # fmt: skip
    assert [step[1] for step in path(database, "release", 50, reasoning_models="excluded")] == left


def test_a_later_list_is_never_stamped_on_the_day_of_release_unless_that_is_asked_for(database):
    """DeepSeek-V3: 0.14/0.28 until 2025-02-08, then 0.27/1.10; a cut of a month later is a step of its own day."""
    model(database, "m", "2024-12-26", 50)
    listed(database, "m", 4, "2024-12-26", "2025-02-08")
    listed(database, "m", 9, "2025-02-08", "2025-03-08")
    listed(database, "m", 2, "2025-03-08")
    assert path(database, "release", 50) == [("2024-12-26", "m", 4)]
    assert path(database, "in_force", 50) == [("2024-12-26", "m", 4), ("2025-03-08", "m", 2)]
    assert path(database, "latest", 50) == [("2024-12-26", "m", 2)]


def test_a_list_that_is_announced_reaches_nothing_and_one_whose_end_is_announced_still_does(database):
    """Known on 2025-06-01: a cut in 2027, until when the old list is in force."""
    model(database, "m", "2025-01-01", 50)
    listed(database, "m", 4, "2025-01-01", "2027-01-01")
    listed(database, "m", 2, "2027-01-01", known="2025-06-01")
    assert path(database, "in_force", 50) == path(database, "latest", 50) == [("2025-01-01", "m", 4)]


def test_without_a_list_on_the_day_of_release_the_first_known_one_counts_from_its_own_day(database):
    model(database, "m", "2024-12-26", 50)
    listed(database, "m", 3, "2025-01-10")
    assert path(database, "release", 50) == [("2025-01-10", "m", 3)]


def test_blends_weigh_input_and_output_as_they_say(database):
    """GPT-4: 30 and 60 are (3 x 30 + 60) / 4 = 37.5, and (30 + 60) / 2 = 45."""
    model(database, "gpt-4", "2023-03-14", 86)
    listed(database, "gpt-4", 30, "2023-03-14")
    database.execute("update marts.api_price set amount = 60, usd_per_mtok = 60 where token_class = 'output'")
    path(database, "release", 86)
    found = database.execute(
        "select blend, usd_per_mtok from marts.price_to_reach "
        "where price_basis = 'release' and reasoning_models = 'included' order by blend"
    )
    assert found.fetchall() == [("blend_1_1", 45), ("blend_3_1", 37.5)]


def declines(paths: pl.DataFrame, last: pl.DataFrame | None = None) -> pl.DataFrame:
    """The rates of these paths, where those of `last` were told before: by default none."""
    if last is None:
        last = pl.DataFrame(schema={column.name: column.dtype for column in columns(PriceDecline)})
    frames = {"marts.price_to_reach": paths, "marts.price_decline": last.select(METHOD.reuses).unique()}
    return METHOD.make(frames).sort(*PATH, "estimator")


def halving(database: duckdb.DuckDBPyConnection, models: int) -> pl.DataFrame:
    """The paths to the scores of as many models, each month a better one at half the price, from 8 dollars on."""
    for number in range(models):
        model(database, f"m{number}", f"2024-0{number + 1}-01", 50 + number)
        listed(database, f"m{number}", 8 / 2**number, f"2024-0{number + 1}-01")
    price_database.make(database, "marts.model_price", "marts.price_to_reach")
    return database.sql("from marts.price_to_reach where blend = 'blend_3_1' and price_basis = 'release'").pl()


def test_below_four_steps_there_is_no_rate_and_the_reason_says_so(database):
    paths = halving(database, 4)
    found = declines(paths).filter(estimator="ols", reasoning_models="included")
    assert found.select("threshold", "n", "suppressed_reason").sort("threshold").rows() == [
        (50, 4, None),
        (51, 3, "3 steps, of which a rate needs 4"),
        (52, 2, "2 steps, of which a rate needs 4"),
        (53, 1, "1 step, of which a rate needs 4"),
    ]
    assert found.filter(threshold=51)["factor_per_year"].to_list() == [None]


def test_the_rate_of_steps_that_were_told_before_is_told_again_and_of_others_anew(database):
    """To work out the rates of all paths takes seconds of a run in which one price changed."""
    paths = halving(database, 5)
    before = declines(paths)
    marked = before.with_columns(factor_per_year=pl.col("factor_per_year") + 1)
    dearer = paths.with_columns(
        usd_per_mtok=pl.when(threshold=50).then(pl.col("usd_per_mtok") + 1).otherwise("usd_per_mtok")
    )

    assert declines(paths, marked).equals(marked)
    again = declines(dearer, marked)
    assert again.filter(threshold=51).equals(marked.filter(threshold=51))
    assert again.filter(threshold=50).equals(declines(dearer).filter(threshold=50))
    assert set(before["steps_id"]) & set(again.filter(threshold=50)["steps_id"]) == set()


def test_a_price_that_halves_every_half_year_falls_by_four_a_year():
    import numpy as np

    days = np.array([datetime(2024, 1, 1).toordinal() + 182.5 * half for half in range(5)])
    logs = np.log10([16, 8, 4, 2, 1])
    assert {name: rate.factor for name, rate in trends.rates(days, logs).items()} == {
        name: pytest.approx(4) for name in trends.ESTIMATORS
    }


# ---- Claims ---------------------------------------------------------------------------------------------------------


def test_a_claim_of_one_score_blend_and_period_is_held_against_the_measured_rate(rows):
    """AI Index 2025: 280-fold in 18 months is 280^(1/1.5) = 42.8 a year; measured at GPT-3.5's 64.8 are 15.83."""
    (row,) = rows("from marts.trend_claim_check where fact_id = 'ai-index-2025-decline'")
    assert row["factor_low"] == pytest.approx(280 ** (1 / 1.5))
    assert row["measured_factor"] == pytest.approx(15.8309, abs=5.1e-5)
    assert (row["verdict"], row["measured_n"]) == ("contradicted", 7)
    assert "above" in row["reason"]


def test_a_claim_that_names_other_days_than_its_period_is_told_what_they_make_of_it(rows):
    """November 2022 to October 2024 are 23 months, or 700 days: 280^(365/700) = 18.9 a year, within 8.05 to 31.1."""
    (row,) = rows("from marts.trend_claim_check where fact_id = 'ai-index-2025-decline'")
    assert "over the 23 months between the days that it names" in row["reason"]
    assert row["reason"].endswith("a factor of 18.9")


def test_a_claim_of_a_spread_is_held_against_all_measured_rates(rows):
    """Epoch AI: 9 to 900 a year. Of its 21 published rates those of a year or more go from 9.24 to 172.3, and all above
    are of less, the greatest 851.2."""
    seen = [
        float(row["factor_per_year"])
        for row in PUBLISHED
        if (datetime.fromisoformat(row["end_date"]) - datetime.fromisoformat(row["start_date"])).days >= 365
    ]
    (row,) = rows("from marts.trend_claim_check where fact_id = 'epoch-inference-price-decline'")
    assert (row["factor_low"], row["factor_high"], row["verdict"], row["measured_n"]) == (9, 900, "supported", 15)
    assert (row["measured_low"], row["measured_factor"], row["measured_high"]) == (
        pytest.approx(min(seen), rel=1e-6), pytest.approx(statistics.median(seen), rel=1e-6),
        pytest.approx(max(seen), rel=1e-6),
    )  # fmt: skip
    assert [round(min(seen), 2), round(max(seen), 1), len(seen)] == [9.24, 172.3, 15]
    assert row["reason"].endswith("they go from 9.2 to 172.3; 6 drawn from less than a year go up to 851.2")


def claim(
    database, factor: float | None, *, extrapolated: bool = False, basis: str = "release", **more: object
) -> dict:
    """A claim of a yearly factor at a score of 50, held against a measured 10 (5 to 20) from 2022 to 2024."""
    insert(database, "facts.trend_claim", **{
        "fact_id": "c", "status": "active", "modality": "observed", "object": "inference_price_at_capability",
        "stated": factor, "stated_unit": "decline_factor", "period_years": 1.0, "benchmark_id": "quiz",
        "threshold": 50, "blend": "blend_3_1", "known_from": "2024-06-01", **more,
    })  # fmt: skip
    insert(database, "marts.price_decline", benchmark_id="quiz", variant="v", price_basis=basis,
           blend="blend_3_1", reasoning_models="excluded", threshold=51, estimator="ols", n=5, factor_per_year=10,
           ci90_low=5, ci90_high=20, start_date="2022-01-01", end_date="2024-01-01", is_extrapolated=extrapolated,
           fact_ids=["f"])  # fmt: skip
    price_database.make(database, "marts.trend_claim_check")
    (row,) = price_database.rows(database, "from marts.trend_claim_check")
    return row


#: A claim of no score; of such, the prices that the sources of scores compiled are looked at.
SPREAD = {"benchmark_id": None, "threshold": None, "basis": "compiled"}


@pytest.mark.parametrize(
    ("factor", "more", "verdict", "reason"),
    [
        (20, {}, "supported", "meets the 90% interval"),
        (21, {}, "contradicted", "above"),
        (4, {}, "contradicted", "below"),
        (10, {"blend": "blend_1_1"}, "not_comparable", "no measured path"),
        (10, {"threshold": 60}, "not_comparable", "no measured path"),
        (10, {"threshold": 49}, "not_comparable", "no measured path"),
        (10, {"valid_from": "2024-02-01"}, "not_comparable", "no measured path"),
        (10, {"extrapolated": True}, "not_comparable", "over a year"),
        (10, {"benchmark_id": None, "threshold": None}, "not_comparable", "no benchmark"),
        (None, SPREAD | {"stated_low": 9.0, "stated_high": 11.0}, "supported", "the 1 measured rates"),
        (None, SPREAD | {"stated_low": 11.0, "stated_high": 20.0}, "contradicted", "not all of the 1 measured"),
        (None, SPREAD | {"stated_low": 5.0, "stated_high": 9.0}, "contradicted", "they go from 10.0 to 10.0"),
        (
            None,
            SPREAD | {"stated_low": 9.0, "stated_high": 11.0, "extrapolated": True},
            "not_comparable",
            "no benchmark",
        ),
        (None, SPREAD | {"stated_low": 9.0, "stated_high": 11.0, "basis": "release"}, "not_comparable", "no benchmark"),
        (10, {"object": "inference_cost"}, "not_comparable", "no capability"),
        (10, {"object": "training_cost"}, "not_testable", "training cost"),
        (10, {"period_years": None}, "not_testable", "no period"),
        (10, {"modality": "forecast"}, "not_testable", "forecast"),
    ],
)
def test_a_verdict_has_its_reason(database, factor, more, verdict, reason):
    row = claim(database, factor, **more)
    assert row["verdict"] == verdict
    assert reason in row["reason"]
    assert (row["measured_factor"] is None) == (verdict not in ("supported", "contradicted"))
