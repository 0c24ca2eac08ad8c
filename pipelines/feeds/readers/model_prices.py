"""The model-prices package's `snapshot.json`: the price history of first parties' models, USD per million tokens. Each
entry starts when it takes effect and ends where the next one starts; `rates` corrects what was first `recorded`.

When a rate begins: `valid_from` is when it was announced or first seen, `start` when the entry begins in the file's own
timeline. The later of the two counts: a batch price that starts with the batch service in 2024 and was first seen in
2025 is known from 2025, and an entry that returns to an older price begins when it returns. An entry that ends before
it was seen is a mistake that the file corrects, and no price. The last rate of a model that was removed has ended when
the file was made, at the latest; hours of the day that are still in force do not apply to it. A moment with minutes or
seconds is one at which somebody looked, a commit or an archived page, also where the file says `documented`; documented
is a beginning on the hour that is not the recorded one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.exact_json import Number
from pipelines.feeds.readers.price_list import ONE, NoAmount, PriceList, amount_of, class_for, text_of, tokens_of
from pipelines.values import ValueProblem, instant

HOUR_LONG_MULTIPLE = "cache_write_1h_multiple"
TOKEN_CLASSES = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    HOUR_LONG_MULTIPLE: "cache_write_1h",
}
#: What an entry has beside prices.
BESIDES = frozenset({"source", "valid_from", "valid_from_basis", "model", "tiers", HOUR_LONG_MULTIPLE})


def read(data: bytes) -> Parsed:
    """The rates of all entries, neighbours with the same amount as one.

    Raises:
        UnreadableSnapshot: it is not JSON, or no object with prices by provider, model and tier.
    """
    snapshot = exact_json.loads(data)
    providers = snapshot.get("prices") if isinstance(snapshot, dict) else None
    if not isinstance(providers, dict) or not any(_object(models) for models in providers.values()):
        raise UnreadableSnapshot("expected an object with `prices` by provider, model and service tier")
    prices = PriceList()
    schedules = [
        schedule
        for stated in _list(_object(snapshot.get("schedules")).get("schedule"))
        for schedule in _schedules(stated)
    ]
    for provider, models in providers.items():
        own_schedules = [schedule for schedule in schedules if schedule.provider == provider]
        status = _object(_object(snapshot.get("status")).get(provider))
        for sku, tiers in _object(models).items():
            removed = status.get(sku) == "removed"
            gone = _moment(snapshot.get("updated_at")) if removed else None
            applied = [schedule for schedule in own_schedules if schedule.end or not removed]
            for tier, entries in _object(tiers).items():
                identity = {
                    "source_provider": provider,
                    "source_sku": sku,
                    "sku": sku,
                    "service_tier": tier,
                }
                statements = _statements(prices, provider, sku, tier, _list(entries), gone)
                for statement in _merged(prices, identity, statements):
                    _write(prices, identity, statement, applied)
    return prices.parsed()


class _Statement(NamedTuple):
    """An amount from a beginning to an end, either of which may be unknown."""

    token_class: str
    over: int
    amount: Decimal
    value: Number
    times: Decimal
    text: str
    field_name: str
    source_url: str | None
    begin: datetime | None
    end: datetime | None
    documented: bool

    @property
    def series(self) -> tuple[str, int]:
        """What it is an amount of, within one tier of a model."""
        return self.token_class, self.over


@dataclass(frozen=True)
class _Schedule:
    """Hours of the day with another price. `times` is what the price outside of them is multiplied by, of a model or,
    under an empty name, of all models of the provider."""

    provider: str
    window: str
    times: dict[str, Number]
    begin: datetime | None
    end: datetime | None


def _statements(
    prices: PriceList, provider: str, sku: str, tier: str, entries: list[Any], gone: datetime | None
) -> Iterator[_Statement]:
    """What the entries of a tier state, in their order, of a model that was `gone` at some time, if it was. Entries
    without rates say that there was no price."""
    for index, entry in enumerate(entries):
        path = f"{tier}[{index}].rates"
        rates = entry.get("rates") if isinstance(entry, dict) else entry
        if rates is None:
            continue
        if not isinstance(rates, dict):
            prices.set_aside(provider, sku, path, rates, "unknown_field")
            continue
        following = entries[index + 1] if index + 1 < len(entries) else None
        replaced = _moment(_object(following).get("start"))
        end = min((moment for moment in (replaced, gone) if moment), default=None)
        seen, start = _moment(rates.get("valid_from")), _moment(entry.get("start"))
        begin = max((moment for moment in (seen, start) if moment), default=None)
        recorded = _object(entry.get("recorded")).get("valid_from")
        documented = rates.get("valid_from_basis") == "documented" and rates.get("valid_from") != recorded
        source = rates.get("source")
        for over, where, key, value, times in _prices(rates, path):
            if key not in TOKEN_CLASSES:
                prices.set_aside(provider, sku, where, value, "unknown_field")
                continue
            if times is None:
                prices.set_aside(provider, sku, where, value, "no_base")
                continue
            try:
                amount = amount_of(value, times)
            except NoAmount as problem:
                prices.set_aside(provider, sku, where, value, problem.reason)
                continue
            yield _Statement(
                token_class=class_for(TOKEN_CLASSES[key], sku),
                over=over,
                amount=amount,
                value=value,
                times=times,
                text=f"{text_of(times)} x {text_of(value)}" if isinstance(times, Number) else text_of(value),
                field_name=where,
                source_url=source if isinstance(source, str) else None,
                begin=begin,
                end=end,
                documented=documented and begin is not None and begin.minute == begin.second == 0,
            )


def _prices(rates: dict[str, Any], path: str) -> Iterator[tuple[int, str, str, Any, Decimal | None]]:
    """Each price of an entry: the number of input tokens above which it applies, its path, its key, the value and what
    to multiply it by; None where that is missing. Writes that live an hour are a multiple of the input price, and there
    are none where nothing is said of writing to a cache."""
    multiple = rates.get(HOUR_LONG_MULTIPLE)
    blocks = [(0, path, {key: value for key, value in rates.items() if key not in BESIDES})]
    for index, tier in enumerate(_list(rates.get("tiers"))):
        above = tokens_of(_object(tier).get("above"))
        where = f"{path}.tiers[{index}]"
        if above is None:
            yield 0, where, "tiers", tier, ONE
        else:
            blocks.append((above, where, {key: value for key, value in tier.items() if key != "above"}))
    for over, where, block in blocks:
        for key, value in block.items():
            yield over, f"{where}.{key}", key, value, ONE
        if multiple is not None and (over == 0 or "cache_write" in block):
            base = block.get("input") if "cache_write" in block else None
            yield (
                over,
                f"{where}.{HOUR_LONG_MULTIPLE}",
                HOUR_LONG_MULTIPLE,
                multiple,
                (base if isinstance(base, Number) and base > 0 else None),
            )


def _merged(prices: PriceList, identity: dict[str, Any], statements: Iterable[_Statement]) -> list[_Statement]:
    """The statements that last any time, in which an amount that goes on is one. What ends no later than it begins and
    does not go on was corrected from its first sight on: it never was a price, and is set aside."""
    merged: list[_Statement] = []
    latest: dict[tuple[str, int], int] = {}
    corrected: dict[tuple[str, int], _Statement] = {}
    for statement in statements:
        if statement.begin and statement.end and statement.begin >= statement.end:
            corrected[statement.series] = statement
            continue
        if statement.series in corrected and corrected[statement.series].amount == statement.amount:
            del corrected[statement.series]
        at = latest.get(statement.series)
        before = merged[at] if at is not None else None
        goes_on = before and before.end and before.end == statement.begin and before.amount == statement.amount
        if at is not None and before and goes_on:
            merged[at] = before._replace(end=statement.end)
        else:
            latest[statement.series] = len(merged)
            merged.append(statement)
    for statement in corrected.values():
        prices.set_aside(
            identity["source_provider"], identity["source_sku"], statement.field_name, statement.value, "corrected"
        )
    return merged


def _write(prices: PriceList, identity: dict[str, Any], statement: _Statement, schedules: list[_Schedule]) -> None:
    """Write a statement down, cut where a schedule of hours begins or ends: while it holds, the price is for the hours
    outside of it, and its own hours have a multiple of it."""
    pieces: list[tuple[datetime | None, datetime | None, _Schedule | None]] = [(statement.begin, statement.end, None)]
    for schedule in schedules:
        if identity["sku"] in schedule.times or "" in schedule.times:
            pieces = [cut for piece in pieces for cut in _cut(piece, schedule)]
    computed = statement.times != ONE
    for begin, end, held in pieces:
        rate = identity | {
            "token_class": statement.token_class,
            "field_name": statement.field_name,
            "context_over_tokens": statement.over,
            "source_url": statement.source_url,
            "amount_basis": "computed" if computed else "printed",
            "valid_from": begin,
            "valid_to": end,
            "valid_precision": _precision(begin),
            "valid_from_basis": _basis(statement),
            "said_from": None if statement.documented else statement.begin,
        }
        if held is None:
            prices.add(statement.value, times=statement.times, text=statement.text, **rate)
            continue
        outside = f"outside: {held.window}"
        prices.add(statement.value, times=statement.times, text=statement.text, **rate, source_window=outside)
        rate |= {"source_window": held.window, "amount_basis": "computed"}
        times = held.times.get(identity["sku"]) or held.times[""]
        text = f"{statement.text} x {text_of(times)}"
        prices.add(statement.value, times=statement.times * times, text=text, **rate)


def _cut(
    piece: tuple[datetime | None, datetime | None, _Schedule | None], schedule: _Schedule
) -> Iterator[tuple[datetime | None, datetime | None, _Schedule | None]]:
    """A span of time before, within and after a schedule; parts without any time are left out."""
    begin, end, held = piece
    first = max(begin or datetime.min, schedule.begin or datetime.min)
    last = min(end or datetime.max, schedule.end or datetime.max)
    if held or first >= last:
        yield piece
        return
    if (begin or datetime.min) < first:
        yield begin, first, None
    yield (None if first == datetime.min else first), (None if last == datetime.max else last), schedule
    if last < (end or datetime.max):
        yield last, end, None


def _schedules(stated: Any) -> Iterator[_Schedule]:
    """The hours of one of the file's schedules, at or off peak, whichever it multiplies."""
    schedule = _object(stated)
    for kind in ("off_peak", "peak"):
        hours, times = schedule.get(f"{kind}_hours_utc"), schedule.get(f"{kind}_multiplier")
        if not isinstance(hours, list) or times is None:
            continue
        days = " 12345" if schedule.get("weekdays_only") else ""
        holidays = f" holidays {schedule['holidays']}" if schedule.get("holidays") else ""
        yield _Schedule(
            provider=str(schedule.get("provider")),
            window=",".join("-".join(pair) for pair in hours) + " UTC" + days + holidays,
            times=times if isinstance(times, dict) else {"": times},
            begin=_moment(schedule.get("valid_from")),
            end=_moment(schedule.get("valid_until")),
        )


def _basis(statement: _Statement) -> str:
    if statement.begin is None:
        return "unknown"
    return "documented" if statement.documented else "first_observed"


def _precision(moment: datetime | None) -> str | None:
    """A moment at midnight is a date."""
    if moment is None:
        return None
    return "day" if moment == datetime.combine(moment, datetime.min.time()) else "instant"


def _moment(text: Any) -> datetime | None:
    """A moment in UTC; None where there is none."""
    try:
        return instant(text)[0] if isinstance(text, str) else None
    except ValueProblem:
        return None


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []
