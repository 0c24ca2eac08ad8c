"""Which columns flow into which: of SQL as sqlglot reads it, of a method as it declares what it reads."""

from functools import cache
from pathlib import Path
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

from pipelines.methods.method import Method
from pipelines.methods.registry import METHODS
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import Column, columns, name_of
from pipelines.seeds import typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse.ddl import data_type
from pipelines.warehouse.remembered import remembered
from pipelines.warehouse.sql_models import SqlModel, parsed, sql_models

#: A column of a table: `("facts.compute", "amount")`.
ColumnName = tuple[str, str]


@cache
def lineage() -> dict[str, dict[str, tuple[ColumnName, ...]]]:
    """For each table that is made, each column and the columns of other tables that it comes from."""
    models = sql_models()
    told = remembered(
        "lineage",
        {**{name: model.sql for name, model in models.items()}, "code": Path(__file__).read_text() + repr(_columns())},
        lambda: {name: column_lineage(model) for name, model in models.items()},
    )
    found = {
        name: {column: tuple(tuple(source) for source in sources) for column, sources in by_column.items()}
        for name, by_column in told.items()
    }
    found |= {name: method_lineage(method) for name, method in METHODS.items()}
    for model in SEEDS.values():
        found.setdefault(name_of(model), {column.name: () for column in typed_columns(model)})
    return found


def column_lineage(model: SqlModel) -> dict[str, tuple[ColumnName, ...]]:
    """Each output column of a statement and the table columns that its value is computed from."""
    tree = qualify(
        parsed(model.sql).copy(),
        schema=_schema(),
        dialect="duckdb",
        quote_identifiers=False,
        validate_qualify_columns=False,
    )
    scope = build_scope(tree)
    if scope is None:
        raise ValueError(f"{model.name} is no query")
    outputs = _query(scope).named_selects
    return {name: tuple(sorted(_sources(scope, position, {}))) for position, name in enumerate(outputs)}


def method_lineage(method: Method) -> dict[str, tuple[ColumnName, ...]]:
    """Each column of a method's table: from those that it reads under the same name, else from all that it reads."""
    read = [(table, column) for table, listed in method.reads.items() for column in listed]
    names = [column.name for column in columns(TABLES[method.name])]
    return {name: tuple(sorted([one for one in read if one[1] == name] or read)) for name in names}


def dotted(column: ColumnName) -> str:
    """`facts.compute.amount`."""
    return ".".join(column)


def _sources(scope: Scope, position: int, seen: dict[tuple[int, int], set[ColumnName]]) -> set[ColumnName]:
    """The table columns behind one output column of a query."""
    at = (id(scope), position)
    if at in seen:
        return seen[at]
    seen[at] = set()
    if scope.set_operation_scopes:
        for arm in scope.set_operation_scopes:
            seen[at] |= _sources(arm, position, seen)
        return seen[at]
    for column in _query(scope).selects[position].find_all(exp.Column):
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            seen[at].add((f"{source.db}.{source.name}", column.name))
        elif isinstance(source, Scope) and isinstance(source.expression, exp.Query):
            names = source.expression.named_selects
            if column.name in names:
                seen[at] |= _sources(source, names.index(column.name), seen)
    return seen[at]


def _query(scope: Scope) -> exp.Query:
    if not isinstance(scope.expression, exp.Query):
        raise TypeError(f"no query: {scope.expression.sql()[:60]}")
    return scope.expression


@cache
def _schema() -> MappingSchema:
    """Every table's columns, as sqlglot keeps them."""
    return MappingSchema(_columns(), dialect="duckdb")


@cache
def _columns() -> dict[str, Any]:
    """The type of every column, by schema and table."""
    nested: dict[str, Any] = {}

    def add(name: str, kept: tuple[Column, ...]) -> None:
        schema, table = name.split(".")
        nested.setdefault(schema, {})[table] = {column.name: data_type(column.dtype) for column in kept}

    for name, model in TABLES.items():
        add(name, columns(model))
    for model in SEEDS.values():
        add(typed_name(model), typed_columns(model))
    return nested
