"""What is read of litellm's price file and of the ledger of its changes. Values are those of the real files."""

import gzip
import json
from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers import litellm, llmledger

SOURCE = "https://api-docs.deepseek.com/quick_start/pricing"
WINDOWS = [
    {"hours_utc": ["00:00-01:00", "04:00-06:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
    {"hours_utc": "00:00-00:00", "weekdays": [6, 7]},
]
HOURS = "12345 00:00-01:00,04:00-06:00,10:00-00:00; 67 00:00-00:00"


def read(text):
    return litellm.read(text.encode())


def read_entry(key="o3", /, **entry):
    """What is read of a file with this one entry."""
    return read(json.dumps({key: {"litellm_provider": "openai", **entry}}))


def rates(parsed, *columns):
    """The rates of a snapshot: their amounts by what they are for."""
    columns = columns or ("token_class", "service_tier", "context_over_tokens")
    return {
        tuple(row[name] for name in columns) if len(columns) > 1 else row[columns[0]]: row["amount"]
        for row in parsed.rates.iter_rows(named=True)
    }


def set_aside(parsed):
    return sorted((row["field_name"], row["value"], row["reason"]) for row in parsed.set_aside.iter_rows(named=True))


def test_a_rate_is_exact_per_million_tokens_and_keeps_the_text_of_the_file():
    parsed = read('{"deepseek/deepseek-chat": {"input_cost_per_token": 2.7e-07, "output_cost_per_token": 1.10E-6}}')
    found = parsed.rates.select("token_class", "amount", "amount_text", "currency", "unit").rows()
    assert found == [
        ("input", Decimal("0.27"), "2.7e-07", "USD", "currency_per_mtok"),
        ("output", Decimal("1.1"), "1.10E-6", "USD", "currency_per_mtok"),
    ]


def test_the_dust_of_floating_point_is_rounded_away_and_stays_in_the_text():
    parsed = read(
        '{"o3": {"input_cost_per_token": 8.000000000000001e-07, "output_cost_per_token": 1.5000020000000002e-05}}'
    )
    assert parsed.rates.select("amount", "amount_text").rows() == [
        (Decimal("0.8"), "8.000000000000001e-07"),
        (Decimal("15.00002"), "1.5000020000000002e-05"),
    ]


def test_a_price_written_as_text_counts_as_the_number_it_is():
    parsed = read('{"o3": {"input_cost_per_token": "4e-07"}}')
    assert rates(parsed) == {("input", "standard", 0): Decimal("0.4")}


@pytest.mark.parametrize(
    ("name", "priced"),
    [
        ("input_cost_per_token", ("input", "standard", 0)),
        ("output_cost_per_token", ("output", "standard", 0)),
        ("cache_read_input_token_cost", ("cache_read", "standard", 0)),
        ("cache_creation_input_token_cost", ("cache_write", "standard", 0)),
        ("input_cost_per_token_cache_hit", ("cache_read", "standard", 0)),
        ("explicit_cache_read_input_token_cost", ("explicit_cache_read", "standard", 0)),
        ("input_cost_per_audio_token", ("input_audio", "standard", 0)),
        ("output_cost_per_audio_token", ("output_audio", "standard", 0)),
        ("cache_read_input_audio_token_cost", ("cache_read_audio", "standard", 0)),
        ("cache_read_input_token_cost_per_audio_token", ("cache_read_audio", "standard", 0)),
        ("cache_creation_input_audio_token_cost", ("cache_write_audio", "standard", 0)),
        ("input_cost_per_image_token_batches", ("input_image", "batch", 0)),
        ("output_cost_per_image_token", ("output_image", "standard", 0)),
        ("cache_read_input_image_token_cost", ("cache_read_image", "standard", 0)),
        ("input_cost_per_video_token", ("input_video", "standard", 0)),
        ("output_cost_per_video_token", ("output_video", "standard", 0)),
        ("output_cost_per_reasoning_token", ("output_reasoning", "standard", 0)),
        ("citation_cost_per_token", ("output_citation", "standard", 0)),
        ("input_cost_per_token_batches", ("input", "batch", 0)),
        ("input_cost_per_token_batch_requests", ("input", "batch", 0)),
        ("output_cost_per_token_flex", ("output", "flex", 0)),
        ("cache_read_input_token_cost_balanced", ("cache_read", "balanced", 0)),
        ("input_cost_per_token_decisions", ("input", "decisions", 0)),
        ("input_cost_per_token_above_128k_tokens", ("input", "standard", 128_000)),
        ("input_cost_per_token_above_200k_tokens_priority", ("input", "priority", 200_000)),
        ("input_cost_per_token_priority_above_200k_tokens", ("input", "priority", 200_000)),
        ("cache_creation_input_token_cost_above_1hr", ("cache_write_1h", "standard", 0)),
        ("cache_creation_input_token_cost_above_1hr_above_200k_tokens", ("cache_write_1h", "standard", 200_000)),
        ("cache_creation_input_token_cost_above_200k_tokens_above_1hr", ("cache_write_1h", "standard", 200_000)),
        (
            "cache_creation_input_token_cost_above_12hr_above_272k_tokens_ultrafast",
            ("cache_write_12h", "ultrafast", 272_000),
        ),
    ],
)
def test_the_parts_of_a_field_name_are_understood_in_any_order(name, priced):
    assert rates(read_entry(**{name: 3e-06})) == {priced: Decimal(3)}


def test_a_cache_write_of_claude_lives_five_minutes_whatever_fields_stand_beside_it():
    fields = {"cache_creation_input_token_cost": 6.25e-06, "cache_creation_input_token_cost_above_1hr": 1e-05}
    with_both = rates(read_entry("us.anthropic.claude-opus-4-6-v1", **fields), "token_class")
    assert with_both == {"cache_write_5m": Decimal("6.25"), "cache_write_1h": Decimal(10)}
    alone = read_entry("claude-opus-4-6", cache_creation_input_token_cost=6.25e-06)
    assert rates(alone, "token_class") == {"cache_write_5m": Decimal("6.25")}
    kimi = rates(read_entry("moonshot/kimi-k3", **fields), "token_class")
    assert kimi == {"cache_write": Decimal("6.25"), "cache_write_1h": Decimal(10)}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("output_cost_per_second", 0.254399, "other_unit"),
        ("input_cost_per_character_above_128k_tokens", 5e-07, "other_unit"),
        ("input_cost_per_audio_per_second", 2e-06, "other_unit"),
        ("computer_use_input_cost_per_1k_tokens", 0.003, "other_unit"),
        ("input_dbu_cost_per_token", 7.143e-06, "other_unit"),
        ("regional_processing_uplift_multiplier_eu", 1.1, "other_unit"),
        ("input_cost_per_token", 0.0, "zero"),
        ("input_cost_per_token", "free", "no_number"),
        ("input_cost_per_token", -1e-06, "no_number"),
        ("input_cost_per_token", 8.0000012e-13, "no_number"),  # too fine, and more than the dust of floating point
        ("input_cost_per_token", 1e12, "no_number"),
        ("input_cost_per_token_above_1hr", 1e-06, "unknown_field"),
        ("input_cost_per_token_superfast", 1e-06, "unknown_field"),
        ("input_cost_per_token_above_128k_tokens_above_200k_tokens", 1e-06, "unknown_field"),
        ("thinking_price", 1e-06, "unknown_field"),
    ],
)
def test_what_no_rate_is_made_of_is_set_aside_with_the_reason(name, value, reason):
    parsed = read_entry(**{name: value})
    assert rates(parsed) == {}
    assert set_aside(parsed) == [(name, str(value), reason)]
    assert parsed.set_aside.select("source_provider", "source_sku").rows() == [("openai", "o3")]


def test_a_token_that_costs_less_than_one_of_its_characters_is_set_aside():
    # gemini-1.5-pro in the file of 2024-10-30: 3.125e-07 a character, divided by four where 1.25e-06 a token is meant.
    divided = read_entry(
        "gemini-1.5-pro",
        input_cost_per_token=7.8125e-08,
        input_cost_per_character=3.125e-07,
        output_cost_per_token_above_128k_tokens=6.25e-07,
        output_cost_per_character_above_128k_tokens=2.5e-06,
        output_cost_per_token=5e-06,
    )
    assert rates(divided, "token_class") == {"output": Decimal(5)}
    assert [row for row in set_aside(divided) if row[2] == "wrong_unit"] == [
        ("input_cost_per_token", "7.8125e-08", "wrong_unit"),
        ("output_cost_per_token_above_128k_tokens", "6.25e-07", "wrong_unit"),
    ]
    multiplied = read_entry(input_cost_per_token=1.25e-06, input_cost_per_character=3.125e-07)
    assert rates(multiplied, "token_class") == {"input": Decimal("1.25")}
    one_by_one = read_entry(input_cost_per_token=1e-06, input_cost_per_character=1e-06)
    assert rates(one_by_one, "token_class") == {"input": Decimal(1)}


def test_prices_inside_other_fields_are_set_aside_too():
    parsed = read_entry(
        search_context_cost_per_query={"search_context_size_low": 0.01},
        metadata={"original_pricing_per_minute": 0.0043, "calculation": "$0.0043 a minute"},
        provider_specific_entry={"us": 1.1, "dashscope_video_reference_input": "first_frame"},
    )
    assert set_aside(parsed) == [
        ("metadata.original_pricing_per_minute", "0.0043", "other_unit"),
        ("provider_specific_entry.us", "1.1", "other_unit"),
        ("search_context_cost_per_query.search_context_size_low", "0.01", "other_unit"),
    ]


def test_null_is_as_absent():
    parsed = read_entry(input_cost_per_token=None, output_cost_per_token=8e-06, tiered_pricing=None)
    assert rates(parsed) == {("output", "standard", 0): Decimal(8)}
    assert set_aside(parsed) == []


def test_the_old_name_of_a_cache_read_adds_nothing_and_overrides_nothing():
    same = read_entry(input_cost_per_token_cache_hit=7e-08, cache_read_input_token_cost=7.0e-8)
    assert same.rates.select("token_class", "field_name", "amount").rows() == [
        ("cache_read", "cache_read_input_token_cost", Decimal("0.07"))
    ]
    assert set_aside(same) == []
    other = read_entry(input_cost_per_token_cache_hit=1.4e-08, cache_read_input_token_cost=7e-08)
    assert rates(other, "token_class") == {"cache_read": Decimal("0.07")}
    assert set_aside(other) == [("input_cost_per_token_cache_hit", "1.4e-08", "duplicate_key")]


def test_a_tier_is_for_requests_whose_input_exceeds_its_beginning():
    parsed = read_entry(
        "dashscope/qwen-plus-2025-07-28",
        tiered_pricing=[
            {
                "range": [0, 256000.0],
                "input_cost_per_token": 4e-07,
                "output_cost_per_reasoning_token": 4e-06,
                "output_cost_per_token": None,
            },
            {"range": [256000.0, 1000000.0], "input_cost_per_token": 1.2e-06},
        ],
    )
    assert rates(parsed, "token_class", "context_over_tokens", "field_name") == {
        ("input", 0, "tiered_pricing[0].input_cost_per_token"): Decimal("0.4"),
        ("output_reasoning", 0, "tiered_pricing[0].output_cost_per_reasoning_token"): Decimal(4),
        ("input", 256_000, "tiered_pricing[1].input_cost_per_token"): Decimal("1.2"),
    }


def test_a_first_tier_that_says_what_the_entry_says_is_one_rate_and_one_that_differs_is_set_aside():
    tiers = [{"range": [0, 200000], "input_cost_per_token": 2e-06}]
    assert rates(read_entry(input_cost_per_token=2e-06, tiered_pricing=tiers), "field_name") == {
        "input_cost_per_token": Decimal(2)
    }
    differing = read_entry(input_cost_per_token=3e-06, tiered_pricing=tiers)
    assert rates(differing, "field_name") == {"input_cost_per_token": Decimal(3)}
    assert set_aside(differing) == [("tiered_pricing[0].input_cost_per_token", "2e-06", "duplicate_key")]


@pytest.mark.parametrize("bounds", [{}, {"range": ["much", None]}, {"range": [0.5, 1]}, {"range": [1e30, 1e31]}])
def test_a_tier_without_a_beginning_prices_nothing(bounds):
    parsed = read_entry(tiered_pricing=[{**bounds, "input_cost_per_token": 2e-06}])
    assert rates(parsed) == {}
    assert set_aside(parsed) == [("tiered_pricing[0].input_cost_per_token", "2e-06", "unknown_field")]


def test_tiers_of_a_search_are_no_tiers_of_tokens():
    parsed = read_entry("exa_ai/search", tiered_pricing=[{"max_results_range": [0, 25], "input_cost_per_query": 5e-03}])
    assert set_aside(parsed) == [("tiered_pricing[0].input_cost_per_query", "0.005", "other_unit")]


def off_peak(**more):
    return read_entry(
        "deepseek-v4-flash",
        input_cost_per_token=3e-07,
        output_cost_per_token=1.2e-06,
        off_peak_pricing={"input_cost_per_token": 1.5e-07, "windows": WINDOWS, **more},
    )


def test_where_there_are_off_peak_hours_the_other_rates_are_those_of_the_peak():
    peak = f"peak, outside: {HOURS}"
    assert rates(off_peak(), "token_class", "source_window") == {
        ("input", peak): Decimal("0.3"),
        ("output", peak): Decimal("1.2"),  # no off-peak rate is stated, so none is made up
        ("input", f"off_peak {HOURS}"): Decimal("0.15"),
    }


def test_the_same_hours_are_the_same_text_in_whatever_order_they_are_listed():
    shuffled = [
        {"weekdays": [7, 6], "hours_utc": ["00:00-00:00"]},
        {"weekdays": [5, 4, 3, 2, 1], "hours_utc": ["10:00-00:00", "04:00-06:00", "00:00-01:00"]},
    ]
    assert off_peak(windows=shuffled).rates.equals(off_peak().rates)


def test_weekdays_of_another_time_zone_are_other_hours():
    windows = off_peak(weekday_timezone="Asia/Shanghai").rates["source_window"].unique().sort().to_list()
    assert windows == [
        f"off_peak {HOURS} (weekdays of Asia/Shanghai)",
        f"peak, outside: {HOURS} (weekdays of Asia/Shanghai)",
    ]


def test_an_entry_that_occurs_twice_with_two_prices_has_none():
    parsed = read(
        '{"minimax.minimax-m2.5": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 3e-07},'
        ' "minimax.minimax-m2.5": {"litellm_provider": "bedrock_converse", "input_cost_per_token": 6e-07}}'
    )
    assert rates(parsed) == {}
    assert set_aside(parsed) == [
        ("input_cost_per_token", "3e-07", "duplicate_key"),
        ("input_cost_per_token", "6e-07", "duplicate_key"),
    ]


def test_an_entry_that_occurs_twice_with_one_price_is_read_once():
    parsed = read(
        '{"minimax.minimax-m2.5": {"input_cost_per_token": 3e-07, "supports_reasoning": true, "source": "here"},'
        ' "minimax.minimax-m2.5": {"input_cost_per_token": 3e-07, "source": "https://aws.amazon.com/bedrock/pricing/"}}'
    )
    assert rates(parsed) == {("input", "standard", 0): Decimal("0.3")}
    assert set_aside(parsed) == []


def test_a_field_that_occurs_twice_with_two_prices_has_none():
    parsed = read(
        '{"o3": {"input_cost_per_token": 1e-05, "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}}'
    )
    assert rates(parsed, "token_class") == {"output": Decimal(8)}
    assert set_aside(parsed) == [("input_cost_per_token", "1e-05 | 2e-06", "duplicate_key")]


@pytest.mark.parametrize(
    ("key", "provider", "sku", "match_kind", "region"),
    [
        ("o3", "openai", "o3", "exact", None),
        ("deepseek/deepseek-chat", "deepseek", "deepseek-chat", "prefix", None),
        ("deepinfra/deepseek-ai/DeepSeek-V3.2", "deepinfra", "deepseek-ai/DeepSeek-V3.2", "prefix", None),
        ("vertex_ai/claude-opus-5@default", "vertex_ai-anthropic_models", "claude-opus-5@default", "prefix", None),
        ("azure/gpt-35-turbo-instruct", "azure_text", "gpt-35-turbo-instruct", "prefix", None),
        ("amazon-nova/nova-pro-v1", "amazon_nova", "nova-pro-v1", "prefix", None),
        ("azure/gpt-35-turbo-instruct", "text-completion-openai", "azure/gpt-35-turbo-instruct", "exact", None),
        ("open/gpt-4o", "openai", "open/gpt-4o", "exact", None),
        ("high/1024-x-1024/gpt-image-1", "openai", "high/1024-x-1024/gpt-image-1", "exact", None),
        ("azure/eu/gpt-5.1", "azure", "gpt-5.1", "region", "eu"),
        ("azure/global-standard/gpt-4o-mini", "azure", "gpt-4o-mini", "region", "global-standard"),
        ("azure/hd/1024-x-1024/dall-e-3", "azure", "hd/1024-x-1024/dall-e-3", "prefix", None),
        ("bedrock/us-gov-west-1/anthropic.claude-v1", "bedrock", "anthropic.claude-v1", "region", "us-gov-west-1"),
        ("bedrock_mantle/us-gov-east-1/xai.grok-4.6", "bedrock_mantle", "xai.grok-4.6", "region", "us-gov-east-1"),
        ("us.anthropic.claude-opus-5", "bedrock_converse", "anthropic.claude-opus-5", "region", "us"),
        ("us-gov.anthropic.claude-opus-4-8", "bedrock_converse", "anthropic.claude-opus-4-8", "region", "us-gov"),
        ("bedrock/us.meta.llama3-2-1b", "bedrock", "meta.llama3-2-1b", "region", "us"),
        ("deepseek.v3.2", "bedrock_converse", "deepseek.v3.2", "exact", None),
        (
            "bedrock/*/1-month-commitment/cohere.command-text-v14",
            "bedrock",
            "1-month-commitment/cohere.command-text-v14",
            "prefix",
            None,
        ),
    ],
)
def test_a_key_means_a_provider_a_sku_and_a_region(key, provider, sku, match_kind, region):
    (row,) = read_entry(key, litellm_provider=provider, input_cost_per_token=1e-06).rates.rows(named=True)
    assert (row["source_provider"], row["source_sku"]) == (provider, key)
    assert (row["sku"], row["match_kind"], row["region"]) == (sku, match_kind, region)


@pytest.mark.parametrize(
    ("key", "provider", "sku"),
    [("azure/gpt-35-turbo", "azure", "gpt-35-turbo"), ("gpt-4", "", "gpt-4")],
)
def test_an_entry_of_an_early_file_has_the_provider_of_its_key(key, provider, sku):
    (row,) = read(json.dumps({key: {"input_cost_per_token": 0.00003}})).rates.rows(named=True)
    assert (row["source_provider"], row["sku"], row["amount"]) == (provider, sku, Decimal(30))


def test_the_page_that_an_entry_cites_is_kept_where_it_is_one():
    assert read_entry(input_cost_per_token=1e-06, source=SOURCE).rates["source_url"].to_list() == [SOURCE]
    for source in ("OpenAI needs to add pricing", f"{SOURCE} and {SOURCE}", None, [SOURCE]):
        assert read_entry(input_cost_per_token=1e-06, source=source).rates["source_url"].to_list() == [None]


def test_the_rates_of_an_entry_end_on_the_day_of_its_deprecation():
    parsed = read_entry(input_cost_per_token=1e-06, output_cost_per_token=2e-06, deprecation_date="2026-09-30")
    assert parsed.rates.select("valid_from", "valid_to", "valid_from_basis").rows() == [
        (None, datetime(2026, 9, 30), None),
        (None, datetime(2026, 9, 30), None),
    ]


@pytest.mark.parametrize(
    "text", ["date when the model becomes deprecated in the format YYYY-MM-DD", "2026-09", "2026-09-31", "", None, 2026]
)
def test_a_deprecation_on_no_day_ends_nothing(text):
    assert read_entry(input_cost_per_token=1e-06, deprecation_date=text).rates["valid_to"].to_list() == [None]


COMMENT = (
    "Official API list price checked 2026-10-27: input 8, output 28, cached input 2 CNY per million tokens; "
    "converted at 7.0 CNY/USD. Cache storage is temporarily free and is not encoded."
)


def test_a_rate_that_the_source_converted_is_the_one_of_the_list_it_converted():
    parsed = read_entry(
        "bigmodel/glm-5.3",
        input_cost_per_token=1.1428571428571428e-06,
        output_cost_per_token=4e-06,
        cache_read_input_token_cost=2.857e-07,
        cache_creation_input_token_cost=1.25e-07,
        output_cost_per_second=0.1,
        metadata={"comment": COMMENT},
    )
    assert parsed.rates.select("token_class", "amount", "currency", "amount_basis", "amount_text").rows() == [
        ("input", Decimal(8), "CNY", "computed", "1.1428571428571428e-06"),
        ("output", Decimal(28), "CNY", "computed", "4e-06"),
        ("cache_read", Decimal(2), "CNY", "computed", "2.857e-07"),
        ("cache_write", Decimal("0.875"), "CNY", "computed", "1.25e-07"),
    ]
    assert parsed.rates.select("stated_conversion_amount", "stated_conversion_currency").rows()[0] == (
        Decimal("1.142857142857"),
        "USD",
    )
    assert set_aside(parsed) == [("output_cost_per_second", "0.1", "other_unit")]


def test_a_comment_that_converts_nothing_changes_nothing():
    comment = "China (Beijing) list price 8 CNY per million tokens"
    parsed = read_entry(input_cost_per_token=4e-06, metadata={"comment": comment})
    assert parsed.rates.select("amount", "currency", "amount_basis").rows() == [(Decimal(4), "USD", "printed")]


def test_descriptions_and_rules_in_the_file_are_no_models():
    described = {"litellm_provider": "one of https://docs.litellm.ai/docs/providers", "input_cost_per_token": 1e-06}
    parsed = read(json.dumps({"sample_spec": described, "o3": {"input_cost_per_token": 2e-06}}))
    assert parsed.rates["source_sku"].to_list() == ["o3"]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"sample_spec": {}}', '{"o3": ', "[" * 100_000])
def test_what_is_no_price_file_is_refused(text):
    with pytest.raises(UnreadableSnapshot):
        read(text)


MODEL = {"host": "openai", "input": None, "output": None, "cache_read": None, "cache_write": None}
SOURCES = ["c0", "c1", "c2", "c3"]


def ledger(key="o3", /, *events, **model):
    document = {
        "schema": 1,
        "models": [{"key": key, **MODEL, **model}],
        "events": {key: events},
        "sources": SOURCES,
    }
    return gzip.compress(json.dumps(document).encode())


def added(day, source=0):
    return [day, "added", "", None, None, "", source]


def removed(day, source=0):
    return [day, "removed", "", None, None, "", source]


def changed(day, name, old, new, flag="", source=1):
    return [day, "price", name, old, new, flag, source]


def history(data):
    """The rates of the ledger: amount, since when, until when, how that is known, since when it was said."""
    rows = llmledger.read(data).rates.sort("token_class", "valid_from", nulls_last=False)
    return rows.select("amount", "valid_from", "valid_to", "valid_from_basis", "said_from").rows()


def test_a_change_begins_on_its_day_and_what_was_before_on_the_day_the_key_was_added():
    data = ledger(
        "o3",
        added("2025-04-16"),
        changed("2025-06-10", "input_cost_per_token", 1e-05, 2e-06),
        changed("2026-09-14", "input_cost_per_token_batches", None, 1e-06, source=2),
        input=2.0,
    )
    parsed = llmledger.read(data)
    cut, launch, batch = datetime(2025, 6, 10), datetime(2025, 4, 16), datetime(2026, 9, 14)
    columns = ("service_tier", "amount", "valid_from", "valid_to", "valid_from_basis", "said_from", "source_url")
    commit = "https://github.com/BerriAI/litellm/commit/"
    assert parsed.rates.select(columns).sort("service_tier", "valid_from").rows() == [
        ("batch", Decimal(1), batch, None, "first_observed", batch, commit + "c2"),
        ("standard", Decimal(10), launch, cut, "first_observed", launch, commit + "c0"),
        ("standard", Decimal(2), cut, None, "first_observed", cut, commit + "c1"),
    ]
    assert parsed.rates.sort("valid_from").select("amount_text", "field_name", "valid_precision").rows() == [
        ("1e-05", "input_cost_per_token", "day"),
        ("2e-06", "input_cost_per_token", "day"),
        ("1e-06", "input_cost_per_token_batches", "day"),
    ]


def test_of_several_changes_of_a_day_the_last_counts():
    data = ledger(
        "anthropic.claude-fable-5",
        added("2026-06-10"),
        changed("2026-09-24", "input_cost_per_token", 1e-05, 1.1e-05),
        changed("2026-09-24", "input_cost_per_token", 1.1e-05, 1e-05),
        changed("2026-09-30", "input_cost_per_token", 1e-05, 1.2e-05),
        changed("2026-09-30", "input_cost_per_token", 1.2e-05, 9e-06),
    )
    assert history(data) == [
        (Decimal(10), datetime(2026, 6, 10), datetime(2026, 9, 30), "first_observed", datetime(2026, 6, 10)),
        (Decimal(9), datetime(2026, 9, 30), None, "first_observed", datetime(2026, 9, 30)),
    ]


def test_a_rate_ends_when_its_field_or_its_key_goes_and_begins_anew_when_the_key_comes_back():
    data = ledger(
        "deepseek-chat",
        added("2024-05-01"),
        changed("2024-08-01", "cache_read_input_token_cost", None, 1.4e-08),
        changed("2024-09-01", "cache_read_input_token_cost", 1.4e-08, None),
        changed("2024-09-01", "input_cost_per_token", 2.7e-07, 1.4e-07),
        removed("2024-12-01"),
        added("2025-02-01"),
        changed("2025-03-01", "input_cost_per_token", 2.7e-07, 2.8e-07),
    )
    launch, cached, fell = datetime(2024, 5, 1), datetime(2024, 8, 1), datetime(2024, 9, 1)
    gone, back, rose = datetime(2024, 12, 1), datetime(2025, 2, 1), datetime(2025, 3, 1)
    assert history(data) == [
        (Decimal("0.014"), cached, fell, "first_observed", cached),
        (Decimal("0.27"), launch, fell, "first_observed", launch),
        (Decimal("0.14"), fell, gone, "first_observed", fell),
        (Decimal("0.27"), back, rose, "first_observed", back),
        (Decimal("0.28"), rose, None, "first_observed", rose),
    ]


def test_a_key_that_goes_the_day_it_came_leaves_no_empty_interval():
    data = ledger(
        "o3",
        added("2025-04-16"),
        changed("2025-04-16", "input_cost_per_token", None, 1e-05),
        removed("2025-04-16"),
        added("2025-04-16"),
        changed("2025-06-10", "input_cost_per_token", 1e-05, 2e-06),
    )
    assert [row[:3] for row in history(data)] == [
        (Decimal(10), datetime(2025, 4, 16), datetime(2025, 6, 10)),
        (Decimal(2), datetime(2025, 6, 10), None),
    ]


def test_what_never_changed_since_the_key_came_is_known_from_the_list_of_models():
    parsed = llmledger.read(
        ledger(
            "o3",
            added("2024-12-20"),
            removed("2025-01-31"),
            added("2025-04-16", source=2),
            changed("2025-06-10", "input_cost_per_token", 1e-05, 2e-06),
            input=2.0,
            output=8.0,
        )
    )
    (row,) = parsed.rates.filter(pl.col("token_class") == "output").rows(named=True)
    assert (row["amount"], row["amount_text"], row["field_name"]) == (Decimal(8), "8.0", "models.output")
    launch = datetime(2025, 4, 16)
    assert (row["valid_from"], row["valid_to"], row["said_from"]) == (launch, None, launch)
    assert row["source_url"].endswith("/c2")
    assert parsed.rates.filter(pl.col("token_class") == "input")["amount"].to_list() == [Decimal(10), Decimal(2)]


def test_off_peak_hours_that_come_later_change_what_the_price_of_an_entry_means():
    data = ledger(
        "deepseek-v4-flash",
        added("2026-06-21"),
        changed(
            "2026-09-19", "off_peak_pricing", None, {"input_cost_per_token": 1.5e-07, "windows": WINDOWS}, source=3
        ),
        input=0.3,
    )
    parsed = llmledger.read(data)
    day = datetime(2026, 9, 19)
    found = parsed.rates.sort("valid_from", "source_window").select("source_window", "amount", "valid_from", "valid_to")
    assert found.rows() == [
        (None, Decimal("0.3"), datetime(2026, 6, 21), day),
        (f"off_peak {HOURS}", Decimal("0.15"), day, None),
        (f"peak, outside: {HOURS}", Decimal("0.3"), day, None),
    ]
    assert parsed.rates.filter(valid_from=day)["source_url"].str.tail(2).to_list() == ["c3", "c3"]


def test_the_ledger_names_fields_and_keys_as_litellm_does():
    data = ledger(
        "azure/eu/o3",
        added("2026-10-01"),
        changed("2026-10-20", "input_cost_per_token_above_200k_tokens_priority", None, 2.2e-06),
        changed("2026-10-20", "output_cost_per_second", None, 0.1),
        changed("2026-10-20", "output_cost_per_token", None, 0),
        host="azure",
    )
    parsed = llmledger.read(data)
    (row,) = parsed.rates.rows(named=True)
    assert (row["source_provider"], row["sku"], row["region"], row["match_kind"]) == ("azure", "o3", "eu", "region")
    assert (row["token_class"], row["service_tier"], row["context_over_tokens"]) == ("input", "priority", 200_000)
    assert set_aside(parsed) == [
        ("output_cost_per_second", "0.1", "other_unit"),
        ("output_cost_per_token", "0", "zero"),
    ]


def test_a_retirement_that_the_ledger_tells_ends_nothing():
    retirement = ["2026-08-12", "deprecation", "deprecation_date", None, "2026-09-30", "", 1]
    data = ledger("o3", added("2025-04-16"), retirement, input=2.0, retire="2026-09-30")
    assert llmledger.read(data).rates["valid_to"].to_list() == [None]


def test_events_that_would_be_per_million_are_refused():
    with pytest.raises(UnreadableSnapshot, match="per million"):
        llmledger.read(
            ledger("o3", added("2025-04-16"), changed("2025-06-10", "input_cost_per_token", 10, 2), input=2.0)
        )


def test_flags_of_the_ledger_are_read_with_its_own_amounts():
    data = ledger(
        "gpt-4", added("2023-09-06"), changed("2023-09-18", "input_cost_per_token", 3e-06, 3e-05, flag="likely")
    )
    assert llmledger.flags(data).rows() == [
        ("gpt-4", datetime(2023, 9, 18), "input_cost_per_token", "3e-06", "3e-05", "likely", "c1")
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no JSON"),
        gzip.compress(b"{}"),
        gzip.compress(b'{"schema": 2}'),
        ledger("o3")[:-9],
        ledger("o3", ["16 April", "added", "", None, None, "", 0]),
        ledger("o3", added("2025-04-16", source=99)),
    ],
)
def test_what_is_no_ledger_is_refused(data):
    with pytest.raises(UnreadableSnapshot):
        llmledger.read(data)


def test_a_ledger_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(llmledger, "MAX_BYTES", 100)
    with pytest.raises(UnreadableSnapshot, match="more than 100 bytes"):
        llmledger.read(ledger("o3", added("2025-04-16")))
