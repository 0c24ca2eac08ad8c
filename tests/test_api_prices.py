"""What a token costs, with and without a cache hit, and since when. Expected values are the article's and the vendors'
own, or arithmetic on them that stands beside the query.
"""

from datetime import datetime
from decimal import Decimal

import pytest

NOW = datetime(2026, 11, 23)
FEBRUARY = datetime(2025, 2, 20, 12)
DECEMBER = datetime(2024, 12, 30)


@pytest.fixture(scope="module")
def rate(rows):
    """The rate of a SKU's token class in a currency, as known now."""

    def ask(sku, token_class, currency="USD", at=FEBRUARY, context=0, tier="standard"):
        found = rows(
            "select amount from price_in_force(?, ?) where sku = ? and token_class = ? and currency = ? "
            "and service_tier = ? and context_over_tokens = ? and region is null",
            at, NOW, sku, token_class, currency, tier, context,
        )  # fmt: skip
        assert len(found) <= 1
        return found[0]["amount"] if found else None

    return ask


@pytest.mark.parametrize(
    ("sku", "token_class", "currency", "at", "amount"),
    [
        ("deepseek-reasoner", "cache_read", "CNY", FEBRUARY, "1"),  # F048
        ("deepseek-reasoner", "output", "CNY", FEBRUARY, "16"),  # F049
        ("o3-mini", "cache_read", "USD", FEBRUARY, "0.55"),  # F050, printed as "input"
        ("o3-mini", "output", "USD", FEBRUARY, "4.4"),  # F052
        ("deepseek-chat", "cache_read", "CNY", DECEMBER, "0.1"),  # F055
        ("deepseek-chat", "output", "CNY", DECEMBER, "2"),  # F056
        ("deepseek-chat", "cache_read", "CNY", FEBRUARY, "0.5"),  # F057
        ("deepseek-chat", "output", "CNY", FEBRUARY, "8"),  # F058
        ("deepseek-chat", "input", "CNY", DECEMBER, "1"),
        ("deepseek-chat", "input", "CNY", FEBRUARY, "2"),
        ("deepseek-reasoner", "input", "CNY", FEBRUARY, "4"),
        ("deepseek-chat", "cache_read", "USD", DECEMBER, "0.014"),
        ("deepseek-chat", "input", "USD", DECEMBER, "0.14"),
        ("deepseek-chat", "output", "USD", DECEMBER, "0.28"),
        ("deepseek-chat", "cache_read", "USD", FEBRUARY, "0.07"),
        ("deepseek-chat", "input", "USD", FEBRUARY, "0.27"),
        ("deepseek-chat", "output", "USD", FEBRUARY, "1.10"),
        ("deepseek-reasoner", "cache_read", "USD", FEBRUARY, "0.14"),
        ("deepseek-reasoner", "input", "USD", FEBRUARY, "0.55"),
        ("deepseek-reasoner", "output", "USD", FEBRUARY, "2.19"),
        ("o3-mini", "input", "USD", FEBRUARY, "1.10"),
    ],
)
def test_the_rates_of_the_article_and_those_it_leaves_out(rate, sku, token_class, currency, at, amount):
    assert rate(sku, token_class, currency, at) == Decimal(amount)


@pytest.mark.parametrize(("tier", "token_class", "amount"), [("batch", "input", "0.55"), ("batch", "output", "2.20")])
def test_batch_is_a_third_meaning_of_the_same_number(rate, tier, token_class, amount):
    assert rate("o3-mini", token_class, tier=tier, at=datetime(2025, 7, 1)) == Decimal(amount)


def test_o3_minis_rate_says_that_the_article_mislabels_it(rows):
    (fact,) = rows("select token_class, note from facts.api_price where fact_id = 'article-F050'")
    assert fact["token_class"] == "cache_read"
    assert "input" in fact["note"]


def test_an_output_rate_has_no_cache_dimension(rows):
    classes = rows("select token_class from ref.token_class where direction = 'output' and token_class like '%cache%'")
    assert classes == []
    (promo,) = rows("select token_class, price_kind from facts.api_price where fact_id = 'article-F056'")
    assert promo == {"token_class": "output", "price_kind": "promo"}


def test_the_yuan_conversions_of_the_author_are_no_list_prices(rows):
    found = rows("from marts.stated_conversion where fact_id in ('article-F050', 'article-F052') order by fact_id")
    hit, output = found
    assert hit["implied_rate"] == pytest.approx(4 / 0.55)  # D20
    assert output["implied_rate"] == pytest.approx(31 / 4.4)  # D21
    assert (hit["implied_rate_low"], hit["implied_rate_high"]) == pytest.approx((3.5 / 0.55, 4.5 / 0.55))  # D22
    assert (output["implied_rate_low"], output["implied_rate_high"]) == pytest.approx((30.5 / 4.4, 31.5 / 4.4))  # D23
    both_low = max(row["implied_rate_low"] for row in found)
    both_high = min(row["implied_rate_high"] for row in found)
    assert (both_low, both_high) == pytest.approx((30.5 / 4.4, 31.5 / 4.4))  # D24: excludes the market's rate
    assert all(not both_low <= row["market_rate"] < both_high for row in found)
    assert rows("select * from facts.api_price where sku = 'o3-mini' and currency = 'CNY'") == []


def test_the_market_rate_is_the_ecbs_cross_rate_of_the_day(rows):
    # ECB fixings of 2025-02-19, per euro: 1.0434 dollars, 7.6017 yuan.
    (fx,) = rows("from facts.fx_rate where currency = 'CNY' and on_date = date '2025-02-19'")
    assert float(fx["usd_per_unit"]) == pytest.approx(1.0434 / 7.6017, rel=1e-9)
    assert fx["is_carried"] is False


def test_a_weekend_carries_fridays_rate_and_says_so(rows):
    found = rows(
        "from facts.fx_rate where currency = 'CNY' and on_date between '2025-02-14' and '2025-02-17' order by on_date"
    )
    assert [row["is_carried"] for row in found] == [False, True, True, False]
    assert found[1]["usd_per_unit"] == found[0]["usd_per_unit"]
    assert found[2]["fixed_on"] == datetime(2025, 2, 14)


@pytest.mark.parametrize("currency", ["CNY", "EUR", "GBP", "JPY"])
def test_exchange_rates_are_dense_by_day(rows, currency):
    (span,) = rows(
        "select count(*) as n, datediff('day', min(on_date), max(on_date)) + 1 as days from facts.fx_rate "
        "where currency = ?", currency,
    )  # fmt: skip
    assert span["n"] == span["days"]


def test_to_usd_takes_the_rate_of_the_day_also_from_columns_of_the_same_name(rows):
    (row,) = rows("select to_usd(16, 'CNY', '2025-02-19') as usd, to_usd(16, 'USD', '2025-02-19') as same, "
                  "to_usd(16, 'CNY', '1999-12-31') as unknown")  # fmt: skip
    assert row["usd"] == pytest.approx(16 * 1.0434 / 7.6017, rel=1e-9)
    assert (row["same"], row["unknown"]) == (16, None)
    found = rows("select amount, currency, to_usd(amount, currency, on_date) as usd from "
                 "(values (7.0, 'CNY', timestamp '2025-02-19'), (7.0, 'USD', timestamp '2025-02-19')) "
                 "as t (amount, currency, on_date)")  # fmt: skip
    assert [row["usd"] for row in found] == [pytest.approx(7 * 1.0434 / 7.6017, rel=1e-9), 7]


@pytest.mark.parametrize(
    ("sku", "token_class", "at", "expected"),
    [
        ("deepseek-reasoner", "cache_read", FEBRUARY, 1 / 0.14),  # D26a
        ("deepseek-reasoner", "input", FEBRUARY, 4 / 0.55),  # D26b
        ("deepseek-reasoner", "output", FEBRUARY, 16 / 2.19),  # D26c
        ("deepseek-chat", "cache_read", FEBRUARY, 0.5 / 0.07),  # D26d
        ("deepseek-chat", "input", FEBRUARY, 2 / 0.27),  # D26e
        ("deepseek-chat", "output", FEBRUARY, 8 / 1.10),  # D26f
        ("deepseek-chat", "cache_read", DECEMBER, 0.1 / 0.014),  # D26g
        ("deepseek-chat", "input", DECEMBER, 1 / 0.14),  # D26h
        ("deepseek-chat", "output", DECEMBER, 2 / 0.28),  # D26i
    ],
)
def test_deepseeks_dollar_and_yuan_lists_are_two_lists(rate, sku, token_class, at, expected):
    ratio = rate(sku, token_class, "CNY", at) / rate(sku, token_class, "USD", at)
    assert float(ratio) == pytest.approx(expected, rel=1e-12)


def test_o3_mini_beside_r1(rate, rows):
    (stated,) = rows("select stated_amount from marts.stated_conversion where fact_id = 'article-F050'")
    assert stated["stated_amount"] / rate("deepseek-reasoner", "cache_read", "CNY") == 4  # D27
    (stated,) = rows("select stated_amount from marts.stated_conversion where fact_id = 'article-F052'")
    assert float(stated["stated_amount"] / rate("deepseek-reasoner", "output", "CNY")) == 1.9375  # D28 = 31 / 16
    hit = rate("o3-mini", "cache_read") / rate("deepseek-reasoner", "cache_read")
    miss = rate("o3-mini", "input") / rate("deepseek-reasoner", "input")
    output = rate("o3-mini", "output") / rate("deepseek-reasoner", "output")
    assert [float(x) for x in (hit, miss, output)] == pytest.approx([0.55 / 0.14, 1.10 / 0.55, 4.40 / 2.19])  # D29-31
    wrong = rate("o3-mini", "input") / rate("deepseek-reasoner", "cache_read")
    assert float(wrong) == pytest.approx(1.10 / 0.14)  # D32: uncached over hit, as the naive mix has it


@pytest.mark.parametrize(
    ("token_class", "multiple"), [("cache_read", 0.5 / 0.1), ("input", 2 / 1), ("output", 8 / 2)]
)  # D33, D35, D34
def test_v3s_promotion_ends_once_in_each_class(rows, token_class, multiple):
    (change,) = rows(
        "from marts.api_price_change where sku = 'deepseek-chat' and currency = 'CNY' and token_class = ? "
        "and price_window_id is null and old is not null and new is not null and valid_from < timestamp '2025-03-01'",
        token_class,
    )
    assert change["change_kind"] == "promo_end"
    assert change["valid_from"] == datetime(2025, 2, 8, 16)
    assert change["multiple"] == pytest.approx(multiple)


@pytest.mark.parametrize(
    ("sku", "at", "ratio"),
    [
        ("deepseek-chat", DECEMBER, 0.1 / 1),
        ("deepseek-chat", FEBRUARY, 0.5 / 2),
        ("deepseek-reasoner", FEBRUARY, 1 / 4),
    ],
)  # D36
def test_the_cache_discount_shrank_when_the_promotion_ended(rate, sku, at, ratio):
    assert float(rate(sku, "cache_read", "CNY", at) / rate(sku, "input", "CNY", at)) == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("hit_rate", "old", "new"), [(0, 1.25, 3.5), (0.5, 0.9125, 2.9375), (1, 0.575, 2.375)]
)  # D37: (3 (h hit + (1 - h) miss) + output) / 4
def test_a_blend_rose_by_another_multiple_at_every_hit_rate(rate, hit_rate, old, new):
    def blend(at):
        hit, miss, output = (float(rate("deepseek-chat", c, "CNY", at)) for c in ("cache_read", "input", "output"))
        return (3 * (hit_rate * hit + (1 - hit_rate) * miss) + output) / 4

    assert (blend(DECEMBER), blend(FEBRUARY)) == pytest.approx((old, new))


@pytest.mark.parametrize(
    ("instant", "amount"),
    [
        (datetime(2024, 8, 1, 23, 59, 59, 999999), None),
        (datetime(2024, 8, 2), "0.1"),  # the disk cache began; V3 took the name over at the same rate
        (datetime(2025, 2, 8, 15, 59, 59, 999999), "0.1"),
        (datetime(2025, 2, 8, 16), "0.5"),
    ],
)
def test_a_rate_holds_from_its_first_instant_to_just_before_its_end(rate, instant, amount):
    assert rate("deepseek-chat", "cache_read", "CNY", instant) == (amount and Decimal(amount))


@pytest.mark.parametrize(
    ("instant", "hit", "miss", "output"),
    [
        (datetime(2025, 3, 1, 16, 29, 59, 999999), "0.14", "0.55", "2.19"),
        (datetime(2025, 3, 1, 16, 30), "0.035", "0.135", "0.55"),
        (datetime(2025, 3, 2, 0, 29, 59, 999999), "0.035", "0.135", "0.55"),
        (datetime(2025, 3, 2, 0, 30), "0.14", "0.55", "2.19"),
        (datetime(2025, 2, 25, 20), "0.14", "0.55", "2.19"),  # the hours began on 2025-02-26
    ],
)
def test_r1_off_peak_wraps_midnight(rate, instant, hit, miss, output):
    found = [rate("deepseek-reasoner", c, at=instant) for c in ("cache_read", "input", "output")]
    assert found == [Decimal(hit), Decimal(miss), Decimal(output)]


def test_no_instant_has_two_rates_of_one_series(rows):
    for at in (DECEMBER, FEBRUARY, datetime(2025, 9, 1, 20), datetime(2026, 9, 15, 2), NOW):
        assert rows(
            "select provider_id, sku, token_class, service_tier, context_over_tokens, region, currency, unit, count(*) "
            "from price_in_force(?, ?) group by all having count(*) > 1", at, NOW,
        ) == []  # fmt: skip


@pytest.mark.parametrize("known_at", [datetime(2024, 1, 1), datetime(2025, 2, 20), datetime(2025, 6, 5), NOW])
@pytest.mark.parametrize(
    "valid_at",
    [datetime(2000, 1, 1), DECEMBER, FEBRUARY, datetime(2025, 6, 15), datetime(2026, 9, 15), datetime(2030, 1, 1)],
)
def test_a_series_has_a_rate_or_one_gap_with_its_reason_whatever_is_asked(rows, valid_at, known_at):
    found = rows(
        """
        with rated as (
            select series_id from marts.api_price
            where (valid_from is null or valid_from <= $1) and (valid_to is null or valid_to > $1)
                and known_from <= $2 and (known_to is null or known_to > $2)
        ),
        missing as (
            select series_id from marts.api_price_gap
            where (valid_from is null or valid_from <= $1) and (valid_to is null or valid_to > $1)
                and (known_from is null or known_from <= $2) and (known_to is null or known_to > $2)
        )
        select series.series_id, series.sku, series.token_class,
            (select count(*) from rated where rated.series_id = series.series_id) as rates,
            (select count(*) from missing where missing.series_id = series.series_id) as gaps
        from ref.price_series as series
        where rates + gaps <> 1
        """,
        valid_at, known_at,
    )  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    ("sku", "valid_at", "known_at", "rates"),
    [
        # o3's cut to 2/8 on 2025-06-10 was not known on the 5th; R1's list had no known end in March.
        ("o3", datetime(2025, 6, 15), datetime(2025, 6, 5), [10, 40]),
        ("o3", datetime(2025, 6, 15), NOW, [2, 8]),
        ("deepseek-reasoner", datetime(2025, 10, 1, 12), datetime(2025, 3, 1), [Decimal("0.55"), Decimal("2.19")]),
        # The end of V3's promotion was announced with it.
        ("deepseek-chat", datetime(2025, 2, 20, 12), datetime(2025, 1, 25), []),
    ],
)
def test_what_was_believed_of_the_future_does_not_know_it(rows, sku, valid_at, known_at, rates):
    found = rows(
        "select amount from price_in_force(?, ?) where sku = ? and currency = 'USD' and service_tier = 'standard' "
        "and token_class in ('input', 'output') order by token_class",
        valid_at, known_at, sku,
    )  # fmt: skip
    assert [row["amount"] for row in found] == rates


def test_a_model_before_its_launch_has_no_rate_and_the_gap_says_not_launched(rows):
    assert rows("from price_in_force(timestamp '2000-01-01', ?) where sku = 'o3'", NOW) == []
    reasons = rows("select distinct reason from marts.api_price_gap where sku = 'o3' and valid_from is null "
                   "and valid_to is not null and known_to is null")  # fmt: skip
    assert reasons == [{"reason": "not_launched"}]


@pytest.mark.parametrize("name", ["o3", "deepseek-v4-flash"])
def test_a_disputed_rate_of_unknown_beginning_makes_no_history(rows, name):
    found = rows(
        "select multiple, change_kind from marts.api_price_change where sku = ? and token_class = 'cache_read' "
        "and multiple > 1 and price_window_id is null", name,
    )  # fmt: skip
    assert found == []


def test_a_list_that_gives_way_to_hours_is_a_change_of_windows(rows):
    found = rows("select distinct sku from marts.api_price_change where change_kind = 'window_change' order by sku")
    assert [row["sku"] for row in found] == ["deepseek-v4-flash", "deepseek-v4-pro"]


@pytest.mark.parametrize(
    ("day", "kind"),
    [("2025-09-05 16:00", "price_change"), ("2025-09-29", "alias_moved")],
)  # deepseek-chat came to mean V3.1 on 2025-08-21, at unchanged rates, and V3.2-Exp on 2025-09-29, at new ones
def test_a_name_that_moved_is_told_from_a_price_that_changed(rows, day, kind):
    found = rows(
        "select distinct change_kind from marts.api_price_change where sku = 'deepseek-chat' and currency = 'USD' "
        "and valid_from = cast(? as timestamp) and new is not null and price_window_id is null", day,
    )  # fmt: skip
    assert found == [{"change_kind": kind}]


def test_a_name_means_the_model_of_the_day(rows):
    asked = "select distinct model_id from price_in_force(?, ?) where sku = 'deepseek-chat'"
    assert rows(asked, DECEMBER, NOW) == [{"model_id": "deepseek-v3"}]
    assert rows(asked, datetime(2025, 8, 25, 12), NOW) == [{"model_id": "deepseek-v3.1"}]


def test_a_rate_in_yuan_is_converted_at_the_rate_of_the_day_it_began(rows):
    (price,) = rows(
        "select usd_per_mtok from marts.api_price where sku = 'deepseek-chat' and currency = 'CNY' "
        "and token_class = 'output' and valid_from = timestamp '2025-02-08 16:00' and price_window_id is null limit 1"
    )
    # ECB fixings of Friday 2025-02-07, carried to Saturday: 1.0377 dollars and 7.5634 yuan for a euro.
    (fixing,) = rows("select fixed_on from facts.fx_rate where currency = 'CNY' and on_date = date '2025-02-08'")
    assert fixing["fixed_on"] == datetime(2025, 2, 7)
    assert float(price["usd_per_mtok"]) == pytest.approx(8 * 1.0377 / 7.5634, rel=1e-9)


def test_an_instant_with_a_time_zone_is_the_same_instant(rows):
    naive, zoned = "timestamp '2025-03-01 20:00'", "timestamptz '2025-03-01 12:00:00-08'"
    asked = "select fact_id from price_in_force({}, {}) where sku = 'deepseek-reasoner' order by fact_id"
    known = "timestamp '2026-11-01'"
    assert rows(asked.format(naive, known)) == rows(asked.format(zoned, known))
    assert rows(asked.format("'2025-03-01 20:00'", "'2026-11-01'")) == rows(asked.format(naive, known))


def test_a_price_announced_and_cancelled_never_became_history(rows):
    asked = (
        "select token_class, amount from price_in_force(timestamp '2026-09-15', ?) where sku = 'claude-sonnet-5' "
        "and token_class in ('input', 'output') and currency = 'USD' and service_tier = 'standard' "
        "and context_over_tokens = 0 order by token_class"
    )
    known = [row["amount"] for row in rows(asked, datetime(2026, 8, 21, 23, 59, 59))]
    later = [row["amount"] for row in rows(asked, datetime(2026, 10, 1, 23, 59, 59))]
    assert (known, later) == ([3, 15], [2, 10])
    cancelled = rows(
        "from marts.api_price_change where sku = 'claude-sonnet-5' and change_kind = 'announcement_cancelled'"
    )
    assert {row["token_class"] for row in cancelled} >= {"input", "output"}


@pytest.mark.parametrize(
    ("sku", "token_class", "chosen", "rates"),
    [
        # genai-prices prints 0.50 before the cut of 2025-06-10; litellm's file of 2025-06-01 has 2.50.
        ("o3", "cache_read", "litellm-1.72.0", {"2.500000000000", "0.500000000000"}),
        # llm-prices missed the cut of the cache rate to a tenth on 2026-04-26.
        ("deepseek-v4-flash", "cache_read", "deepseek-pricing-usd-2026-05", {"0.002800000000", "0.028000000000"}),
    ],
)
def test_sources_that_disagree_are_shown_with_the_one_chosen(rows, sku, token_class, chosen, rates):
    found = rows("from marts.api_price_conflict where sku = ? and token_class = ?", sku, token_class)
    assert found
    for row in found:
        assert row["chosen_source_id"] == chosen
        assert {rate.split(": ")[1] for rate in row["rates"]} == rates


@pytest.mark.parametrize(
    ("sku", "token_class", "context", "reason"),
    [
        ("claude-sonnet-4-5", "input", 200_000, "retired"),  # the long context was retired on 2026-04-30
        ("gemini-3.6-flash", "cache_storage_hour", 0, "field_absent"),  # a promotion ends, and no list is stated
    ],
)
def test_a_gap_after_the_last_rate_tells_retired_from_no_longer_stated(rows, sku, token_class, context, reason):
    found = rows(
        "select distinct reason from marts.api_price_gap where sku = ? and token_class = ? "
        "and context_over_tokens = ? and valid_to is null and valid_from is not null and known_to is null",
        sku, token_class, context,
    )  # fmt: skip
    assert found == [{"reason": reason}]


def test_a_rate_stated_before_a_change_was_known_is_the_past_and_no_conflict(rows):
    # PromptFuel's $0.20 is of 2026-09-28; the cut to $0.10 was of 2026-10-07.
    assert rows("from marts.api_price_conflict where sku = 'claude-sonnet-5-5'") == []
