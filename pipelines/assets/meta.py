"""One asset a table that describes the file itself."""

from collections.abc import Callable, Iterable

import dagster as dg
import polars as pl

from pipelines.assets.common import (
    BUILD,
    OWNERS,
    asset_key,
    build_of,
    check_specs,
    code_version,
    made,
    outcomes,
    table_metadata,
)
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns, description_of
from pipelines.seeds import in_order, typed_name
from pipelines.warehouse import meta_tables
from pipelines.warehouse.inputs import code, sql


def _meta_asset(table: str, rows: Callable[[], pl.DataFrame] | str, reads: Iterable[str]) -> dg.AssetsDefinition:
    """The asset of a table that describes the file: of a frame, or of what a query gives."""
    version = code_version("schemas", "warehouse/meta_tables.py", "warehouse/lineage.py")
    reads = tuple(reads)

    @dg.asset(
        key=asset_key(table),
        description=description_of(TABLES[table]),
        deps=[asset_key(name) for name in reads],
        group_name="release",
        kinds={"python", "duckdb"},
        owners=OWNERS,
        required_resource_keys={BUILD},
        code_version=version,
        metadata=table_metadata(table),
        check_specs=check_specs(table),
    )
    def meta(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        build = build_of(context)
        upstream = build.made
        made_from = {**build.content_hashes(reads), **code(), **sql()}
        for name in reads:  # a refused row shows in its file only, not in the table that lacks it
            made_from |= upstream[name].made_from
        if isinstance(rows, str):
            content = build.write_query(table, rows, made_from, version)
        else:
            content = build.write_frame(table, columns(TABLES[table]), rows(), made_from, version)
        return made(table, content, outcomes(build, table))

    return meta


def meta_assets() -> list[dg.AssetsDefinition]:
    """The data dictionary, the lineage and the quarantine."""
    typed = [typed_name(model) for model in in_order()]
    return [
        _meta_asset("meta.column", meta_tables.column_frame, ()),
        _meta_asset("meta.lineage", meta_tables.lineage_frame, ()),
        _meta_asset("meta.quarantine", meta_tables.QUARANTINE, typed),
    ]
