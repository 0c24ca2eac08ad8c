"""What workloads cost. Numbers named E are the worked examples of the notes on methods, computed there by hand from
rates and tokens; the others are computed beside the test.
"""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import duckdb
import price_database
import pytest

from pipelines.warehouse.sql_models import macros

R1, O3_MINI = ("deepseek", "deepseek-reasoner"), ("openai", "o3-mini")
MTOK = 1_000_000
OFFER = ("provider_id", "sku", "region", "currency", "price_window_id")
PARTS = ("fresh_usd", "cache_read_usd", "cache_write_usd", "output_usd", "total_usd", "total")


@pytest.fixture(scope="module")
def cost(rows) -> Callable[..., dict[str, object]]:
    """What these tokens cost at one SKU's list, at an instant."""

    def ask(sku, input_tokens, output_tokens, hit_rate, valid_at, *, currency="USD", **others) -> dict[str, object]:
        named = "".join(f", {name} := {value!r}" for name, value in others.items())
        (row,) = rows(
            f"from workload_cost(?, ?, ?, timestamp '{valid_at}'{named}) "
            "where provider_id = ? and sku = ? and currency = ? and region is null",
            input_tokens, output_tokens, hit_rate, *sku, currency,
        )  # fmt: skip
        return row

    return ask


# ---- One's own workload ---------------------------------------------------------------------------------------------


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
def test_r1_and_o3_mini_by_hit_rate(cost, hit_rate, r1, o3_mini, ratio):
    """E2: 3M tokens in and 1M out, in February 2025."""
    one, other = (cost(sku, 3 * MTOK, MTOK, hit_rate, "2025-02-20") for sku in (R1, O3_MINI))
    assert one["total_usd"] == pytest.approx(r1, abs=1e-9)
    assert other["total_usd"] == pytest.approx(o3_mini, abs=1e-9)
    assert other["total_usd"] / one["total_usd"] == pytest.approx(ratio, abs=5e-7)
    assert one["cache_used"] == other["cache_used"] == (hit_rate > 0)
    assert one["note"] is None


def test_the_article_compares_what_is_cached(cost):
    """E2, as the article prints it in CNY: R1 at 1 and 16."""
    row = cost(R1, 3 * MTOK, MTOK, 1, "2025-02-20", currency="CNY")
    assert row["total"] == pytest.approx(3 * 1 + 16)


def test_a_day_of_deepseek_at_the_list_of_r1(cost):
    """E1: 608B tokens in, of which 342B hit the cache, 168B out; the source rounds its tokens and has $562,027."""
    row = cost(R1, 608e9, 168e9, 342 / 608, "2025-02-27 12:00")
    assert row["cache_read_usd"] == pytest.approx(47_880)
    assert row["fresh_usd"] + row["cache_write_usd"] == pytest.approx(146_300)
    assert row["output_usd"] == pytest.approx(367_920)
    assert row["total_usd"] == pytest.approx(562_100)
    assert row["total_usd"] == pytest.approx(562_027, rel=2e-4)
    assert cost(R1, 608e9, 168e9, 0, "2025-02-27 12:00")["total_usd"] == pytest.approx(702_320)


@pytest.mark.parametrize(("valid_at", "bill"), [("2025-02-08 12:00", 893.3), ("2025-02-10", 2_755.5)])
def test_the_bill_when_the_promotion_of_v3_ended(cost, valid_at, bill):
    """E3: CNY, 1,000M in at a hit rate of 56.3%, 200M out."""
    row = cost(("deepseek", "deepseek-chat"), 1_000 * MTOK, 200 * MTOK, 0.563, valid_at, currency="CNY")
    assert row["total"] == pytest.approx(bill)


def test_a_vendors_own_example_of_usage(cost):
    """E4: 2,006 tokens in, of which 1,920 cached, 300 out."""
    cached = cost(("openai", "gpt-4o-2024-08-06"), 2006, 300, 1920 / 2006, "2024-10-15")
    plain = cost(("openai", "gpt-4o-2024-08-06"), 2006, 300, 0, "2024-10-15")
    assert cached["total_usd"] == pytest.approx(0.005615, abs=1e-12)
    assert plain["total_usd"] == pytest.approx(0.008015, abs=1e-12)


@pytest.mark.parametrize(
    ("sku", "valid_at", "uncached", "cached"),
    [
        (("anthropic", "claude-sonnet-4-5"), "2025-10-15", 1.665, 0.437775),
        (("openai", "gpt-5"), "2025-08-15", 0.73125, 0.2075625),
        (("openai", "gpt-4o"), "2024-10-15", 1.3625, 0.780625),
        (("deepseek", "deepseek-chat"), "2025-02-20", 0.14735, 0.05425),
        (("deepseek", "deepseek-v4-flash"), "2026-05-01", 0.0735, 0.0096334),
    ],
)
def test_an_agent_loop_of_twenty_turns(cost, sku, valid_at, uncached, cached):
    """E5: 505,000 tokens in over 20 requests, of which 465,500 are read and 39,500 written; 10,000 out."""
    row = cost(sku, 505_000, 10_000, 465_500 / 505_000, valid_at, requests=20)
    assert row["total_usd"] == pytest.approx(cached, abs=1e-9)
    assert cost(sku, 505_000, 10_000, 0, valid_at, requests=20)["total_usd"] == pytest.approx(uncached, abs=1e-9)


def test_a_real_day_on_deepseek(cost):
    """E8, whose source counts a miss at 0.139 and output at 0.278 where the list has 0.14 and 0.28."""
    hit, miss, out = 435_033_856, 767_616, 179_763
    row = cost(("deepseek", "deepseek-v4-flash"), hit + miss, out, hit / (hit + miss), "2026-04-25", requests=1000)
    by_hand = (hit * 0.028 + miss * 0.14 + out * 0.28) / MTOK
    assert row["total_usd"] == pytest.approx(by_hand)
    assert row["total_usd"] == pytest.approx(12.337621, abs=0.002)


def test_a_long_request_is_billed_whole_at_the_rate_of_its_length(cost):
    """E10: 250,000 tokens of fresh input at $6; the same tokens in ten requests are short."""
    sonnet = ("anthropic", "claude-sonnet-4-5")
    assert cost(sonnet, 250_000, 0, 0, "2025-10-15")["total_usd"] == pytest.approx(1.50)
    assert cost(sonnet, 250_000, 0, 0, "2025-10-15", requests=10)["total_usd"] == pytest.approx(0.75)
    assert cost(sonnet, 200_000, 0, 0, "2025-10-15")["context_over_tokens"] == 0


def test_a_long_request_whose_rate_is_unknown_is_not_billed_as_a_short_one(rows):
    """Of Gemini 1.5 Flash above 128k tokens, in July 2024, the rate of input is known and none of output."""
    asked = "select sku from workload_cost(?, 1000, 0, timestamp '2024-07-01') where sku = 'gemini-1.5-flash'"
    assert rows(asked, 100_000) == [{"sku": "gemini-1.5-flash"}]
    assert rows(asked, 200_000) == []


def test_hours_are_those_of_the_instant(cost):
    """E11: 1M tokens missed and 1M out, at noon and in the discount hours."""
    noon, night = (cost(R1, MTOK, MTOK, 0, f"2025-03-05 {hour}:00") for hour in (12, 20))
    assert noon["total_usd"] == pytest.approx(2.74)
    assert night["total_usd"] == pytest.approx(0.685)
    assert (noon["price_window_id"], night["price_window_id"]) == (None, "deepseek-offpeak-2025")


def test_a_prefix_that_is_too_short_is_not_cached(cost):
    """E12: 100 calls with a prefix of 800 tokens at $3; a formula without the minimum would claim a saving."""
    row = cost(("anthropic", "claude-sonnet-4-5"), 80_000, 0, 0.99, "2025-10-15", requests=100)
    assert row["total_usd"] == pytest.approx(0.24)
    assert not row["cache_used"]
    assert row["note"] == "a prefix below 1024 tokens is not cached"


@pytest.mark.parametrize("hit_rate", [-0.1, 1.5, None])
def test_a_hit_rate_is_a_share(cost, hit_rate):
    with pytest.raises(duckdb.Error, match="hit_rate is the share of the input"):
        cost(R1, MTOK, MTOK, hit_rate, "2025-02-20")


def test_what_is_read_and_written_is_at_most_all(cost):
    with pytest.raises(duckdb.Error, match="together they are at most 1"):
        cost(R1, MTOK, MTOK, 0.5, "2025-02-20", written_share=0.9)


def test_output_alone_has_a_cost(cost):
    """A million tokens of R1 at $2.19."""
    assert cost(R1, 0, MTOK, 0, "2025-02-20")["total"] == pytest.approx(2.19)


@pytest.mark.parametrize(
    "written", ["2025-02-09T00:30:00+08:00", "2025-02-08 16:30", "2025-02-08T16:30:00Z", "2025-02-09 00:30:00+08"]
)
def test_an_instant_may_be_written_with_an_offset(rows, written):
    assert rows("select utc(?) as instant", written) == [{"instant": datetime(2025, 2, 8, 16, 30)}]


def test_what_is_no_instant_is_an_error_and_no_empty_answer(rows):
    with pytest.raises(duckdb.Error, match="garbage"):
        rows("from price_in_force('garbage', '2025-02-09')")


def test_an_instant_may_have_a_time_zone(rows):
    (row,) = rows(
        "select total_usd from workload_cost(1000000, 1000000, 0, timestamptz '2025-03-05 21:00:00+01') "
        "where sku = 'deepseek-reasoner' and currency = 'USD'"
    )
    assert row["total_usd"] == pytest.approx(0.685)


# ---- The named workloads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workload", ["chat", "retrieval", "agent-loop", "batch", "long-document"])
def test_the_macro_gives_what_the_table_has(rows, workload):
    """Every row of it, but for the hours that are not open at the instant."""
    (load,) = rows("select * from ref.workload where workload_id = ?", workload)
    kept = rows("from marts.workload_cost where workload_id = ? and floor_id = 'any'", workload)
    fresh, read, written = (load[f"{kind}_tokens"] for kind in ("fresh", "cache_read", "cache_write"))
    total = fresh + read + written
    own = rows(
        f"from workload_cost(?, ?, ?, timestamp '{kept[0]['valid_at']}', "
        f"written_share := {written / total!r}, tier := '{load['service_tier']}')",
        total, load["output_tokens"], read / total,
    )  # fmt: skip
    of_table = {tuple(row[name] for name in OFFER): row for row in kept}
    of_macro = {tuple(row[name] for name in OFFER): row for row in own}
    assert len(of_macro) == len(own) > 50
    assert all("peak" in row["price_window_id"] for key, row in of_table.items() if key not in of_macro)
    for key, row in of_macro.items():
        same = of_table[key]
        for name in ("model_id", "service_tier", "context_over_tokens", "cache_used", "note"):
            assert row[name] == same[name], key
        for name in PARTS:
            assert row[name] == pytest.approx(same[name], rel=1e-12, abs=1e-15), key
        assert set(row["fact_ids"]) == set(same["fact_ids"])


def test_a_total_is_the_sum_of_its_parts_and_a_month_of_its_requests(rows):
    for row in rows("from marts.workload_cost join ref.workload using (workload_id) where total_usd is not null"):
        assert row["total_usd"] == pytest.approx(sum(row[name] for name in PARTS[:4]))
        assert row["total_usd_per_month"] == pytest.approx(row["total_usd"] * row["requests_per_month"])


def test_the_shares_of_a_published_mix_are_the_published_ones(rows):
    """608B : 342B : 168B of a day of DeepSeek; 3 : 1 of the usual blend; E5's loop, by turn."""
    found = {row["workload_id"]: row for row in rows("from ref.workload")}
    chat, batch, loop = found["chat"], found["batch"], found["agent-loop"]
    chat_input = chat["fresh_tokens"] + chat["cache_read_tokens"] + chat["cache_write_tokens"]
    assert chat["cache_read_tokens"] * 608 == chat_input * 342
    assert chat["output_tokens"] * 608 == chat_input * 168
    assert batch["fresh_tokens"] == 3 * batch["output_tokens"]
    turns = 20
    prompts = [10_000 + t * 1_000 + (t - 1) * 500 for t in range(1, turns + 1)]
    assert loop["cache_write_tokens"] * turns == prompts[-1] == 39_500
    assert loop["cache_read_tokens"] * turns == sum(prompts) - prompts[-1] == 465_500


def test_a_workload_or_floor_that_is_our_own_says_so(rows):
    assert rows("from ref.workload where source_id is null and note not like 'Our own definition.%'") == []


# ---- On made-up rates -----------------------------------------------------------------------------------------------

NOW = datetime(2026, 1, 10)


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """No rates yet; a floor for everybody and one at 60 of an exam; four workloads of 1,000 tokens and one of 5,000."""
    workloads = {
        "plain": (1000, 0, 0, "standard"),
        "cached": (0, 900, 100, "standard"),
        "later": (1000, 0, 0, "batch"),
        "long": (5000, 0, 0, "standard"),
    }
    with duckdb.connect() as connection:
        price_database.create(connection)
        price_database.insert(connection, "ref.capability_floor", floor_id="any")
        price_database.insert(
            connection, "ref.capability_floor", floor_id="high", benchmark_id="exam", variant="main", least_score=60.0
        )
        for name, (fresh, read, written, tier) in workloads.items():
            price_database.insert(
                connection,
                "ref.workload",
                workload_id=name,
                fresh_tokens=fresh,
                cache_read_tokens=read,
                cache_write_tokens=written,
                output_tokens=0,
                service_tier=tier,
                requests_per_month=10,
            )
        yield connection


def price(connection, sku: str, amount: float, of: str = "input", tier: str = "standard", **others) -> None:
    """A rate of today; one of input brings one of output, of the same amount, that no workload here uses."""
    for each in (of, "output") if of == "input" else (of,):
        row = {
            "provider_id": "seller",
            "sku": sku,
            "token_class": each,
            "service_tier": tier,
            "context_over_tokens": 0,
            "currency": "USD",
            "amount": amount,
            "usd_per_mtok": amount,
            "model_id": f"model-{sku}",
            "valid_from": datetime(2026, 1, 1),
            "known_from": NOW,
            "fact_id": f"{sku}-{each}-{tier}-{others.get('context_over_tokens', 0)}",
        }
        price_database.insert(connection, "marts.api_price", **{**row, **others})


def score(connection, sku: str, amount: float, **others) -> None:
    row = {
        "fact_id": f"{sku}-{amount}",
        "model_id": f"model-{sku}",
        "benchmark_id": "exam",
        "variant": "main",
        "status": "active",
        "score": amount,
    }
    price_database.insert(connection, "facts.capability_score", **{**row, **others})


def cached(connection, sku: str, read: float, written: float | None, name: str = "rule", **others) -> None:
    """What a read and a write of a cache cost, over the SKU's rate of input."""
    row = {
        "provider_id": "seller",
        "sku": sku,
        "service_tier": "standard",
        "context_over_tokens": 0,
        "currency": "USD",
        "mechanism": "automatic",
        "rule_fact_id": name,
        "read_multiple": read,
        "write_multiple": written,
        "fact_ids": [name, f"{sku}-input-standard-0"],
    }
    price_database.insert(connection, "marts.cache_rate", **{**row, **others})


def costs(connection, workload: str, floor: str = "any") -> list[tuple[str, float, int]]:
    """SKU, USD for a million requests, place."""
    price_database.make(connection, "marts.workload_cost")
    found = price_database.rows(
        connection,
        "select sku, total_usd * 1000000 as usd, place from marts.workload_cost "
        "where workload_id = ? and floor_id = ? order by place, sku",
        workload,
        floor,
    )
    return [(row["sku"], pytest.approx(row["usd"]), row["place"]) for row in found]


def test_places_are_by_cost_and_equals_share_one(database):
    for sku, amount in {"dear": 3, "cheap": 1, "also-cheap": 1}.items():
        price(database, sku, amount)
    assert costs(database, "plain") == [("also-cheap", 1000, 1), ("cheap", 1000, 1), ("dear", 3000, 3)]


def test_a_floor_is_reached_by_the_best_known_score_and_what_has_none_is_counted(database):
    for sku, amount in {"good": 3, "at-the-floor": 4, "bad": 2, "unknown": 1, "other-variant": 1}.items():
        price(database, sku, amount)
    score(database, "good", 55)
    score(database, "good", 80)
    score(database, "at-the-floor", 60)
    score(database, "bad", 59.9)
    score(database, "bad", 90, status="superseded")
    score(database, "other-variant", 90, variant="another")
    assert costs(database, "plain", "high") == [("good", 3000, 1), ("at-the-floor", 4000, 2)]
    (row,) = price_database.rows(
        database,
        "select * from marts.workload_cost where workload_id = 'plain' and floor_id = 'high' and sku = 'good'",
    )
    assert (row["score"], row["offers_without_score"]) == (80, 2)
    assert row["fact_ids"] == ["good-input-standard-0", "good-output-standard-0", "good-80"]
    assert [place for _, _, place in costs(database, "plain")] == [1, 1, 3, 4, 5]


def test_without_a_price_of_a_read_all_input_is_fresh(database):
    price(database, "known", 10)
    cached(database, "known", 0.1, 1.25)
    price(database, "unknown", 10)
    assert costs(database, "cached") == [("known", 900 * 1 + 100 * 12.5, 1), ("unknown", 10_000, 2)]
    found = price_database.rows(database, "from marts.workload_cost where workload_id = 'cached' order by sku")
    assert [(row["cache_used"], row["note"]) for row in found] == [
        (True, None),
        (False, "the price of a cache read is unknown"),
    ]
    assert [set(row["fact_ids"]) for row in found] == [
        {"known-input-standard-0", "known-output-standard-0", "rule"},
        {"unknown-input-standard-0", "unknown-output-standard-0"},
    ]


def test_a_write_that_nothing_prices_costs_as_fresh_input_and_says_so(database):
    price(database, "by-its-list", 10)
    price(database, "by-its-list", 1, "cache_read")
    price(database, "by-a-rule", 10)
    cached(database, "by-a-rule", 0.2, None)
    assert costs(database, "cached") == [
        ("by-its-list", 900 * 1 + 100 * 10, 1),
        ("by-a-rule", 900 * 2 + 100 * 10, 2),
    ]
    found = price_database.rows(database, "from marts.workload_cost where workload_id = 'cached' order by place")
    assert {row["note"] for row in found} == {"no write rate is stated: that of fresh input"}
    assert "by-its-list-cache_read-standard-0" in found[0]["fact_ids"]


def test_the_cache_that_nobody_must_ask_for_comes_first_then_the_shortest_and_none_with_a_rent(database):
    price(database, "sku", 10)
    cached(database, "sku", 0.1, 1, "rented", storage_per_mtok_hour=4.5)
    cached(database, "sku", 0.6, 1, "of-its-list", mechanism=None, rule_fact_id=None, ttl_minutes=5.0)
    assert costs(database, "cached") == [("sku", 900 * 6 + 100 * 10, 1)]
    cached(database, "sku", 0.3, 2, "hour", ttl_minutes=60.0, mechanism="explicit")
    assert costs(database, "cached") == [("sku", 900 * 3 + 100 * 20, 1)]
    cached(database, "sku", 0.2, 1.5, "minutes", ttl_minutes=5.0, mechanism="explicit")
    assert costs(database, "cached") == [("sku", 900 * 2 + 100 * 15, 1)]
    cached(database, "sku", 0.5, 1, "by-itself")
    assert costs(database, "cached") == [("sku", 900 * 5 + 100 * 10, 1)]


def test_a_cache_rate_holds_in_its_time(database):
    price(database, "sku", 10)
    cached(database, "sku", 0.1, 1, "past", valid_to=NOW)
    cached(database, "sku", 0.2, 1, "future", valid_from=datetime(2026, 2, 1))
    assert costs(database, "cached") == [("sku", 10_000, 1)]
    cached(database, "sku", 0.3, 1, "now", valid_from=NOW)
    assert costs(database, "cached") == [("sku", 900 * 3 + 100 * 10, 1)]


def test_a_prefix_is_cached_from_the_least_length_of_the_rule_on(database):
    price(database, "sku", 10)
    cached(database, "sku", 0.2, 1, min_tokens=1000)
    assert costs(database, "cached") == [("sku", 900 * 2 + 100 * 10, 1)]
    database.execute("update marts.cache_rate set min_tokens = 1001")
    assert costs(database, "cached") == [("sku", 10_000, 1)]


def test_a_tier_that_will_do_is_used_where_it_has_rates(database):
    price(database, "both", 10)
    price(database, "both", 5, tier="batch")
    price(database, "standard-only", 7)
    price(database, "priority-only", 1, tier="priority")
    assert costs(database, "later") == [("both", 5_000, 1), ("standard-only", 7_000, 2)]
    assert costs(database, "plain") == [("standard-only", 7_000, 1), ("both", 10_000, 2)]
    found = price_database.rows(database, "from marts.workload_cost where workload_id = 'later' order by place")
    assert [(row["service_tier"], row["note"]) for row in found] == [
        ("batch", None),
        ("standard", "no batch rate is known"),
    ]


def test_the_length_of_a_request_chooses_its_tier(database):
    price(database, "sku", 10)
    price(database, "sku", 20, context_over_tokens=1000)
    price(database, "sku", 40, context_over_tokens=5000)
    assert costs(database, "plain") == [("sku", 1000 * 10, 1)]
    assert costs(database, "long") == [("sku", 5000 * 20, 1)]


def test_a_tier_that_lacks_a_rate_is_not_billed_at_a_lower_one(database):
    """Whoever bills long requests as a whole does not bill them as short ones where their rate is unknown."""
    price(database, "sku", 10)
    price(database, "sku", 20, of="output", context_over_tokens=1000)
    assert costs(database, "plain") == [("sku", 1000 * 10, 1)]
    assert costs(database, "long") == []


def test_a_bill_names_the_rate_that_the_tier_of_the_request_lacks(database):
    price(database, "sku", 10)
    price(database, "sku", 20, of="output", context_over_tokens=1000)
    for statement in macros():
        database.execute(statement)
    asked = "select context_over_tokens, total, missing from request_cost(map {'input': ?, 'output': 1.0}, ?, ?)"
    (short,) = database.execute(asked, [1000, NOW, NOW]).fetchall()
    (long,) = database.execute(asked, [5000, NOW, NOW]).fetchall()
    assert short == (0, pytest.approx((1000 * 10 + 1 * 10) / MTOK), [])
    assert long == (1000, None, ["input"])


def test_rates_are_those_of_the_newest_day_that_any_rate_is_known_since(database):
    price(database, "sku", 30, valid_to=NOW, known_from=datetime(2026, 1, 2))
    price(database, "sku", 20, valid_from=NOW)
    price(database, "sku", 40, valid_from=datetime(2026, 2, 1), known_from=datetime(2026, 1, 3))
    price(database, "sku", 50, known_to=datetime(2026, 1, 5), known_from=datetime(2026, 1, 4))
    assert costs(database, "plain") == [("sku", 20_000, 1)]


def test_a_list_without_an_exchange_rate_has_a_cost_and_no_place(database):
    price(database, "sku", 10, currency="CNY", usd_per_mtok=None)
    price(database, "converted", 10, currency="CNY", usd_per_mtok=2)
    assert costs(database, "plain")[0] == ("converted", 2_000, 1)
    (row,) = price_database.rows(database, "from marts.workload_cost where workload_id = 'plain' and sku = 'sku'")
    assert (row["total"], row["total_usd"], row["place"]) == (pytest.approx(0.01), None, None)
