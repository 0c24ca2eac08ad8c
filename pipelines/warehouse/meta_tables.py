"""What describes the file itself: its columns, their lineage, the facts behind each mart row, and the refused rows. It
is made from the models, or queried from the tables already built.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.schemas import TABLES, VIEWS
from pipelines.schemas.base import TableModel, columns, key_of
from pipelines.warehouse.ddl import data_type
from pipelines.warehouse.lineage import dotted, lineage

PUBLISHED_SCHEMAS = ("ref", "facts", "marts", "meta")


def published() -> tuple[str, ...]:
    """The tables of a release."""
    return tuple(name for name in TABLES if name.split(".")[0] in PUBLISHED_SCHEMAS)


def release_models() -> dict[str, TableModel]:
    """The tables and views of a release."""
    return {name: TABLES[name] for name in published()} | VIEWS


def column_frame() -> pl.DataFrame:
    """The data dictionary."""
    rows = []
    for name, model in release_models().items():
        for position, column in enumerate(columns(model), start=1):
            rows.append(
                {
                    "table_name": name,
                    "column_name": column.name,
                    "position": position,
                    "data_type": data_type(column.dtype),
                    "is_nullable": column.nullable,
                    "unit": column.unit,
                    "description": column.description,
                    "allowed_values": list(column.values) if column.values else None,
                    "from_columns": [dotted(source) for source in lineage().get(name, {}).get(column.name, ())],
                }
            )
    return _frame("meta.column", rows)


def lineage_frame() -> pl.DataFrame:
    """Which columns flow into which."""
    rows = [
        {"table_name": table, "column_name": column, "source_table": source_table, "source_column": source_column}
        for table, by_column in lineage().items()
        for column, sources in by_column.items()
        for source_table, source_column in sources
    ]
    return _frame("meta.lineage", rows)


def derivation_query() -> str:
    """The facts behind each mart row, which the marts list themselves. The names in it are our own."""
    arms = []
    for name in published():
        if not name.startswith("marts."):
            continue
        key = ", ".join(f"coalesce(cast({part} as varchar), '')" for part in key_of(TABLES[name]))
        row_key, fact_id = f"concat_ws(' | ', {key})", "unnest(list_distinct(fact_ids))"
        arms.append(f"select '{name}' as table_name, {row_key} as row_key, {fact_id} as fact_id from {name}")
    return " union all ".join(arms)


#: The refused rows of every seed and overlay.
QUARANTINE = "select distinct * exclude (table_name) from internal.quarantine"


def _frame(name: str, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in columns(TABLES[name])}, orient="row")
