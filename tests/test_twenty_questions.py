"""The questions that users ask, each as a query of the published file: what it is answered from, and the known answer
where there is one. Who asks is in brackets: a cost analyst, an engineer who buys (FinOps), a researcher, a journalist.
Those that are answered by a method are in `test_twenty_questions_methods`. Numbers come from the sources and from
arithmetic beside the test.
"""

import pytest


def test_q01_what_did_deepseek_v3_cost_to_train_on_which_basis_and_who_says_so(rows):
    """[journalist] The notes take Epoch AI's figure for an amortised cost; it is the same one in money of 2023. The
    cost of owning the fleet is another subject's."""
    found = rows(
        """
        select cost_basis, price_year, amount_low, amount, amount_high, currency, claimant, confidence,
            basis.excludes as scope_excludes
        from facts.training_cost
        join ref.cost_basis as basis using (cost_basis)
        where subject_id = 'deepseek-v3' and status = 'active'
        order by price_year nulls first
        """
    )
    stated, restated = found[:2]
    assert (stated["cost_basis"], stated["price_year"], stated["claimant"], stated["confidence"]) == (
        "run_rental", None, "DeepSeek technical report", "A",
    )  # fmt: skip
    assert stated["amount_low"] == stated["amount"] == stated["amount_high"] == 5_576_000
    assert stated["currency"] == "USD"
    assert "Earlier research" in stated["scope_excludes"]
    assert (restated["price_year"], restated["amount"], restated["claimant"]) == (2023, 5_390_000, "Epoch AI")
    assert "tco_4y" not in {row["cost_basis"] for row in found}
    (fleet,) = rows("select subject_id, amount from facts.training_cost where cost_basis = 'tco_4y'")
    assert fleet == {"subject_id": "deepseek", "amount": 2_573_000_000}


def test_q02_was_5_576_million_dollars_the_cost_of_r1(rows):
    """[journalist] No: of V3, as the same article says twice. R1 came after, for $294K more."""
    (answer,) = rows(
        """
        select stated.subject_id as asserted_subject, truth.subject_id as true_subject, stated.status,
            stated.superseded_by, list(statement.source_locator order by statement.statement_id) as evidence_lines
        from facts.training_cost as stated
        join facts.training_cost as truth on stated.superseded_by = truth.fact_id
        join marts.fact_conflict as conflict on conflict.fact_a = stated.fact_id
        join meta.source_coverage as statement on statement.statement_id = conflict.fact_b
        where stated.subject_id = 'deepseek-r1' and stated.amount = 5576000
        group by all
        """
    )
    assert answer == {
        "asserted_subject": "deepseek-r1",
        "true_subject": "deepseek-v3",
        "status": "superseded",
        "superseded_by": "article-F036",
        "evidence_lines": ["line 16", "line 58"],
    }
    (increment,) = rows(
        "select amount from facts.training_cost "
        "where subject_id = 'deepseek-r1' and cost_basis = 'rl_increment' and status = 'active' and confidence = 'A'"
    )
    assert increment["amount"] == 294_000


def test_q03_what_does_a_gpu_hour_of_every_run_cost(rows):
    """[analyst] V3's report assumes $2; more than $60 million over 30.84 million hours is more than $1.9455; GPT-4's
    57 million hours were priced at $1.36."""
    found = rows(
        """
        select gpu_hour.model_id, gpu_hour.cost_basis, cost.amount as cost, hours.amount as gpu_hours,
            usd_per_gpu_hour_low, usd_per_gpu_hour, gpu_hour.qualifier, assumed_or_derived
        from marts.gpu_hour_cost as gpu_hour
        join facts.training_cost as cost on gpu_hour.cost_fact_id = cost.fact_id
        join facts.compute as hours on gpu_hour.gpu_hours_fact_id = hours.fact_id
        where cost.claimant not like 'Epoch%'
        """
    )
    by_run = {(row["model_id"], row["cost_basis"], row["assumed_or_derived"]): row for row in found}
    v3 = by_run["deepseek-v3", "run_rental", "assumed"]
    assert (v3["cost"], v3["gpu_hours"], v3["usd_per_gpu_hour"]) == (5_576_000, 2_788_000, 2)
    llama = by_run["llama-3.1-405b", "run_rental", "derived"]
    assert (llama["usd_per_gpu_hour"], llama["qualifier"]) == (None, "at_least")
    assert llama["usd_per_gpu_hour_low"] == pytest.approx(60 / 30.84)
    assert by_run["gpt-4", "run_cloud_cud", "assumed"]["usd_per_gpu_hour"] == pytest.approx(1.36)


def test_q04_how_many_times_v3_did_each_model_take_in_gpu_hours_and_in_money(rows):
    """[analyst] 30.84 / 2.788 of the hours; more than 60 / 5.576 of the money; GPT-4 is of another basis."""
    hours = rows(
        """
        select subject_id, ratio, qualifier, comparable, reason
        from marts.compute_ratio
        where base_subject_id = 'deepseek-v3' and metric = 'gpu_hours' and base_count_fact_id = 'article-F044'
            and comparable
        """
    )
    assert {row["subject_id"]: row["ratio"] for row in hours}["llama-3.1-405b"] == pytest.approx(11.061693, abs=5e-7)
    money = rows(
        """
        select subject_id, cost_basis, ratio_low, ratio, qualifier, comparable, reason
        from marts.training_cost_ratio
        where base_cost_fact_id = 'article-F036' and cost_fact_id in ('article-F031', 'article-F032')
        order by subject_id
        """
    )
    gpt_4, llama = money
    assert gpt_4["ratio"] == pytest.approx(13.988522, abs=5e-7)
    assert not gpt_4["comparable"]
    assert gpt_4["reason"].startswith("cost basis differs: run_cloud_cud v. run_rental")
    assert (llama["ratio"], llama["qualifier"], llama["comparable"]) == (None, "at_least", True)
    assert llama["ratio_low"] == pytest.approx(10.760402, abs=5e-7)


def test_q05_why_do_llama_405b_and_v3_differ(rows):
    """[researcher] By work, not by price: 11.5376 times the FLOP, at 1.0034 times the price of a FLOP if an hour is $2
    for both: 1.627097e-18 against 1.621622e-18 USD."""
    (answer,) = rows(
        """
        select llama.flop / v3.flop as flop, (llama.gpu_hours * 2 / llama.flop) / (v3.gpu_hours * 2 / v3.flop) as price,
            llama.gpu_hours / v3.gpu_hours as total
        from marts.training_run as llama, marts.training_run as v3
        where llama.model_id = 'llama-3.1-405b' and llama.stage = 'full_run'
            and v3.model_id = 'deepseek-v3' and v3.stage = 'pretraining'
        """
    )
    assert answer["flop"] == pytest.approx(11.5376, abs=5e-5)
    assert answer["price"] == pytest.approx(1.627097 / 1.621622, abs=1e-6)
    assert answer["flop"] * answer["price"] == pytest.approx(answer["total"])


def test_q06_why_do_the_costs_that_are_published_of_one_model_differ(rows):
    """[analyst] Of Llama 3.1 405B: its hours at $2 are $61.68M, chips x time at $4.86 are $170.56M; 2.7652 = 2.43 x
    1.13795."""
    (answer,) = rows(
        """
        select run.gpu_hours_stated * rent.usd_per_gpu_hour as least,
            run.gpu_hours_counted * cast(committed.amount as double) as most,
            cast(committed.amount as double) / rent.usd_per_gpu_hour as by_price,
            run.gpu_hours_counted / run.gpu_hours_stated as by_hours
        from marts.training_run as run
        join facts.hardware_price as committed using (hardware_id)
        cross join marts.gpu_hour_cost as rent
        where run.model_id = 'llama-3.1-405b' and committed.price_kind = 'reserved_3y'
            and rent.cost_fact_id = 'article-F036'
        """
    )
    assert answer["least"] == 61_680_000
    assert answer["most"] == pytest.approx(170_559_406.08)
    assert answer["most"] / answer["least"] == pytest.approx(2.7652, abs=5e-5)
    assert (answer["by_price"], answer["by_hours"]) == (pytest.approx(2.43), pytest.approx(1.13795, abs=5e-6))
    spread = rows(
        """
        select cost_basis, price_year, coalesce(amount, amount_low) as usd, qualifier, claimant
        from facts.training_cost
        where subject_id = 'llama-3.1-405b' and status = 'active'
        order by usd
        """
    )
    assert len({row["cost_basis"] for row in spread}) == len(spread) >= 4


PRICE_IN_FORCE = """
    select amount, valid_from, source_id, confidence, null as reason
    from price_in_force(timestamp '2026-09-15', timestamp '{known_at}')
    where provider_id = 'anthropic' and sku = '{sku}' and token_class = '{token_class}' and service_tier = 'standard'
        and context_over_tokens = 0 and currency = 'USD'
    union all
    select null, valid_from, null, null, reason
    from marts.api_price_gap
    where provider_id = 'anthropic' and sku = '{sku}' and token_class = '{token_class}' and service_tier = 'standard'
        and context_over_tokens = 0 and currency = 'USD'
        and coalesce(valid_from <= timestamp '2026-09-15', true) and coalesce(valid_to > timestamp '2026-09-15', true)
        and coalesce(known_from <= timestamp '{known_at}', true) and coalesce(known_to > timestamp '{known_at}', true)
"""


@pytest.mark.parametrize(
    ("sku", "known_at", "rates", "reason"),
    [
        ("claude-sonnet-5", "2026-08-21 23:59:59", (3, 15), None),
        ("claude-sonnet-5", "2026-10-01 23:59:59", (2, 10), None),
        ("claude-sonnet-5", "2026-06-01", (None, None), "before_first_sight"),
        ("claude-sonnet-5-5", "2026-10-01", (None, None), "not_launched"),
    ],
)
def test_q07_which_price_is_in_force_at_an_instant_as_known_at_another(rows, sku, known_at, rates, reason):
    """[FinOps] One row, or none with a reason. In August 2026 a rise was announced for September, then cancelled."""
    for token_class, rate in zip(("input", "output"), rates, strict=True):
        (row,) = rows(PRICE_IN_FORCE.format(sku=sku, known_at=known_at, token_class=token_class))
        assert (row["amount"], row["reason"]) == (rate, reason)


def test_q08_which_changes_did_the_price_of_a_sku_have(rows):
    """[FinOps] When V3's promotion ended a cached token cost 5 times as much, a missed one twice, output 4 times."""
    found = rows(
        """
        select sku, token_class, valid_from, old, new, multiple, change_kind
        from marts.api_price_change
        where provider_id = 'deepseek' and sku = 'deepseek-chat' and currency = 'CNY'
            and cast(valid_from as date) = date '2025-02-08'
        """
    )
    assert {row["token_class"]: row["multiple"] for row in found} == {"cache_read": 5, "input": 2, "output": 4}
    assert {row["change_kind"] for row in found} == {"promo_end"}


def test_q09_what_is_my_monthly_bill_under_each_provider(rows):
    """[FinOps] 3M tokens in and 1M out a month at a hit rate of 0.9, in February 2025: $2.733 for R1, $6.215 for
    o3-mini; a loop of 20 turns with GPT-5 is $0.2075625."""
    bill = rows(
        """
        select provider_id, sku, model_id, fresh_usd, cache_read_usd, cache_write_usd, output_usd, total_usd, currency
        from workload_cost(3000000, 1000000, 0.9, timestamp '2025-02-20')
        where currency = 'USD'
        order by total_usd
        """
    )
    found = {row["sku"]: row["total_usd"] for row in bill}
    assert found["deepseek-reasoner"] == pytest.approx(2.733)
    assert found["o3-mini"] == pytest.approx(6.215)
    assert list(found.values()) == sorted(found.values())
    (loop,) = rows(
        "select total_usd from workload_cost(505000, 10000, 465500 / 505000, timestamp '2025-08-15', requests := 20) "
        "where sku = 'gpt-5'"
    )
    assert loop["total_usd"] == pytest.approx(0.2075625)
    cheapest = rows(
        """
        select provider_id, sku, total_usd_per_month, note
        from marts.workload_cost
        where workload_id = 'agent-loop' and floor_id = 'arena-text-1450'
        order by place
        """
    )
    assert cheapest
    assert cheapest == sorted(cheapest, key=lambda row: row["total_usd_per_month"])


def test_q10_from_how_many_uses_and_which_hit_rate_on_does_caching_pay(rows):
    """[FinOps] n* = (w - r) / (1 - r), h* = (w - 1) / (w - r)."""
    found = rows(
        """
        select provider_id, rule_id, write_multiple, read_multiple, break_even_uses, min_uses, break_even_hit_rate
        from marts.cache_break_even
        """
    )
    by_rule = {row["rule_id"]: row for row in found}
    for rule, uses, least, hit_rate in (
        ("anthropic-5m", 1.277778, 2, 0.217391),
        ("anthropic-1h", 2.111111, 3, 0.526316),
        ("anthropic-1h-opus-5.5", 2.052632, 3, 0.512821),
        ("openai-automatic", 1, 2, 0),
    ):
        row = by_rule[rule]
        assert row["break_even_uses"] == pytest.approx(uses, abs=5e-7)
        assert row["break_even_hit_rate"] == pytest.approx(hit_rate, abs=5e-7)
        assert row["min_uses"] == least


def test_q11_what_does_input_cost_at_each_hit_rate(rows):
    """[FinOps] Of Claude Sonnet 4.5 at $3, written at 1.25 and read at 0.1."""
    found = rows(
        """
        select rule_id, hit_rate, effective_multiple, effective_usd_per_mtok
        from marts.cache_economics
        where sku = 'claude-sonnet-4-5' and rule_id = 'anthropic-5m' and service_tier = 'standard'
            and context_over_tokens = 0 and valid_to is null
        order by hit_rate
        """
    )
    multiples = [1.25, 0.9625, 0.675, 0.3875, 0.215, 0.1575, 0.1115, 0.1]
    assert [row["effective_multiple"] for row in found] == pytest.approx(multiples)
    assert [row["effective_usd_per_mtok"] for row in found] == pytest.approx([3 * each for each in multiples])


def test_q12_is_a_rented_cache_worth_it_for_some_reads_in_some_hours(rows):
    """[FinOps] E6: a document of 100,000 tokens and 20 questions of 500 in two hours with Gemini 2.5 Pro: $2.5125
    without, $1.2875 with the rented cache, of which $0.9 is rent, $0.375 with the automatic one; the rent pays from
    1 / (1 - r) + 2 x 4 reads, so from 10."""
    (answer,) = rows(
        """
        with price as (
            select max(cast(amount as double)) filter (where token_class = 'input') as input,
                max(cast(amount as double)) filter (where token_class = 'cache_read') as read
            from price_in_force(timestamp '2025-11-01', timestamp '2026-11-01')
            where provider_id = 'google' and sku = 'gemini-2.5-pro' and service_tier = 'standard'
                and context_over_tokens = 0
        )
        select 20 * 0.1005 * input as none,
            0.1 * input + 20 * (0.1 * read + 0.0005 * input) + 0.1 * 2 * cast(rule.storage_amount as double)
                as explicit,
            0.1005 * input + 19 * (0.1 * read + 0.0005 * input) as implicit,
            1 / (1 - economics.read_multiple) + 2 * economics.storage_reads_per_hour as break_even_reads
        from price
        cross join marts.cache_break_even as economics
        join facts.cache_rule as rule on economics.rule_fact_id = rule.fact_id
        where economics.sku = 'gemini-2.5-pro' and rule.valid_from <= timestamp '2025-11-01'
            and (rule.valid_to is null or rule.valid_to > timestamp '2025-11-01')
        """
    )
    assert answer["none"] == pytest.approx(2.5125)
    assert answer["explicit"] == pytest.approx(0.125 + 0.25 + 0.0125 + 0.9)
    assert answer["implicit"] == pytest.approx(0.375)
    assert answer["break_even_reads"] == pytest.approx((1.25 + 9) / 1.125)


def test_q18_which_yearly_declines_are_claimed_in_one_unit(rows):
    """[journalist] -75% is 4 times cheaper and halves in 6 months; -85 to -90% is 6.667 to 10 times; to a tenth is at
    best 10 times; 1,200-fold has no period, so no rate."""
    found = rows(
        """
        select fact_id, claimant, object, stated_low, stated, stated_high, factor_low, factor_high, half_life_months,
            period_known
        from marts.trend_claim_check
        where fact_id like 'article-%'
        order by fact_id
        """
    )
    wood, inference, wang, gpt_3 = found
    assert (wood["factor_low"], wood["factor_high"], wood["half_life_months"]) == pytest.approx((4, 4, 6))
    assert (inference["factor_low"], inference["factor_high"]) == pytest.approx((100 / 15, 10))
    assert (wang["factor_low"], wang["factor_high"]) == (None, pytest.approx(10))
    assert (gpt_3["stated"], gpt_3["period_known"], gpt_3["factor_low"], gpt_3["half_life_months"]) == (
        1200, False, None, None,
    )  # fmt: skip


def test_q19_which_facts_conflict_and_which_did_we_use(rows):
    """[analyst] Every one that the notes list inside the article and between sources."""
    found = rows("select topic, fact_a, fact_b, kind, resolution, rule from marts.fact_conflict")
    kinds = {(row["fact_a"], row["fact_b"]): row["kind"] for row in found}
    assert (
        kinds.items()
        >= {
            ("article-F005", "article-F036"): "wrong_subject",
            ("article-F010", "article-F043"): "scope_differs",
            ("article-F004", "article-F021"): "not_a_conflict",
            ("article-F034", None): "wrong_as_printed",
            ("article-F016", None): "basis_differs",
            ("article-F051", "article-F053"): "rounding",
            ("article-F056", None): "wrong_as_printed",
            ("article-F068", "article-F072"): "object_differs",
            ("aiinsightdaily-r1-cost", "register-r1-cost-rl-increment"): "wrong_as_printed",
            ("rule-anthropic-5m-sonnet-4.6-orq", "rule-anthropic-5m-sonnet-4.6-documented"): "values_differ",
        }.items()
    )
    assert all(row["resolution"] and row["rule"] for row in found)


def test_q20_what_are_all_prices_in_one_currency_and_where_do_sources_convert_otherwise(rows):
    """[FinOps, journalist] The article's ~¥4 and ~¥31 imply 7.2727 and 7.0455 yuan a dollar, on a day of 7.2855."""
    found = rows(
        """
        select price.sku, price.token_class, stated.amount as native, stated.currency, stated.on_date as fx_date,
            stated.market_rate as fx, cast(stated.amount as double) * stated.market_rate as converted,
            stated.stated_amount as source_converted, stated.implied_rate as implied_fx,
            stated.difference_share as diff_share
        from marts.stated_conversion as stated
        join facts.api_price as price using (fact_id)
        order by native
        """
    )
    assert [(row["sku"], row["token_class"]) for row in found] == [("o3-mini", "cache_read"), ("o3-mini", "output")]
    assert [row["implied_fx"] for row in found] == pytest.approx([4 / 0.55, 31 / 4.40])
    for row in found:
        assert row["diff_share"] == pytest.approx(row["implied_fx"] / row["fx"] - 1)
        assert row["converted"] == pytest.approx(float(row["native"]) * row["fx"])
    lists = rows(
        """
        select cast(cny.amount as double) / cast(usd.amount as double) as cny_per_usd
        from price_in_force(timestamp '2025-02-20', timestamp '2026-11-01') as cny
        join price_in_force(timestamp '2025-02-20', timestamp '2026-11-01') as usd
            using (provider_id, sku, token_class, service_tier, context_over_tokens)
        where provider_id = 'deepseek' and cny.currency = 'CNY' and usd.currency = 'USD'
        """
    )
    assert len(lists) == 6
    assert {round(row["cny_per_usd"], 2) for row in lists} == {7.14, 7.27, 7.31, 7.41}
