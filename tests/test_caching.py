"""When caching pays. The tables are those of the notes on methods, each line computed by hand from w and r:
n* = (w - r) / (1 - r), h* = (w - 1) / (w - r), effective multiple = h r + (1 - h) w.
"""

import json
from datetime import datetime

import duckdb
import price_database
import pytest

RULES = [
    # write multiple, read multiple, n*, least uses, h*
    (1.25, 0.10, 1.277778, 2, 0.217391),
    (2, 0.10, 2.111111, 3, 0.526316),
    (1.25, 0.05, 1.263158, 2, 0.208333),
    (2, 0.05, 2.052632, 3, 0.512821),
    (1.25, 0.025, 1.256410, 2, 0.204082),
    (2, 0.025, 2.025641, 3, 0.506329),
    (1, 0.5, 1, 2, 0),
    (1, 0.1, 1, 2, 0),
]
HIT_RATES = (0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1)
EFFECTIVE = {
    # write, read: the effective multiple at each hit rate
    (1, 0.5): (1, 0.875, 0.75, 0.625, 0.55, 0.525, 0.505, 0.5),
    (1, 0.25): (1, 0.8125, 0.625, 0.4375, 0.325, 0.2875, 0.2575, 0.25),
    (1, 0.1): (1, 0.775, 0.55, 0.325, 0.19, 0.145, 0.109, 0.1),
    (1, 0.02): (1, 0.755, 0.51, 0.265, 0.118, 0.069, 0.0298, 0.02),
    (1.25, 0.1): (1.25, 0.9625, 0.675, 0.3875, 0.215, 0.1575, 0.1115, 0.1),
    (2, 0.1): (2, 1.525, 1.05, 0.575, 0.29, 0.195, 0.119, 0.1),
    (1.25, 0.025): (1.25, 0.94375, 0.6375, 0.33125, 0.1475, 0.08625, 0.03725, 0.025),
}


@pytest.mark.parametrize(("write", "read", "uses", "least", "hit_rate"), RULES)
def test_break_even_by_rule(rows, write, read, uses, least, hit_rate):
    (macro,) = rows(
        "select break_even_uses(?, ?) as uses, break_even_hit_rate(?, ?) as hit_rate", read, write, read, write
    )
    assert macro["uses"] == pytest.approx(uses, abs=5e-7)
    assert macro["hit_rate"] == pytest.approx(hit_rate, abs=5e-7)
    found = rows("from marts.cache_break_even where write_multiple = ? and read_multiple = ?", write, read)
    for row in found:
        assert row["break_even_uses"] == pytest.approx(uses, abs=5e-7)
        assert row["min_uses"] == least
        assert row["break_even_hit_rate"] == pytest.approx(hit_rate, abs=5e-7)


def test_the_rules_of_the_large_vendors_are_there(rows):
    found = {
        (row["provider_id"], row["write_multiple"], row["read_multiple"]) for row in rows("from marts.cache_break_even")
    }
    assert found >= {
        ("anthropic", 1.25, 0.1), ("anthropic", 2, 0.1), ("openai", 1, 0.5), ("openai", 1, 0.25), ("openai", 1, 0.1),
        ("openai", 1.25, 0.1), ("deepseek", 1, 0.1), ("alibaba", 1.25, 0.1), ("alibaba", 1, 0.2),
    }  # fmt: skip


@pytest.mark.parametrize(("write", "read"), EFFECTIVE)
def test_effective_price_by_hit_rate(rows, write, read):
    for hit_rate, multiple in zip(HIT_RATES, EFFECTIVE[write, read], strict=True):
        (row,) = rows("select effective_input_multiple(?, ?, ?) as multiple", hit_rate, read, write)
        assert row["multiple"] == pytest.approx(multiple, abs=1e-12)


def test_a_skus_effective_price_is_the_blend_of_its_own_rates(rows):
    found = rows(
        "select hit_rate, effective_usd_per_mtok, saving_share from marts.cache_economics "
        "where sku = 'deepseek-reasoner' "
        "and currency = 'USD' and price_window_id is null and valid_from <= timestamp '2025-02-20' "
        "and (valid_to is null or valid_to > timestamp '2025-02-20') order by hit_rate"
    )
    assert [row["hit_rate"] for row in found] == list(HIT_RATES)
    for row in found:
        h = row["hit_rate"]
        assert row["effective_usd_per_mtok"] == pytest.approx(h * 0.14 + (1 - h) * 0.55)
        assert row["saving_share"] == pytest.approx(h * (1 - 0.14 / 0.55))


def test_the_effective_price_changes_with_the_rates_on_their_day(rows):
    asked = (
        "select effective_per_mtok from marts.cache_economics where sku = 'deepseek-chat' and currency = 'CNY' "
        "and hit_rate = 0.5 and price_window_id is null and valid_from <= cast(? as timestamp) "
        "and (valid_to is null or valid_to > cast(? as timestamp))"
    )
    for day, price in (("2025-01-15", 0.5 * 0.1 + 0.5 * 1), ("2025-02-20", 0.5 * 0.5 + 0.5 * 2)):
        assert [row["effective_per_mtok"] for row in rows(asked, day, day)] == [pytest.approx(price)]


def test_a_rule_without_a_stated_write_price_says_so(rows):
    unstated = rows("from marts.cache_break_even where write_multiple is null")
    assert unstated
    assert all("no write price is stated" in row["note"] for row in unstated)
    assert all(row["break_even_uses"] is None and row["min_uses"] is None for row in unstated)


@pytest.mark.parametrize(
    ("provider", "sku", "reads"),
    [("google", "gemini-2.5-pro", 4.50 / (1.25 - 0.125)), ("google", "gemini-2.5-flash", 1 / (0.30 - 0.03))],
)
def test_reads_per_hour_that_pay_the_rent(rows, provider, sku, reads):
    found = rows(
        "select storage_reads_per_hour from marts.cache_break_even where provider_id = ? and sku = ? "
        "and valid_to is null and storage_reads_per_hour is not null", provider, sku,
    )  # fmt: skip
    assert pytest.approx(reads, rel=1e-6) in [row["storage_reads_per_hour"] for row in found]


def test_rounded_multiples_are_kept_as_printed(rows):
    found = rows("select read_multiple, write_multiple from facts.cache_rule where applies_to ilike '%3 haiku%'")
    assert {"read_multiple": 0.12, "write_multiple": 1.2} in found  # $0.03 and $0.30 on $0.25


@pytest.mark.parametrize(("rule", "read", "write"), [("qwen-implicit", 0.2, 1.0), ("qwen-explicit", 0.1, 1.25)])
def test_a_sku_with_two_caches_takes_each_rules_multiples(rows, rule, read, write):
    found = rows("select read_multiple, write_multiple, fact_ids from marts.cache_economics where rule_id = ?", rule)
    assert found
    for row in found:
        assert (row["read_multiple"], row["write_multiple"]) == pytest.approx((read, write))
        assert len(row["fact_ids"]) == 2, "the input rate and the rule: the list's cache rates did not go into it"


def test_the_longest_prefix_decides_which_rule_holds(rows):
    found = rows("select distinct rule_id from marts.cache_economics where sku like 'gpt-5.6%'")
    assert found == [{"rule_id": "openai-automatic-gpt-5.6"}]


def test_every_sku_with_a_cache_rate_that_a_rule_covers_has_its_economics(rows):
    """Of SKUs without a rule nothing is made up: whether a write costs, and how long it lives, is a rule's to say."""
    found = rows(
        """
        with covered as (
            select distinct hit.sku
            from marts.api_price as hit
            join marts.api_price as miss on hit.provider_id = miss.provider_id and hit.sku = miss.sku
                and hit.currency = miss.currency and hit.service_tier = miss.service_tier
            join facts.cache_rule as rule on hit.provider_id = rule.provider_id and rule.known_to is null
                and list_bool_or(
                    list_transform(string_split(rule.sku_prefix, ' '), lambda p: starts_with(hit.sku || '$', p))
                )
            where hit.token_class = 'cache_read' and miss.token_class = 'input' and hit.service_tier = 'standard'
                and hit.known_to is null and miss.known_to is null
                and coalesce(hit.valid_from < miss.valid_to, true) and coalesce(miss.valid_from < hit.valid_to, true)
                and coalesce(rule.valid_from < hit.valid_to, true) and coalesce(hit.valid_from < rule.valid_to, true)
        )
        select sku, sku in (select sku from marts.cache_economics) as has_economics from covered
        """
    )
    assert len(found) > 40
    assert [row["sku"] for row in found if not row["has_economics"]] == []


def test_whether_batch_stacks_with_the_cache_is_not_made_up(rows):
    found = rows("select distinct multiples_from from marts.cache_economics where service_tier <> 'standard'")
    assert all(row["multiples_from"].startswith("read: own rate") for row in found)


@pytest.mark.parametrize(
    ("api", "usage"),
    [
        ("openai-chat", {"prompt_tokens": 9_000, "completion_tokens": 300,
                         "prompt_tokens_details": {"cached_tokens": 6_000}}),
        ("openai-responses", {"input_tokens": 9_000, "output_tokens": 300,
                              "input_tokens_details": {"cached_tokens": 6_000}}),
        ("anthropic-messages", {"input_tokens": 3_000, "cache_read_input_tokens": 6_000, "output_tokens": 300}),
        ("deepseek-chat", {"prompt_tokens": 9_000, "prompt_cache_hit_tokens": 6_000,
                           "prompt_cache_miss_tokens": 3_000, "completion_tokens": 300}),
        ("gemini-generate-content", {"promptTokenCount": 9_000, "cachedContentTokenCount": 6_000,
                                     "candidatesTokenCount": 100, "thoughtsTokenCount": 200}),
        ("xai-chat", {"prompt_tokens": 9_000, "prompt_tokens_details": {"cached_tokens": 6_000},
                      "completion_tokens": 100, "completion_tokens_details": {"reasoning_tokens": 200}}),
        ("moonshot-chat", {"prompt_tokens": 9_000, "completion_tokens": 300,
                           "prompt_tokens_details": {"cached_tokens": 6_000}}),
    ],
)  # fmt: skip
def test_one_request_as_each_api_counts_it_is_the_same_tokens(rows, api, usage):
    (found,) = rows(
        "select usage_tokens($1, $2) as tokens, token_hit_rate(usage_tokens($1, $2)) as hit_rate",
        api,
        json.dumps(usage),
    )
    assert {name: count for name, count in found["tokens"].items() if count} == {
        "input": 3_000, "cache_read": 6_000, "output": 300,
    }  # fmt: skip
    assert found["hit_rate"] == pytest.approx(2 / 3)


def test_what_was_written_is_no_fresh_input(rows):
    usage = {"prompt_tokens": 9_000, "prompt_tokens_details": {"cached_tokens": 6_000, "cache_write_tokens": 2_000}}
    (found,) = rows("select usage_tokens('openai-chat', $1) as t, token_hit_rate(usage_tokens('openai-chat', $1)) as h",
                    json.dumps(usage))  # fmt: skip
    assert found["t"] == {"cache_read": 6_000, "cache_write": 2_000, "input": 1_000, "output": 0}
    assert found["h"] == pytest.approx(6 / 9)
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 50, "cache_creation": {"ephemeral_1h_input_tokens": 20}}
    (found,) = rows("select usage_tokens('anthropic-messages', $1) as t", json.dumps(usage))
    assert (found["t"]["cache_write_5m"], found["t"]["cache_write_1h"], found["t"]["input"]) == (30, 20, 1)


@pytest.mark.parametrize(
    ("api", "usage", "told"),
    [
        ("openai-chat", {"prompt_tokens": 3_000, "prompt_tokens_details": {"cached_tokens": 6_000}}, "negative tokens"),
        ("no-such-api", {"prompt_tokens": 3_000}, "no such API"),
    ],
)
def test_a_usage_that_cannot_be_is_an_error(rows, api, usage, told):
    with pytest.raises(duckdb.Error, match=told):
        rows("select usage_tokens($1, $2)", api, json.dumps(usage))


@pytest.mark.parametrize(
    ("tokens", "least", "step", "cached"),
    [
        (1_023, 1_024, 128, 0), (1_024, 1_024, 128, 1_024), (1_151, 1_024, 128, 1_024), (1_152, 1_024, 128, 1_152),
        (5_000, 4_096, None, 5_000), (63, 64, 64, 0), (130, 64, 64, 128), (10, None, None, 10),
    ],
)  # fmt: skip
def test_a_cache_takes_whole_steps_of_a_prefix_that_is_long_enough(rows, tokens, least, step, cached):
    assert rows("select cacheable_tokens(?, ?, ?) as n", tokens, least, step) == [{"n": cached}]


def test_tokens_without_a_rate_are_not_free(rows):
    (found,) = rows(
        "select tokens_cost(map {'input': 5, 'cache_write_1h': 1}, map {'input': 2.0}) as unknown, "
        "tokens_cost(map {'input': 5000000, 'cache_write_1h': 0}, map {'input': 2.0}) as known, "
        "unpriced_classes(map {'input': 5, 'cache_write_1h': 1}, map {'input': 2.0}) as missing"
    )
    assert found == {"unknown": None, "known": 10, "missing": ["cache_write_1h"]}


def test_deepseeks_discount_through_time(rows):
    """The sequence of the notes on methods, in dollars; the peer's days of April 2026 are a day earlier."""
    found = rows(
        "select sku, valid_from, read_multiple, previous_read_multiple from marts.cache_history "
        "where provider_id = 'deepseek' "
        "and currency = 'USD' and read_multiple is distinct from previous_read_multiple "
        "and coalesce(price_window_id, '') not like '%peak-2026' or price_window_id = 'deepseek-offpeak-2026' "
        "order by valid_from"
    )
    ratios = {(row["sku"], f"{row['valid_from']:%Y-%m-%d}"): round(row["read_multiple"], 4) for row in found}
    expected = {
        ("deepseek-chat", "2025-02-08"): 0.2593,
        ("deepseek-reasoner", "2025-01-20"): 0.2545,
        ("deepseek-chat", "2025-09-05"): 0.125,
        ("deepseek-chat", "2025-09-29"): 0.1,
        ("deepseek-v4-flash", "2026-04-24"): 0.2,
        ("deepseek-v4-pro", "2026-04-24"): 0.0833,
        ("deepseek-v4-flash", "2026-04-26"): 0.02,
        ("deepseek-v4-flash", "2026-08-16"): 0.0318,
        ("deepseek-v4-pro", "2026-08-16"): 0.0333,
        ("deepseek-flash", "2026-09-10"): 0.02,
    }
    assert {key: ratios.get(key) for key in expected} == expected
    before = {row["valid_from"]: row["previous_read_multiple"] for row in found if row["sku"] == "deepseek-chat"}
    assert before[datetime(2025, 9, 5, 16)] == pytest.approx(0.07 / 0.27)
    first = rows(
        "select valid_from, read_multiple from marts.cache_history where sku = 'deepseek-chat' and currency = 'CNY' "
        "order by valid_from limit 1"
    )
    assert first == [{"valid_from": datetime(2024, 8, 2), "read_multiple": pytest.approx(0.1)}]


def test_a_loops_turn_over_a_price_tier_is_billed_whole_at_it(rows):
    found = rows(
        "select turn, cost_uncached, cost_cached from agent_loop(199000, 1000, 0, 2, timestamp '2025-11-01') "
        "where sku = 'claude-sonnet-4-5' and service_tier = 'standard' and rule_id = 'anthropic-5m' order by turn"
    )
    # 200,000 tokens are not over 200,000. Turn 2 sends 201,000 at $6, of which 200,000 are read at $0.60 and 1,000
    # written at $7.50.
    assert [row["cost_uncached"] for row in found] == pytest.approx([0.600, 0.600 + 1.206])
    assert [row["cost_cached"] for row in found] == pytest.approx([0.750, 0.750 + 0.120 + 0.0075])


def test_a_loop_too_short_for_the_cache_pays_no_write_fee(rows):
    found = rows(
        "select cost_uncached, cost_cached, hit_rate from agent_loop(300, 300, 0, 4, timestamp '2025-11-01') "
        "where sku = 'claude-sonnet-4-5' and service_tier = 'standard' and rule_id = 'anthropic-5m' order by turn"
    )
    # Prompts of 600, 900, 1,200 and 1,500 tokens: the third is the first to be written, and the fourth reads it.
    cached = [600, 1_500, 1_500 + 1_200 * 1.25, 1_500 + 1_500 + 1_200 * 0.1 + 300 * 1.25]
    assert [row["cost_cached"] for row in found] == pytest.approx([3e-6 * n for n in cached])
    assert [row["hit_rate"] for row in found] == pytest.approx([0, 0, 0, 1_200 / 4_200])


CACHE_RATES = "select ttl_minutes, read_multiple, write_multiple, fact_ids from marts.cache_rate order by all"
LOOPS = (
    "select turns, round(usd_cached, 6) as usd, first_profitable_turn as first from marts.agent_loop_cost order by 1"
)


@pytest.fixture
def lists():
    """Rates of made-up SKUs, and the cache rates that follow."""
    connection = duckdb.connect()
    price_database.create(connection)

    def made(asked=CACHE_RATES, over=0, **amounts):
        for n, (token_class, amount) in enumerate(amounts.items()):
            price_database.insert(
                connection, "marts.api_price", series_id=over + n, provider_id="somebody", sku="some-model",
                token_class=token_class, service_tier="standard", context_over_tokens=over, currency="USD",
                amount=amount, usd_per_mtok=amount, fact_id=token_class, fact_ids=[token_class],
                valid_from=datetime(2026, 1, 1), known_from=datetime(2026, 1, 1),
            )  # fmt: skip
        price_database.make(connection, "marts.cache_rate", "marts.agent_loop_cost")
        return price_database.rows(connection, asked)

    def rule(sku_prefix="other- some-", **cells):
        price_database.insert(
            connection, "facts.cache_rule", fact_id="rule", rule_id="rule", provider_id="somebody",
            sku_prefix=sku_prefix, mechanism="automatic", status="active", **cells,
        )  # fmt: skip

    made.rule = rule
    yield made
    connection.close()


def test_a_sku_without_a_rule_needs_every_cache_rate_of_its_own(lists):
    assert lists(input=2, cache_read=1, output=8) == [], "whether a write costs is not made up"


def test_a_sku_without_a_rule_has_a_cache_for_each_write_rate(lists):
    assert lists(input=2, cache_read=1, cache_write_5m=3, cache_write_1h=4, output=8) == [
        {"ttl_minutes": 5, "read_multiple": 0.5, "write_multiple": 1.5,
         "fact_ids": ["cache_read", "cache_write_5m", "input"]},
        {"ttl_minutes": 60, "read_multiple": 0.5, "write_multiple": 2,
         "fact_ids": ["cache_read", "cache_write_1h", "input"]},
    ]  # fmt: skip


def test_a_write_rate_below_the_uncached_rate_comes_on_top_of_it(lists):
    assert lists(input=2, cache_read=1, cache_write=0.5) == []
    assert lists(cache_write_5m=2) == [
        {
            "ttl_minutes": 5,
            "read_multiple": 0.5,
            "write_multiple": 1,
            "fact_ids": ["cache_read", "cache_write_5m", "input"],
        }
    ]


def test_by_a_rule_without_a_write_fee_a_listed_write_rate_is_none(lists):
    lists.rule(read_multiple=0.25, write_multiple=1)
    (found,) = lists(input=3, cache_read=0.75, cache_write=6)
    assert (found["write_multiple"], found["fact_ids"]) == (1, ["cache_read", "input", "rule"])


@pytest.mark.parametrize(("prefix", "covers"), [("some-model$", True), ("some-model", True), ("some$", False)])
def test_a_rule_names_skus_that_begin_so_or_with_a_dollar_one_alone(lists, prefix, covers):
    lists.rule(prefix, read_multiple=0.5, write_multiple=1)
    assert bool(lists(input=2, output=8)) is covers


def test_a_longer_cache_that_is_not_rented_is_a_choice_also_where_another_is(rows):
    """Kimi K3 writes for an hour at 2 and reads at 0.1 of the input: three uses are 2 + 2 x 0.1. Moonshot's caches of
    2024, which were rented, had no time to live."""
    found = rows(
        "select distinct cost_long, cheapest from marts.cache_ttl_choice where provider_id = 'moonshotai' "
        "and uses = 3 and gap_over_minutes >= 5 and gap_up_to_minutes <= 60"
    )
    assert found == [{"cost_long": pytest.approx(2.2), "cheapest": "long"}]


def test_a_loop_is_priced_below_the_next_price_tier_only(lists):
    lists.rule(read_multiple=0.5, write_multiple=1)
    lists(input=4, output=16, over=84_500)
    found = lists(LOOPS, input=2, output=8)
    assert [row["turns"] for row in found] == [1, 2, 5, 10, 20, 50], "turn 50 sends 84,500 tokens, turn 100 159,500"
    # Two turns: prompts of 11,000 and 12,500 tokens; 12,500 are written, 11,000 read at half; 1,000 are put out.
    assert found[1] == {"turns": 2, "usd": pytest.approx((2 * (12_500 + 5_500) + 8 * 1_000) / 1e6), "first": 2}


@pytest.mark.parametrize(("write", "first"), [(1, 2), (2, 4), (3, 7), (90, None)])
def test_the_first_profitable_turn_is_the_first_that_costs_less(lists, write, first):
    # It pays where the last prompt is less than .5 / (w - .5) of all that was sent. The prompts are 11, 12.5, 14, 15.5,
    # 17, 18.5, 20 thousand tokens, so that share is 1, .532, .373, .292, .243, .209, .184; after 100 turns .019.
    lists.rule(read_multiple=0.5, write_multiple=write)
    (found,) = lists(f"select * from ({LOOPS}) where turns = 1", input=2, output=8)
    assert found["first"] == first


def test_no_loop_is_priced_whose_first_prompt_is_too_short_to_be_cached(lists):
    lists.rule(read_multiple=0.5, write_multiple=1, min_tokens=32_768)
    assert lists(LOOPS, input=2, output=8) == []
