"""What every table description shares: the pandera base class, the one way to declare a column, and the reading of
those declarations. DDL, comments, Dagster schemas and `meta.column` are made from what `columns` returns.

Here belongs nothing about a particular table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

import pandera.polars as pa
import polars as pl

Money = Annotated[pl.Decimal, 38, 6]
Rate = Annotated[pl.Decimal, 24, 12]
Instant = Annotated[pl.Datetime, "us", None]
Texts = Annotated[pl.List, pl.String()]

SLUG = r"^[a-z0-9]+(?:[-._][a-z0-9]+)*$"
FACT_ID = r"^[a-z0-9]+(?:[-._][A-Za-z0-9]+)*$"

#: Who fills a column: the author of the row, the reader of the file (what the text itself says, as the precision of
#: a date), or SQL.
FilledBy = Literal["author", "reader", "sql"]


def field(
    description: str,
    *,
    unit: str | None = None,
    nullable: bool = False,
    values: tuple[str, ...] | None = None,
    references: str | Mapping[str, str] | None = None,
    filled_by: FilledBy = "author",
    prose: bool = False,
    **checks: Any,
) -> Any:
    """Declare a column: its meaning, unit, allowed values and reference.

    `references` names the table whose key the value must be, or maps each value of the column `<x>_kind` beside an
    `<x>_id` to such a table. `prose` allows typographic quotes, dashes and spaces, which are errors elsewhere.
    """
    metadata = {
        "unit": unit,
        "values": values,
        "references": references,
        "filled_by": filled_by,
        "prose": prose,
    }
    if values is not None:
        checks["isin"] = list(values)
    return pa.Field(nullable=nullable, description=description, metadata=metadata, **checks)


class Table(pa.DataFrameModel):
    """The base of every table. A subclass names its table in `Config.name`, its key and, where people write its rows,
    its seed file in `Config.metadata`."""

    class Config:
        strict = True


TableModel = type[Table]


@dataclass(frozen=True)
class Column:
    """A column as declared: what SQL, Dagster and the data dictionary are told about it."""

    name: str
    dtype: pl.DataType
    nullable: bool
    description: str
    unit: str | None
    values: tuple[str, ...] | None
    references: str | Mapping[str, str] | None
    filled_by: FilledBy
    prose: bool


@cache
def columns(model: TableModel) -> tuple[Column, ...]:
    """The columns in reading order: the key, what it leads with, what is its own, then what it shares with others."""
    declared = model.to_schema().columns
    classes = (*_metadata(model).get("lead", ()), *model.__mro__)
    by_depth = [name for cls in classes for name in cls.__dict__.get("__annotations__", {}) if name in declared]
    ordered = dict.fromkeys([*key_of(model), *by_depth])
    return tuple(_column(name, declared[name]) for name in ordered)


def _column(name: str, declared: Any) -> Column:
    return Column(
        name=name,
        dtype=declared.dtype.type,
        nullable=declared.nullable,
        description=declared.description,
        **declared.metadata,
    )


def is_table(model: type) -> bool:
    """Whether a class describes a table of the build, rather than what several share, what stays in files or a view."""
    metadata = getattr(model.Config, "metadata", None) if issubclass(model, Table) else None
    return metadata is not None and not metadata.get("in_files") and not metadata.get("is_view")


def name_of(model: TableModel) -> str:
    """The table's published name, `schema.table`."""
    return str(model.Config.name)  # type: ignore[attr-defined]


def key_of(model: TableModel) -> tuple[str, ...]:
    """The columns that tell one row from another."""
    return tuple(_metadata(model)["key"])


def seed_of(model: TableModel) -> str | None:
    """The file name of the seeds in which people write this table's rows."""
    return _metadata(model).get("seed")


def plausible_by(model: TableModel) -> str | None:
    """The column that says which of `ref.plausible_range` bounds an amount."""
    return _metadata(model).get("plausible_by")


def _metadata(model: TableModel) -> dict[str, Any]:
    return dict(model.Config.metadata)  # type: ignore[attr-defined]


def description_of(model: TableModel) -> str:
    """What one row is, from the class's docstring."""
    return " ".join((model.__doc__ or "").split())
