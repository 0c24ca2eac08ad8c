"""One asset a feed, with a partition a release or a fetch, the job that fetches it, and the schedule that asks it. What
is made of what they brought is `feed_tables`.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

import dagster as dg

from pipelines import paths
from pipelines.assets.common import DATA_VERSION, OWNERS
from pipelines.feeds import asking, fetch, history, parsing
from pipelines.feeds.feed import Feed, HttpFiles
from pipelines.feeds.fetch import Fetched
from pipelines.feeds.history import Reading
from pipelines.feeds.registry import FEEDS
from pipelines.feeds.snapshots import Snapshot
from pipelines.warehouse.build import locked

FETCHING = "fetching"
PARTITION = "dagster/partition"


@dg.resource(description="Held by a run that fetches, so that one whose process died can be told from one alive.")
def fetching(_: dg.InitResourceContext) -> Iterator[None]:
    """Hold the lock for the run."""
    with locked(paths.fetching()):
        yield


def feed_key(feed: Feed) -> dg.AssetKey:
    """The asset of a feed."""
    return dg.AssetKey(["feeds", feed.name])


def feed_asset(feed: Feed) -> dg.AssetsDefinition:
    """The asset of a feed: what it published, a release or a fetch a partition."""

    @dg.asset(
        key=feed_key(feed),
        description=f"{feed.knows}\n\nNot known: {feed.lacks}",
        group_name="feeds",
        kinds={"https" if isinstance(feed.get, HttpFiles) else "pypi", "file"},
        owners=OWNERS,
        partitions_def=dg.DynamicPartitionsDefinition(name=feed.name),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=feed.stale_after),
        code_version=parsing.code_version(),
        required_resource_keys={FETCHING},
    )
    def snapshot(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        kept = fetch.fetch_version(feed, history.store(), context.partition_key, asking.now())
        reading = history.read(feed, kept)
        if reading.problem is not None:
            raise dg.Failure(f"it is kept, and cannot be read: {reading.problem}", allow_retries=False)
        metadata = _metadata(kept, _predecessors(feed).get(kept), reading)
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(kept.sha256))

    return snapshot


def job_name(feed: Feed) -> str:
    """The job that fetches a feed."""
    return f"fetch_{_identifier(feed)}"


def feed_schedule(feed: Feed) -> dg.ScheduleDefinition:
    """The schedule that asks a feed at the rhythm of its source."""

    @dg.schedule(
        name=f"{_identifier(feed)}_feed",
        job_name=job_name(feed),
        cron_schedule=feed.cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Asks {feed.name} for what is new. The daily build makes the tables of it.",
    )
    def tick(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        return news(context.instance, feed)

    return tick


def news(instance: dg.DagsterInstance, feed: Feed) -> list[dg.RunRequest] | dg.SkipReason:
    """Ask a feed, and give the runs that read what it has new, or why there are none."""
    if asking.is_offline():
        return dg.SkipReason("AICOST_OFFLINE is set")
    (answer,) = asking.ask([feed], history.store(), asking.in_a_hurry())
    _confirm(instance, feed, answer.confirmed)
    instance.add_dynamic_partitions(feed.name, [snapshot.version for snapshot in answer.new])
    # Also what was new at a tick that was broken off.
    made = instance.get_materialized_partitions(feed_key(feed))
    waiting = [version for version in instance.get_dynamic_partitions(feed.name) if version not in made]
    wanted = [version for version in waiting if not _was_run(instance, feed, version)]
    if not wanted:
        return dg.SkipReason(answer.problem or "nothing new")
    return [dg.RunRequest(run_key=version, partition_key=version) for version in wanted]


def record(instance: dg.DagsterInstance, answers: Sequence[Fetched] = ()) -> None:
    """Show in the UI what is held and not shown yet, and what of it these answers confirm: so what a run fetched looks
    like what a schedule did, and the partitions come back where Dagster's own history was removed.
    """
    confirmed = {answer.feed: answer.confirmed for answer in answers}
    for feed in FEEDS:
        shown = set(instance.get_dynamic_partitions(feed.name))
        held = history.store().of(feed.name)
        _show(instance, feed, [snapshot for snapshot in held if snapshot.version not in shown])
        _confirm(instance, feed, [snapshot for snapshot in confirmed.get(feed.name, ()) if snapshot.version in shown])


def _show(instance: dg.DagsterInstance, feed: Feed, snapshots: Sequence[Snapshot]) -> None:
    """Report snapshots as partitions that were made, with their row counts where they have been read."""
    if not snapshots:
        return
    before = _predecessors(feed)
    instance.add_dynamic_partitions(feed.name, [snapshot.version for snapshot in snapshots])
    for snapshot in snapshots:
        reading = history.read(feed, snapshot) if history.is_read(feed, snapshot) else None
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                feed_key(feed),
                partition=snapshot.version,
                metadata=_metadata(snapshot, before.get(snapshot), reading),
                tags={DATA_VERSION: snapshot.sha256},
            )
        )


def _confirm(instance: dg.DagsterInstance, feed: Feed, snapshots: Iterable[Snapshot]) -> None:
    """Report that a feed still serves what is held. That is no news: the time of its last news decides on freshness."""
    shown = set(instance.get_dynamic_partitions(feed.name))
    for snapshot in snapshots:
        if snapshot.version in shown:
            metadata = _metadata(snapshot, snapshot, None)
            instance.report_runless_asset_event(
                dg.AssetObservation(feed_key(feed), partition=snapshot.version, metadata=metadata)
            )
        else:
            _show(instance, feed, [snapshot])


def _metadata(snapshot: Snapshot, before: Snapshot | None, reading: Reading | None) -> dict[str, dg.MetadataValue]:
    """What the UI shows of a snapshot. It is not modified if it is what the feed served before."""
    shown: dict[str, dg.MetadataValue] = {
        "source_time": dg.MetadataValue.timestamp(snapshot.source_time.replace(tzinfo=UTC)),
        "fetched_at": dg.MetadataValue.timestamp(snapshot.fetched_at.replace(tzinfo=UTC)),
        "bytes": dg.MetadataValue.int(snapshot.size),
        "content_hash": dg.MetadataValue.text(snapshot.sha256),
        "address": dg.MetadataValue.text(snapshot.address),
        "not_modified": dg.MetadataValue.bool(before is not None and before.sha256 == snapshot.sha256),
    }
    if reading is not None and reading.problem is None:
        shown["dagster/row_count"] = dg.MetadataValue.int(reading.row_count)
        shown["set_aside"] = dg.MetadataValue.int(reading.set_aside_count)
    return shown


def _was_run(instance: dg.DagsterInstance, feed: Feed, version: str) -> bool:
    """Whether the feed's job was run for a version, if only to fail: it would fail again."""
    tags = {PARTITION: version}
    return bool(instance.get_run_ids(dg.RunsFilter(job_name=job_name(feed), tags=tags), limit=1))


def _predecessors(feed: Feed) -> dict[Snapshot, Snapshot]:
    """The snapshot before each snapshot."""
    held = history.store().of(feed.name)
    return dict(zip(held[1:], held, strict=False))


def _identifier(feed: Feed) -> str:
    return feed.name.replace("-", "_")


feed_jobs = [
    dg.define_asset_job(
        job_name(feed),
        selection=dg.AssetSelection.assets(feed_key(feed)),
        description=f"Fetch and read one release of {feed.name}.",
    )
    for feed in FEEDS
]
