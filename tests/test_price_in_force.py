"""`price_in_force` against a plain model of the same rules, written in Python: at every instant at which anything
begins or ends, in both time axes, and just before it.
"""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines import paths
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns
from pipelines.warehouse.ddl import data_type
from pipelines.warehouse.sql_models import sql_models

START = datetime(2025, 3, 27, 12)  # a Thursday, three days before European clocks change
TICK = timedelta(microseconds=1)
SINCE_EVER = datetime(1, 1, 1)
FOR_EVER = datetime(9999, 12, 31)
SERIES = (None, "off-peak", "peak")


@dataclass(frozen=True)
class Statement:
    fact_id: str
    window: str | None
    amount: int
    valid_from: datetime | None
    valid_to: datetime | None
    known_from: datetime
    known_to: datetime | None
    basis: str
    confidence: str
    end_known_from: datetime | None = None
    status: str = "active"

    @property
    def begins(self) -> datetime:
        """As stated; of an unknown beginning, ever since if an end is stated, else since it was said."""
        return self.valid_from or (SINCE_EVER if self.valid_to else self.known_from)

    def ends(self, known_at: datetime) -> datetime | None:
        """As stated, but open before the end was known."""
        return None if self.end_known_from and known_at < self.end_known_from else self.valid_to

    def covers(self, valid_at: datetime, known_at: datetime) -> bool:
        known = self.known_from <= known_at < (self.known_to or FOR_EVER)
        return known and self.begins <= valid_at < (self.ends(known_at) or FOR_EVER)

    def rank(self, known_at: datetime) -> tuple[object, ...]:
        """A documented end first, an unknown beginning last, else the latest beginning; then the better source."""
        anchored = self.basis == "documented" and self.ends(known_at) is not None
        kind = 3 if self.valid_from is None else 1 if anchored else 2
        return (kind, -(self.begins - SINCE_EVER), self.confidence, self.fact_id)


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


def expected(statements, window, valid_at, known_at):
    exists = valid_at < (window.valid_to or FOR_EVER) and window.known_from <= known_at < (window.known_to or FOR_EVER)
    open_now = {None: True, "off-peak": exists and window.is_open(valid_at)}
    open_now["peak"] = exists and not window.is_open(valid_at)
    standing = {}
    for name, is_open in open_now.items():
        found = [s for s in statements if s.window == name and s.covers(valid_at, known_at)]
        ruling = [s for s in found if s.status == "active" or s.valid_from is not None]
        if ruling and is_open:
            standing[name] = min(ruling, key=lambda s: s.rank(known_at))
    return standing.get("off-peak") or standing.get("peak") or standing.get(None)


@pytest.fixture(scope="module")
def prices() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database with the tables that the rates are made from, and the macro."""
    with duckdb.connect() as connection:
        for name in (
            "facts.api_price",
            "facts.fact",
            "facts.fx_rate",
            "ref.price_series",
            "ref.price_window",
            "ref.holiday",
            "ref.model_alias",
        ):
            schema, _ = name.split(".")
            connection.execute(f"create schema if not exists {schema}")
            kept = ", ".join(f'"{column.name}" {data_type(column.dtype)}' for column in columns(TABLES[name]))
            connection.execute(f"create table {name} ({kept})")
        connection.execute("create schema marts")
        yield connection


def load(connection, statements, window):
    for table in ("facts.api_price", "ref.price_series", "ref.price_window", "ref.holiday"):
        connection.execute(f"delete from {table}")
    for series_id, name in enumerate(SERIES):
        connection.execute(
            "insert into ref.price_series by name select ? as series_id, 'p' as provider_id, 's' as sku, "
            "'input' as token_class, 'standard' as service_tier, 0 as context_over_tokens, ? as price_window_id, "
            "'USD' as currency, 'currency_per_mtok' as unit",
            [series_id, name],
        )
    for s in statements:
        connection.execute(
            "insert into facts.api_price by name select ? as fact_id, ? as series_id, ? as amount, ? as valid_from, "
            "? as valid_to, ? as valid_to_known_from, ? as known_from, ? as known_to, ? as valid_from_basis, "
            "? as confidence, ? as status, 'list' as price_kind, 'x' as source_id",
            [s.fact_id, SERIES.index(s.window), s.amount, s.valid_from, s.valid_to, s.end_known_from, s.known_from,
             s.known_to, s.basis, s.confidence, s.status],
        )  # fmt: skip
    for span, (opens, closes) in enumerate(window.spans, start=1):
        connection.execute(
            "insert into ref.price_window by name select 'off-peak' as price_window_id, ? as span, ? as time_zone, "
            "? as weekdays, ? as start_time, ? as end_time, 'h' as holiday_calendar, ? as valid_to, ? as known_from, "
            "? as known_to",
            [span, window.zone, window.weekdays, f"{opens:%H:%M}", f"{closes:%H:%M}", window.valid_to,
             window.known_from, window.known_to],
        )  # fmt: skip
    connection.execute(
        "insert into ref.price_window by name select 'peak' as price_window_id, 1 as span, 'UTC' as time_zone, "
        "'1234567' as weekdays, 'off-peak' as complement_of, ? as valid_to, ? as known_from, ? as known_to",
        [window.valid_to, window.known_from, window.known_to],
    )
    if window.holiday:
        connection.execute(
            "insert into ref.holiday by name select 'h' as holiday_calendar, ? as on_date", [window.holiday]
        )
    for name in ("marts.api_price_candidate", "marts.api_price"):
        connection.execute(f"create or replace table {name} as {sql_models()[name].sql}")
    for macro in ("utc", "price_in_force"):
        connection.execute((paths.SQL / "macros" / f"{macro}.sql").read_text())


hours = st.integers(0, 8).map(lambda n: START + timedelta(hours=12 * n))


@st.composite
def intervals(draw, may_be_unknown=False):
    begin = draw(st.none() | hours) if may_be_unknown else draw(hours)
    end = draw(st.none() | hours)
    if begin is not None and end is not None and end <= begin:
        end = None
    return begin, end


@st.composite
def statement_lists(draw):
    statements = []
    for number in range(draw(st.integers(1, 5))):
        valid_from, valid_to = draw(intervals(may_be_unknown=True))
        known_from, known_to = draw(intervals())
        end_known_from = draw(st.none() | hours) if valid_to else None
        statements.append(
            Statement(
                fact_id=f"f{number}",
                window=draw(st.sampled_from(SERIES)),
                amount=draw(st.integers(1, 9)),
                valid_from=valid_from,
                valid_to=valid_to,
                known_from=known_from,
                known_to=known_to,
                basis="unknown" if valid_from is None else draw(st.sampled_from(["documented", "first_observed"])),
                confidence=draw(st.sampled_from("ABCD")),
                end_known_from=end_known_from if end_known_from and end_known_from > known_from else None,
                status=draw(st.sampled_from(["active", "disputed"])),
            )
        )
    return statements


spans = st.tuples(
    st.sampled_from([time(16, 30), time(1), time(0), time(22)]), st.sampled_from([time(0, 30), time(4), time(10)])
)
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


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statements=statement_lists(), window=windows)
def test_the_rate_in_force_is_the_models_at_every_boundary(prices, statements, window):
    load(prices, statements, window)
    cuts = {s.valid_from for s in statements} | {s.valid_to for s in statements} | {window.valid_to}
    cuts |= {START + timedelta(days=1), START.replace(hour=16, minute=30), datetime(2025, 3, 29, 16, 30)}
    valid_points = {at for cut in cuts if cut for at in (cut, cut - TICK)}
    known_points = {s.known_from for s in statements} | {s.end_known_from for s in statements if s.end_known_from}
    known_points |= {s.known_to - TICK for s in statements if s.known_to}
    known_points |= {window.known_to, window.known_to - TICK} if window.known_to else set()
    for known_at in known_points:
        for valid_at in valid_points:
            found = prices.execute("select fact_id, amount from price_in_force(?, ?)", [valid_at, known_at]).fetchall()
            wanted = expected(statements, window, valid_at, known_at)
            assert found == ([(wanted.fact_id, wanted.amount)] if wanted else []), (valid_at, known_at)


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
    known = datetime(2025, 1, 1)
    base = Statement("base", None, 2, datetime(2024, 12, 1), None, known, None, "documented", "A")
    cheap = Statement("cheap", "off-peak", 1, datetime(2024, 12, 1), None, known, None, "documented", "A")
    load(prices, [base, cheap], window)
    found = prices.execute("select fact_id from price_in_force(?, ?)", [instant, datetime(2026, 1, 1)]).fetchall()
    assert found == [("cheap" if is_off_peak else "base",)]


def test_a_superseded_rate_is_believed_until_its_correction_is_known(prices):
    known, corrected = datetime(2025, 1, 1), datetime(2025, 2, 1)
    wrong = Statement("wrong", None, 2, datetime(2024, 12, 1), None, known, None, "documented", "A")
    right = Statement("right", None, 1, datetime(2024, 12, 1), None, corrected, None, "documented", "B")
    load(prices, [wrong, right], OFF_PEAK)
    prices.execute("update facts.api_price set superseded_by = 'right', status = 'superseded' where fact_id = 'wrong'")
    prices.execute("insert into facts.fact by name select 'right' as fact_id, ? as known_from", [corrected])
    for name in ("marts.api_price_candidate", "marts.api_price"):
        prices.execute(f"create or replace table {name} as {sql_models()[name].sql}")
    believed = {
        at: prices.execute("select fact_id from price_in_force(timestamp '2025-01-15', ?)", [at]).fetchall()
        for at in (corrected - TICK, corrected)
    }
    prices.execute("delete from facts.fact")
    assert believed == {corrected - TICK: [("wrong",)], corrected: [("right",)]}
