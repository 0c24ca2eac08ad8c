"""What Dagster loads."""

import dagster as dg

from pipelines.assets.automation import build_and_publish, daily
from pipelines.assets.common import BUILD, build_database
from pipelines.assets.feed_tables import ecb_rate, history_asset
from pipelines.assets.feeds import FETCHING, feed_asset, feed_jobs, feed_schedule, fetching
from pipelines.assets.meta import meta_assets
from pipelines.assets.release import release_asset
from pipelines.assets.seeds import seed_assets
from pipelines.assets.tables import table_assets
from pipelines.feeds.registry import FEEDS

feed_tables = [ecb_rate, history_asset()]

defs = dg.Definitions(
    assets=[
        seed_assets(),
        *map(feed_asset, FEEDS),
        *feed_tables,
        table_assets(),
        *meta_assets(),
        release_asset(),
    ],
    jobs=[build_and_publish, *feed_jobs],
    schedules=[daily, *map(feed_schedule, FEEDS)],
    resources={BUILD: build_database, FETCHING: fetching},
    executor=dg.in_process_executor,
)
