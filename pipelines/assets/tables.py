"""One asset a table that is made of other tables, by its `.sql` file or by its method. A group of them is one step: a
step costs Dagster more than most of the tables cost DuckDB.
"""

from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

import dagster as dg

from pipelines.assets.common import (
    BUILD,
    OWNERS,
    asset_key,
    build_of,
    check_result,
    check_specs,
    made,
    table_metadata,
)
from pipelines.methods.registry import METHODS, code_version
from pipelines.schemas import TABLES
from pipelines.schemas.base import description_of
from pipelines.warehouse.making import NotMade, TableMaker, make
from pipelines.warehouse.sql_models import SqlModel, sql_models

GROUPS = {
    "feeds": "observed",
    "ref": "facts",
    "facts": "facts",
    "work": "reconciling",
    "marts": "marts",
    "meta": "release",
}


def table_assets() -> list[dg.AssetsDefinition]:
    """The assets of every such table, a step a group."""
    makers: dict[str, TableMaker] = {**sql_models(), **METHODS}
    groups = {group: [m for n, m in makers.items() if group_of(n) == group] for group in GROUPS.values()}
    return [_group(group, _in_order(found)) for group, found in groups.items()]


def group_of(table: str) -> str:
    """The group that a table is shown in."""
    return GROUPS[table.split(".")[0]]


def _in_order(makers: Iterable[TableMaker]) -> list[TableMaker]:
    """Each after those that it reads."""
    by_name = {maker.name: maker for maker in makers}
    reads = {name: by_name.keys() & set(maker.reads) for name, maker in by_name.items()}
    return [by_name[name] for name in TopologicalSorter(reads).static_order()]


def _group(group: str, makers: list[TableMaker]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"{group}_tables",
        specs=[_spec(group, maker) for maker in makers],
        check_specs=[spec for maker in makers for spec in check_specs(maker.name)],
        can_subset=True,
        required_resource_keys={BUILD},
    )
    def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        selected = [maker for maker in makers if asset_key(maker.name) in context.selected_asset_keys]
        try:
            for table in make(build_of(context), selected):
                yield made(table.name, table.content, [check_result(found, table.name) for found in table.outcomes])
        except NotMade as error:
            raise dg.Failure(str(error)) from error

    return tables


def _spec(group: str, maker: TableMaker) -> dg.AssetSpec:
    if isinstance(maker, SqlModel):
        kind, version, grain = "sql", maker.code_version, f"\n\nGrain: {maker.grain}."
    else:
        kind, version, grain = "polars", code_version(), ""
    return dg.AssetSpec(
        asset_key(maker.name),
        description=f"{description_of(TABLES[maker.name])}\n\n{maker.about}{grain}",
        deps=[asset_key(name) for name in maker.reads],
        group_name=group,
        kinds={kind, "duckdb"},
        owners=OWNERS,
        code_version=version,
        metadata=table_metadata(maker.name),
    )
