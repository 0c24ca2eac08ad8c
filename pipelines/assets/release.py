"""The published file."""

import dagster as dg

from pipelines import paths, seeds
from pipelines.assets.common import BUILD, OWNERS, WAREHOUSE, asset_key, build_of, code_version
from pipelines.feeds import asking
from pipelines.warehouse import feed_tables, inputs, meta_tables
from pipelines.warehouse.release import Stamp, publish
from pipelines.warehouse.stale import META_RELEASE


def release_asset() -> dg.AssetsDefinition:
    """The published file, downstream of every table of it, so of every blocking check."""
    published = [name for name in meta_tables.published() if name != META_RELEASE]

    @dg.asset(
        key=WAREHOUSE,
        deps=[asset_key(name) for name in published],
        group_name="release",
        kinds={"duckdb"},
        owners=OWNERS,
        required_resource_keys={BUILD},
        code_version=code_version("warehouse/release.py"),
    )
    def warehouse(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        """The published DuckDB file: an immutable release, to which `data/warehouse.duckdb` is swapped in one step."""
        build = build_of(context)
        overlays = seeds.overlays_from_environment()
        held = feed_tables.made_from_snapshots(build)
        now = inputs.present_to_this_process(overlays, held)
        stamp = Stamp(inputs.input_hash(now), inputs.git_commit(), asking.now())
        release = publish(build, paths.releases(), paths.warehouse(), stamp, now)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(release.path),
                "bytes": release.path.stat().st_size,
                "content_hash": release.content_hash,
                "input_hash": stamp.input_hash,
            },
            data_version=dg.DataVersion(release.content_hash),
        )

    return warehouse
