"""What Dagster loads."""

import dagster as dg

from pipelines.assets.automation import build_and_publish, daily
from pipelines.assets.common import BUILD, build_database
from pipelines.assets.feeds import ecb_rate
from pipelines.assets.meta import meta_assets
from pipelines.assets.price_feeds import history_asset
from pipelines.assets.release import release_asset
from pipelines.assets.seeds import seed_assets
from pipelines.assets.sql import sql_assets

defs = dg.Definitions(
    assets=[*seed_assets(), ecb_rate, history_asset(), *sql_assets(), *meta_assets(), release_asset()],
    jobs=[build_and_publish],
    schedules=[daily],
    resources={BUILD: build_database},
    executor=dg.in_process_executor,
)
