"""What the readers of price files promise. Inputs have the shape of the real files, with values out of them."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json, genai_prices, model_prices, models_dev, openrouter, portkey

SEPTEMBER = datetime(2026, 9, 1)
WHEEL_HEAD = """
import datetime
from decimal import Decimal
from .types import *
"""


def genai(models: list[dict[str, Any]], **provider: Any) -> Parsed:
    return genai_prices.read_json(json.dumps([{"id": "p", "models": models, **provider}]).encode())


def wheel(model: str) -> Parsed:
    source = f"{WHEEL_HEAD}providers: list[Provider] = [Provider(id='anthropic', models=[{model}])]"
    return genai_prices.read_wheel(source.encode())


def snapshot(entries: list[dict[str, Any]], sku: str = "m", provider: str = "p", **more: Any) -> Parsed:
    return model_prices.read(json.dumps({"prices": {provider: {sku: {"standard": entries}}}, **more}).encode())


def portkey_files(**files: Any) -> Parsed:
    return portkey.read(json.dumps({name: json.dumps(content) for name, content in files.items()}).encode())


def rates(read: Parsed, *names: str, **where: Any) -> list[Any]:
    """The named columns of the rates that have some values, amounts without trailing zeros."""
    frame = read.rates
    for name, value in where.items():
        frame = frame.filter(pl.col(name).eq_missing(pl.lit(value)))
    rows = frame.select(names).rows()
    plain = [tuple(v.normalize() if isinstance(v, Decimal) else v for v in row) for row in rows]
    return [row[0] for row in plain] if len(names) == 1 else plain


def aside(read: Parsed) -> set[tuple[str, str]]:
    return set(read.set_aside.select("field_name", "reason").rows())


# numbers


def test_a_number_keeps_how_it_is_written_and_its_exact_value() -> None:
    number = exact_json.loads(b"[0.10, 3e-07]")
    assert [value.text for value in number] == ["0.10", "3e-07"]
    assert number == [Decimal("0.10"), Decimal("0.0000003")]


def test_of_a_key_with_two_values_none_wins() -> None:
    read = genai_prices.read_json(
        b'[{"id": "p", "models": [{"id": "m", "prices": {"input_mtok": 1, "input_mtok": 2}}]}]'
    )
    assert read.rates.is_empty()
    assert read.set_aside.rows() == [("p", "m", "prices.input_mtok", "1 | 2", "duplicate_key")]


def one_rate(literal: str) -> Parsed:
    return genai_prices.read_json(
        f'[{{"id": "p", "models": [{{"id": "m", "prices": {{"input_mtok": {literal}}}}}]}}]'.encode()
    )


@pytest.mark.parametrize(
    ("literal", "amount"), [("0.32000000000000006", "0.32"), ("0.13999999999999999", "0.14"), ("3e-7", "0.0000003")]
)
def test_the_dust_of_floating_point_is_no_part_of_a_rate_and_the_text_is_kept(literal: str, amount: str) -> None:
    assert rates(one_rate(literal), "amount", "amount_text") == [(Decimal(amount), literal)]


@pytest.mark.parametrize(
    "literal",
    [
        "1e13",
        "-1",
        "5e-13",
        "0.0000012345678",  # its thirteenth decimal is two ten-millionths of it: no dust, which is under a billionth
    ],
)
def test_an_amount_that_rates_cannot_hold_is_set_aside_and_not_rounded(literal: str) -> None:
    read = one_rate(literal)
    assert read.rates.is_empty()
    assert read.set_aside["value"].to_list() == [literal]
    assert read.set_aside["reason"].to_list() == ["no_number"]


@pytest.mark.parametrize(
    "read",
    [
        genai_prices.read_json,
        model_prices.read,
        models_dev.read,
        openrouter.read,
        portkey.read,
        genai_prices.read_wheel,
    ],
)
@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b"[1]", b'{"a": NaN}', b"\xff", b'{"data": {}}'])
def test_bytes_of_another_form_are_refused_whole(read: Any, data: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        read(data)


# genai-prices

SONNET = """ModelInfo(
    id='claude-sonnet-5',
    match=ClauseOr(or_=[ClauseStartsWith(starts_with='claude-sonnet-5')]),
    price_comments='Introductory pricing ($2/$10 per MTok) applies through 2026-08-31; standard pricing ($3/$15) '
    'applies from 2026-09-01.',
    prices=[
        ConditionalPrice(prices=ModelPrice(input_mtok=Decimal('2'), cache_write_1h_mtok=Decimal('4'))),
        ConditionalPrice(
            constraint=StartDateConstraint(start_date=datetime.date(2026, 9, 1)),
            prices=ModelPrice(input_mtok=Decimal('3'), cache_write_1h_mtok=Decimal('6')),
        ),
    ],
)"""


def test_an_announced_rise_ends_the_price_before_it_and_begins_on_its_day() -> None:
    read = wheel(SONNET)
    assert rates(read, "token_class", "amount", "valid_from", "valid_to", "valid_from_basis") == [
        ("input", Decimal(2), None, SEPTEMBER, "unknown"),
        ("cache_write_1h", Decimal(4), None, SEPTEMBER, "unknown"),
        ("input", Decimal(3), SEPTEMBER, None, "documented"),
        ("cache_write_1h", Decimal(6), SEPTEMBER, None, "documented"),
    ]
    assert set(rates(read, "match_kind")) == {"matcher"}


def test_after_the_withdrawal_there_is_one_price_without_an_end() -> None:
    read = wheel(
        "ModelInfo(id='claude-sonnet-5', match=ClauseEquals(equals='claude-sonnet-5'), "
        "prices=ModelPrice(input_mtok=Decimal('2')))"
    )
    assert rates(read, "amount", "valid_from", "valid_to", "match_kind") == [(Decimal(2), None, None, "exact")]


def test_source_and_json_of_the_same_prices_read_the_same() -> None:
    as_json = genai_prices.read_json(
        json.dumps(
            [
                {
                    "id": "anthropic",
                    "models": [
                        {
                            "id": "claude-sonnet-5",
                            "match": {"or": [{"starts_with": "claude-sonnet-5"}]},
                            "price_comments": "standard pricing ($3/$15) applies from 2026-09-01.",
                            "prices": [
                                {"prices": {"input_mtok": 2, "cache_write_1h_mtok": 4}},
                                {
                                    "constraint": {"start_date": "2026-09-01"},
                                    "prices": {"input_mtok": 3, "cache_write_1h_mtok": 6},
                                },
                            ],
                        }
                    ],
                }
            ]
        ).encode()
    )
    assert as_json.rates.equals(wheel(SONNET).rates)


def test_source_is_never_run_and_what_is_no_literal_is_set_aside(tmp_path: Any) -> None:
    trace = tmp_path / "trace"
    read = wheel(
        f"ModelInfo(id='m', prices=ModelPrice(input_mtok=Decimal('1'), "
        f"output_mtok=open({str(trace)!r}, 'w').write('x'), cache_read_mtok=Decimal(__import__('os').getpid())))"
    )
    assert not trace.exists()
    assert rates(read, "token_class") == ["input"]
    assert aside(read) == {("prices.output_mtok", "unknown_field"), ("prices.cache_read_mtok", "unknown_field")}


def test_a_price_that_the_comments_call_openrouters_is_no_price_of_the_provider() -> None:
    """genai-prices 0.2.3: gpt-oss-20b of OpenAI, which sells no such thing, at OpenRouter's 0.029; and a rate of OpenAI
    that was first imported and then found on its page."""
    imported = "Imported from OpenRouter pricing; verify against OpenAI pricing when native API pricing is published."
    found = genai(
        [
            {"id": "gpt-oss-20b", "prices": {"input_mtok": 0.029}, "price_comments": imported},
            {"id": "gpt-5-image", "prices": {"input_mtok": 10}, "price_comments": "Seen on OpenRouter before OpenAI"},
            {
                "id": "gpt-chat-latest",
                "prices": {"input_mtok": 5},
                "price_comments": f"{imported} Verified against OpenAI on 2026-10-15.",
            },
            {"id": "claude", "prices": {"input_mtok": 2}, "price_comments": "As listed; OpenRouter lists the same."},
        ]
    )

    assert rates(found, "source_sku", "amount") == [("gpt-chat-latest", 5), ("claude", 2)]
    assert found.set_aside.select("source_sku", "value", "reason").rows() == [
        ("gpt-oss-20b", "0.029", "other_seller"),
        ("gpt-5-image", "10", "other_seller"),
    ]


def test_a_price_per_search_is_no_price_of_tokens() -> None:
    read = genai([{"id": "m", "prices": {"input_mtok": 1, "web_searches_kcount": 10, "input_smell_mtok": 2}}])
    assert rates(read, "token_class") == ["input"]
    assert aside(read) == {("prices.web_searches_kcount", "other_unit"), ("prices.input_smell_mtok", "unknown_field")}


@pytest.mark.parametrize(("sku", "token_class"), [("claude-opus-5", "cache_write_5m"), ("gpt-5.6-luna", "cache_write")])
def test_only_writes_of_claude_are_known_to_live_five_minutes(sku: str, token_class: str) -> None:
    assert rates(genai([{"id": sku, "prices": {"cache_write_mtok": 2.5}}]), "token_class") == [token_class]


def test_prices_of_long_prompts_have_their_threshold() -> None:
    tiered = {"base": 0.2, "tiers": [{"start": 272000, "price": 0.4}]}
    read = genai([{"id": "gpt-5.6-luna", "prices": {"input_mtok": tiered}}])
    assert rates(read, "context_over_tokens", "amount") == [(0, Decimal("0.2")), (272000, Decimal("0.4"))]


V4_FLASH = {
    "id": "deepseek-v4-flash",
    "price_comments": "flat before 2026-08-17; V4.1 Flash off-peak from 2026-09-10, when DeepSeek retired V4 Flash",
    "prices": [
        {"prices": {"input_mtok": 0.14}},
        {"constraint": {"start_date": "2026-08-17"}, "prices": {"input_mtok": 0.22}},
        {"constraint": {"start_date": "2026-09-10"}, "prices": {"input_mtok": 0.15}},
        {"constraint": {"start_time": "06:00:00Z", "end_time": "10:00:00Z"}, "prices": {"input_mtok": 0.3}},
        {"constraint": {"start_time": "03:00:00+02:00", "end_time": "06:00:00+02:00"}, "prices": {"input_mtok": 0.3}},
    ],
}


def test_hours_with_one_price_are_one_window_and_the_dated_prices_are_for_the_rest_of_the_day() -> None:
    window = "01:00-04:00,06:00-10:00 UTC"
    assert rates(genai([V4_FLASH]), "amount", "source_window", "valid_from", "valid_to") == [
        (Decimal("0.14"), f"outside: {window}", None, datetime(2026, 8, 17)),
        (Decimal("0.22"), f"outside: {window}", datetime(2026, 8, 17), datetime(2026, 9, 10)),
        (Decimal("0.15"), f"outside: {window}", datetime(2026, 9, 10), None),
        (Decimal("0.3"), window, None, None),
    ]


@pytest.mark.parametrize(
    ("comment", "basis"),
    [
        ("OpenAI reduced Luna prices by 80% on 2026-07-30.", "documented"),
        ("Introductory rates apply through 2026-07-29.", "documented"),
        ("The promotion ended on July 30, 2026 at midnight.", "documented"),
        ("The endpoints listed $0.7 when checked on 2026-07-30; no source dates the change.", "first_observed"),
        ("Rates verified on 2026-07-30 at https://openrouter.ai.", "first_observed"),
        (None, "first_observed"),
    ],
)
def test_a_date_is_documented_only_where_words_say_so(comment: str | None, basis: str) -> None:
    dated = {"constraint": {"start_date": "2026-07-30"}, "prices": {"input_mtok": 0.2}}
    model = {"id": "m", "price_comments": comment, "prices": [{"prices": {"input_mtok": 1}}, dated]}
    assert rates(genai([model]), "valid_from_basis", amount=Decimal("0.2")) == [basis]


def test_of_two_entries_from_one_day_the_later_is_in_force() -> None:
    constraint = {"start_date": "2026-07-30"}
    entries = [{"constraint": constraint, "prices": {"input_mtok": amount}} for amount in (1, 2)]
    read = genai([{"id": "m", "prices": entries}])
    assert rates(read, "amount") == [Decimal(2)]
    assert aside(read) == {("prices[0].input_mtok", "duplicate_key")}


def test_batch_prices_begin_when_they_were_checked_and_change_with_the_list_price() -> None:
    start = {"start_date": "2027-01-01"}
    model = {
        "id": "gemini-3.6-flash",
        "price_comments": "Introductory rates apply through 2026-12-31. Batch rates verified on 2026-10-14.",
        "prices": [{"prices": {"input_mtok": 0.75}}, {"constraint": start, "prices": {"input_mtok": 1.5}}],
        "price_variants": [
            {"when": {"processing": "batch"}, "constraint": start, "prices": {"input_mtok": 0.75}},
            {
                "when": {"processing": "batch"},
                "constraint": {"start_date": "2026-10-14"},
                "prices": {"input_mtok": 0.375},
            },
            {"when": {"service_tier": "default"}, "prices": {}},
            {"when": {"route": "mistral/eu"}, "prices": {"input_mtok": 0.77}},
        ],
    }
    read = genai([model])
    year = datetime(2027, 1, 1)
    assert rates(read, "amount", "valid_from", "valid_to", "valid_from_basis", service_tier="batch") == [
        (Decimal("0.75"), year, None, "documented"),
        (Decimal("0.375"), datetime(2026, 10, 14), year, "first_observed"),
    ]
    assert set(rates(read, "service_tier")) == {"standard", "batch"}
    assert aside(read) == {("price_variants[3].input_mtok", "unknown_field")}


def test_dollars_that_the_source_made_of_yuan_become_yuan_again() -> None:
    glm = {
        "id": "GLM-5.3-Flash",
        "price_comments": "List prices are 0.8 CNY input and 2.8 CNY output. Converted to USD at 1 USD = 7.25 CNY.",
        "prices": {"input_mtok": 0.11, "cache_read_mtok": 0.05, "output_mtok": 0.386},
    }
    read = genai([glm])
    assert rates(read, "token_class", "amount", "currency", "stated_conversion_amount") == [
        ("input", Decimal("0.8"), "CNY", Decimal("0.11")),
        ("cache_read", Decimal("0.3625"), "CNY", Decimal("0.05")),
        ("output", Decimal("2.8"), "CNY", Decimal("0.386")),
    ]
    whole_provider = genai([{"id": "GLM-5", "prices": {"input_mtok": 1}}], price_comments="at 1 USD = 7.25 CNY (2026)")
    assert rates(whole_provider, "amount", "currency") == [(Decimal("7.25"), "CNY")]


# model-prices


def entry(start: str | None, seen: str, basis: str = "models.dev commit", **priced: Any) -> dict[str, Any]:
    recorded = priced.pop("recorded", None)
    stated = {"rates": {**priced, "source": "https://s", "valid_from": seen, "valid_from_basis": basis}, "start": start}
    return stated | ({"recorded": {"valid_from": recorded, "input": 99}} if recorded else {})


def test_the_first_price_is_known_since_it_was_first_seen_and_a_documented_cut_ends_it() -> None:
    cut = "2026-07-30T00:00:00Z"
    read = snapshot(
        [
            entry(None, "2026-07-09T17:59:06Z", input=1.0),
            entry(cut, cut, "documented", input=0.2, recorded="2026-07-09T17:59:06Z"),
            entry("2026-07-31T02:49:19Z", "2026-07-31T02:49:19Z", input=0.2),
        ]
    )
    sight, day = datetime(2026, 7, 9, 17, 59, 6), datetime(2026, 7, 30)
    columns = ("amount", "valid_from", "valid_to", "valid_precision", "valid_from_basis", "said_from")
    assert rates(read, *columns) == [
        (Decimal(1), sight, day, "instant", "first_observed", sight),
        (Decimal("0.2"), day, None, "day", "documented", None),
    ]


@pytest.mark.parametrize(
    ("moment", "recorded", "basis"),
    [
        ("2026-08-16T16:00:00Z", "2026-05-25T05:18:18Z", "documented"),
        ("2026-08-16T16:00:00Z", "2026-08-16T16:00:00Z", "first_observed"),
        ("2026-10-09T18:18:19Z", "2025-10-14T17:34:46Z", "first_observed"),
    ],
)
def test_the_time_of_a_commit_is_no_documented_beginning(moment: str, recorded: str, basis: str) -> None:
    read = snapshot([entry(moment, moment, "documented", input=0.22, recorded=recorded)])
    assert rates(read, "valid_from_basis") == [basis]


def test_a_price_is_not_carried_back_to_before_anybody_saw_it() -> None:
    read = snapshot([{"rates": None, "start": None}, entry("2024-04-15T00:00:00Z", "2025-06-11T20:51:05Z", input=1.0)])
    assert rates(read, "valid_from", "valid_from_basis") == [(datetime(2025, 6, 11, 20, 51, 5), "first_observed")]


def test_a_price_that_returns_begins_when_it_returns() -> None:
    read = snapshot([entry("2026-10-20T00:00:00Z", "2026-08-06T15:29:28Z", input=0.3)])
    assert rates(read, "valid_from") == [datetime(2026, 10, 20)]


def test_a_price_corrected_from_its_first_sight_on_never_was_one() -> None:
    seen = "2025-10-15T17:24:36Z"
    read = snapshot(
        [
            entry(None, seen, input=3.0, output=5.0),
            entry(seen, seen, "documented", input=1.0, output=5.0, recorded=seen),
        ],
        "claude-haiku-4-5",
    )
    assert rates(read, "token_class", "amount") == [("input", Decimal(1)), ("output", Decimal(5))]
    assert read.set_aside.select("value", "reason").rows() == [("3.0", "corrected")]


def test_an_entry_without_rates_ends_the_price() -> None:
    end = "2026-08-06T15:30:21Z"
    read = snapshot([entry(None, "2026-04-08T04:47:19Z", input=30), {"rates": None, "start": end}])
    assert rates(read, "amount", "valid_to") == [(Decimal(30), datetime(2026, 8, 6, 15, 30, 21))]


def test_writes_that_live_an_hour_cost_a_multiple_of_the_input_where_writes_are_sold() -> None:
    seen = "2026-06-30T18:44:24Z"
    sonnet = snapshot([entry(None, seen, input=2.0, cache_write=2.5, cache_write_1h_multiple=2.0)], "claude-sonnet-5")
    assert rates(sonnet, "token_class", "amount", "amount_basis", "amount_text") == [
        ("input", Decimal(2), "printed", "2.0"),
        ("cache_write_5m", Decimal("2.5"), "printed", "2.5"),
        ("cache_write_1h", Decimal(4), "computed", "2.0 x 2.0"),
    ]
    o3 = snapshot([entry(None, seen, input=2.0, cache_write_1h_multiple=2.5)], "o3")
    assert rates(o3, "token_class") == ["input"]
    assert aside(o3) == {("standard[0].rates.cache_write_1h_multiple", "no_base")}


def test_long_prompts_have_their_prices() -> None:
    tiers = [{"above": 272000, "input": 0.4}]
    read = snapshot([entry(None, "2026-07-09T17:59:06Z", input=0.2, tiers=tiers)])
    assert rates(read, "context_over_tokens", "amount") == [(0, Decimal("0.2")), (272000, Decimal("0.4"))]


OFF_PEAK = {
    "provider": "deepseek",
    "off_peak_hours_utc": [["16:30", "00:30"]],
    "off_peak_multiplier": {"deepseek-reasoner": 0.25},
    "valid_from": "2025-02-26T16:30:00Z",
    "valid_until": "2025-09-05T16:00:00Z",
}
PEAK = {
    "provider": "deepseek",
    "peak_hours_utc": [["01:00", "04:00"], ["06:00", "10:00"]],
    "peak_multiplier": 2.0,
    "weekdays_only": True,
    "holidays": "cn",
    "valid_from": "2026-08-16T16:00:00Z",
}


def test_a_schedule_cuts_the_price_where_it_begins_and_ends() -> None:
    read = snapshot(
        [entry(None, "2025-06-10T22:55:28Z", input=0.55)],
        "deepseek-reasoner",
        "deepseek",
        schedules={"schedule": [OFF_PEAK, PEAK]},
    )
    seen, off, peak = datetime(2025, 6, 10, 22, 55, 28), datetime(2025, 9, 5, 16), datetime(2026, 8, 16, 16)
    peak_hours = "01:00-04:00,06:00-10:00 UTC 12345 holidays cn"
    assert rates(read, "amount", "source_window", "valid_from", "valid_to", "amount_basis") == [
        (Decimal("0.55"), "outside: 16:30-00:30 UTC", seen, off, "printed"),
        (Decimal("0.1375"), "16:30-00:30 UTC", seen, off, "computed"),
        (Decimal("0.55"), None, off, peak, "printed"),
        (Decimal("0.55"), f"outside: {peak_hours}", peak, None, "printed"),
        (Decimal("1.1"), peak_hours, peak, None, "computed"),
    ]


def test_a_schedule_is_for_its_own_models_only() -> None:
    other = snapshot(
        [entry(None, "2025-06-10T22:55:28Z", input=1.0)], "deepseek-v4", "deepseek", schedules={"schedule": [OFF_PEAK]}
    )
    assert rates(other, "source_window") == [None]


def test_a_removed_model_has_no_price_any_more_and_no_hours_that_are_still_in_force() -> None:
    read = snapshot(
        [entry(None, "2025-06-10T22:55:28Z", input=0.55)],
        "deepseek-reasoner",
        "deepseek",
        schedules={"schedule": [OFF_PEAK, PEAK]},
        status={"deepseek": {"deepseek-reasoner": "removed", "deepseek-v4-flash": "deprecated"}},
        updated_at="2026-10-26T18:46:35Z",
    )
    seen, off, gone = datetime(2025, 6, 10, 22, 55, 28), datetime(2025, 9, 5, 16), datetime(2026, 10, 26, 18, 46, 35)
    assert rates(read, "amount", "source_window", "valid_from", "valid_to") == [
        (Decimal("0.55"), "outside: 16:30-00:30 UTC", seen, off),
        (Decimal("0.1375"), "16:30-00:30 UTC", seen, off),
        (Decimal("0.55"), None, off, gone),
    ]


def test_a_model_that_is_only_deprecated_keeps_its_price() -> None:
    read = snapshot(
        [entry(None, "2025-06-10T22:55:28Z", input=0.55)], status={"p": {"m": "deprecated"}}, updated_at="2026-10-26"
    )
    assert rates(read, "valid_to") == [None]


# files that state the present


def test_models_dev_has_tiers_in_two_ways_and_misspelled_keys_are_not_guessed() -> None:
    cost = {
        "input": 1.25,
        "reasoning": 10,
        "cached_input": 0.03,
        "image": 3,
        "cache_read": 0,
        "tiers": [{"tier": {"type": "context", "size": 272000}, "input": 5}, {"tier": {"type": "moon"}, "input": 6}],
        "context_over_200k": {"input": 2.5},
    }
    read = models_dev.read(json.dumps({"p": {"doc": "https://d", "models": {"m": {"cost": cost}, "n": {}}}}).encode())
    assert rates(read, "token_class", "context_over_tokens", "amount", "source_url") == [
        ("input", 0, Decimal("1.25"), "https://d"),
        ("output_reasoning", 0, Decimal(10), "https://d"),
        ("input", 272000, Decimal(5), "https://d"),
        ("input", 200000, Decimal("2.5"), "https://d"),
    ]
    assert aside(read) == {
        ("cached_input", "unknown_field"),
        ("image", "other_unit"),
        ("cache_read", "zero"),
        ("tiers[1]", "unknown_field"),
    }


def test_openrouter_prices_are_texts_per_token_and_a_router_has_none() -> None:
    models = [
        {"id": "anthropic/claude-sonnet-5", "pricing": {"prompt": "0.000003", "input_cache_write": "0.00000375"}},
        {"id": "openai/o3", "pricing": {"prompt": "0.000002", "image": "0.00153", "overrides": [{"prompt": "1"}]}},
        {"id": "openrouter/auto", "pricing": {"prompt": "-1"}},
        {"id": "meta/llama:free", "pricing": {"prompt": "0"}},
    ]
    read = openrouter.read(json.dumps({"data": models}).encode())
    assert rates(read, "source_sku", "token_class", "amount", "amount_text") == [
        ("anthropic/claude-sonnet-5", "input", Decimal(3), "0.000003"),
        ("anthropic/claude-sonnet-5", "cache_write_5m", Decimal("3.75"), "0.00000375"),
        ("openai/o3", "input", Decimal(2), "0.000002"),
    ]
    assert set(read.set_aside.select("source_sku", "field_name", "reason").rows()) == {
        ("openai/o3", "image", "other_unit"),
        ("openai/o3", "overrides", "unknown_field"),
        ("openrouter/auto", "prompt", "no_number"),
        ("meta/llama:free", "prompt", "zero"),
    }


def priced(**cents: float) -> dict[str, Any]:
    return {name: {"price": price} for name, price in cents.items()}


def test_portkey_states_cents_per_token_and_its_default_is_no_model() -> None:
    sonnet = {
        "pay_as_you_go": priced(request_token=0.0003, response_token=0.0015)
        | {"additional_units": priced(cache_write_1h=0.0006, web_search=1)},
        "batch_config": priced(request_token=0.00015, response_token=0),
    }
    read = portkey_files(
        anthropic={"default": {"pricing_config": sonnet}, "claude-3-5-sonnet-latest": {"pricing_config": sonnet}}
    )
    assert rates(read, "source_provider", "source_sku", "token_class", "service_tier", "amount") == [
        ("anthropic", "claude-3-5-sonnet-latest", "input", "standard", Decimal(3)),
        ("anthropic", "claude-3-5-sonnet-latest", "output", "standard", Decimal(15)),
        ("anthropic", "claude-3-5-sonnet-latest", "cache_write_1h", "standard", Decimal(6)),
        ("anthropic", "claude-3-5-sonnet-latest", "input", "batch", Decimal("1.5")),
    ]
    assert set(read.set_aside["reason"]) == {"other_unit", "zero"}


def test_portkey_prices_by_region_mode_and_length_and_what_contradicts_the_main_price_is_set_aside() -> None:
    def at(cents: float) -> dict[str, Any]:
        return {"pricing_config": {"pay_as_you_go": priced(request_token=cents)}}

    modes = {
        "standard": {**at(0.0005), "context_tiers": {"gt-272k": at(0.001)}},
        "flex": at(0.00025),
    }
    model = {
        "pricing_config": {"pay_as_you_go": priced(request_token=0.0003)},
        "custom_pricing": {
            "context_tier_map": {"0": "lte-272k", "272000": "gt-272k"},
            "regions": {
                "default": {"execution_modes": modes},
                "us,eu": {"execution_modes": {"standard": at(0.00033)}},
            },
        },
    }
    read = portkey_files(openai={"gpt-5.4": model})
    assert rates(read, "service_tier", "region", "context_over_tokens", "amount") == [
        ("standard", None, 0, Decimal(3)),
        ("standard", None, 272000, Decimal(10)),
        ("flex", None, 0, Decimal("2.5")),
        ("standard", "us-eu", 0, Decimal("3.3")),
    ]
    assert read.set_aside.select("value", "reason").rows() == [("0.0005", "duplicate_key")]


def test_portkey_lists_google_models_by_length_of_prompt() -> None:
    short, long = ({"pricing_config": {"pay_as_you_go": priced(request_token=cents)}} for cents in (0.0002, 0.0004))
    read = portkey_files(
        google={"gemini-3.1-pro-preview-lte-200k": short, "gemini-3.1-pro-preview-gt-200k": long}
        | {"gemini-3.7-flash-lte-128k": short, "gemini-3.7-flash-gt-128k": short}
    )
    assert rates(read, "sku", "match_kind", "context_over_tokens", "amount") == [
        ("gemini-3.1-pro-preview", "matcher", 0, Decimal(2)),
        ("gemini-3.1-pro-preview", "matcher", 200000, Decimal(4)),
        ("gemini-3.7-flash", "matcher", 0, Decimal(2)),
        ("gemini-3.7-flash", "matcher", 0, Decimal(2)),
    ]


def test_a_price_per_minute_in_a_field_for_tokens_is_no_price_of_tokens() -> None:
    whisper = {"pricing_config": {"pay_as_you_go": priced(request_audio_token=0.6)}}
    read = portkey_files(openai={"whisper-1": whisper})
    assert read.rates.is_empty()
    assert read.set_aside["reason"].to_list() == ["other_unit"]
