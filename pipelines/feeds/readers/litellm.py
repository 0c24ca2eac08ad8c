"""litellm's `model_prices_and_context_window_backup.json`, and tokencost's `model_prices.json` of the same shape: an
object of entries by key, with the present prices in USD per token and the day on which the model is retired. What keys
and field names mean is in `litellm_names`; here is how the values of an entry become rates.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from typing import Any, NamedTuple

from pipelines.feeds.observation import Parsed, Rate, Unread, UnreadableSnapshot, parsed
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers import litellm_names as names
from pipelines.feeds.readers.exact_json import Repeated
from pipelines.feeds.readers.price_list import MILLION, NoAmount, amount_of, number_of, text_of, tokens_of
from pipelines.values import ValueProblem, instant

#: Keys that are no models: a description of the fields, and rules for models that have no entry.
NOT_ENTRIES = ("sample_spec", "fallback_generalizations")

_URL = re.compile(r"https?://\S+")
_CONVERSION = re.compile(
    r"(?P<listed>[^:;]*?) (?P<currency>[A-Z]{3}) per million tokens[^.]*?converted at (?P<rate>\d+(?:\.\d+)?) "
    r"(?P=currency)/USD"
)
_LISTED_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WITHIN = Decimal("0.001")


def read(data: bytes) -> Parsed:
    """The rates of all entries, of any mode.

    Raises:
        UnreadableSnapshot: it is no JSON object of entries, or has none.
    """
    rates: list[Rate] = []
    unread: list[Unread] = []
    for key, entry in _entries(exact_json.loads(data)):
        entry_rates, entry_unread = read_entry(key, entry)
        rates += entry_rates
        unread += entry_unread
    return parsed(rates, unread)


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    """Keys and entries; of a key that occurs twice, all that it has if the prices differ, else the last."""
    if not isinstance(document, dict) or not document.keys() - set(NOT_ENTRIES):
        raise UnreadableSnapshot("no JSON object with entries of models")
    for key, entry in document.items():
        if key in NOT_ENTRIES:
            continue
        if isinstance(entry, Repeated) and len({_prices(one) for one in entry.values}) == 1:
            entry = entry.values[-1]
        yield key, entry


def _prices(entry: Any) -> frozenset[tuple[str, str]]:
    """All of an entry that names or gives a price."""
    return frozenset((path, text_of(value)) for path, value in _leaves(entry) if names.price_like(path))


def read_entry(key: str, entry: Any) -> tuple[list[Rate], list[Unread]]:
    """The rates of one entry, and what could not be read. Each series has one rate: of a field and its old name, or of
    a field and a tier from 0, the first counts, and the other is set aside where it differs. A token has a character or
    more: what is said to cost less than one of its characters is no rate per token."""
    if not isinstance(entry, dict):
        return [], list(_of_no_entry(key, entry))
    identity = names.identity(key, _provider(entry))
    conversion = _conversion(entry)
    source = entry.get("source")
    source_url = source if isinstance(source, str) and _URL.fullmatch(source) else None
    retired = _retirement(entry)
    rates: dict[object, Rate] = {}
    unread: list[Unread] = []
    for stated in _stated(entry):
        if stated.value is None or isinstance(stated.value, bool):
            continue
        price = stated.price(key)
        if price is None:
            if stated.says_a_number():
                unread.append(identity.unread(stated.path, stated.value, names.why_unread(stated.name)))
            continue
        if _less_than_a_character(stated, entry):
            unread.append(identity.unread(stated.path, stated.value, "wrong_unit"))
            continue
        try:
            rate = Rate(
                source_provider=identity.source_provider,
                source_sku=key,
                sku=identity.sku,
                token_class=price.token_class,
                amount=amount_of(stated.value, MILLION),
                amount_text=text_of(stated.value),
                field_name=stated.path,
                match_kind=identity.match_kind,
                service_tier=price.service_tier,
                context_over_tokens=price.context_over_tokens,
                source_window=stated.window,
                region=identity.region,
                source_url=source_url,
                valid_to=retired,
            )
            if conversion:
                rate = conversion.undone(rate)
        except NoAmount as problem:
            unread.append(identity.unread(stated.path, stated.value, problem.reason))
            continue
        first = rates.setdefault((price, stated.window), rate)
        if first.amount != rate.amount:
            unread.append(identity.unread(stated.path, stated.value, "duplicate_key"))
    return list(rates.values()), unread


def _less_than_a_character(stated: "_Stated", entry: dict[str, Any]) -> bool:
    """Whether the entry asks more for a character than this value for a token. litellm divided the rates of Vertex AI
    for characters by four, where four characters to the token make the token four times as dear."""
    token, character = (
        number_of(stated.value),
        number_of(entry.get(stated.path.replace("_per_token", "_per_character"))),
    )
    return token is not None and character is not None and 0 < token < character


def _provider(entry: Any) -> str | None:
    provider = entry.get("litellm_provider") if isinstance(entry, dict) else None
    return provider if isinstance(provider, str) else None


def _retirement(entry: dict[str, Any]) -> datetime | None:
    """The day on which the model is retired, as the entry states it. It may be long past: litellm keeps its entries."""
    stated = entry.get("deprecation_date")
    try:
        day, precision = instant(stated) if isinstance(stated, str) else (None, "")
    except ValueProblem:
        return None
    return day if precision == "day" else None


def _of_no_entry(key: str, entry: Any) -> Iterator[Unread]:
    """What is set aside of a key that has no entry, or several with different prices."""
    if not isinstance(entry, Repeated):
        yield names.identity(key, None).unread("", entry, "unknown_field")
        return
    for one in entry.values:
        identity = names.identity(key, _provider(one))
        for path, value in _leaves(one):
            if names.price_like(path) and number_of(value) is not None:
                yield identity.unread(path, value, "duplicate_key")


class _Stated(NamedTuple):
    """A value of an entry: where it stands, the name that says what it is, and for which requests it applies."""

    path: str
    name: str
    value: Any
    context_over_tokens: int | None = 0
    window: str | None = None

    def says_a_number(self) -> bool:
        """Whether it is a number, or several things."""
        return isinstance(self.value, Repeated) or number_of(self.value) is not None

    def price(self, key: str) -> names.TokenPrice | None:
        """What it prices; None where that is no token, or the tier that it stands in has no beginning."""
        price = names.token_price(self.name, key)
        if price is None or self.context_over_tokens == 0:
            return price
        if self.context_over_tokens is None or price.context_over_tokens:
            return None
        return names.TokenPrice(price.token_class, price.service_tier, self.context_over_tokens)


def _stated(entry: dict[str, Any]) -> Iterator[_Stated]:
    """The values of an entry that are or may be prices.

    Where there are off-peak hours, all other rates are those of the peak: what has no off-peak rate has none off-peak.
    """
    off_peak = entry.get("off_peak_pricing")
    hours = _hours(off_peak) if isinstance(off_peak, dict) and off_peak else None
    peak = None if hours is None else f"peak, outside: {hours}"
    telling = [name for name, value in entry.items() if names.price_like(name) or isinstance(value, (dict, list))]
    for name in sorted(telling, key=lambda name: name.startswith(names.OLD_CACHE_READ)):
        value = entry[name]
        if isinstance(value, (dict, list)):
            yield from _stated_inside(name, value, hours, peak)
        else:
            yield _Stated(name, name, value, window=peak)


def _stated_inside(name: str, value: Any, hours: str | None, peak: str | None) -> Iterator[_Stated]:
    """The values of a field that has several. A tier is for requests whose whole input exceeds its beginning."""
    if name == "tiered_pricing" and isinstance(value, list) and all(isinstance(tier, dict) for tier in value):
        for place, tier in enumerate(value):
            beginning = _beginning(tier)
            for inner in filter(names.price_like, sorted(tier)):
                yield _Stated(f"{name}[{place}].{inner}", inner, tier[inner], beginning, peak)
    elif name == "off_peak_pricing" and hours is not None:
        for inner in filter(names.price_like, sorted(value)):
            yield _Stated(f"{name}.{inner}", inner, value[inner], window=f"off_peak {hours}")
    else:
        for path, leaf in _leaves(value, name):
            if names.price_like(path):
                yield _Stated(path, path, leaf)


def _beginning(tier: dict[str, Any]) -> int | None:
    """The input tokens above which a tier applies; None where it does not say so."""
    bounds = tier.get("range")
    return tokens_of(bounds[0]) if isinstance(bounds, list) and bounds else None


def _hours(off_peak: dict[str, Any]) -> str:
    """The off-peak hours as one text, always the same for the same hours: weekdays (1 is Monday) and hours in UTC, and
    the time zone of the weekdays where it is another."""
    texts = []
    windows = off_peak.get("windows")
    for window in windows if isinstance(windows, list) else [windows]:
        inside = window if isinstance(window, dict) else {"hours_utc": window}
        days = "".join(sorted(_texts(inside.get("weekdays", list("1234567")))))
        texts.append(f"{days} {','.join(sorted(_texts(inside.get('hours_utc'))))}")
    zone = off_peak.get("weekday_timezone")
    return "; ".join(sorted(texts)) + (f" (weekdays of {zone})" if zone else "")


def _texts(value: Any) -> list[str]:
    return [text_of(one) for one in (value if isinstance(value, list) else [value])]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All that is no object or list in a value, with the path to it."""
    inner: Iterable[tuple[str, Any]]
    if isinstance(value, dict):
        inner = ((f"{path}.{name}" if path else name, one) for name, one in value.items())
    elif isinstance(value, Repeated):
        inner = ((path, one) for one in value.values)
    elif isinstance(value, list):
        inner = ((f"{path}[{place}]", one) for place, one in enumerate(value))
    else:
        yield path, value
        return
    for inner_path, one in inner:
        yield from _leaves(one, inner_path)


@dataclass(frozen=True, slots=True)
class _Conversion:
    """What the comment of an entry says of its numbers: they are rates of a list in another currency, divided."""

    currency: str
    rate: Decimal
    listed: tuple[Decimal, ...]

    def undone(self, rate: Rate) -> Rate:
        """The rate of the list: the number that the comment gives, else the product in six significant digits."""
        product = rate.amount * self.rate
        listed = [number for number in self.listed if abs(product - number) <= _WITHIN * number]
        return rate._replace(
            amount=amount_of(listed[0] if listed else Context(prec=6).plus(product)),
            currency=self.currency,
            amount_basis="computed",
            stated_conversion_amount=rate.amount,
            stated_conversion_currency="USD",
        )


def _conversion(entry: dict[str, Any]) -> _Conversion | None:
    """The conversion that the entry's comment describes: "input 8, output 28, cached input 2 CNY per million tokens;
    converted at 7.0 CNY/USD"."""
    metadata = entry.get("metadata")
    comment = metadata.get("comment") if isinstance(metadata, dict) else None
    if not isinstance(comment, str) or not (found := _CONVERSION.search(comment)):
        return None
    listed = tuple(Decimal(number) for number in _LISTED_NUMBER.findall(found["listed"]))
    return _Conversion(found["currency"], Decimal(found["rate"]), listed)
