"""The tables made of what is held of the feeds. What the feeds themselves are is `feeds`."""

from collections.abc import Iterator

import dagster as dg

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
from pipelines.assets.feeds import feed_key
from pipelines.assets.tables import GROUPS
from pipelines.feeds import ecb_rates, history
from pipelines.feeds.registry import ECB_RATES, FEEDS
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns, description_of
from pipelines.schemas.feeds import EcbRate
from pipelines.warehouse import feed_tables
from pipelines.warehouse.inputs import code

ECB_RATE = "feeds.ecb_rate"
#: What each table is made of, as far as the lineage shows it; the registry is made of nothing.
MADE_OF = {
    "feeds.snapshot": [feed_key(feed) for feed in FEEDS],
    "feeds.content": [asset_key("feeds.snapshot"), asset_key(feed_tables.ACCEPTANCES)],
    "feeds.price_run": [asset_key("feeds.content")],
    "feeds.score_run": [asset_key("feeds.snapshot")],
    "feeds.set_aside_entry": [asset_key("feeds.content")],
}


@dg.asset(
    key=asset_key(ECB_RATE),
    deps=[asset_key("ref.currency"), feed_key(ECB_RATES)],
    group_name=GROUPS["feeds"],
    kinds={"csv", "polars"},
    owners=OWNERS,
    required_resource_keys={BUILD},
    code_version=code_version("feeds"),
    metadata=table_metadata(ECB_RATE),
    check_specs=check_specs(ECB_RATE),
)
def ecb_rate(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Euro reference rates of the European Central Bank, by day, for the currencies of `ref.currency`."""
    build = build_of(context)
    made_from = {**build.content_hashes(["ref.currency"]), **history.fingerprint([ECB_RATES]), **code()}
    currencies = build.frame("ref.currency")["currency"].to_list()
    frame = ecb_rates.dense(ecb_rates.newest(history.store()), currencies)
    content = build.write_frame(ECB_RATE, columns(EcbRate), frame, made_from, code_version("feeds"))
    return made(ECB_RATE, content, outcomes(build, ECB_RATE))


def history_asset() -> dg.AssetsDefinition:
    """What is held of the feeds, as tables: one step, since all come of one reading."""
    made_by = [f"warehouse/{name}.py" for name in ("price_runs", "score_runs", "feed_tables")]
    version = code_version("feeds", *made_by, "schemas")

    @dg.multi_asset(
        name="price_history",
        specs=[
            dg.AssetSpec(
                asset_key(name),
                description=description_of(TABLES[name]),
                deps=MADE_OF.get(name, []),
                group_name=GROUPS["feeds"],
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
        contents = feed_tables.write(build, version)
        for name in feed_tables.TABLE_NAMES:
            yield made(name, contents[name], outcomes(build, name))

    return price_history
