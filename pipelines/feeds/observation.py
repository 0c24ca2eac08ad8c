"""What a reader of a price file makes of its bytes: the rates it states and what could not be read. Readers are pure
functions from bytes to `Parsed`; how rates become frames is here, what a file looks like is in the reader.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.schemas.base import columns
from pipelines.schemas.feeds import Observation, SetAside

PER_MTOK = "currency_per_mtok"
PER_MTOK_HOUR = "currency_per_mtok_hour"
#: Rates are kept to this many decimals, which every source so far fits into; what does not is a problem, not rounded.
STEP = Decimal("0.000000000001")


class UnreadableSnapshot(Exception):
    """The bytes are not a file of the expected form: nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class Rate:
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


@dataclass(frozen=True, slots=True)
class Unread:
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
    kept: dict[int, tuple[object, ...]] = {}
    for rate in rates:
        series = (
            rate.source_provider, rate.source_sku, rate.token_class, rate.service_tier, rate.context_over_tokens,
            rate.source_window, rate.region, rate.currency, rate.unit,
        )  # fmt: skip
        statement_key = _key(*series, rate.valid_from)
        value = (rate.amount.normalize(), rate.valid_to, rate.price_kind, rate.stated_conversion_amount)
        row = (statement_key, _key(*value), _key(*series), *astuple(rate))
        if kept.setdefault(statement_key, row)[_AMOUNT] != rate.amount:
            raise UnreadableSnapshot(f"two rates of one series: {kept[statement_key]} and {row}")
    names = ["statement_key", "value_key", "source_series_key", *(field.name for field in fields(Rate))]
    types = {column.name: column.dtype for column in columns(Observation)}
    frame = pl.DataFrame(list(kept.values()), schema={name: types[name] for name in names}, orient="row")
    aside_types = {column.name: column.dtype for column in columns(SetAside)}
    aside_names = {field.name: aside_types[field.name] for field in fields(Unread)}
    aside = pl.DataFrame([astuple(value) for value in dict.fromkeys(unread)], schema=aside_names, orient="row")
    return Parsed(frame.select(list(types)), aside)


_AMOUNT = 3 + [field.name for field in fields(Rate)].index("amount")


def _key(*parts: object) -> int:
    """A 64-bit hash that is the same on every machine."""
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)
