"""When caching pays. The tables are those of the notes on methods, each line computed by hand from w and r:
n* = (w - r) / (1 - r), h* = (w - 1) / (w - r), effective multiple = h r + (1 - h) w.
"""

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


def test_at_the_break_even_hit_rate_caching_costs_what_it_saves(rows):
    (row,) = rows("select effective_input_multiple(break_even_hit_rate(0.1, 1.25), 0.1, 1.25) as multiple")  # E14
    assert row["multiple"] == pytest.approx(1)


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


@pytest.mark.parametrize(
    ("uses", "none", "five_minutes", "one_hour"), [(2, 2, 2.5, 2.1), (3, 3, 3.75, 2.2)]
)  # E13: gaps of 5 to 60 minutes, so that the short cache is written anew each time
def test_which_time_to_live_is_cheapest_when_uses_are_half_an_hour_apart(rows, uses, none, five_minutes, one_hour):
    (short,) = rows("select write_multiple from facts.cache_rule where rule_id = 'anthropic-5m' "
                    "and valid_to is null and write_multiple = 1.25 and read_multiple = 0.1 limit 1")  # fmt: skip
    (long,) = rows("select write_multiple, read_multiple from facts.cache_rule where rule_id = 'anthropic-1h' "
                   "and valid_to is null and read_multiple = 0.1 limit 1")  # fmt: skip
    assert uses == none
    assert uses * short["write_multiple"] == pytest.approx(five_minutes)
    assert long["write_multiple"] + (uses - 1) * long["read_multiple"] == pytest.approx(one_hour)


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
                and list_bool_or(list_transform(string_split(rule.sku_prefix, ' '), lambda p: starts_with(hit.sku, p)))
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
