"""Making tables of tables: each after those that it reads, two at a time, and what the checks find comes with it."""

# Annotations stay text, as in conftest.
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from polars.exceptions import PanicException

from pipelines.methods.method import Method
from pipelines.warehouse.build import Build
from pipelines.warehouse.making import NotMade, make
from pipelines.warehouse.sql_models import SqlModel, sql_models
from pipelines.warehouse.verify import holds

#: The second reads the first, the third neither.
RATIO, HOUR, RUN = (sql_models()[f"marts.{name}"] for name in ("fact_ratio", "gpu_hour_cost", "training_run"))


@pytest.fixture
def build(copied_home: Path) -> Iterator[Build]:
    with Build.opened(copied_home / "data" / "build.duckdb") as build:
        yield build


def with_sql(model: SqlModel, sql: str) -> SqlModel:
    return replace(model, sql=sql, code_version="another")


def test_a_table_is_given_after_those_that_it_reads_with_what_its_checks_found(build):
    build.forget()

    tables = {table.name: table for table in make(build, [HOUR, RUN, RATIO])}

    assert [name for name in tables if name != RUN.name] == [RATIO.name, HOUR.name]
    assert {name: [found.name for found in table.outcomes] for name, table in tables.items()} == {
        RATIO.name: ["schema"],
        HOUR.name: ["schema", "gpu_hours_have_a_plausible_price"],
        RUN.name: ["schema", "runs_have_a_plausible_length"],
    }
    assert all(holds(build, name) for name in tables)


def test_what_is_made_of_a_table_with_a_broken_check_is_not_given(build):
    doubled = with_sql(RATIO, f"select * from ({RATIO.sql}) union all select * from ({RATIO.sql})")

    tables = list(make(build, [doubled, HOUR]))

    assert [(table.name, table.is_broken) for table in tables] == [(RATIO.name, True)]
    assert not holds(build, RATIO.name)


def test_a_table_that_cannot_be_made_is_named_and_what_reads_it_is_not_made(build):
    before = dict(build.made)
    tables = make(build, [with_sql(RATIO, "select no_such_column from ref.model"), with_sql(HOUR, HOUR.sql)])

    with pytest.raises(NotMade, match=r"^marts\.fact_ratio: .*no_such_column"):
        list(tables)
    assert dict(build.made) == before


def test_a_panic_ends_the_run_and_its_cause_is_told(build):
    """A panic of Polars is no Exception: a thread that dies of one must not leave the run waiting for it."""

    def panic(frames):
        raise PanicException("index out of bounds")

    with pytest.raises(NotMade, match=r"^marts\.fact_ratio: index out of bounds$") as failed:
        list(make(build, [Method(RATIO.name, {"facts.compute": ("fact_id",)}, panic), HOUR]))
    assert isinstance(failed.value.__cause__, PanicException)


def test_what_was_read_before_a_table_was_made_is_not_taken_for_it(build):
    before = build.frame(RUN.name)

    list(make(build, [with_sql(RUN, f"select * from ({RUN.sql}) limit 1")]))

    assert (before.height, build.frame(RUN.name).height) == (10, 1)


def test_two_tables_that_do_not_read_one_another_are_made_at_a_time(build):
    """Each waits until the other is being made too."""
    both = Barrier(2, timeout=30)

    def as_it_is(table: str) -> Method:
        rows = build.frame(table)

        def made(frames):
            both.wait()
            return rows

        return Method(table, {"facts.compute": ("fact_id",)}, made)

    build.forget()
    assert {table.name for table in make(build, [as_it_is(RUN.name), as_it_is(RATIO.name)])} == {RUN.name, RATIO.name}


def test_a_method_is_given_what_it_made_last_unless_all_is_made_anew(build):
    rows, given = build.frame("marts.price_decline"), []

    def again(frames):
        given.append(set(frames["marts.price_decline"]["steps_id"]))
        return rows

    for read in ("facts.compute", "facts.revenue"):
        list(make(build, [Method("marts.price_decline", {read: ("fact_id",)}, again, reuses=("steps_id",))]))
        build.forget()

    assert given == [set(rows["steps_id"]), set()]


def test_no_tables_are_none(build):
    assert list(make(build, [])) == []
