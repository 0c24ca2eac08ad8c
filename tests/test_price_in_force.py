"""The rate in force against a plain model of the same rules, written in Python after "Reconciling sources": at every
instant at which anything begins or ends, in both time axes, and just before it.
"""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import price_database
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines import paths

START = datetime(2025, 3, 27, 12)  # a Thursday, three days before European clocks change
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
SINCE_EVER = datetime(1, 1, 1)
FOR_EVER = datetime(9999, 12, 31)
#: Sources by what they copy; people write the curated one.
LINEAGE = {"x": "x", "copy-of-x": "x", "y": "y", "curated": "curated", "vendor": "vendor"}


# ---- The model ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """What a source says of one series: its amount, or of none that its SKU is retired."""

    fact_id: str
    source: str
    amount: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    known_from: datetime
    known_to: datetime | None = None
    end_known_from: datetime | None = None
    basis: str = "first_observed"
    confidence: str = "C"
    status: str = "active"
    end_reason: str | None = None
    confirmed_at: datetime | None = None

    @property
    def is_documented(self) -> bool:
        """People write down what is documented."""
        return self.source == "curated" or self.basis in ("documented", "release_date")

    @property
    def never_rules(self) -> bool:
        """What is doubtful of a feed is not believed; what a person wrote down in doubt is, if its day is known."""
        return self.status == "disputed" and (self.valid_from is None or self.source != "curated")

    @property
    def only_its_end_is_known(self) -> bool:
        return self.valid_from is None and self.valid_to is not None


@dataclass(frozen=True)
class Said:
    """A statement as it is known at an instant: with the end that is known by then."""

    by: Statement
    begins: datetime
    ends: datetime

    @property
    def lineage(self) -> str:
        return LINEAGE[self.by.source]

    @property
    def confirmed_at(self) -> datetime:
        return self.by.confirmed_at or self.by.known_from


def known(statement: Statement, at: datetime) -> Said | None:
    if not statement.known_from <= at < (statement.known_to or FOR_EVER):
        return None
    begins = statement.valid_from or (SINCE_EVER if statement.only_its_end_is_known else statement.known_from)
    knows_the_end = statement.end_known_from is None or statement.end_known_from <= at
    return Said(statement, begins, (statement.valid_to if knows_the_end else None) or FOR_EVER)


def thousandfold(one: Said, other: Said) -> bool:
    return max(one.by.amount / other.by.amount, other.by.amount / one.by.amount) >= 999


def slip(
    before: Said | None, mine: Said, after: Said | None, others: list[Said], later: Said | None = None
) -> str | None:
    """What kind of slip a source's statement was: it was replaced while it was said, and nobody of another lineage said
    the same. What a source told with its end, of the past or of what was to come, is its history."""
    if mine.by.is_documented or after is None or after.begins != mine.ends or after.by.amount == mine.by.amount:
        return None
    if not mine.by.known_from < mine.ends <= (mine.by.end_known_from or mine.by.known_from):
        return None
    if any(other.by.amount == mine.by.amount for other in others):
        return None
    went_on = later is not None and later.begins == after.ends and thousandfold(after, later)
    if thousandfold(mine, after) and not went_on:
        return "unit_fix"
    came_back = before is not None and before.ends == mine.begins and before.by.amount == after.by.amount
    if came_back and mine.ends - mine.begins <= 30 * DAY:
        return "reverted"
    stated_since = max(mine.begins, mine.by.known_from)
    others_had_it = any(other.by.amount == after.by.amount and other.begins <= mine.ends for other in others)
    if mine.ends - stated_since <= 7 * DAY and (others_had_it or before is None):
        return "correction"
    return None


@dataclass(frozen=True)
class Step:
    """A statement in its source's own line without slips: since when it holds, and the amount that it went from."""

    said: Said
    begins: datetime
    went_from: int | None
    is_followed: bool


def own_and_others(source: str, said: list[Said]) -> tuple[list[Said], list[Said]]:
    """A source's statements one after another, and those of other lineages."""
    own = sorted((s for s in said if s.by.source == source), key=lambda s: (s.begins, s.ends, s.by.fact_id))
    return own, [s for s in said if s.lineage != LINEAGE[source]]


def line_of(source: str, said: list[Said]) -> list[Step]:
    """A source's statements one after another. A slip is dropped: what put it right holds from when it began."""
    own, others = own_and_others(source, said)
    kept: list[Step] = []
    slipped_since = None
    for place, mine in enumerate(own):
        before = own[place - 1] if place else None
        after = own[place + 1] if place + 1 < len(own) else None
        kind = slip(before, mine, after, others, own[place + 2] if place + 2 < len(own) else None)
        if kind:
            slipped_since = slipped_since or (mine.by.known_from if mine.by.only_its_end_is_known else mine.begins)
            continue
        begins = mine.begins if mine.by.is_documented else slipped_since or mine.begins
        follows = bool(kept) and kept[-1].said.ends == (slipped_since or mine.begins)
        slipped_since = None
        went_from = kept[-1].said.by.amount if follows else None
        is_followed = after is not None and after.begins == mine.ends
        kept.append(Step(mine, begins, went_from, is_followed))
    return kept


@dataclass(frozen=True)
class Event:
    at: datetime
    kind: str  # ends, retired, anchor, change, first: at one instant they happen in this order
    said: Said
    went_from: int | None = None

    @property
    def order(self) -> tuple[object, ...]:
        kinds = ("ends", "retired", "anchor", "change", "first")
        return self.at, kinds.index(self.kind), self.said.by.confidence, self.said.by.fact_id


def events(said: list[Said]) -> list[Event]:
    """What may begin or end a rate. Of what has no beginning only the amount counts, as what a change went from."""
    retired = [Event(s.begins, "retired", s) for s in said if s.by.amount is None]
    said = [s for s in said if s.by.amount is not None]
    steps = [step for source in LINEAGE for step in line_of(source, said) if not step.said.by.never_rules]
    begun = []
    for step in steps:
        if step.said.by.only_its_end_is_known:
            continue
        if step.said.by.is_documented:
            begun.append(Event(step.begins, "anchor", step.said))
        elif step.went_from is None:
            begun.append(Event(step.begins, "first", step.said))
        elif step.went_from != step.said.by.amount:
            begun.append(Event(step.begins, "change", step.said, step.went_from))
    anchors = [event for event in begun if event.kind == "anchor"]
    counted = [
        event
        for event in begun
        if event.kind == "anchor" or not (seen_early(event, anchors) or is_lone_tenfold(event, steps))
    ]
    return sorted(counted + ends(steps) + retired, key=lambda event: event.order)


def seen_early(event: Event, anchors: list[Event]) -> bool:
    """The same change has a documented day, at most seven days later."""
    return any(
        abs(event.said.by.amount - anchor.said.by.amount) <= 0.001 * anchor.said.by.amount
        and event.at < anchor.at <= event.at + 7 * DAY
        for anchor in anchors
    )


def is_lone_tenfold(event: Event, steps: list[Step]) -> bool:
    """A change by a power of ten, against another lineage that has the old amount, needs one that has the new."""
    if event.kind != "change":
        return False
    power = math.log10(event.said.by.amount / event.went_from)
    if abs(power) < 0.9999 or abs(power - round(power)) > 0.0005:
        return False
    others = [step.said.by.amount for step in steps if step.said.lineage != event.said.lineage]
    has_new = any(abs(other - event.said.by.amount) <= 0.001 * event.said.by.amount for other in others)
    return not has_new and any(abs(other - event.went_from) <= 0.001 * event.went_from for other in others)


def ends(steps: list[Step]) -> list[Event]:
    """Documented ends, and last sights where no other observer goes on stating the same. A documented rate that is open
    is carried: it only outlives a hole in a feed, or a field that a feed left out. A copy has to be seen since then."""
    found = []
    for step in steps:
        mine = step.said
        if mine.ends == FOR_EVER or step.is_followed:
            continue
        if mine.by.only_its_end_is_known and not mine.by.is_documented:
            continue
        goes_on = any(
            other.said.by.amount == mine.by.amount
            and other.said.by.fact_id != mine.by.fact_id
            and other.said.begins <= mine.ends < other.said.ends
            and (
                other.said.lineage != mine.lineage
                or mine.by.end_reason in ("feed_gap", "field_absent")
                or mine.ends <= other.said.confirmed_at
                or other.is_followed
            )
            for other in steps
            if not other.said.by.is_documented or mine.by.end_reason in ("feed_gap", "field_absent")
        )
        if is_final(mine) or not goes_on:
            found.append(Event(mine.ends, "ends", mine))
    return found


def is_final(said: Said) -> bool:
    """Whether the end was announced: a documented one, or a retirement."""
    return said.by.end_reason == "retired" or (said.by.is_documented and said.by.end_reason is None)


@dataclass(frozen=True)
class State:
    """The rate that stands, or none; and then what may begin one: anything, all but a first word, or an anchor only."""

    amount: int | None = None
    by: Said | None = None
    kind: str | None = None
    since: datetime = SINCE_EVER
    closed_to: tuple[str, ...] = ()

    def documented_beyond(self, at: datetime) -> bool:
        return self.kind == "anchor" and at < self.by.ends < FOR_EVER

    def after(self, event: Event) -> State:
        mine = event.said
        if event.kind == "retired":
            return State(None, mine, "ends", event.at, ("first", "change"))
        if event.kind == "ends":
            return self.ended(event) if self.is_ended_by(event) else self
        begun = State(mine.by.amount, mine, event.kind, event.at)
        if mine.by.amount == self.amount and (event.kind != "anchor" or self.kind == "anchor"):
            return self
        if event.kind == "anchor":
            return self if self.kind == "anchor" and self.since == event.at else begun
        if self.amount is None:
            return self if event.kind in self.closed_to else begun
        if event.kind == "first" or self.documented_beyond(event.at):
            return self
        starts_from_it = abs(self.amount - event.went_from) <= 0.001 * event.went_from
        return begun if starts_from_it else self

    def is_ended_by(self, event: Event) -> bool:
        mine = event.said
        if self.amount is None:
            return is_final(mine) or (mine.by.is_documented and mine.by.only_its_end_is_known)
        if mine.by.fact_id == self.by.by.fact_id:
            return True
        if self.documented_beyond(event.at):
            return False
        return mine.by.amount == self.amount or mine.by.end_reason == "retired"

    def ended(self, event: Event) -> State:
        """After an announced end only an anchor begins anew. What ends a rate that has no beginning tells less: sources
        may have seen another since."""
        closed_to: tuple[str, ...] = ()
        if event.said.by.is_documented and event.said.by.only_its_end_is_known:
            closed_to = ("first",)
        elif is_final(event.said):
            closed_to = ("first", "change")
        return State(None, event.said, "ends", event.at, closed_to)


def history(statements: list[Statement], known_at: datetime) -> list[tuple[datetime, State]]:
    """Since when which state of the rate holds, as known then."""
    said = [s for s in (known(statement, known_at) for statement in statements) if s]
    found = [(SINCE_EVER, State())]
    for event in events(said):
        found.append((event.at, found[-1][1].after(event)))
    return found


def at_instant(states: list[tuple[datetime, State]], valid_at: datetime) -> State:
    """Of a history, the state that holds."""
    return [state for since, state in states if since <= valid_at][-1]


def rate(statements: list[Statement], valid_at: datetime, known_at: datetime) -> Statement | None:
    """The statement whose rate is in force."""
    state = at_instant(history(statements, known_at), valid_at)
    return state.by.by if state.by and state.amount is not None else None


@dataclass(frozen=True)
class Window:
    zone: str
    weekdays: str
    spans: tuple[tuple[time, time], ...]
    holiday: date | None
    valid_to: datetime | None = None
    known_from: datetime = datetime(2000, 1, 1)
    known_to: datetime | None = None

    def is_open(self, instant: datetime) -> bool:
        return any(self.begins(instant, opens, closes) for opens, closes in self.spans)

    def begins(self, instant: datetime, opens: time, closes: time) -> bool:
        """Whether a span is open that began on a day that has one."""
        local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        if opens < closes:
            began = local.date() if opens <= local.time() < closes else None
        elif local.time() >= opens:
            began = local.date()
        else:
            began = local.date() - timedelta(days=1) if local.time() < closes else None
        return began is not None and str(began.isoweekday()) in self.weekdays and began != self.holiday


def rate_of_the_hour(series: dict[str | None, list[Statement]], window: Window, valid_at: datetime, known_at: datetime):
    """The rate in force where there are hours: one of an open window takes the place of the one for all hours."""
    exists = valid_at < (window.valid_to or FOR_EVER) and window.known_from <= known_at < (window.known_to or FOR_EVER)
    is_open = {"off-peak": exists and window.is_open(valid_at), None: True}
    is_open["peak"] = exists and not window.is_open(valid_at)
    rates = {name: rate(series[name], valid_at, known_at) for name in series if is_open[name]}
    return rates.get("off-peak") or rates.get("peak") or rates.get(None)


# ---- The warehouse --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prices() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database with the tables that the rates are made from, and the macro."""
    with duckdb.connect() as connection:
        price_database.create(connection)
        for source, lineage in LINEAGE.items():
            price_database.insert(connection, "ref.source", source_id=source)
            if source != lineage:
                price_database.insert(connection, "ref.source_copy", source_id=source, copies_source_id=lineage)
        yield connection


Series = tuple[str, str | None, list[Statement]]


def load(connection: duckdb.DuckDBPyConnection, several: list[Series]) -> None:
    """Make the rates of these series, each of a SKU and maybe a window. They are numbered from 0."""
    for table in ("facts.api_price", "facts.retirement", "ref.price_series"):
        connection.execute(f"delete from {table}")
    for series_id, (sku, window, statements) in enumerate(several):
        key = {
            "series_id": series_id, "provider_id": "p", "sku": sku, "token_class": "input", "service_tier": "standard",
            "context_over_tokens": 0, "price_window_id": window, "currency": "USD", "unit": "currency_per_mtok",
        }  # fmt: skip
        price_database.insert(connection, "ref.price_series", **key)
        for s in statements:
            if s.amount is None:
                price_database.insert(
                    connection, "facts.retirement", fact_id=f"{series_id}-{s.fact_id}", provider_id="p", sku=sku,
                    valid_from=s.valid_from, known_from=s.known_from, known_to=s.known_to, valid_from_basis=s.basis,
                    confidence=s.confidence, status=s.status, source_id=s.source,
                )  # fmt: skip
                continue
            price_database.insert(
                connection, "facts.api_price", **key, fact_id=f"{series_id}-{s.fact_id}", amount=s.amount,
                valid_from=s.valid_from, valid_to=s.valid_to, valid_to_known_from=s.end_known_from,
                known_from=s.known_from, known_to=s.known_to, valid_from_basis=s.basis, confidence=s.confidence,
                status=s.status, end_reason=s.end_reason, price_kind="list", source_id=s.source,
                last_confirmed_at=s.confirmed_at,
                origin="seeds" if s.source == "curated" else f"feed:{s.source}",
            )  # fmt: skip
    price_database.make(connection, *price_database.RATES)


def load_window(connection: duckdb.DuckDBPyConnection, window: Window) -> None:
    """Make the hours, their complement, and the macro that evaluates them."""
    for table in ("ref.price_window", "ref.holiday"):
        connection.execute(f"delete from {table}")
    times = {"valid_to": window.valid_to, "known_from": window.known_from, "known_to": window.known_to}
    for span, (opens, closes) in enumerate(window.spans, start=1):
        price_database.insert(
            connection, "ref.price_window", price_window_id="off-peak", span=span, time_zone=window.zone,
            weekdays=window.weekdays, start_time=f"{opens:%H:%M}", end_time=f"{closes:%H:%M}", holiday_calendar="h",
            **times,
        )  # fmt: skip
    price_database.insert(
        connection, "ref.price_window", price_window_id="peak", span=1, time_zone="UTC", weekdays="1234567",
        complement_of="off-peak", **times,
    )  # fmt: skip
    if window.holiday:
        price_database.insert(connection, "ref.holiday", holiday_calendar="h", on_date=window.holiday)
    for macro in ("utc", "price_in_force"):
        connection.execute((paths.SQL / "macros" / f"{macro}.sql").read_text())


PLANE = """
with point as (select unnest($1) as series_id, unnest($2) as valid_at, unnest($3) as known_at),
stretch as (
    select series_id, valid_from, valid_to, known_from, known_to, fact_id from marts.api_price
    union all
    select series_id, valid_from, valid_to, known_from, known_to, concat('gap: ', reason) from marts.api_price_gap
)
select point.series_id, point.valid_at, point.known_at, list(stretch.fact_id)
from point left join stretch on point.series_id = stretch.series_id
    and (stretch.valid_from is null or stretch.valid_from <= point.valid_at)
    and (stretch.valid_to is null or stretch.valid_to > point.valid_at)
    and (stretch.known_from is null or stretch.known_from <= point.known_at)
    and (stretch.known_to is null or stretch.known_to > point.known_at)
group by all
"""


def boundaries(statements: list[Statement]) -> list[tuple[datetime, datetime]]:
    """Every instant of valid time at which something begins or ends, with every instant of knowledge at which something
    is learnt or unlearnt; and just before each."""
    valid = {at for s in statements for at in (s.valid_from, s.valid_to, s.known_from) if at}
    learnt = {at for s in statements for at in (s.known_from, s.known_to, s.end_known_from) if at}
    return [
        (valid_at, known_at)
        for valid_cut in valid
        for valid_at in (valid_cut - TICK, valid_cut)
        for known_cut in learnt
        for known_at in (known_cut - TICK, known_cut)
    ]


# ---- Histories ------------------------------------------------------------------------------------------------------

#: Days between which lie a slip's seven, a return's thirty, and more; amounts with a tenfold and a thousandfold.
days = st.sampled_from([0, 1, 3, 7, 8, 20, 31, 38, 45, 60, 90])
amounts = st.sampled_from([10, 10, 20, 20, 30, 100, 10_000, 20_000])


@st.composite
def lines(draw, source):
    """A source that shows a rate and then others, as feeds do: an end is known when it is seen."""
    seen = sorted(draw(st.sets(days, min_size=1, max_size=4)))
    found = []
    for place, day in enumerate(seen):
        begins = START + day * DAY
        is_last = place == len(seen) - 1
        ends = None if is_last else START + seen[place + 1] * DAY
        end_reason = "restated" if ends else None
        if draw(st.integers(0, 5)) == 0:
            ends = begins + draw(st.sampled_from([1, 5, 9])) * DAY
            end_reason = draw(st.sampled_from(["removed", "field_absent", "feed_gap", "retired"]))
            if not is_last:
                ends = min(ends, START + seen[place + 1] * DAY)
        is_unknown = place == 0 and ends is not None and draw(st.booleans())
        found.append(
            Statement(
                fact_id=f"{source}-{place}",
                source=source,
                amount=draw(amounts),
                valid_from=None if is_unknown else begins,
                valid_to=ends,
                known_from=begins,
                end_known_from=ends,
                basis="unknown" if is_unknown else "first_observed",
                end_reason=end_reason,
                confirmed_at=begins + draw(st.sampled_from([0, 10, 100])) * DAY if is_last else None,
            )
        )
    return found


@st.composite
def rows(draw, source):
    """Statements that a person wrote down, or a feed that states a history: of any time, some taken back."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        begins, ends, said, taken_back, end_said = (START + day * DAY for day in draw(st.tuples(*[days] * 5)))
        is_open = ends <= begins or draw(st.booleans())
        is_unknown = draw(st.integers(0, 4)) == 0
        basis = draw(st.sampled_from(["documented", "documented", "first_observed"]))
        found.append(
            Statement(
                fact_id=f"{source}-row-{number}",
                source=source,
                amount=draw(amounts),
                valid_from=None if is_unknown else begins,
                valid_to=None if is_open else ends,
                known_from=said,
                known_to=taken_back if taken_back > said and draw(st.booleans()) else None,
                end_known_from=end_said if not is_open and end_said > said else None,
                basis="unknown" if is_unknown else basis,
                confidence=draw(st.sampled_from("AB")),
                status=draw(st.sampled_from(["active", "active", "disputed"])),
            )
        )
    return found


retirements = st.builds(
    lambda at, said, taken_back: Statement(
        "retired", "vendor", None, START + at * DAY, None, START + said * DAY,
        known_to=START + taken_back * DAY if taken_back > said else None, basis="documented", confidence="A",
    ),
    days, days, days,
)  # fmt: skip


@st.composite
def histories(draw):
    found = [*draw(lines("x")), *draw(rows("curated"))]
    found += draw(lines("y")) if draw(st.booleans()) else draw(rows("y"))
    if draw(st.booleans()):
        found += draw(lines("copy-of-x"))
    if found and draw(st.integers(0, 2)) == 0:
        found.append(draw(retirements))
    return found


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a failure names its history, and shrinking two dozen of them takes minutes
)
@given(several=st.lists(histories(), min_size=15, max_size=25))
def test_the_rate_in_force_is_the_models_at_every_boundary(prices, several):
    """And where the model has none there is one gap, whatever is asked."""
    load(prices, [(f"s{number}", None, statements) for number, statements in enumerate(several)])
    price_database.make(prices, "marts.api_price_gap")
    points = [(number, *point) for number, statements in enumerate(several) for point in boundaries(statements)]
    columns = list(zip(*points, strict=True)) or [[], [], []]
    wanted = {
        (number, known_at): history(several[number], known_at)
        for number, known_at in dict.fromkeys((n, k) for n, _, k in points)
    }
    for number, valid_at, known_at, found in prices.execute(PLANE, columns).fetchall():
        state = at_instant(wanted[number, known_at], valid_at)
        told = f"valid at {valid_at}, known at {known_at}, of {several[number]}"
        if state.amount is not None:
            assert found == [f"{number}-{state.by.by.fact_id}"], told
        elif state.by and state.by.by.amount is None:
            assert found == ["gap: retired"], told
        else:
            assert len(found) == 1, told
            assert found[0].startswith("gap: "), told


# ---- Windows --------------------------------------------------------------------------------------------------------

spans = st.tuples(
    st.sampled_from([time(16, 30), time(1), time(0), time(22)]), st.sampled_from([time(0, 30), time(4), time(10)])
)
hours = st.integers(0, 8).map(lambda n: START + timedelta(hours=12 * n))
windows = st.builds(
    Window,
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin"]),
    weekdays=st.sampled_from(["1234567", "12345", "67"]),
    spans=st.lists(spans, min_size=1, max_size=2).map(tuple),
    holiday=st.none() | st.just(date(2025, 3, 28)),
    valid_to=st.none() | hours,
    known_from=st.just(datetime(2000, 1, 1)) | hours,
    known_to=st.none() | hours.map(lambda at: at + timedelta(days=5)),
)


@st.composite
def dated(draw, fact_id, amount):
    begins, ends, said = draw(hours), draw(hours), draw(hours)
    return Statement(fact_id, "curated", amount, begins, ends if ends > begins else None, said, basis="documented")


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(base=dated("base", 3), low=dated("low", 1), high=dated("high", 2), window=windows)
def test_a_rate_of_an_open_window_takes_the_place_of_the_one_for_all_hours(prices, base, low, high, window):
    series = {None: [base], "off-peak": [low], "peak": [high]}
    load(prices, [("s", name, statements) for name, statements in series.items()])
    load_window(prices, window)
    cuts = {low.valid_from, window.valid_to, START.replace(hour=16, minute=30), datetime(2025, 3, 29, 16, 30)} - {None}
    learnt = {max(base.known_from, low.known_from, high.known_from), window.known_from, window.known_to} - {None}
    for valid_at in {at for cut in cuts for at in (cut - TICK, cut)}:
        for known_at in learnt:
            found = prices.execute("select amount from price_in_force(?, ?)", [valid_at, known_at]).fetchall()
            wanted = rate_of_the_hour(series, window, valid_at, known_at)
            assert found == ([(wanted.amount,)] if wanted else []), (valid_at, known_at)


OFF_PEAK = Window("UTC", "1234567", ((time(16, 30), time(0, 30)),), None)
WEEKDAY_PEAK = Window("UTC", "12345", ((time(16, 30), time(0, 30)),), date(2025, 3, 31))


@pytest.mark.parametrize(
    ("window", "instant", "is_off_peak"),
    [
        (OFF_PEAK, datetime(2025, 3, 1, 16, 29, 59, 999999), False),
        (OFF_PEAK, datetime(2025, 3, 1, 16, 30), True),
        (OFF_PEAK, datetime(2025, 3, 2, 0, 0), True),
        (OFF_PEAK, datetime(2025, 3, 2, 0, 29, 59, 999999), True),
        (OFF_PEAK, datetime(2025, 3, 2, 0, 30), False),
        (WEEKDAY_PEAK, datetime(2025, 3, 28, 23, 0), True),  # Friday
        (WEEKDAY_PEAK, datetime(2025, 3, 29, 0, 10), True),  # Saturday, in the span that began on Friday
        (WEEKDAY_PEAK, datetime(2025, 3, 29, 23, 0), False),  # Saturday
        (WEEKDAY_PEAK, datetime(2025, 3, 31, 23, 0), False),  # a Monday that is a holiday
        (WEEKDAY_PEAK, datetime(2025, 4, 1, 0, 10), False),  # in the span that would have begun on it
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_on_which_it_begins(prices, window, instant, is_off_peak):
    documented = {"valid_from": datetime(2024, 12, 1), "valid_to": None, "known_from": datetime(2025, 1, 1)}
    base = Statement("base", "curated", 2, **documented, basis="documented")
    cheap = Statement("cheap", "curated", 1, **documented, basis="documented")
    load(prices, [("s", None, [base]), ("s", "off-peak", [cheap])])
    load_window(prices, window)
    found = prices.execute("select amount from price_in_force(?, ?)", [instant, datetime(2026, 1, 1)]).fetchall()
    assert found == [(1 if is_off_peak else 2,)]


# ---- Corrections of ours --------------------------------------------------------------------------------------------


def test_a_superseded_rate_is_believed_until_its_correction_is_known(prices):
    known_at, corrected = datetime(2025, 1, 1), datetime(2025, 2, 1)
    wrong = Statement("wrong", "curated", 2, datetime(2024, 12, 1), None, known_at, basis="documented", confidence="A")
    right = Statement("right", "curated", 1, datetime(2024, 12, 1), None, corrected, basis="documented", confidence="B")
    load(prices, [("s", None, [wrong, right])])
    load_window(prices, OFF_PEAK)
    prices.execute(
        "update facts.api_price set superseded_by = '0-right', status = 'superseded' where fact_id = '0-wrong'"
    )
    price_database.insert(prices, "facts.fact", fact_id="0-right", known_from=corrected)
    price_database.make(prices, *price_database.RATES)
    believed = {
        at: prices.execute("select fact_id from price_in_force(timestamp '2025-01-15', ?)", [at]).fetchall()
        for at in (corrected - TICK, corrected)
    }
    prices.execute("delete from facts.fact")
    assert believed == {corrected - TICK: [("0-wrong",)], corrected: [("0-right",)]}
