"""What builds: one job, and the daily schedule that starts it when something changed. What fetches is `feeds`."""

import dagster as dg

from pipelines import paths, seeds
from pipelines.assets.feeds import feed_key
from pipelines.feeds import history
from pipelines.feeds.registry import FEEDS
from pipelines.warehouse import inputs, read

JOB = "build_and_publish"

build_and_publish = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets(*map(feed_key, FEEDS)),
    description="Make every table from the seeds and from what is held of the feeds, and publish the file.",
)


@dg.schedule(
    job=build_and_publish,
    cron_schedule="0 6 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Builds and publishes, unless nothing changed; what feeds brought in the day before is built then.",
)
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every day at 06:00 UTC, unless nothing changed since the last release. What feeds brought in the day before is
    published then."""
    current = inputs.input_hash(inputs.present(seeds.overlays_from_environment(), history.fingerprint()))
    if read.published_input_hash(paths.warehouse()) == current:
        return dg.SkipReason(f"nothing changed: the release was made from the same inputs ({current[:8]})")
    return dg.RunRequest()
