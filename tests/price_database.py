"""A database with the tables that rates are made from, empty, and the SQL that makes the rates: what tests of the price
pipeline start from.
"""

from __future__ import annotations

from decimal import Decimal
from graphlib import TopologicalSorter

import duckdb

from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import columns
from pipelines.seeds import typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse import price_runs
from pipelines.warehouse.ddl import data_type
from pipelines.warehouse.sql_models import sql_models

#: From what is stated to what was in force.
RATES = (*(name for name in sql_models() if name.startswith("work.")), "marts.api_price")
#: And what follows.
AFTER = ("marts.api_price_gap", "marts.api_price_conflict", "marts.api_price_sighting", "marts.api_price_change")
#: From what feeds showed to what is stated.
BEFORE = ("feeds.price_statement", "ref.price_series", "facts.fact", "facts.api_price", "facts.retirement")


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every table that SQL does not make, empty."""
    kept = {name: columns(table) for name, table in TABLES.items()}
    kept |= {typed_name(model): typed_columns(model) for model in SEEDS.values()}
    for schema in ("internal", "ref", "seeds", "feeds", "facts", "work", "marts", "meta"):
        connection.execute(f"create schema if not exists {schema}")
    for name, described in kept.items():
        listed = ", ".join(f'"{column.name}" {data_type(column.dtype)}' for column in described)
        connection.execute(f"create table {name} ({listed})")
    price_runs.create(connection)


def make(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make these tables by their SQL, each after those it reads."""
    order = TopologicalSorter({name: set(sql_models()[name].reads) for name in names}).static_order()
    for name in order:
        if name in names:
            connection.execute(f"create or replace table {name} as {sql_models()[name].sql}")


def insert(connection: duckdb.DuckDBPyConnection, table: str, **row: object) -> None:
    """Add a row; columns that are not named are NULL."""
    listed = ", ".join(f'? as "{name}"' for name in row)
    connection.execute(f"insert into {table} by name select {listed}", list(row.values()))


def rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, object]]:
    """Ask: the rows as dictionaries, amounts without trailing zeros."""
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [
        {
            name: value.normalize() if isinstance(value, Decimal) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
