"""The worked examples E1 to E14 of the notes on methods, asked of the warehouse as its users would: through its marts
and macros, at the rates that were in force. Expected values are those printed there, or the arithmetic beside them.
"""

import csv
from datetime import datetime

import duckdb
import pytest

from pipelines import paths

NOW = datetime(2026, 11, 23)
FEBRUARY = datetime(2025, 2, 20, 12)
DECEMBER = datetime(2024, 12, 30)
USAGE = '{"prompt_tokens": 2006, "completion_tokens": 300, "prompt_tokens_details": {"cached_tokens": 1920}}'


@pytest.fixture(scope="module")
def bill(rows):
    """What tokens cost on the vendor's own standard list."""

    def ask(tokens, sku, at, currency="USD", requests=1):
        (found,) = rows(
            f"from request_cost({tokens}, ?, ?, requests := {requests}) where sku = ? and currency = ? "
            "and service_tier = 'standard' and region is null "
            "and provider_id in ('openai', 'anthropic', 'deepseek', 'google')",
            at, NOW, sku, currency,
        )  # fmt: skip
        return found

    return ask


def million(**tokens):
    """A map of tokens by class, given in millions."""
    return "map {" + ", ".join(f"'{name}': {count} * 1000000.0" for name, count in tokens.items()) + "}"


def test_e1_deepseeks_day(rows):
    (day,) = rows("from marts.stated_bill where fact_id = 'deepseek-day-6-bill'")
    assert day["hit_rate"] == 0.5625
    assert day["computed_amount"] == pytest.approx(47_880 + 146_300 + 367_920) == pytest.approx(562_100)
    assert day["stated_amount"] == 562_027
    assert abs(day["difference_share"]) < 0.0002
    assert day["effective_input_per_mtok"] == pytest.approx(0.319375)
    assert day["uncached_amount"] == pytest.approx(702_320)
    assert day["amount_in_force"] == pytest.approx(562_100), "R1's list was what they say"
    cost = 226.75 * 8 * 2 * 24
    assert cost == 87_072
    assert round(cost / (day["input_tokens"] + day["output_tokens"]) * 1e6, 6) == 0.112206
    (margin,) = rows("select margin_on_cost(562027, $1) as on_cost, margin_on_revenue(562027, $1) as on_revenue", cost)
    assert (round(margin["on_cost"], 4), round(margin["on_revenue"], 4)) == (5.4547, 0.8451)


@pytest.mark.parametrize(
    ("hit_rate", "r1", "o3_mini", "ratio"),
    [
        (0, 3.84, 7.70, 2.005208),
        (0.5, 3.225, 6.875, 2.131783),
        (0.5625, 3.148125, 6.771875, 2.151082),
        (0.9, 2.733, 6.215, 2.274058),
        (1, 2.61, 6.05, 2.318008),
    ],
)
def test_e2_r1_beside_o3_mini_at_a_hit_rate(bill, hit_rate, r1, o3_mini, ratio):
    tokens = million(input=3 * (1 - hit_rate), cache_read=3 * hit_rate, output=1)
    cheap, dear = (bill(tokens, sku, FEBRUARY, requests=1000) for sku in ("deepseek-reasoner", "o3-mini"))
    assert (cheap["total"], dear["total"]) == pytest.approx((r1, o3_mini), abs=1e-9)
    assert dear["total"] / cheap["total"] == pytest.approx(ratio, abs=5e-7)
    assert cheap["hit_rate"] == pytest.approx(hit_rate)


def test_e2_the_articles_own_yuan(rows):
    (sums,) = rows(
        f"select tokens_cost({million(cache_read=3, output=1)}, map {{'cache_read': 1, 'output': 16}}) as r1, "
        f"tokens_cost({million(cache_read=3, output=1)}, map {{'cache_read': 4, 'output': 31}}) as o3_mini"
    )
    assert (sums["r1"], sums["o3_mini"]) == (19, 43)
    assert round(sums["o3_mini"] / sums["r1"], 6) == 2.263158


def test_e3_a_bill_when_v3s_promotion_ended(bill):
    tokens = million(input=437, cache_read=563, output=200)
    before, after = (bill(tokens, "deepseek-chat", at, "CNY", requests=100_000) for at in (DECEMBER, FEBRUARY))
    parts = ("read_cost", "fresh_cost", "output_cost", "total")
    assert [before[part] for part in parts] == pytest.approx([56.3, 437, 400, 893.3])
    assert [after[part] for part in parts] == pytest.approx([281.5, 874, 1600, 2755.5])
    assert round(after["total"] / before["total"], 4) == 3.0846


def test_e4_openais_own_usage_sample(bill, rows):
    found = bill(f"usage_tokens('openai-chat', '{USAGE}')", "gpt-4o-2024-08-06", datetime(2024, 11, 1))
    assert found["total"] == pytest.approx(0.005615, abs=1e-12)
    assert found["total_uncached"] == pytest.approx(0.008015, abs=1e-12)
    assert 1 - found["total"] / found["total_uncached"] == pytest.approx(0.29943855, abs=5e-9)
    (rule,) = rows(
        "select cacheable_tokens(2006, min_tokens, step_tokens) as cached from facts.cache_rule "
        "where rule_id = 'openai-automatic' and status = 'active'"
    )
    assert rule["cached"] == 1_920 == 1_024 + 7 * 128


E5 = [
    # sku, rule, at, input uncached, input cached, output, total uncached, total cached, saving
    ("claude-sonnet-4-5", "anthropic-5m", "2026-02-01", 1.515, 0.287775, 0.15, 1.665, 0.437775, 0.737072),
    ("claude-sonnet-4-5", "anthropic-1h", "2026-02-01", 1.515, 0.37665, 0.15, 1.665, 0.52665, 0.683694),
    ("gpt-5", "openai-automatic-gpt-5", "2025-09-01", 0.63125, 0.1075625, 0.10, 0.73125, 0.2075625, 0.716154),
    ("gpt-4o-2024-08-06", "openai-automatic", "2024-11-01", 1.2625, 0.680625, 0.10, 1.3625, 0.780625, 0.427064),
    ("deepseek-chat", "deepseek-disk", "2025-02-20", 0.13635, 0.04325, 0.011, 0.14735, 0.05425, 0.631829),
    ("deepseek-v4-flash", "deepseek-disk-v4-flash", "2026-06-01", 0.0707, 0.0068334, 0.0028, 0.0735, 0.0096334,
     0.868933),
]  # fmt: skip
LIST = "sku = ? and rule_id = ? and currency = 'USD' and service_tier = 'standard' and price_window_id is null"


@pytest.mark.parametrize(("sku", "rule", "at", "none", "cached", "output", "sum_none", "sum_cached", "saving"), E5)
def test_e5_an_agents_loop(rows, sku, rule, at, none, cached, output, sum_none, sum_cached, saving):
    assert (none + output, cached + output) == pytest.approx((sum_none, sum_cached))
    (loop,) = rows(
        f"from marts.agent_loop_cost where {LIST} and region is null and turns = 20 "
        "and valid_from <= cast(? as timestamp) and (valid_to is null or valid_to > cast(? as timestamp))",
        sku, rule, at, at,
    )  # fmt: skip
    assert (loop["usd_uncached"], loop["usd_cached"]) == pytest.approx((sum_none, sum_cached), abs=1e-9)
    assert 1 - loop["usd_cached"] / loop["usd_uncached"] == pytest.approx(saving, abs=5e-7)
    assert (loop["input_tokens"], loop["written_tokens"], loop["output_tokens"]) == (505_000, 39_500, 10_000)
    assert loop["hit_rate"] == pytest.approx(0.921782, abs=5e-7)
    (curve,) = rows(
        "select cost_uncached, cost_cached, hit_rate from agent_loop(10000, 1000, 500, 20, cast(? as timestamp)) "
        f"where {LIST} and region is null and turn = 20",
        at, sku, rule,
    )  # fmt: skip
    assert curve == pytest.approx(
        {"cost_uncached": sum_none, "cost_cached": sum_cached, "hit_rate": loop["hit_rate"]}, abs=1e-9
    )


def test_e5_by_turns_the_first_is_a_loss(rows):
    found = rows(
        f"select * from marts.agent_loop_cost where {LIST} and valid_from <= timestamp '2026-02-01' "
        "and (valid_to is null or valid_to > timestamp '2026-02-01') order by turns",
        "claude-sonnet-4-5", "anthropic-5m",
    )  # fmt: skip
    assert [row["turns"] for row in found] == [1, 2, 5, 10, 20, 50, 100]
    assert [row["usd_uncached"] for row in found] == pytest.approx(
        [0.0405, 0.0855, 0.2475, 0.6075, 1.665, 7.5375, 26.325]
    )
    assert [row["usd_cached"] for row in found] == pytest.approx(
        [0.04875, 0.065175, 0.11715, 0.212775, 0.437775, 1.382775, 3.857775]
    )
    assert round(found[-1]["hit_rate"], 4) == 0.9813
    assert {row["first_profitable_turn"] for row in found} == {2}


def test_e6_an_explicit_cache_with_its_rent(rows):
    found = rows(
        "select mechanism, cost_uncached, cost_cached, rent, break_even_uses "
        "from prefix_cost(100000, 500, 20, 2, timestamp '2026-02-01') "
        "where provider_id = 'google' and sku = 'gemini-2.5-pro' and service_tier = 'standard' order by mechanism"
    )
    implicit, explicit = found
    assert implicit["cost_uncached"] == explicit["cost_uncached"] == pytest.approx(20 * 0.1005 * 1.25) == 2.5125
    assert explicit["cost_cached"] == pytest.approx(0.125 + 0.25 + 0.0125 + 0.9) == pytest.approx(1.2875)
    assert implicit["cost_cached"] == pytest.approx(0.375)
    assert round(explicit["rent"] / explicit["cost_cached"], 2) == 0.70
    assert explicit["break_even_uses"] == pytest.approx((1.25 + 9) / 1.125)
    (reads,) = rows("select storage_break_even_reads(1.25, 0.1, 4.5, 2) as n")
    assert round(reads["n"], 2) == 9.11


def test_e7_an_opus_request_with_an_hours_cache(bill):
    usage = (
        '{"input_tokens": 2000, "cache_read_input_tokens": 140000, "cache_creation_input_tokens": 8000, '
        '"cache_creation": {"ephemeral_1h_input_tokens": 8000}, "output_tokens": 1500}'
    )
    found = bill(f"usage_tokens('anthropic-messages', '{usage}')", "claude-opus-5-5", NOW)
    parts = [found[part] for part in ("fresh_cost", "read_cost", "write_cost", "output_cost")]
    assert parts == pytest.approx([0.008, 0.028, 0.064, 0.030])
    assert found["total"] == pytest.approx(0.130)
    assert round(found["hit_rate"], 6) == 0.933333


def test_e8_a_users_day(rows):
    (day,) = rows("from marts.stated_bill where fact_id = 'reasonix-day-first'")
    assert day["computed_amount"] == pytest.approx(12.180948 + 0.106699 + 0.049974, abs=1e-6)
    assert round(day["computed_amount"], 6) == 12.337621
    assert round(day["uncached_amount"], 6) == 60.626379
    assert round(day["hit_rate"], 6) == 0.998239
    (uncached,) = rows("from marts.stated_bill where fact_id = 'reasonix-day-first-uncached'")
    assert round(uncached["computed_amount"], 6) == 60.626379


def test_e8_the_rates_that_it_used_were_no_longer_in_force(rows):
    found = rows("from marts.stated_bill where fact_id in ('reasonix-day-first', 'reasonix-day-later')")
    # 435,033,856 x .0028 + 767,616 x .14 + 179,763 x .28, the rates since 2026-04-26 12:15.
    assert [round(row["amount_in_force"], 6) for row in found] == [1.375895, 1.375895]
    assert {row["fact_id"]: row["computed_amount"] / row["amount_in_force"] > 8 for row in found} == {
        "reasonix-day-first": True,
        "reasonix-day-later": False,
    }


def overlay(folder, **cells):
    """A folder with one bill like the last that is shipped, with these cells."""
    *_, row = csv.DictReader((paths.SEEDS / "stated_bills.csv").read_text().splitlines())
    folder.mkdir()
    with (folder / "stated_bills.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow({**row, **cells})
    return folder


THIRD_PARTY = {
    # 50,000 calls of 6,000 tokens, 85% of them read.
    "fact_id": "third-party-example", "provider_id": "anthropic",
    "sku": "claude-sonnet-4-5", "traffic": "50,000 calls of 6,000 tokens at a hit rate of 85%",
    "input_tokens": "45000000", "cache_read_tokens": "255000000", "output_tokens": "",
    "input_rate": "3", "cache_read_rate": "0.30", "output_rate": "", "amount_low": "", "amount_high": "",
    "low_inclusive": "", "high_inclusive": "", "qualifier": "exact",
}  # fmt: skip


def test_e9_a_published_example_that_is_wrong_is_refused(aicost, home, tmp_path):
    wrong = overlay(tmp_path / "wrong", **THIRD_PARTY, amount="50.25")
    result = aicost(home, "check", overlays=[wrong])
    assert result.exit_code != 0
    told = " ".join(result.output.split())
    assert "stated_bills.csv:2: amount = '50.25': not what its tokens times its rates make. correct the row" in told
    right = overlay(tmp_path / "right", **THIRD_PARTY, amount="211.50")
    assert aicost(home, "check", overlays=[right]).exit_code == 0


def test_e9_at_the_rates_of_either_vendor(bill):
    tokens = million(input=45, cache_read=255)
    assert bill(tokens, "claude-sonnet-4-5", datetime(2026, 2, 1), requests=50_000)["total"] == pytest.approx(211.50)
    assert bill(tokens, "gpt-4o-2024-08-06", datetime(2024, 11, 1), requests=50_000)["total"] == pytest.approx(431.25)


def test_e10_a_long_request_is_billed_whole_at_its_tier(bill):
    found = bill("map {'input': 250000}", "claude-sonnet-4-5", datetime(2025, 11, 1))
    assert (found["total"], found["context_over_tokens"]) == (pytest.approx(1.50), 200_000)
    marginal = 0.2 * 3 + 0.05 * 6
    assert marginal == pytest.approx(0.90), "the wrong reading"
    assert bill("map {'input': 200000}", "claude-sonnet-4-5", datetime(2025, 11, 1))["total"] == pytest.approx(0.60)


def test_e11_r1_off_peak(bill):
    tokens = million(input=1, output=1)
    hours = (datetime(2025, 3, 1, 12), datetime(2025, 3, 1, 20))
    assert [bill(tokens, "deepseek-reasoner", at)["total"] for at in hours] == pytest.approx([2.74, 0.685])


@pytest.mark.parametrize(("prefix", "cached"), [(800, 0.24), (1_024, 100 * 1_024 * 3e-6 * 0.1115)])
def test_e12_a_prefix_below_the_minimum_is_not_cached(rows, prefix, cached):
    (found,) = rows(
        f"from prefix_cost({prefix}, 0, 100, 1, timestamp '2025-11-01') where sku = 'claude-sonnet-4-5' "
        "and provider_id = 'anthropic' and rule_id = 'anthropic-5m' and service_tier = 'standard' and region is null"
    )
    assert found["cost_uncached"] == pytest.approx(100 * prefix * 3e-6)
    assert found["cost_cached"] == pytest.approx(cached)  # 1.25 + 99 x .1 = 11.15 prefixes, not 100
    assert pytest.approx(0.02676) == 800 * 3e-6 * 11.15, "what the formula alone claims of 800 tokens"


def test_e12_holds_for_the_cache_of_an_hour_too(rows):
    (found,) = rows(
        "from prefix_cost(800, 0, 100, 1, timestamp '2026-11-24') where sku = 'claude-sonnet-4-6' "
        "and provider_id = 'anthropic' and rule_id = 'anthropic-1h-sonnet-4.6' and service_tier = 'standard' "
        "and region is null"
    )
    assert found["cost_cached"] == found["cost_uncached"] == pytest.approx(0.24)


E13 = [
    # gap over, up to; uses; costs of none, 5 minutes, 1 hour; the cheapest
    (0, 5, 1, 1, 1.25, 2, "none"),
    (0, 5, 2, 2, 1.35, 2.1, "short"),
    (0, 5, 10, 10, 2.15, 2.9, "short"),
    (5, 60, 1, 1, 1.25, 2, "none"),
    (5, 60, 2, 2, 2.5, 2.1, "none"),
    (5, 60, 3, 3, 3.75, 2.2, "long"),
    (60, None, 3, 3, 3.75, 6, "none"),
    (60, None, 20, 20, 25, 40, "none"),
]


@pytest.mark.parametrize(("over", "up_to", "uses", "none", "short", "long", "cheapest"), E13)
def test_e13_which_time_to_live_is_cheapest(rows, over, up_to, uses, none, short, long, cheapest):
    found = rows(
        "from marts.cache_ttl_choice where short_rule_fact_id = 'rule-anthropic-5m-2024-08-14' "
        "and long_rule_fact_id = 'rule-anthropic-1h-2025-12-07-with-minimum' and uses = ? and gap_over_minutes >= ? "
        "and coalesce(gap_up_to_minutes, 1e9) <= coalesce(?, 1e9) order by gap_over_minutes",
        uses, over, up_to,
    )  # fmt: skip
    assert (found[0]["gap_over_minutes"], found[-1]["gap_up_to_minutes"]) == (over, up_to)
    for row in found:
        assert (row["cost_none"], row["cost_short"], row["cost_long"]) == pytest.approx((none, short, long))
        assert row["cheapest"] == cheapest


@pytest.mark.parametrize(
    ("uses", "hours", "five_minutes", "one_hour"),
    [(2, 1, 2.5, 2.1), (3, 1.5, 3.75, 2.2), (3, 0.25, 1.45, 2.2), (3, 6, 3.75, 6)],
)
def test_e13_in_the_money_of_a_sku(rows, uses, hours, five_minutes, one_hour):
    found = rows(
        f"select ttl_minutes, cost_cached, cost_uncached from prefix_cost(10000, 0, {uses}, {hours}, "
        "timestamp '2026-02-01') where sku = 'claude-sonnet-4-5' and provider_id = 'anthropic' "
        "and service_tier = 'standard' and region is null order by ttl_minutes"
    )
    once = 10_000 * 3e-6
    assert [row["cost_cached"] / once for row in found] == pytest.approx([five_minutes, one_hour])
    assert {round(row["cost_uncached"] / once, 9) for row in found} == {uses}


def test_a_cache_whose_reads_cost_more_than_fresh_input_never_pays(rows):
    assert rows("select break_even_uses(1.1, 1.25) as uses, break_even_uses(1, 1.25) as at_par") == [
        {"uses": None, "at_par": None}
    ]


@pytest.mark.parametrize("hit_rate", [-0.01, 2])
def test_a_hit_rate_beyond_all_is_refused(rows, hit_rate):
    with pytest.raises(duckdb.Error, match="hit_rate is a share"):
        rows("select effective_input_multiple(?, 0.1, 1.25)", hit_rate)


def test_e14_at_the_break_even_hit_rate_caching_costs_what_it_saves(rows):
    (row,) = rows("select break_even_hit_rate(0.1, 1.25) as h, "
                  "effective_input_multiple(break_even_hit_rate(0.1, 1.25), 0.1, 1.25) as multiple")  # fmt: skip
    assert row["h"] == pytest.approx(0.217391, abs=5e-7)
    assert row["multiple"] == pytest.approx(1)
