"""One asset a table that is made of other tables, by its `.sql` file or by its method. All of them are one step: a step
costs Dagster more than most of the tables cost DuckDB, and within one a table need wait for those alone that it reads.
"""

from collections.abc import Iterator

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


def table_assets() -> dg.AssetsDefinition:
    """The assets of every such table."""
    makers: dict[str, TableMaker] = {**sql_models(), **METHODS}

    @dg.multi_asset(
        specs=[_spec(maker) for maker in makers.values()],
        check_specs=[spec for table in makers for spec in check_specs(table)],
        can_subset=True,
        required_resource_keys={BUILD},
    )
    def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        selected = [maker for table, maker in makers.items() if asset_key(table) in context.selected_asset_keys]
        try:
            for table in make(build_of(context), selected):
                yield made(table.name, table.content, [check_result(found, table.name) for found in table.outcomes])
        except NotMade as error:
            raise dg.Failure(str(error)) from error

    return tables


def group_of(table: str) -> str:
    """The group that a table is shown in."""
    return GROUPS[table.split(".")[0]]


def _spec(maker: TableMaker) -> dg.AssetSpec:
    if isinstance(maker, SqlModel):
        kind, version, grain = "sql", maker.code_version, f"\n\nGrain: {maker.grain}."
    else:
        kind, version, grain = "polars", code_version(), ""
    return dg.AssetSpec(
        asset_key(maker.name),
        description=f"{description_of(TABLES[maker.name])}\n\n{maker.about}{grain}",
        deps=[asset_key(name) for name in maker.reads],
        group_name=group_of(maker.name),
        kinds={kind, "duckdb"},
        owners=OWNERS,
        code_version=version,
        metadata=table_metadata(maker.name),
    )
