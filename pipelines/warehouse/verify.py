"""The checks of a table after it was made: it is as its pandera model says, its key is unique, and the queries in
`sql/checks` about it return nothing.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import duckdb
import pandera.polars as pa
import polars as pl

from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import key_of
from pipelines.seeds import typed_name
from pipelines.warehouse.build import Build
from pipelines.warehouse.inputs import code
from pipelines.warehouse.sql_models import SqlCheck, sql_checks
from pipelines.warehouse.stale import META_RELEASE

SHOWN = 20
SCHEMA = "schema"
SCHEMA_PROMISE = "Every row keeps the rules of the table's pandera model, and no two rows have the same key."


@dataclass(frozen=True)
class CheckOutcome:
    """What a check found: how many rows break its promise, and the first of them."""

    name: str
    about: str
    blocking: bool
    failures: int
    rows: list[dict[str, Any]]

    @property
    def passed(self) -> bool:
        """Whether the promise holds."""
        return self.failures == 0


def checks_of(table: str) -> tuple[SqlCheck, ...]:
    """The SQL checks about a table."""
    return tuple(check for check in sql_checks() if check.table == table)


def verify(build: Build, table: str) -> list[CheckOutcome]:
    """Run every check of a table."""
    outcomes = check(build.connection, table, unchecked(build, table))
    remember(build, table, outcomes)
    return outcomes


def unchecked(build: Build, table: str) -> pl.DataFrame | None:
    """The rows of a table, unless the same rows are known to hold."""
    return None if holds(build, table) else build.frame(table)


def check(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | None) -> list[CheckOutcome]:
    """Run the checks of a table: all of them on its rows, or without these what may change while they stay."""
    outcomes = [_schema(connection, table, rows)]
    for about in checks_of(table):
        failures, offending = _offending(connection, about)
        outcomes.append(CheckOutcome(about.name, about.about, about.blocking, failures, offending))
    return outcomes


def remember(build: Build, table: str, outcomes: list[CheckOutcome]) -> None:
    """Remember of a table that its blocking checks hold, if they do."""
    if all(outcome.passed for outcome in outcomes if outcome.blocking):
        build.hold(table, _rules(build, table))


def holds(build: Build, table: str) -> bool:
    """Whether the rows that a table has now passed the blocking checks that there are now."""
    needed = {table}.union(*(check.reads for check in checks_of(table)))
    return needed <= build.made.keys() and build.held(table, _rules(build, table))


def unheld(build: Build) -> list[str]:
    """The tables whose rows are not known to pass their blocking checks. Those of seeds passed on the way in."""
    checked = TABLES.keys() - {META_RELEASE, *map(typed_name, SEEDS.values())}
    return sorted(name for name in checked if not holds(build, name))


def _rules(build: Build, table: str) -> str:
    """What the outcome of a table's checks depends on beside its rows: the code, the checks, and what these read."""
    checks = checks_of(table)
    rules = [code(), [check.sql for check in checks], [build.content_hashes(check.reads) for check in checks]]
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def _offending(connection: duckdb.DuckDBPyConnection, about: SqlCheck) -> tuple[int, list[dict[str, Any]]]:
    """How many rows break a check's promise, and the first of them."""
    cursor = connection.execute(about.sql)
    names = [column[0] for column in cursor.description or ()]
    found = cursor.fetchall()
    return len(found), [dict(zip(names, row, strict=True)) for row in found[:SHOWN]]


def _schema(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame | None) -> CheckOutcome:
    """Hold the rows against the table's model, and their keys against each other (in SQL: it is cheaper there)."""
    broken = []
    if rows is not None:
        try:
            TABLES[table].validate(rows, lazy=True)
        except pa.errors.SchemaErrors as errors:
            broken = errors.failure_cases.select("column", "check", "failure_case", "index").to_dicts()
        key = ", ".join(f'"{part}"' for part in key_of(TABLES[table]))
        repeated = connection.execute(f"select {key}, count(*) from {table} group by {key} having count(*) > 1")
        for *values, count in repeated.fetchall():
            found = {"column": key, "check": "the key is unique", "failure_case": str(values), "index": f"{count} rows"}
            broken.append(found)
    return CheckOutcome(SCHEMA, SCHEMA_PROMISE, blocking=True, failures=len(broken), rows=broken[:SHOWN])
