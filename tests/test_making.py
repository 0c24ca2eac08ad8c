"""Making a group of tables: the next is made while one is checked, and what the checks find still comes in order."""

# Annotations stay text, as in conftest.
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.warehouse.build import Build
from pipelines.warehouse.making import NotMade, make
from pipelines.warehouse.sql_models import SqlModel, sql_models
from pipelines.warehouse.verify import holds

#: The third reads the second.
BILL, RUN, HOUR = (sql_models()[f"marts.{name}"] for name in ("stated_bill", "training_run", "gpu_hour_cost"))


@pytest.fixture
def build(copied_home: Path) -> Iterator[Build]:
    with Build.opened(copied_home / "data" / "build.duckdb") as build:
        yield build


def with_sql(model: SqlModel, sql: str) -> SqlModel:
    return replace(model, sql=sql, code_version="another")


def test_tables_are_given_in_order_with_what_their_checks_found(build):
    build.forget()

    tables = list(make(build, [BILL, RUN, HOUR]))

    assert [table.name for table in tables] == ["marts.stated_bill", "marts.training_run", "marts.gpu_hour_cost"]
    assert [[found.name for found in table.outcomes] for table in tables] == [
        ["schema"],
        ["schema", "runs_have_a_plausible_length"],
        ["schema", "gpu_hours_have_a_plausible_price"],
    ]
    assert all(holds(build, table.name) for table in tables)


def test_what_is_made_of_a_table_with_a_broken_check_is_not_given(build):
    doubled = with_sql(RUN, f"select * from ({RUN.sql}) union all select * from ({RUN.sql})")

    tables = list(make(build, [BILL, doubled, HOUR]))

    assert [(table.name, table.is_broken) for table in tables] == [
        ("marts.stated_bill", False),
        ("marts.training_run", True),
    ]
    assert not holds(build, "marts.training_run")


def test_a_table_that_cannot_be_made_is_named_after_those_before_it_were_given(build):
    before = build.made()["marts.training_run"]
    tables = make(build, [BILL, with_sql(RUN, "select no_such_column from ref.model"), HOUR])

    assert next(tables).name == "marts.stated_bill"
    with pytest.raises(NotMade, match=r"^marts\.training_run: .*no_such_column"):
        next(tables)
    assert build.made()["marts.training_run"] == before


def test_no_tables_are_none(build):
    assert list(make(build, [])) == []
