"""The checks of a table after it was made: it is as its pandera model says, its key is unique, and the queries in
`sql/checks` about it return nothing.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa

from pipelines.schemas import TABLES
from pipelines.schemas.base import key_of
from pipelines.warehouse.build import Build
from pipelines.warehouse.inputs import code
from pipelines.warehouse.sql_models import SqlCheck, sql_checks

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
    outcomes = [_schema(build, table)]
    for check in checks_of(table):
        failures, rows = build.offending(check, SHOWN)
        outcomes.append(CheckOutcome(check.name, check.about, check.blocking, failures, rows))
    if all(outcome.passed for outcome in outcomes if outcome.blocking):
        build.hold(table, _rules(build, table))
    return outcomes


def holds(build: Build, table: str) -> bool:
    """Whether the rows that a table has now passed the blocking checks that there are now."""
    needed = {table}.union(*(check.reads for check in checks_of(table)))
    return needed <= build.made().keys() and build.held(table, _rules(build, table))


def _rules(build: Build, table: str) -> str:
    """What the outcome of a table's checks depends on beside its rows: the code, the checks, and what these read."""
    checks = checks_of(table)
    rules = [code(), [check.sql for check in checks], [build.content_hashes(check.reads) for check in checks]]
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def _schema(build: Build, table: str) -> CheckOutcome:
    """Hold the rows against the table's model, and their keys against each other (in SQL: it is cheaper there), unless
    the same rows passed before."""
    if holds(build, table):
        return CheckOutcome(SCHEMA, SCHEMA_PROMISE, blocking=True, failures=0, rows=[])
    broken = []
    try:
        TABLES[table].validate(build.frame(table), lazy=True)
    except pa.errors.SchemaErrors as errors:
        broken = errors.failure_cases.select("column", "check", "failure_case", "index").to_dicts()
    key = ", ".join(f'"{part}"' for part in key_of(TABLES[table]))
    repeated = build.connection.execute(f"select {key}, count(*) from {table} group by {key} having count(*) > 1")
    for *values, count in repeated.fetchall():
        found = {"column": key, "check": "the key is unique", "failure_case": str(values), "index": f"{count} rows"}
        broken.append(found)
    return CheckOutcome(SCHEMA, SCHEMA_PROMISE, blocking=True, failures=len(broken), rows=broken[:SHOWN])
