"""One asset a feed: its bytes, typed."""

import dagster as dg

from pipelines.assets.common import BUILD, OWNERS, build_of, check_specs, code_version, made, outcomes, table_metadata
from pipelines.feeds import ecb_rates
from pipelines.schemas.base import columns
from pipelines.schemas.feeds import EcbRate
from pipelines.warehouse.inputs import code

ECB_RATE = "feeds.ecb_rate"


@dg.asset(
    key=dg.AssetKey(ECB_RATE.split(".")),
    deps=[dg.AssetKey(["ref", "currency"])],
    group_name="feeds",
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
    data = ecb_rates.read(ecb_rates.archive())
    frame = ecb_rates.parse(data, build.frame("ref.currency")["currency"].to_list())
    made_from = {**build.content_hashes(["ref.currency"]), **ecb_rates.content_hash(), **code()}
    content = build.write_frame(ECB_RATE, columns(EcbRate), frame, made_from, code_version("feeds"))
    return made(content, outcomes(build, ECB_RATE))
