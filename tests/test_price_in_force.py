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

    def covers(self, valid_at: datetime, known_at: datetime) -> bool:
        return (
            self.begins <= valid_at < (self.valid_to or FOR_EVER)
            and self.known_from <= known_at < (self.known_to or FOR_EVER)
        )  # fmt: skip

    @property
    def begins(self) -> datetime:
        """As stated; of an unknown beginning, ever since if an end is stated, else since it was said."""
        return self.valid_from or (SINCE_EVER if self.valid_to else self.known_from)

    def rank(self) -> tuple[object, ...]:
        """A documented end first, an unknown beginning last, else the latest beginning; then the better source."""
        anchored = self.basis in ("documented", "release_date") and self.valid_to is not None
        kind = 3 if self.valid_from is None else 1 if anchored else 2
        return (kind, -(self.begins - SINCE_EVER), self.confidence, self.fact_id)


@dataclass(frozen=True)
class Window:
    zone: str
    weekdays: str
    opens: time
    closes: time
    holiday: date | None

    def is_open(self, instant: datetime) -> bool:
        local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        if self.opens < self.closes:
            began = local.date() if self.opens <= local.time() < self.closes else None
        elif local.time() >= self.opens:
            began = local.date()
        else:
            began = local.date() - timedelta(days=1) if local.time() < self.closes else None
        return began is not None and str(began.isoweekday()) in self.weekdays and began != self.holiday


def expected(statements, window, valid_at, known_at):
    standing = {}
    for name in (None, "off-peak"):
        found = [s for s in statements if s.window == name and s.covers(valid_at, known_at)]
        if found and (name is None or window.is_open(valid_at)):
            standing[name] = min(found, key=Statement.rank)
    return standing.get("off-peak", standing.get(None))


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
    for series_id, name in ((1, None), (2, "off-peak")):
        connection.execute(
            "insert into ref.price_series by name select ? as series_id, 'p' as provider_id, 's' as sku, "
            "'input' as token_class, 'standard' as service_tier, 0 as context_over_tokens, ? as price_window_id, "
            "'USD' as currency, 'currency_per_mtok' as unit",
            [series_id, name],
        )
    for s in statements:
        connection.execute(
            "insert into facts.api_price by name select ? as fact_id, ? as series_id, ? as amount, ? as valid_from, "
            "? as valid_to, ? as known_from, ? as known_to, ? as valid_from_basis, ? as confidence, "
            "'active' as status, 'list' as price_kind, 'x' as source_id",
            [s.fact_id, 1 if s.window is None else 2, s.amount, s.valid_from, s.valid_to, s.known_from, s.known_to,
             s.basis, s.confidence],
        )  # fmt: skip
    connection.execute(
        "insert into ref.price_window by name select 'off-peak' as price_window_id, 1 as span, ? as time_zone, "
        "? as weekdays, ? as start_time, ? as end_time, 'h' as holiday_calendar, timestamp '2000-01-01' as known_from",
        [window.zone, window.weekdays, f"{window.opens:%H:%M}", f"{window.closes:%H:%M}"],
    )
    if window.holiday:
        connection.execute(
            "insert into ref.holiday by name select 'h' as holiday_calendar, ? as on_date", [window.holiday]
        )
    for name in ("marts.api_price_candidate", "marts.api_price"):
        connection.execute(f"create or replace table {name} as {sql_models()[name].sql}")
    connection.execute((paths.SQL / "macros" / "price_in_force.sql").read_text())


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
        basis = "unknown" if valid_from is None else draw(st.sampled_from(["documented", "first_observed"]))
        statements.append(
            Statement(f"f{number}", draw(st.sampled_from([None, "off-peak"])), draw(st.integers(1, 9)), valid_from,
                      valid_to, known_from, known_to, basis, draw(st.sampled_from("ABCD")))
        )  # fmt: skip
    return statements


windows = st.builds(
    Window,
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin"]),
    weekdays=st.sampled_from(["1234567", "12345", "67"]),
    opens=st.sampled_from([time(16, 30), time(1), time(0), time(22)]),
    closes=st.sampled_from([time(0, 30), time(4), time(10), time(22)]),
    holiday=st.none() | st.just(date(2025, 3, 28)),
).filter(lambda window: window.opens != window.closes)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statements=statement_lists(), window=windows)
def test_the_rate_in_force_is_the_models_at_every_boundary(prices, statements, window):
    load(prices, statements, window)
    cuts = {s.valid_from for s in statements} | {s.valid_to for s in statements}
    cuts |= {START + timedelta(days=1), START.replace(hour=16, minute=30), datetime(2025, 3, 29, 16, 30)}
    valid_points = {at for cut in cuts if cut for at in (cut, cut - TICK)}
    known_points = {s.known_from for s in statements} | {s.known_to - TICK for s in statements if s.known_to}
    for known_at in known_points:
        for valid_at in valid_points:
            found = prices.execute("select fact_id, amount from price_in_force(?, ?)", [valid_at, known_at]).fetchall()
            wanted = expected(statements, window, valid_at, known_at)
            assert found == ([(wanted.fact_id, wanted.amount)] if wanted else []), (valid_at, known_at)


OFF_PEAK = Window("UTC", "1234567", time(16, 30), time(0, 30), None)
WEEKDAY_PEAK = Window("UTC", "12345", time(16, 30), time(0, 30), date(2025, 3, 31))


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
