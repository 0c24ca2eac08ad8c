"""What a reader of a price file makes of its bytes: the rates it states and what could not be read. Readers are pure
functions from bytes to `Parsed`; how rates become frames is here, what a file looks like is in the reader.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.schemas.base import TableModel, columns
from pipelines.schemas.feeds import Observation, SetAside

PER_MTOK = "currency_per_mtok"
#: Rates are kept to this many decimals, which every source so far fits into; what does not is a problem, not rounded.
STEP = Decimal("0.000000000001")


class UnreadableSnapshot(Exception):
    """The bytes are not a file of the expected form: nothing of it is taken."""


class Rate(NamedTuple):
    """A rate as a file states it, per million tokens. `field_name` says where."""

    source_provider: str
    source_sku: str
    sku: str
    token_class: str
    amount: Decimal
    amount_text: str
    field_name: str
    match_kind: str = "exact"
    service_tier: str = "standard"
    context_over_tokens: int = 0
    source_window: str | None = None
    region: str | None = None
    currency: str = "USD"
    unit: str = PER_MTOK
    amount_basis: str = "printed"
    price_kind: str = "list"
    source_url: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    valid_precision: str | None = None
    valid_from_basis: str | None = None
    said_from: datetime | None = None
    said_to: datetime | None = None
    stated_conversion_amount: Decimal | None = None
    stated_conversion_currency: str | None = None


class Unread(NamedTuple):
    """A value that no rate was made of, and why (the reasons of `feeds.set_aside`)."""

    source_provider: str
    source_sku: str
    field_name: str
    value: str
    reason: str


@dataclass(frozen=True)
class Parsed:
    """The rates of one snapshot, and what was set aside."""

    rates: pl.DataFrame
    set_aside: pl.DataFrame


def parsed(rates: Iterable[Rate], unread: Iterable[Unread] = ()) -> Parsed:
    """Frames of `feeds.observation` and `feeds.set_aside`. Of equal statements one is kept.

    Raises:
        UnreadableSnapshot: one series has two rates from one beginning, so the reader mistook something.
    """
    kept: dict[int, Rate] = {}
    value_keys: list[int] = []
    series_keys: list[int] = []
    for rate in rates:
        series = _text(
            rate.source_provider, rate.source_sku, rate.token_class, rate.service_tier, rate.context_over_tokens,
            rate.source_window, rate.region, rate.currency, rate.unit,
        )  # fmt: skip
        statement_key = _key(_text(series, rate.valid_from))
        first = kept.get(statement_key)
        if first is None:
            kept[statement_key] = rate
            value = rate.amount.normalize(), rate.valid_to, rate.price_kind, rate.stated_conversion_amount
            value_keys.append(_key(_text(*value)))
            series_keys.append(_key(series))
        elif first.amount != rate.amount:
            raise UnreadableSnapshot(f"two rates of one series: {first} and {rate}")
    keys = {"statement_key": list(kept), "value_key": value_keys, "source_series_key": series_keys}
    return Parsed(
        _frame(Observation, keys | _columns(Rate._fields, kept.values())),
        _frame(SetAside, _columns(Unread._fields, dict.fromkeys(unread))),
    )


def _columns(names: Iterable[str], rows: Iterable[tuple[object, ...]]) -> dict[str, Sequence[object]]:
    """The columns of some rows, none where there are no rows. Polars takes these in half the time of rows."""
    return dict(zip(names, zip(*rows, strict=True), strict=False))


def _frame(table: TableModel, data: dict[str, Sequence[object]]) -> pl.DataFrame:
    """The frame of a table, its columns in their order."""
    types = {column.name: column.dtype for column in columns(table)}
    return pl.DataFrame({name: data.get(name, ()) for name in types}, schema=types)


def _text(*parts: object) -> str:
    """Some values as one text; of None nothing is written."""
    return "\x1f".join(["" if part is None else str(part) for part in parts])


def _key(text: str) -> int:
    """A 64-bit hash that is the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def write_file(rates: pl.DataFrame, path: Path) -> None:
    """Write an observations file. Columns in which nothing is stated are left out, since each costs its reader time."""
    stated = rates.select(column for column in rates if column.null_count() < rates.height)
    stated.write_parquet(path, compression="lz4")


def scanned(paths: list[Path]) -> pl.LazyFrame:
    """The rows of observations files one after another, with all columns of `feeds.observation`. What is not asked for
    is not decoded, which makes a scan many times cheaper than reading the files."""
    schema = {column.name: column.dtype for column in columns(Observation)}
    return pl.scan_parquet(paths, schema=schema, missing_columns="insert", glob=False)
