"""Pandera model to DDL: the CREATE TABLE and the COMMENTs. Names come from our own models, never from data."""

import polars as pl

from pipelines.schemas.base import Column, TableModel, columns, description_of

TYPES = {
    pl.String: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Datetime: "TIMESTAMP",
}


def data_type(dtype: pl.DataType) -> str:
    """The DuckDB type of a column."""
    if isinstance(dtype, pl.List):
        return f"{data_type(dtype.inner)}[]"  # type: ignore[arg-type]
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    return TYPES[dtype.base_type()]


def create_table(name: str, kept: tuple[Column, ...]) -> str:
    """The statement that makes an empty table of these columns, in place of an older one."""
    lines = [f'"{c.name}" {data_type(c.dtype)}{"" if c.nullable else " NOT NULL"}' for c in kept]
    return f"create or replace table {name} ({', '.join(lines)})"


def comments(kind: str, name: str, model: TableModel) -> list[str]:
    """The statements that describe a table (or view, by `kind`) and its columns to whoever opens the file."""
    said = [f"comment on {kind} {name} is {quoted(description_of(model))}"]
    said += [f'comment on column {name}."{c.name}" is {quoted(described(c))}' for c in columns(model)]
    return said


def described(column: Column) -> str:
    """The description with the unit."""
    return f"{column.description} [{column.unit}]" if column.unit else column.description


def quoted(text: str) -> str:
    """A string literal: COMMENT takes no bound value."""
    return "'" + text.replace("'", "''") + "'"
