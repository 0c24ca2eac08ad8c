"""What is seen in price files, and what it means: each row of that table as a story of one SKU, told by files of the
feeds' own form and taken through the real code, from bytes to what was in force as known when.
"""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import price_database
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.feeds import parsing
from pipelines.feeds.observation import Rate, parsed
from pipelines.feeds.registry import PRICE_FEEDS
from pipelines.feeds.snapshots import SnapshotStore
from pipelines.warehouse import price_runs

START = datetime(2025, 3, 1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
FEEDS = {feed.name: feed for feed in PRICE_FEEDS}
#: The days of each feed's files. OpenRouter's has a hole: forty days, where it may have thirty.
DAYS = {
    "litellm": (0, 3, 10, 20, 30, 60),
    "tokencost": (0, 3, 10, 20, 30, 50),
    "models-dev": (0, 3, 10, 20, 30, 60),
    "genai-prices-json": (0, 10, 20),
    "openrouter": (0, 10, 20, 60),
}
GONE = None
INPUT_CLASS = "input"


def day(number: float | None) -> datetime | None:
    return None if number is None else START + number * DAY


# ---- Files of the feeds' own form -----------------------------------------------------------------------------------


def per_token(per_mtok: object) -> float:
    return float(Decimal(str(per_mtok)) / 1_000_000)


def litellm(entries: dict[str, Any]) -> bytes:
    """`{"sku": 10}`, an input rate per million; or the fields of an entry, amounts per million."""
    file = {}
    for sku, stated in entries.items():
        fields = stated if isinstance(stated, dict) else {"input_cost_per_token": stated}
        priced = {name: per_token(value) if "cost" in name and value else value for name, value in fields.items()}
        file[sku] = {"litellm_provider": "openai", **priced}
    return json.dumps({"always-there": {"litellm_provider": "openai", "input_cost_per_token": 1e-06}, **file}).encode()


def models_dev(costs: dict[str, Any]) -> bytes:
    """`{"sku": 10}`, an input rate per million; or the rates of a model."""
    models = {
        sku: {"cost": cost if isinstance(cost, dict) else {"input": cost}}
        for sku, cost in {"always-there": 1, **costs}.items()
    }
    return json.dumps({"openai": {"models": models}}).encode()


def openrouter(costs: dict[str, Any]) -> bytes:
    models = [{"id": sku, "pricing": {"prompt": str(per_token(cost))}} for sku, cost in {"always": 1, **costs}.items()]
    return json.dumps({"data": models}).encode()


def genai_prices(histories: dict[str, Any]) -> bytes:
    """`{"sku": [(None, 10), (day, 8)]}`, with a comment that the day is announced if it stands third."""
    models = []
    for sku, entries in {"always-there": [(None, 1)], **histories}.items():
        prices, said = [], []
        for since, amount, *announced in entries:
            constraint = {} if since is None else {"constraint": {"start_date": f"{day(since):%Y-%m-%d}"}}
            prices.append({**constraint, "prices": {"input_mtok": amount}})
            said += [f"{amount} takes effect on {day(since):%Y-%m-%d}." for _ in announced]
        models.append({"id": sku, "prices": prices, "price_comments": " ".join(said) or None})
    return json.dumps([{"id": "openai", "models": models}]).encode()


WRITERS = {
    "litellm": litellm,
    "tokencost": litellm,
    "models-dev": models_dev,
    "openrouter": openrouter,
    "genai-prices-json": genai_prices,
}


# ---- The stories ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Curated:
    """A rate that a person wrote down."""

    amount: int
    begins: int
    ends: int | None = None


@dataclass(frozen=True)
class Retired:
    """The day of a SKU's retirement, since when it is known, and whether that puts off the one before."""

    day: int
    known: int
    puts_off: bool = False


@dataclass(frozen=True)
class Story:
    """What feeds show of a SKU from a day on, and what people wrote down of it."""

    shown: dict[str, dict[int, Any]]
    curated: list[Curated] = field(default_factory=list)
    retired: list[Retired] = field(default_factory=list)

    def at(self, feed: str, number: int) -> Any:
        """What the feed shows on a day: the last thing of those until then."""
        until = [since for since in self.shown.get(feed, {}) if since <= number]
        return self.shown[feed][max(until)] if until else GONE


def by_litellm(shown: dict[int, Any], *curated: Curated, **others: dict[int, Any]) -> Story:
    return Story({"litellm": shown, **{name.replace("_", "-"): of for name, of in others.items()}}, list(curated))


def retired(story: Story, *retirements: Retired) -> Story:
    return Story(story.shown, story.curated, list(retirements))


def by_genai_prices(shown: dict[int, Any], **others: dict[int, Any]) -> Story:
    return Story({"genai-prices-json": shown, **others})


INPUT, CACHE_READ = "input_cost_per_token", "cache_read_input_token_cost"
STORIES = {
    "steady": by_litellm({0: 10}),
    "cut": by_litellm({0: 10, 20: 8}),
    "removed": by_litellm({0: 10, 20: GONE}),
    "returned": by_litellm({0: 10, 20: GONE, 30: 10}),
    "returned-dearer": by_litellm({0: 10, 20: GONE, 30: 12}),
    "field-gone": by_litellm({0: {INPUT: 10, CACHE_READ: 1}, 20: {INPUT: 10}}),
    "field-added": by_litellm({0: {INPUT: 10}, 20: {INPUT: 10, CACHE_READ: 1}}),
    "field-null": by_litellm({0: {INPUT: 10, CACHE_READ: None}}),
    "field-zero": by_litellm({0: {INPUT: 10, CACHE_READ: 0}}),
    "hole": Story({"openrouter": {0: 10}}),
    "hole-after-one-sight": Story({"openrouter": {20: 10}}),
    "after-the-hole": Story({"openrouter": {60: 10}}),
    "retired": by_litellm({0: {INPUT: 10, "deprecation_date": "2025-04-10"}}),
    "retired-elsewhere-not": by_litellm({0: {INPUT: 10, "deprecation_date": "2025-04-10"}}, models_dev={0: 10}),
    "retired-with-its-cache": by_litellm(
        {0: {INPUT: 10, "deprecation_date": "2025-04-10"}}, models_dev={0: {"input": 10, "cache_read": 1}}
    ),
    "put-off-with-its-cache": by_litellm(
        {0: {INPUT: 10, "deprecation_date": "2025-03-06"}, 20: {INPUT: 10, "deprecation_date": "2025-04-20"}},
        models_dev={0: {"input": 10, "cache_read": 1}},
    ),
    "put-off-without-its-cache": by_litellm(
        {
            0: {INPUT: 10, CACHE_READ: 1, "deprecation_date": "2025-03-06"},
            20: {INPUT: 10, "deprecation_date": "2025-04-20"},
        },
        models_dev={0: {"input": 10, "output": 5}},
    ),
    "moved-without-its-cache": by_litellm(
        {
            0: {INPUT: 10, CACHE_READ: 1, "deprecation_date": "2025-04-10"},
            20: {INPUT: 10, "deprecation_date": "2025-04-20"},
        },
        models_dev={0: {"input": 10, "output": 5}},
    ),
    "end-in-error": by_litellm({0: {INPUT: 10, "deprecation_date": "2025-03-20"}}),
    "end-put-off": by_litellm(
        {0: {INPUT: 10, "deprecation_date": "2025-03-06"}, 20: {INPUT: 10, "deprecation_date": "2025-04-20"}}
    ),
    "end-taken-back": by_litellm({0: {INPUT: 10, "deprecation_date": "2025-03-06"}, 20: {INPUT: 10}}),
    "end-brought-forward": by_litellm(
        {0: {INPUT: 10, "deprecation_date": "2025-04-20"}, 20: {INPUT: 10, "deprecation_date": "2025-03-16"}}
    ),
    "gone-but-copied": by_litellm({0: 10, 60: GONE}, tokencost={0: 10}),
    "gone-and-copied-still": by_litellm({0: 10, 30: GONE}, tokencost={0: 10}),
    # what vendors say of the end
    "vendor-retired": retired(
        by_litellm({0: {INPUT: 10, CACHE_READ: 1}, 20: {INPUT: 10}}, models_dev={0: 10}), Retired(40, known=10)
    ),
    "vendor-put-off": retired(by_litellm({0: 10}), Retired(20, known=10), Retired(40, known=15, puts_off=True)),
    "stated-after-the-end": retired(by_litellm({30: {INPUT: 10}}), Retired(20, known=10)),
    "changed-after-the-end": retired(by_litellm({0: 10, 30: 8}), Retired(20, known=10)),
    "documented-beyond-the-end": retired(by_litellm({0: 10}, Curated(10, 0, 50)), Retired(20, known=10)),
    "back-after-the-end": retired(by_litellm({0: 10}, Curated(10, 0), Curated(12, 30)), Retired(20, known=10)),
    # dated histories
    "announced": by_genai_prices({0: [(None, 10), (40, 12, "announced")]}, litellm={0: 10}),
    "withdrawn": by_genai_prices({0: [(None, 10), (40, 12, "announced")], 10: [(None, 10)]}, litellm={0: 10}),
    "put-off": by_genai_prices(
        {0: [(None, 10), (40, 12, "announced")], 10: [(None, 10), (50, 12, "announced")]}, litellm={0: 10}
    ),
    "misprinted": by_genai_prices(
        {0: [(None, 10), (40, 12, "announced")], 10: [(None, 10), (40, 13, "announced")]}, litellm={0: 10}
    ),
    "end-stated": by_genai_prices({0: [(None, 10), (15, 8)]}, litellm={0: 10}),
    "end-stated-alone": by_genai_prices({0: [(None, 10), (15, 8)]}),
    "end-stated-otherwise": by_genai_prices({0: [(None, 9), (15, 8)]}, litellm={0: 10}),
    "documented-on-its-day": by_genai_prices({10: [(None, 10), (10, 8, "announced")]}),
    "documented-before": by_genai_prices({10: [(None, 10), (5, 8, "announced")]}),
    "told-afterwards": by_genai_prices({20: [(0, 10), (5, 8)]}),
    "told-beforehand": by_genai_prices({0: [(-5, 10), (2, 8)]}),
    # slips
    "soon-corrected": by_litellm({0: 15, 3: 10}, models_dev={0: 10}),
    "soon-corrected-alone": by_litellm({0: 15, 3: 10}),
    "soon-corrected-copied": by_litellm({0: 15, 3: 10}, tokencost={0: 15, 10: 10}),
    "soon-changed": by_litellm({0: 15, 3: 10}, models_dev={0: 15}),
    "late-changed": by_litellm({0: 15, 10: 12}, models_dev={3: 12}),
    "gone-back": by_litellm({0: 10, 10: 12, 30: 10}),
    "gone-back-late": by_litellm({0: 10, 10: 12, 60: 10}),
    "gone-back-with-another": by_litellm({0: 10, 10: 12, 30: 10}, models_dev={0: 10, 10: 12, 30: 10}),
    "per-thousand": by_litellm({0: 2700, 20: 0.27}),
    "tenfold": by_litellm({0: 10, 20: 1}),
    "tenfold-opposed": by_litellm({0: 10, 20: 1}, models_dev={0: 10}),
    "tenfold-by-two": by_litellm({0: 10, 20: 1}, models_dev={0: 10, 30: 1}),
    "tenfold-witnessed": by_litellm({0: 10, 20: 1}, models_dev={0: 1}),
    "tenfold-and-copied": by_litellm({0: 10, 20: 1}, tokencost={0: 10, 30: 1}),
    "known-error": by_litellm({0: 99, 20: 10}),
    "slip-between": by_litellm({0: 10, 20: 12_000, 30: 12}),
    "slips-in-a-row": by_litellm({0: 20, 3: 10, 10: 20}),
    "broken-for-a-day": by_litellm({0: 10, 10: 10_000, 20: 10}),
    # sources beside one another
    "disagree": by_litellm({0: 10}, models_dev={3: 12}),
    "copied": by_litellm({0: 10, 20: 8}, tokencost={0: 10, 50: 8}),
    "tenfold-conflict": by_litellm({0: 0.02}, models_dev={0: 0.2}),
    "seen-early": by_litellm({0: 10, 10: 8}, Curated(10, 0, 13), Curated(8, 13)),
    "seen-late": by_litellm({0: 10, 60: 8}, Curated(10, 0, 13), Curated(8, 13)),
    "seen-early-and-late": by_litellm({0: 10, 10: 8}, Curated(10, 0), Curated(8, 13), models_dev={0: 10, 60: 8}),
    "free-no-more": Story({}, [Curated(0, 0, 10), Curated(1, 10)]),
    "seen-too-early": by_litellm({0: 10, 3: 8}, Curated(10, 0), Curated(8, 13), models_dev={0: 10, 3: 8}),
}


# ---- The warehouse --------------------------------------------------------------------------------------------------


def database() -> duckdb.DuckDBPyConnection:
    """A database that knows the feeds, and who copies whom."""
    connection = duckdb.connect()
    price_database.create(connection)
    for feed in PRICE_FEEDS:
        price_database.insert(connection, "feeds.feed", feed=feed.name, namespace=feed.namespace, states=feed.states)
        price_database.insert(connection, "ref.source", source_id=feed.name)
    price_database.insert(connection, "ref.source", source_id="page", published_at=START)
    price_database.insert(connection, "ref.source_copy", source_id="tokencost", copies_source_id="litellm")
    for token_class in ("input", "output"):
        price_database.insert(connection, "ref.token_class", token_class=token_class)
    return connection


def key_of(sku: str) -> dict[str, Any]:
    key = ("openai", sku, "input", "standard", 0, "currency_per_mtok", "USD")
    names = ("provider_id", "sku", "token_class", "service_tier", "context_over_tokens", "unit", "currency")
    return dict(zip(names, key, strict=True))


def write_down(connection: duckdb.DuckDBPyConnection, sku: str, number: int, curated: Curated) -> None:
    amounts = dict.fromkeys(("amount_low", "amount", "amount_high"), curated.amount)
    price_database.insert(
        connection, "seeds.api_prices", fact_id=f"{sku}-{number}", **key_of(sku), **amounts, price_kind="list",
        amount_basis="printed",
        source_id="page", confidence="A", modality="observed",
        qualifier="exact", status="active", valid_from=day(curated.begins), valid_to=day(curated.ends),
        valid_precision="day", valid_from_basis="documented", known_from=day(curated.begins),
        valid_to_known_from=day(curated.ends), origin="seeds/api_prices.csv",
    )  # fmt: skip


def write_down_retirements(connection: duckdb.DuckDBPyConnection, sku: str, retirements: list[Retired]) -> None:
    for number, retirement in enumerate(retirements):
        price_database.insert(
            connection, "seeds.retirements", fact_id=f"{sku}-retired-{number}", provider_id="openai", sku=sku,
            source_id="page", confidence="A", modality="observed", qualifier="exact", status="active",
            valid_from=day(retirement.day), valid_precision="day", valid_from_basis="documented",
            known_from=day(retirement.known), supersedes=f"{sku}-retired-{number - 1}" if retirement.puts_off else None,
            supersedes_reason="put off" if retirement.puts_off else None, origin="seeds/retirements.csv",
        )  # fmt: skip


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """All stories, in the files of one store, read and taken through to what follows from them."""
    folder = tmp_path_factory.mktemp("history")
    store = SnapshotStore(folder / "snapshots")
    with database() as connection:
        for feed, numbers in DAYS.items():
            for number in numbers:
                shown = {sku: story.at(feed, number) for sku, story in STORIES.items()}
                data = WRITERS[feed]({sku: stated for sku, stated in shown.items() if stated is not GONE})
                keep(store, feed, number, data)
            ingest(connection, store, folder, feed)
        for sku, story in STORIES.items():
            for number, curated in enumerate(story.curated):
                write_down(connection, sku, number, curated)
            write_down_retirements(connection, sku, story.retired)
        price_database.insert(
            connection, "ref.feed_correction", correction_id="end-in-error-end", feed="litellm",
            source_sku="end-in-error", expected_valid_to=datetime(2025, 3, 20), reason="not sooner than",
        )  # fmt: skip
        price_database.insert(
            connection, "ref.feed_correction", correction_id="known-error-input", feed="litellm",
            source_sku="known-error", token_class=INPUT_CLASS, expected_amount=99, reason="it is 10",
        )  # fmt: skip
        price_database.make(connection, *price_database.BEFORE, *price_database.RATES, *price_database.AFTER)
        yield connection


def keep(store: SnapshotStore, feed: str, number: int, data: bytes) -> None:
    at = day(number)
    store.keep(data, feed=feed, version=f"day-{number}", address="https://x", source_time=at, fetched_at=at)


def ingest(connection: duckdb.DuckDBPyConnection, store: SnapshotStore, folder: Path, name: str) -> None:
    published = [
        price_runs.Published(content.sha256, content.version, content.first_at, content.last_at, content.rows)
        for content in parsing.contents(FEEDS[name], store, folder / "observations")
    ]
    price_runs.ingest(connection, name, published, FEEDS[name].hole_after)


class Told:
    """What the warehouse tells of a SKU's rate, in days."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sku: str, token_class: str) -> None:
        self.connection, self.of = connection, (sku, token_class)

    def ask(self, columns: str, table: str, order: str, where: str = "true") -> list[tuple[object, ...]]:
        found = price_database.rows(
            self.connection,
            f"select {columns} from {table} where sku = ? and token_class = ? and {where} order by {order}",
            *self.of,
        )
        return [tuple(in_days(value) for value in row.values()) for row in found]

    @property
    def rates(self) -> list[tuple[object, ...]]:
        """(amount, from, to), as known in the end."""
        return self.ask("amount, valid_from, valid_to", "marts.api_price", "valid_from", "known_to is null")

    @property
    def changes(self) -> list[tuple[object, ...]]:
        """(kind, day, old, new), without the first listing."""
        kinds = "change_kind <> 'listed'"
        return self.ask("change_kind, valid_from, old, new", "marts.api_price_change", "valid_from, old", kinds)

    @property
    def price_changes(self) -> list[tuple[object, ...]]:
        """(day, old, new) of those that are changes of the price."""
        return [change[1:] for change in self.changes if change[0] == "price_change"]

    @property
    def sightings(self) -> list[tuple[object, ...]]:
        """(source, day, kind)"""
        return self.ask("source_id, seen_at, change_kind", "marts.api_price_sighting", "source_id, seen_at")

    @property
    def gaps(self) -> list[tuple[object, ...]]:
        """(from, to, reason), as known in the end."""
        return self.ask(
            "valid_from, valid_to, reason", "marts.api_price_gap", "valid_from nulls first", "known_to is null"
        )

    @property
    def conflicts(self) -> list[tuple[object, ...]]:
        return self.ask("sources, ratio, chosen_source_id", "marts.api_price_conflict", "valid_from")

    def statements(self, columns: str, source: str = "litellm") -> list[tuple[object, ...]]:
        return self.ask(columns, "facts.api_price", "known_from, valid_from", f"source_id = '{source}'")

    def rate(self, valid_at: float, known_at: float) -> object:
        found = self.connection.execute(
            "select amount from marts.api_price where sku = ? and token_class = ? "
            "and (valid_from is null or valid_from <= ?) and (valid_to is null or valid_to > ?) "
            "and known_from <= ? and (known_to is null or known_to > ?)",
            [*self.of, *[day(valid_at)] * 2, *[day(known_at)] * 2],
        ).fetchall()
        assert len(found) <= 1
        return found[0][0] if found else None


def in_days(value: object) -> object:
    return (value - START) / DAY if isinstance(value, datetime) else value


@pytest.fixture
def told(prices):
    """Ask of a story."""
    return lambda sku, token_class="input": Told(prices, sku, token_class)


BEFORE = 1e-9  # of a day: just before an instant


# ---- What is seen, and what it means --------------------------------------------------------------------------------


def test_the_same_value_again_is_one_statement_that_was_confirmed_last_when_it_was_last_seen(told):
    assert told("steady").statements("amount, valid_from, valid_to, known_from, known_to, last_confirmed_at") == [
        (10, 0, None, 0, None, 60)
    ]


def test_a_new_value_ends_the_old_and_never_that_it_was_in_force(told):
    columns = "amount, valid_from, valid_to, known_from, known_to"
    assert told("cut").ask(columns, "marts.api_price", "known_from, valid_from") == [
        (10, 0, None, 0, 20),
        (10, 0, 20, 20, None),
        (8, 20, None, 20, None),
    ]
    assert told("cut").statements("amount, valid_to, end_reason, known_to, last_confirmed_at") == [
        (10, 20, "restated", None, 10),
        (8, None, None, None, 60),
    ]
    assert told("cut").changes == [("price_change", 20, 10, 8)]


@pytest.mark.parametrize(
    ("valid_at", "known_at", "amount"),
    [
        (-BEFORE, 60, None),
        (0, -1, None),
        (0, 0, 10),
        (25, 20 - BEFORE, 10),  # carried, as nobody knew better
        (20 - BEFORE, 20, 10),
        (20, 20, 8),
        (15, 60, 10),
    ],
)
def test_before_the_new_value_was_known_the_old_was_carried_on(told, valid_at, known_at, amount):
    assert told("cut").rate(valid_at, known_at) == amount


def test_a_withdrawn_announcement_is_unlearnt_at_the_first_file_that_lacks_it(told):
    withdrawn = told("withdrawn")
    assert (12, 40, None, 0, 10) in withdrawn.statements(
        "amount, valid_from, valid_to, known_from, known_to", "genai-prices-json"
    )
    assert [withdrawn.rate(45, known_at) for known_at in (0, 10 - BEFORE, 10, 60)] == [12, 12, 10, 10]
    assert withdrawn.rate(39, 5) == 10
    assert withdrawn.changes == [("announcement_cancelled", 40, 10, 12)]


def test_an_announcement_that_stands_is_a_change_on_its_day(told):
    assert told("announced").rates == [(10, 0, 40), (12, 40, None)]
    assert told("announced").changes == [("price_change", 40, 10, 12)]


def test_an_announcement_that_was_put_off_is_a_change_on_the_later_day_only(told):
    assert [told("put-off").rate(45, known_at) for known_at in (5, 10)] == [12, 10]
    assert told("put-off").price_changes == [(50, 10, 12)]


def test_a_corrected_announcement_is_believed_until_its_correction(told):
    assert [told("misprinted").rate(45, known_at) for known_at in (5, 10)] == [12, 13]
    assert told("misprinted").price_changes == [(40, 10, 13)]


def test_a_model_that_vanishes_ends_at_its_first_absence(told):
    assert told("removed").statements("amount, valid_to, end_reason, last_confirmed_at") == [(10, 20, "removed", 10)]
    assert told("removed").rates == [(10, 0, 20)]
    assert (20, None, "removed") in told("removed").gaps
    assert told("removed").changes == [("withdrawn", 20, 10, None)]


@pytest.mark.parametrize(("sku", "amount"), [("returned", 10), ("returned-dearer", 12)])
def test_a_model_that_returns_has_a_new_interval_and_no_change(told, sku, amount):
    assert told(sku).rates == [(10, 0, 20), (amount, 30, None)]
    assert told(sku).changes == []


def test_between_its_leaving_and_its_return_a_model_was_removed(told):
    assert (20, 30, "removed") in told("returned").gaps


def test_a_field_that_vanishes_is_stated_no_longer_and_not_zero(told):
    cache = told("field-gone", "cache_read")
    assert cache.statements("amount, valid_to, end_reason") == [(1, 20, "field_absent")]
    assert cache.rates == [(1, 0, 20)]
    assert (20, None, "field_absent") in cache.gaps
    assert cache.price_changes == []
    assert told("field-gone").rates == [(10, 0, None)]


def test_a_field_that_appears_was_unknown_before(told):
    cache = told("field-added", "cache_read")
    assert cache.changes == [("field_added", 20, None, 1)]
    assert cache.sightings == [("litellm", 20, "field_added")]
    assert told("field-added").sightings == []
    assert cache.rates == [(1, 20, None)]


@pytest.mark.parametrize("sku", ["field-null", "field-zero"])
def test_null_and_a_zero_that_is_not_said_to_be_free_are_no_rates(told, sku):
    assert told(sku, "cache_read").statements("amount") == []
    assert told(sku, "cache_read").rates == []


def test_a_hole_in_the_feed_ends_a_rate_at_its_last_confirmation_and_a_new_interval_follows(told):
    assert told("hole").statements("amount, valid_from, valid_to, valid_to_known_from, end_reason", "openrouter") == [
        (10, 0, 20, 60, "feed_gap"),
        (10, 60, None, None, None),
    ]
    assert told("hole").rates == [(10, 0, 20), (10, 60, None)]
    assert (20, 60, "feed_gap") in told("hole").gaps
    assert told("hole").changes == []


def test_before_a_hole_is_known_the_rate_is_carried_into_it(told):
    assert [told("hole").rate(40, known_at) for known_at in (60 - BEFORE, 60)] == [10, None]


def test_what_was_seen_once_before_a_hole_held_for_that_day(told):
    assert told("hole-after-one-sight").rates == [(10, 20, 21), (10, 60, None)]


def test_a_rate_of_unknown_beginning_supplies_what_a_change_went_from(told):
    """The change to 8 counts, as it starts from the rate then current; 10 is in force since somebody saw it."""
    assert (10, None, 15, "unknown") in told("end-stated").statements(
        "amount, valid_from, valid_to, valid_from_basis", "genai-prices-json"
    )
    assert told("end-stated").rates == [(10, 0, 15), (8, 15, None)]
    assert told("end-stated").price_changes == [(15, 10, 8)]


def test_a_rate_of_unknown_beginning_is_no_rate_by_itself(told):
    assert told("end-stated-alone").rates == [(8, 15, None)]


def test_a_rate_of_unknown_beginning_outranks_no_observation_made_at_the_time(told):
    assert told("end-stated-otherwise").rates == [(10, 0, None)]
    assert told("end-stated-otherwise").price_changes == []


@pytest.mark.parametrize(
    ("sku", "basis"), [("documented-on-its-day", "first_observed"), ("documented-before", "documented")]
)
def test_a_documented_day_that_is_the_day_of_its_recording_was_observed(told, sku, basis):
    found = told(sku).statements("amount, valid_from_basis", "genai-prices-json")
    assert (8, basis) in found


@pytest.mark.parametrize(("sku", "begins", "ends"), [("told-afterwards", 0, 5), ("told-beforehand", -5, 2)])
def test_what_a_source_still_tells_of_an_interval_is_its_history_and_no_slip(told, sku, begins, ends):
    """Its end was told with it, before or after, and nobody took the rate back."""
    assert told(sku).rates == [(10, begins, ends), (8, ends, None)]


@pytest.mark.parametrize("sku", ["retired", "retired-elsewhere-not"])
def test_a_stated_retirement_ends_the_rate_also_where_others_go_on_stating_it(told, sku):
    assert told(sku).rates == [(10, 0, 40)]  # 2025-04-10 is day 40
    assert (40, None, "retired") in told(sku).gaps
    assert told(sku).rate(50, 0) is None, "the date was in the file from the first day"


@pytest.mark.parametrize(("sku", "end"), [("end-put-off", 50), ("end-taken-back", None)])
def test_an_end_that_was_put_off_after_it_had_passed_is_unlearnt(told, sku, end):
    assert told(sku).rates == [(10, 0, end)]  # 2025-03-06 is day 5, 2025-04-20 day 50
    assert [told(sku).rate(15, known_at) for known_at in (20 - BEFORE, 20)] == [None, 10]
    assert told(sku).price_changes == []


def test_a_stated_retirement_ends_the_classes_that_only_others_state(told):
    assert told("retired-with-its-cache", "cache_read").rates == [(1, 0, 40)]
    assert (40, None, "retired") in told("retired-with-its-cache", "cache_read").gaps
    assert told("put-off-with-its-cache", "cache_read").rates == [(1, 0, 50)]
    assert [told("put-off-with-its-cache", "cache_read").rate(15, at) for at in (20 - BEFORE, 20)] == [None, 1]


@pytest.mark.parametrize("sku", ["put-off-without-its-cache", "moved-without-its-cache"])
def test_another_day_counts_for_all_classes_though_one_went_before(told, sku):
    """The cache read was in no file any more when the other day was given, after the first had passed or before."""
    assert told(sku, "output").rates == [(5, 0, 50)]


def test_an_end_that_was_brought_forward_holds(told):
    assert told("end-brought-forward").rates == [(10, 0, 15)]


def test_a_copy_that_was_not_seen_since_its_original_dropped_a_rate_does_not_carry_it_on(told):
    assert told("gone-but-copied").rates == [(10, 0, 60)]
    assert told("gone-and-copied-still").rates == [(10, 0, None)]


def test_a_day_that_is_a_known_error_of_its_feed_ends_nothing(told):
    assert told("end-in-error").rates == [(10, 0, None)]
    assert told("end-in-error").statements("valid_to, status, note") == [(None, "active", "not sooner than")]


def test_a_retired_sku_has_no_rate_of_any_class_whoever_goes_on_stating_one(told):
    assert told("vendor-retired").rates == [(10, 0, 40)]
    assert (40, None, "retired") in told("vendor-retired").gaps
    assert told("vendor-retired", "cache_read").rates == [(1, 0, 20)]
    assert told("vendor-retired", "cache_read").gaps[1:] == [(20, 40, "field_absent"), (40, None, "retired")]


def test_the_gap_after_a_retirement_names_the_statement_of_the_vendor(told):
    columns = "fact_ids"
    assert told("vendor-retired").ask(columns, "marts.api_price_gap", "valid_from", "valid_from is not null")[-1] == (
        ["vendor-retired-retired-0"],
    )


def test_a_retirement_is_not_known_before_it_was_announced(told):
    assert [told("vendor-retired").rate(50, known_at) for known_at in (10 - BEFORE, 10)] == [10, None]
    assert told("vendor-retired").rate(40 - BEFORE, 60) == 10


@pytest.mark.parametrize(
    ("known_at", "at_day_25", "at_day_45"), [(10 - BEFORE, 10, 10), (10, None, None), (15, 10, None), (60, 10, None)]
)
def test_a_retirement_that_was_put_off_is_known_as_it_stood(told, known_at, at_day_25, at_day_45):
    assert told("vendor-put-off").rate(25, known_at) == at_day_25
    assert told("vendor-put-off").rate(45, known_at) == at_day_45


def test_what_is_first_stated_after_the_retirement_was_never_a_rate(told):
    assert told("stated-after-the-end").rates == []
    assert told("stated-after-the-end").gaps == [(None, 20, "before_first_sight"), (20, None, "retired")]


def test_no_change_and_no_documented_end_outlives_a_retirement(told):
    assert told("changed-after-the-end").rates == [(10, 0, 20)]
    assert told("changed-after-the-end").price_changes == []
    assert told("documented-beyond-the-end").rates == [(10, 0, 20)]


def test_a_rate_that_is_documented_after_the_retirement_begins_anew(told):
    assert told("back-after-the-end").rates == [(10, 0, 20), (12, 30, None)]
    assert (20, 30, "retired") in told("back-after-the-end").gaps


# ---- Slips ----------------------------------------------------------------------------------------------------------


def test_what_was_replaced_within_a_week_where_another_had_the_replacement_is_a_correction(told):
    assert told("soon-corrected").rates == [(10, 0, None)]
    assert told("soon-corrected").price_changes == []
    assert told("soon-corrected").sightings == [("litellm", 3, "correction")]


def test_before_the_correction_was_known_what_was_first_said_was_believed(told):
    assert [told("soon-corrected-alone").rate(1, known_at) for known_at in (3 - BEFORE, 3)] == [15, 10]


@pytest.mark.parametrize("sku", ["soon-corrected-alone", "soon-corrected-copied"])
def test_a_first_word_that_was_taken_back_within_a_week_is_a_correction_and_a_copy_is_no_second_witness(told, sku):
    assert told(sku).rates == [(10, 0, None)]
    assert told(sku).price_changes == []


def test_what_another_said_too_is_no_correction(told):
    assert told("soon-changed").price_changes == [(3, 15, 10)]


def test_what_was_replaced_after_more_than_a_week_is_no_correction(told):
    assert told("late-changed").price_changes == [(10, 15, 12)]


def test_what_is_gone_back_from_within_a_month_never_was(told):
    assert told("gone-back").rates == [(10, 0, None)]
    assert told("gone-back").price_changes == []
    assert told("gone-back").sightings == [("litellm", 10, "reverted"), ("litellm", 30, "reverted")]


@pytest.mark.parametrize(("sku", "back"), [("gone-back-late", 60), ("gone-back-with-another", 30)])
def test_what_stood_longer_or_was_said_by_another_too_was_a_price(told, sku, back):
    assert told(sku).rates == [(10, 0, 10), (12, 10, back), (10, back, None)]
    assert told(sku).price_changes == [(10, 10, 12), (back, 12, 10)]


def test_a_change_says_how_its_day_is_known_and_since_when_the_new_rate_is_stated(told):
    asked = "new, valid_from, valid_from_basis, new_stated_since", "marts.api_price_change", "valid_from"
    assert told("gone-back-late").ask(*asked, "change_kind = 'price_change'") == [
        (12, 10, "first_observed", 10),
        (10, 60, "first_observed", 0),
    ]


def test_a_rate_in_another_unit_never_was(told):
    assert told("per-thousand").rates == [(Decimal("0.27"), 0, None)]
    assert told("per-thousand").price_changes == []
    assert told("per-thousand").sightings == [("litellm", 20, "unit_fix")]


def test_a_tenfold_change_against_another_lineage_needs_a_witness(told):
    assert told("tenfold-opposed").rates == [(10, 0, None)]
    assert told("tenfold-opposed").price_changes == []


@pytest.mark.parametrize("sku", ["tenfold", "tenfold-and-copied"])
def test_a_tenfold_change_that_nobody_speaks_against_is_one(told, sku):
    """A unit put right, or a price that fell: to keep the old one, which no source states, is wrong in both."""
    assert told(sku).rates == [(10, 0, 20), (1, 20, None)]
    assert told(sku).price_changes == [(20, 10, 1)]


def test_a_tenfold_change_that_two_lineages_show_is_one(told):
    assert told("tenfold-by-two").rates == [(10, 0, 20), (1, 20, None)]
    assert told("tenfold-by-two").price_changes == [(20, 10, 1)]


def test_a_tenfold_step_to_what_another_lineage_stated_all_along_puts_the_unit_right(told):
    assert told("tenfold-witnessed").sightings == [("litellm", 20, "unit_fix")]
    assert told("tenfold-by-two").sightings == [("litellm", 20, "price_change"), ("models-dev", 30, "price_change")]


def test_a_known_error_of_a_feed_is_retracted_and_what_follows_it_is_no_change(told):
    assert told("known-error").statements("amount, status, note") == [
        (99, "retracted", "it is 10"),
        (10, "active", None),
    ]
    assert told("known-error").rates == [(10, 20, None)]
    assert told("known-error").price_changes == []


def test_a_change_with_a_slip_between_is_a_change(told):
    assert told("slip-between").rates == [(10, 0, 20), (12, 20, None)]


def test_a_first_word_that_was_gone_back_to_is_the_rate_from_the_beginning(told):
    assert told("slips-in-a-row").rates == [(20, 0, None)]


def test_a_rate_that_stood_broken_for_a_while_keeps_its_past(told):
    assert told("broken-for-a-day").rates == [(10, 0, None)]


# ---- Sources beside one another -------------------------------------------------------------------------------------


def test_two_that_disagree_from_the_start_are_a_conflict_and_the_first_stays(told):
    assert told("disagree").rates == [(10, 0, None)]
    assert told("disagree").changes == []
    ((sources, ratio, chosen),) = told("disagree").conflicts
    assert (sources, chosen) == (["litellm", "models-dev"], "litellm")
    assert ratio == pytest.approx(12 / 10)


def test_a_tenfold_difference_is_a_conflict_and_no_change(told):
    ((sources, ratio, _),) = told("tenfold-conflict").conflicts
    assert sources == ["litellm", "models-dev"]
    assert ratio == pytest.approx(10)
    assert told("tenfold-conflict").changes == []


def test_a_copy_that_lags_is_no_conflict_and_no_second_change(told):
    assert told("copied").conflicts == []
    assert told("copied").price_changes == [(20, 10, 8)]
    assert told("copied").rates == [(10, 0, 20), (8, 20, None)]


@pytest.mark.parametrize("sku", ["seen-early", "seen-late", "seen-early-and-late"])
def test_a_documented_change_is_one_change_on_its_day_however_early_or_late_it_is_seen(told, sku):
    """Early is up to seven days before."""
    assert told(sku).price_changes == [(13, 10, 8)]
    assert told(sku).rates == [(10, 0, 13), (8, 13, None)]


def test_what_is_seen_more_than_a_week_early_is_a_change_of_that_day(told):
    assert told("seen-too-early").price_changes == [(3, 10, 8)]


def test_what_was_free_and_has_a_price_now_changed_its_price(told):
    assert told("free-no-more").changes == [("price_change", 10, 0, 1)]
    assert told("free-no-more").sightings == [("page", 10, "price_change")]


# ---- Contents -------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots")


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema feeds")
        price_runs.create(connection)
        yield connection


@pytest.fixture
def runs(empty):
    """A database with the two tables of runs and contents, empty."""
    empty.execute("delete from feeds.price_run")
    empty.execute("delete from feeds.content")
    return empty


def contents_of(connection) -> list[tuple[object, ...]]:
    found = price_database.rows(connection, "select * exclude (file_name, sha256) from feeds.content order by first_at")
    return [tuple(in_days(value) for value in row.values()) for row in found]


def runs_of(connection) -> list[tuple[object, ...]]:
    return connection.execute("select * from feeds.price_run order by statement_key, first_no").fetchall()


def test_the_same_bytes_twice_are_one_content_that_was_seen_twice(runs, store, tmp_path):
    for number, amount in ((0, 10), (10, 10), (20, 8), (30, 10)):
        keep(store, "litellm", number, litellm({"m": amount}))
    ingest(runs, store, tmp_path, "litellm")
    found = runs.execute("select first_at, last_at, content_no from feeds.content order by first_at").fetchall()
    assert [tuple(map(in_days, row)) for row in found] == [(0, 10, 1), (20, 20, 2), (30, 30, 3)]


def test_a_hole_is_one_also_where_the_bytes_after_it_are_those_before(runs, store, tmp_path):
    for number in (0, 10, 60):
        keep(store, "openrouter", number, openrouter({"m": 10}))
    ingest(runs, store, tmp_path, "openrouter")
    found = runs.execute("select first_at, last_at, content_no from feeds.content order by first_at").fetchall()
    assert [tuple(map(in_days, row)) for row in found] == [(0, 10, 1), (60, 60, 3)]


@pytest.mark.parametrize(
    ("feed", "late"),
    [
        *(("litellm", late) for late in (0, 10, 20, 40)),
        ("openrouter", 40),
        ("openrouter", 80),
    ],
)
def test_an_older_snapshot_that_arrives_later_changes_nothing_of_the_result(runs, store, tmp_path, feed, late):
    """Also where its bytes are those of the one before, and where it closes what was a hole without it."""
    amounts = {0: 10, 10: 10, 20: 8, 30: 8, 40: 10, 80: 10, 95: 8}
    for number in amounts.keys() - {late}:
        keep(store, feed, number, WRITERS[feed]({"m": amounts[number]}))
    ingest(runs, store, tmp_path, feed)
    keep(store, feed, late, WRITERS[feed]({"m": amounts[late]}))
    ingest(runs, store, tmp_path, feed)
    found = contents_of(runs), runs_of(runs)
    runs.execute("delete from feeds.price_run")
    runs.execute("delete from feeds.content")
    ingest(runs, store, tmp_path, feed)
    assert found == (contents_of(runs), runs_of(runs))


# ---- Batches --------------------------------------------------------------------------------------------------------

HOLE = 30 * DAY
SKUS = [f"m{number}" for number in range(4)]


@dataclass(frozen=True)
class Shown:
    """A content: its days, and the amount of each SKU that it has."""

    first: int
    last: int
    amounts: dict[str, int]


@st.composite
def histories(draw):
    found, number = [], 0
    for _ in range(draw(st.integers(1, 6))):
        first = number + draw(st.sampled_from([1, 2, 29, 30, 31, 45]))
        number = first + draw(st.sampled_from([0, 0, 5]))
        amounts = {sku: amount for sku in SKUS if (amount := draw(st.sampled_from([None, 10, 10, 12])))}
        found.append(Shown(first, number, amounts))
    return found


def naive_runs(shown: list[Shown]) -> set[tuple[str, int, int, int]]:
    """SKU, amount, and the numbers of the first and the last content: contents are counted from 1, a hole counts as
    one."""
    found: dict[tuple[str, int], list[int]] = {}
    standing: dict[str, tuple[int, int]] = {}  # by SKU its amount and the number of the content in which that began
    number = 0
    for place, content in enumerate(shown):
        number += 2 if place and (content.first - shown[place - 1].last) * DAY > HOLE else 1
        for sku in SKUS:
            amount = content.amounts.get(sku)
            before = standing.get(sku)
            goes_on = before is not None and before[0] == amount and found[sku, before[1]][1] == number - 1
            if amount is None:
                standing.pop(sku, None)
            elif goes_on:
                found[sku, before[1]][1] = number
            else:
                standing[sku] = amount, number
                found[sku, number] = [amount, number]
    return {(sku, amount, first, last) for (sku, first), (amount, last) in found.items()}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Observations files of some amounts, each written once; some rates always stand, else one would look broken."""
    folder = tmp_path_factory.mktemp("observations")

    def published(content: Shown) -> price_runs.Published:
        name = "-".join(f"{sku}{amount}" for sku, amount in content.amounts.items()) or "none"
        path = folder / f"{name}.parquet"
        if not path.exists():
            amounts = {**{f"always-{number}": 1 for number in range(9)}, **content.amounts}
            parsed([rate(sku, amount) for sku, amount in amounts.items()]).rates.write_parquet(path)
        return price_runs.Published(name, f"day {content.first}", day(content.first), day(content.last), path)

    return published


def rate(sku: str, amount: object) -> Rate:
    return Rate("openai", sku, sku, INPUT_CLASS, Decimal(amount), str(amount), "input")


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    shown=histories(),
    batch_rows=st.sampled_from([1, 12, 13, 30, 100]),
    taken_first=st.sets(st.integers(0, 5), max_size=3),
)
def test_batches_of_any_size_give_the_same_runs(runs, files, shown, batch_rows, taken_first):
    """Whatever had been taken before: a part of the history in its order, or with gaps that are filled later."""
    runs.execute("delete from feeds.price_run")
    runs.execute("delete from feeds.content")
    published = [files(content) for content in shown]
    some = [content for place, content in enumerate(published) if place in taken_first]
    price_runs.ingest(runs, "f", some, HOLE, batch_rows=batch_rows)
    price_runs.ingest(runs, "f", published, HOLE, batch_rows=batch_rows)
    found = runs.execute(
        "select source_sku, amount, first_no, last_no from feeds.price_run where source_sku not like 'always%'"
    ).fetchall()
    assert len(found) == len(set(found))
    assert set(found) == naive_runs(shown)


# ---- Broken files ---------------------------------------------------------------------------------------------------


def file(folder: Path, number: int, rates: dict[str, object]) -> price_runs.Published:
    path = folder / f"{number}.parquet"
    parsed([rate(sku, amount) for sku, amount in rates.items()]).rates.write_parquet(path)
    return price_runs.Published(str(number), f"v{number}", day(number), day(number), path)


TEN = {f"m{number}": 10 for number in range(10)}
FOUR = {f"m{number}": 10 for number in range(4)}
FIVE = {f"m{number}": 10 for number in range(5)}
TWO_MOVED = TEN | {"m0": 1000, "m1": Decimal("0.1")}
ONE_MOVED = TEN | {"m0": 1000}
NEARLY_MOVED = TEN | {"m0": 999, "m1": 999}


@pytest.mark.parametrize("batch_rows", [1, 1000])
@pytest.mark.parametrize(
    ("broken", "reason"),
    [(FOUR, "states 4 rates where the one before stated 10"), (TWO_MOVED, "moves 2 of 10 rates a hundredfold")],
)
def test_a_broken_file_is_refused_the_last_good_one_serves_and_the_next_good_one_is_taken(
    runs, tmp_path, broken, reason, batch_rows
):
    published = [file(tmp_path, 0, TEN), file(tmp_path, 10, broken), file(tmp_path, 20, TEN | {"m9": 11})]
    price_runs.ingest(runs, "f", published, HOLE, batch_rows=batch_rows)
    contents = runs.execute(
        "select version, content_no, refused_because from feeds.content order by first_at"
    ).fetchall()
    assert [row[:2] for row in contents] == [("v0", 1), ("v10", None), ("v20", 2)]
    assert reason in contents[1][2]
    assert contents[0][2] is contents[2][2] is None
    found = runs.execute("select source_sku, amount, first_no, last_no from feeds.price_run").fetchall()
    assert set(found) == {(f"m{n}", 10, 1, 2) for n in range(9)} | {("m9", 10, 1, 1), ("m9", 11, 2, 2)}


@pytest.mark.parametrize(
    "sound", [FIVE, ONE_MOVED, NEARLY_MOVED], ids=["half", "a tenth moved", "less than a hundredfold"]
)
def test_a_file_that_changed_much_is_not_broken(runs, tmp_path, sound):
    price_runs.ingest(runs, "f", [file(tmp_path, 0, TEN), file(tmp_path, 10, sound)], HOLE)
    assert runs.execute("select content_no from feeds.content order by first_at").fetchall() == [(1,), (2,)]


@pytest.mark.parametrize("broken", [FOUR, TWO_MOVED], ids=["few", "moved"])
def test_a_refused_file_that_a_person_has_accepted_is_taken(runs, tmp_path, broken):
    published = [file(tmp_path, 0, TEN), file(tmp_path, 10, broken)]
    price_runs.ingest(runs, "f", published, HOLE)
    price_runs.ingest(runs, "f", published, HOLE, accepted=frozenset({"v10"}))
    assert runs.execute("select content_no from feeds.content order by first_at").fetchall() == [(1,), (2,)]


def test_runs_are_made_anew_where_another_content_is_accepted_or_none():
    """A content that was taken as accepted must not stay taken when the acceptance goes."""
    nothing = pl.DataFrame({"feed": [], "version": []}, schema={"feed": pl.String, "version": pl.String})
    accepted = pl.DataFrame({"feed": ["f"], "version": ["v10"]})
    assert price_runs.rules(nothing) == price_runs.rules(nothing.clone())
    assert price_runs.rules(accepted) != price_runs.rules(nothing)


def test_a_series_has_one_rate_from_one_beginning_in_a_file(runs, tmp_path):
    twice = parsed([rate("m", 10)]).rates
    path = tmp_path / "twice.parquet"
    twice.vstack(twice).write_parquet(path)
    with pytest.raises(ValueError, match="m input stands twice"):
        price_runs.ingest(runs, "f", [price_runs.Published("x", "v", START, START, path)], HOLE)
    assert runs_of(runs) == []
