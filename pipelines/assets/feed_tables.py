"""The price feeds: one asset a feed, a partition a release or a fetch; and the tables made of all that is held."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from pipelines import paths
from pipelines.assets.common import BUILD, OWNERS, build_of, check_specs, code_version, made, outcomes, table_metadata
from pipelines.feeds import fetch, history, parsing
from pipelines.feeds.feed import PriceFeed
from pipelines.feeds.registry import PRICE_FEEDS
from pipelines.schemas import TABLES
from pipelines.schemas.base import description_of
from pipelines.warehouse import feed_tables


def history_asset() -> dg.AssetsDefinition:
    """What is held of the feeds, as tables: one step, since all come of one reading."""
    version = code_version("feeds", "warehouse/price_runs.py", "warehouse/feed_tables.py", "schemas")

    @dg.multi_asset(
        name="price_history",
        specs=[
            dg.AssetSpec(
                dg.AssetKey(name.split(".")),
                description=description_of(TABLES[name]),
                group_name="feeds",
                kinds={"parquet", "polars"},
                owners=OWNERS,
                code_version=version,
                metadata=table_metadata(name),
            )
            for name in feed_tables.TABLE_NAMES
        ],
        check_specs=[spec for name in feed_tables.TABLE_NAMES for spec in check_specs(name)],
        required_resource_keys={BUILD},
    )
    def price_history(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        build = build_of(context)
        for name, content in feed_tables.write(build, version).items():
            result = made(content, outcomes(build, name))
            yield result._replace(asset_key=dg.AssetKey(name.split(".")))

    return price_history
