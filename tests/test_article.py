"""What the article says, and what follows from it. Expected values are the article's own, or arithmetic on them that
stands beside the query; `D..` are the ids under which the arithmetic was first written down.
"""

import math

import pytest

RATIO = "select ratio from marts.training_cost_ratio where cost_fact_id = ? and base_cost_fact_id = 'article-F036'"
COUNTS = "select ratio from marts.compute_ratio where count_fact_id = ? and base_count_fact_id = ?"
AMOUNT = "(select cast(amount as double) from facts.training_cost where fact_id = '{}')"
COUNT = "(select cast(amount as double) from facts.compute where fact_id = '{}')"
V3 = AMOUNT.format("article-F036")
TCO = AMOUNT.format("article-F039")
V3_HOURS = COUNT.format("article-F044")
LLAMA_HOURS = COUNT.format("article-F046")
V3_PRICE = "(select usd_per_gpu_hour from marts.gpu_hour_cost where cost_fact_id = 'article-F036')"
RUN = "select {} from marts.training_run where model_id = '{}' and stage = '{}'"
CLAIM = "select {} from marts.trend_claim_check where fact_id = '{}'"

DERIVED = {
    # id: (query, expected)
    "D01": ("select " + V3_PRICE, 5_576_000 / 2_788_000),
    "D02": (RUN.format("wall_clock_hours", "deepseek-v3", "full_run"), 2_788_000 / 2048),
    "D03": (RUN.format("wall_clock_days", "deepseek-v3", "full_run"), 2_788_000 / 2048 / 24),
    "D03b": (
        "select pre.gpu_hours / whole.gpu_count / 24 from marts.training_run as pre, marts.training_run as whole "
        "where pre.model_id = 'deepseek-v3' and pre.stage = 'pretraining' "
        "and whole.model_id = 'deepseek-v3' and whole.stage = 'full_run'",
        2_664_000 / 2048 / 24,
    ),
    "D04 pretraining": (
        RUN.format(f"gpu_hours * {V3_PRICE}", "deepseek-v3", "pretraining"),
        2_664_000 * 2,
    ),
    "D06": (
        "select c.amount * p.amount from facts.compute as c, facts.hardware_price as p "
        "where c.fact_id = 'article-F008' and p.fact_id = 'article-F009'",
        200_000 * 30_000,
    ),
    "D11": (COUNTS, 30_840_000 / 2_788_000, "article-F046", "article-F044"),
    "D12": (f"select 100 * {V3_HOURS} / {LLAMA_HOURS}", 100 * 2.788 / 30.84),
    "D13": (f"select {LLAMA_HOURS} * {V3_PRICE}", 30_840_000 * 2),
    "D14a": (RATIO, 78_000_000 / 5_576_000, "article-F031"),
    "D14c": (RATIO, 100_000_000 / 5_576_000, "article-F033"),
    "D14d": (f"select {LLAMA_HOURS} * {V3_PRICE} / {V3}", 61_680_000 / 5_576_000),
    "D14e": (RATIO, 2_573_000_000 / 5_576_000, "article-F039"),
    "D15": (
        "select 100 * ratio from marts.training_cost_ratio "
        "where cost_fact_id = 'article-F036' and base_cost_fact_id = 'article-F039'",
        100 * 5_576_000 / 2_573_000_000,
    ),
    "D16": ("select amount / horizon_years from facts.training_cost where fact_id = 'article-F039'", 2_573_000_000 / 4),
    "D17": (
        "select amount / (horizon_years * 365.25) from facts.training_cost where fact_id = 'article-F039'",
        2_573_000_000 / (4 * 365.25),
    ),
    "D18": (f"select {V3} / ({TCO} / (4 * 365.25))", 5_576_000 / (2_573_000_000 / (4 * 365.25))),
    "D19": (
        f"select ({TCO} - {AMOUNT.format('semianalysis-deepseek-opex-4y')}) / 1e6",
        2573 - 944,
    ),
    "D38a factor": (CLAIM.format("factor_low", "article-F068"), 1 / (1 - 0.75)),
    "D38a half-life": (CLAIM.format("half_life_months", "article-F068"), 12 * math.log(2) / math.log(4)),
    "D38a orders of magnitude": (CLAIM.format("oom_per_year_low", "article-F068"), math.log10(4)),
    "D38a monthly": (CLAIM.format("decline_per_month_low", "article-F068"), 1 - 0.25 ** (1 / 12)),
    "D38b factor": (CLAIM.format("factor_low", "article-F069"), 1 / (1 - 0.85)),
    "D38b half-life": (CLAIM.format("half_life_months_high", "article-F069"), 12 * math.log(2) / math.log(1 / 0.15)),
    "D38b orders of magnitude": (CLAIM.format("oom_per_year_low", "article-F069"), -math.log10(0.15)),
    "D38b monthly": (CLAIM.format("decline_per_month_low", "article-F069"), 1 - 0.15 ** (1 / 12)),
    "D38c factor": (CLAIM.format("factor_high", "article-F069"), 1 / (1 - 0.90)),
    "D38c half-life": (CLAIM.format("half_life_months_low", "article-F069"), 12 * math.log(2) / math.log(10)),
    "D38c monthly": (CLAIM.format("decline_per_month_high", "article-F069"), 1 - 0.1 ** (1 / 12)),
    "D38c Wang": (CLAIM.format("factor_high", "article-F070"), 1 / 0.1),
    "D39a": (CLAIM.format("power(total_factor_low, 1.0 / 2)", "article-F072"), 1200 ** (1 / 2)),
    "D39b": (CLAIM.format("power(total_factor_low, 1.0 / 3)", "article-F072"), 1200 ** (1 / 3)),
    "D39c": (CLAIM.format("power(total_factor_low, 1.0 / 4)", "article-F072"), 1200 ** (1 / 4)),
    "D40": (CLAIM.format("log10(total_factor_low)", "article-F072"), math.log10(1200)),
    "D41": (
        "select ln(long.total_factor_low) / ln(yearly.factor_low) from marts.trend_claim_check as long, "
        "marts.trend_claim_check as yearly "
        "where long.fact_id = 'article-F072' and yearly.fact_id = 'amodei-training-cost-decline'",
        math.log(1200) / math.log(4),
    ),
    "D45": (RUN.format("gpu_hours", "s1-32b", "fine_tuning"), 16 * 26 / 60),
    "D46": (
        "select c.amount_high / r.gpu_hours from facts.training_cost as c, marts.training_run as r "
        "where c.fact_id = 'article-F011' and r.model_id = 's1-32b'",
        50 / (16 * 26 / 60),
    ),
    "D47": (f"select gpu_hours * {V3_PRICE} from marts.training_run where model_id = 's1-32b'", 16 * 26 / 60 * 2),
    "D48": ("select 1 / amount from facts.compute where fact_id = 'article-F061'", 1 / 0.4),
    "D49 LLaMA2 7B": (
        "select 100 * ratio from marts.compute_ratio where metric = 'forward_flop_per_4k_tokens' "
        "and subject_id = 'deepseekmoe-16b' and base_subject_id = 'llama-2-7b'",
        100 * 74.4 / 187.9,
    ),
    "D49 DeepSeek 7B": (
        "select 100 * ratio from marts.compute_ratio where metric = 'forward_flop_per_4k_tokens' "
        "and subject_id = 'deepseekmoe-16b' and base_subject_id = 'deepseek-llm-7b'",
        100 * 74.4 / 183.5,
    ),
    "D50": (RUN.format("flop", "deepseek-v3", "pretraining"), 6 * 37e9 * 14.8e12),
    "D51": (
        "select r.flop / (r.gpu_hours * 3600 * h.peak_flop_fp8) from marts.training_run as r, ref.hardware as h "
        "where r.model_id = 'deepseek-v3' and r.stage = 'pretraining' and h.hardware_id = 'h800-pcie'",
        6 * 37e9 * 14.8e12 / (2_664_000 * 3600 * 1.513e15),
    ),
    "D51b": (
        "select r.flop / (2688000.0 * 3600 * h.peak_flop_fp8) from marts.training_run as r, ref.hardware as h "
        "where r.model_id = 'deepseek-v3' and r.stage = 'pretraining' and h.hardware_id = 'h800-pcie'",
        6 * 37e9 * 14.8e12 / (2_688_000 * 3600 * 1.513e15),
    ),
    "D52": (
        RUN.format("mfu_fp8", "deepseek-v3", "pretraining"),
        6 * 37e9 * 14.8e12 / (2_664_000 * 3600 * 1.979e15),
    ),
    "D52b": (
        "select c.amount / h.peak_flop_fp8 from facts.compute as c, ref.hardware as h "
        "where c.metric = 'flop_per_second_per_gpu' and c.subject_id = 'deepseek-v3' and h.hardware_id = 'h800-sxm5'",
        385 / 1979,
    ),
    "D53": (RUN.format("flop", "llama-3.1-405b", "full_run"), 6 * 405e9 * 15.6e12),
    "D54": (
        RUN.format("mfu_bf16", "llama-3.1-405b", "full_run"),
        6 * 405e9 * 15.6e12 / (30_840_000 * 3600 * 989.5e12),
    ),
    "D55": (
        f"select gpu_hours * {V3_PRICE} / flop from marts.training_run "
        "where model_id = 'deepseek-v3' and stage = 'pretraining'",
        2 * 2_664_000 / (6 * 37e9 * 14.8e12),
    ),
    "D56": (
        f"select gpu_hours * {V3_PRICE} / flop from marts.training_run where model_id = 'llama-3.1-405b'",
        2 * 30_840_000 / (6 * 405e9 * 15.6e12),
    ),
    "D57": (
        "select llama.flop / v3.flop from marts.training_run as llama, marts.training_run as v3 "
        "where llama.model_id = 'llama-3.1-405b' and v3.model_id = 'deepseek-v3' and v3.stage = 'pretraining'",
        (405 * 15.6) / (37 * 14.8),
    ),
    "D58": (RUN.format("gpu_hours_per_trillion_tokens", "deepseek-v3", "pretraining"), 2_664_000 / 14.8),
    "D59": (
        "select pre.gpu_hours_per_trillion_tokens / whole.gpu_count / 24 "
        "from marts.training_run as pre, marts.training_run as whole "
        "where pre.model_id = 'deepseek-v3' and pre.stage = 'pretraining' "
        "and whole.model_id = 'deepseek-v3' and whole.stage = 'full_run'",
        2_664_000 / 14.8 / 2048 / 24,
    ),
    "D60 R1-Zero": (RUN.format("gpu_hours", "deepseek-r1-zero", "post_training"), 512 * 198),
    "D60 R1": (RUN.format("gpu_hours", "deepseek-r1", "post_training"), 512 * 80),
    "D60 total": (
        "select sum(gpu_hours) from marts.training_run where model_id in ('deepseek-r1', 'deepseek-r1-zero')",
        512 * 198 + 512 * 80 + 5000,
    ),
    "D60b": (
        "select c.amount * r.wall_clock_hours from facts.compute as c, marts.training_run as r "
        "where c.subject_id = 'deepseek-r1-zero' and c.status = 'retracted' and c.metric = 'gpu_count' "
        "and r.model_id = 'deepseek-r1-zero'",
        648 * 198,
    ),
    "D61": (
        "select (v3.amount + r1.amount) / 1e6 from facts.training_cost as v3, facts.training_cost as r1 "
        "where v3.fact_id = 'article-F036' and r1.cost_basis = 'rl_increment' and r1.amount = 294000",
        5.576 + 0.294,
    ),
    "D62": (RUN.format("gpu_hours_counted", "llama-3.1-405b", "full_run"), 16_384 * 2_142),
    "D63": (
        "select r.gpu_hours_counted * p.amount from marts.training_run as r, facts.hardware_price as p "
        "where r.model_id = 'llama-3.1-405b' and p.hardware_id = 'h100-sxm5' and p.price_kind = 'reserved_3y'",
        16_384 * 2_142 * 4.86,
    ),
    "D64": (
        f"select r.gpu_hours_counted * p.amount / ({LLAMA_HOURS} * {V3_PRICE}) "
        "from marts.training_run as r, facts.hardware_price as p "
        "where r.model_id = 'llama-3.1-405b' and p.hardware_id = 'h100-sxm5' and p.price_kind = 'reserved_3y'",
        (4.86 / 2) * (35.094528 / 30.84),
    ),
}


@pytest.mark.parametrize("name", DERIVED)
def test_what_follows_from_the_article_is_a_query_away(rows, name):
    sql, expected, *values = DERIVED[name]
    (row,) = rows(sql, *values)
    assert float(next(iter(row.values()))) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("count", "base", "ratio", "comparable"),
    [
        ("article-F008", "article-F010", 200_000 / 10_000, True),  # D07: fleet and fleet
        ("article-F008", "article-F043", 200_000 / 2_048, False),  # D08: fleet and run
        ("article-F010", "article-F043", 10_000 / 2_048, False),  # D09: one maker, two scopes
        ("article-F046", "article-F044", 30_840_000 / 2_788_000, True),
    ],
)
def test_gpu_counts_of_a_run_and_of_a_fleet_stay_apart(rows, count, base, ratio, comparable):
    (row,) = rows("select * from marts.compute_ratio where count_fact_id = ? and base_count_fact_id = ?", count, base)
    assert row["ratio"] == pytest.approx(ratio)
    assert row["comparable"] is comparable
    assert (row["reason"] is None) is comparable
    if not comparable:
        assert "fleet v. run" in row["reason"]


@pytest.mark.parametrize(
    ("cost", "base", "reason"),
    [
        ("article-F031", "article-F036", "cost basis differs: run_cloud_cud v. run_rental"),
        ("article-F031", "article-F036", "price year differs: 2023 v. nominal"),
        ("article-F033", "article-F036", "cost basis unstated"),
        ("article-F039", "article-F036", "cost basis differs: tco_4y v. run_rental"),
        ("article-F036", "article-F011", "cost basis differs: run_rental v. cloud_fee_finetune"),
        ("article-F041", "article-F039", "cost basis differs: industry_invest v. tco_4y"),
    ],
)
def test_costs_of_two_kinds_are_not_called_comparable(rows, cost, base, reason):
    (row,) = rows(
        "select * from marts.training_cost_ratio where cost_fact_id = ? and base_cost_fact_id = ?", cost, base
    )
    assert row["comparable"] is False
    assert reason in row["reason"]


def test_llamas_bound_over_v3_is_a_bound_and_comparable(rows):
    (row,) = rows(RATIO.replace("select ratio", "select *"), "article-F032")  # D14b: over 60 million / 5.576 million
    assert row["ratio_low"] == pytest.approx(60_000_000 / 5_576_000)
    assert (row["ratio"], row["ratio_high"], row["qualifier"]) == (None, None, "at_least")
    assert row["comparable"] is True


def test_v3_over_less_than_fifty_dollars_is_more_than_111520(rows):
    (row,) = rows(
        "select * from marts.fact_ratio where numerator_fact_id = 'article-F036' "
        "and denominator_fact_id = 'article-F011'"
    )  # D44
    assert row["ratio_low"] == pytest.approx(5_576_000 / 50)
    assert (row["ratio"], row["ratio_high"], row["qualifier"], row["low_inclusive"]) == (None, None, "at_least", False)


def test_buying_the_chips_is_not_divided_by_renting_them(rows):
    # D10: 200,000 x $30,000 over $5.576M would be 1,076; no mart offers it.
    assert rows("select * from marts.training_cost_ratio where ratio between 1076 and 1076.1") == []


def test_the_cost_of_r1_in_the_lead_is_superseded_by_v3s_with_the_reason(rows):
    (lead,) = rows("select * from facts.training_cost where fact_id = 'article-F005'")
    (canonical,) = rows("select * from facts.training_cost where fact_id = 'article-F036'")
    assert (lead["subject_id"], lead["status"], lead["superseded_by"]) == ("deepseek-r1", "superseded", "article-F036")
    assert (canonical["subject_id"], canonical["status"], canonical["amount"]) == ("deepseek-v3", "active", 5_576_000)
    assert canonical["supersedes_reason"]


def test_one_claim_is_counted_once(rows):
    assert len(rows("select * from facts.fact where source_id = 'article' and amount = 5576000")) == 2  # F005 and F036
    assert len(rows("select * from facts.fact where amount = 5576000 and status = 'active'")) == 1


def test_bounds_and_orders_of_magnitude_have_no_point_value(rows):
    bounds = rows("select * from facts.fact where qualifier in ('at_most', 'at_least', 'order_of_magnitude')")
    assert {row["fact_id"] for row in bounds} >= {"article-F003", "article-F006", "article-F011", "article-F032"}
    assert all(row["amount"] is None for row in bounds if row["fact_table"] != "facts.capability_claim")
    (s1,) = rows("select * from facts.training_cost where fact_id = 'article-F011'")
    assert (s1["amount"], s1["amount_high"], s1["high_inclusive"]) == (None, 50, False)
    (openai,) = rows("select * from facts.compute where fact_id = 'article-F045'")
    assert (openai["amount_low"], openai["amount_high"]) == (10_000, 100_000)


def test_no_forecast_conditional_or_idiom_is_an_observed_fact(rows):
    idioms = "('article-F007', 'article-F016', 'article-F022', 'article-F073', 'article-F077')"
    assert rows(f"select * from facts.fact where fact_id in {idioms}") == []
    (best_case,) = rows("select * from facts.trend_claim where fact_id = 'article-F070'")
    assert best_case["modality"] == "possible"
    (ownership,) = rows("select * from facts.training_cost where fact_id = 'article-F039'")
    assert (ownership["modality"], ownership["horizon_years"]) == ("possible", 4)


def test_a_valuation_is_no_cost(rows):
    (talk,) = rows("select * from facts.valuation where fact_id = 'article-F003'")
    assert (talk["amount"], talk["amount_high"], talk["confidence"]) == (None, 100_000_000_000, "E")
    against_costs = rows("select * from marts.valuation_multiple where denominator_kind = 'training_cost'")
    assert against_costs
    assert all(not row["comparable"] and "a valuation is no cost" in row["reason"] for row in against_costs)


def test_a_valuation_over_a_revenue_of_the_same_time_is_comparable(rows):
    compared = rows("select * from marts.valuation_multiple where comparable")
    assert compared
    assert all(row["denominator_kind"] == "revenue" for row in compared)


def test_a_factor_without_a_period_has_no_yearly_rate(rows):
    (row,) = rows("select * from marts.trend_claim_check where fact_id = 'article-F072'")
    assert row["period_known"] is False
    assert row["factor_low"] is row["factor_high"] is row["half_life_months"] is None
    assert row["verdict"] == "not_testable"


def test_every_statement_of_the_article_is_accounted_for_once(rows):
    found = {row["statement_id"]: row for row in rows("select * from meta.source_coverage where source_id = 'article'")}
    assert sorted(found) == [f"article-F{number:03}" for number in range(1, 78)]

    def disposed(disposition: str) -> set[str]:
        return {key.removeprefix("article-") for key, row in found.items() if row["disposition"] == disposition}

    assert disposed("repeats") == {"F015", "F035"}
    assert disposed("attribute of another fact") == {"F037", "F038", "F040", "F051", "F053"}
    assert disposed("not_a_fact") == {"F007", "F016", "F054", "F073", "F077"}
    assert all(found[f"article-{key}"]["target"] == "article-F036" for key in ("F015", "F035"))
    assert all(row["reason"] for row in found.values() if row["disposition"] != "loaded")
    assert all(row["fact_ids"] for row in found.values() if row["disposition"] == "loaded")


@pytest.mark.parametrize(
    ("fact_a", "fact_b", "kind"),
    [
        ("article-F005", "article-F036", "wrong_subject"),
        ("article-F010", "article-F043", "scope_differs"),
        ("article-F004", "article-F021", "not_a_conflict"),
        ("article-F012", "article-F013", None),
        ("article-F034", None, "wrong_as_printed"),
        ("article-F016", None, None),
        ("article-F068", "article-F069", "object_differs"),
    ],
)
def test_the_articles_contradictions_are_shown_and_resolved(rows, fact_a, fact_b, kind):
    found = rows(
        "select * from marts.fact_conflict where (fact_a = ? and fact_b is not distinct from ?) "
        "or (fact_b = ? and fact_a is not distinct from ?)",
        fact_a, fact_b, fact_a, fact_b,
    )  # fmt: skip
    (row,) = found
    assert row["resolution"]
    assert kind is None or row["kind"] == kind


def test_two_counts_of_one_run_that_differ_are_found_without_being_told(rows):
    found = rows("select * from marts.fact_conflict where rule like 'found by a query%'")
    assert all(row["kind"] == "values_differ" for row in found)


def test_nothing_that_was_marked_as_remembered_is_loaded(rows):
    # The split of V3's later stages (119K + 5K GPU-hours) could not be sourced.
    assert rows("select * from facts.compute where amount in (119000) and subject_id = 'deepseek-v3'") == []
