"""Feeds in the Dagster UI: a release is a partition, however it came, and a schedule asks at the source's rhythm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from feed_server import FeedServer, Page, file, serving, wheel

from pipelines import paths
from pipelines.assets import feeds
from pipelines.assets.feeds import FETCHING, feed_asset, feed_key, fetching, record
from pipelines.assets.run import clear_dead_runs
from pipelines.definitions import defs
from pipelines.feeds import asking, ecb_rates, history, registry
from pipelines.feeds.feed import Feed, HttpFiles, PriceFeed
from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.snapshots import Snapshot
from pipelines.warehouse.build import locked

(TOKENCOSTAUTO,) = (feed for feed in registry.FEEDS if feed.name == "tokencostauto")
KEY = feed_key(TOKENCOSTAUTO)
PRICES = b'{"o3": {"litellm_provider": "openai", "input_cost_per_token": 1e-05, "output_cost_per_image": 0.04}}'


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing is held."""
    monkeypatch.setenv("AICOST_HOME", str(tmp_path))
    monkeypatch.delenv("AICOST_OFFLINE", raising=False)
    return tmp_path


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """An index with three releases of a feed."""
    with serving() as running:
        monkeypatch.setenv("UV_DEFAULT_INDEX", running.index)
        publish(running, "0.1.1", "0.1.2", "0.1.3")
        yield running


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's history, in memory."""
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def publish(server: FeedServer, *versions: str, data: bytes = PRICES) -> None:
    server.publish(
        "tokencostauto",
        *(
            file(
                f"tokencostauto-{version}-py3-none-any.whl",
                wheel("tokencostauto", version, {"tokencostauto/model_prices.json": data + b" " * day}),
                f"2025-01-{day:02d}T00:00:00Z",
            )
            for day, version in enumerate(versions, start=1)
        ),
    )


def kept(version: str, data: bytes = PRICES, day: int = 1, feed: Feed = TOKENCOSTAUTO) -> Snapshot:
    at = datetime(2025, 1, day)
    address = "https://index.test/file"
    return history.store().keep(
        data, feed=feed.name, version=version, address=address, source_time=at, fetched_at=at.replace(hour=12)
    )


def made(instance: dg.DagsterInstance, key: dg.AssetKey = KEY) -> dict[str, dict[str, object]]:
    """What the UI shows of each partition that was materialized, oldest first."""
    records = instance.fetch_materializations(key, limit=100, ascending=True).records
    return {record.partition_key: values(record.asset_materialization.metadata) for record in records}


def values(metadata: dict[str, dg.MetadataValue]) -> dict[str, object]:
    return {name: value.value for name, value in metadata.items()}


def materialize(instance: dg.DagsterInstance, feed: Feed, version: str) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions(feed.name, [version])
    return dg.materialize(
        [feed_asset(feed)],
        partition_key=version,
        instance=instance,
        resources={FETCHING: fetching},
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def tick(instance: dg.DagsterInstance, feed: Feed = TOKENCOSTAUTO) -> list[str] | str:
    """The partitions that a tick wants, or why it wants none."""
    found = feeds.news(instance, feed)
    return str(found.skip_message) if isinstance(found, dg.SkipReason) else [str(one.partition_key) for one in found]


# The asset


def test_a_partition_is_fetched_read_and_told(index: FeedServer, instance: dg.DagsterInstance) -> None:
    result = materialize(instance, TOKENCOSTAUTO, "0.1.2")

    assert result.success
    (snapshot,) = history.store().of("tokencostauto")
    assert snapshot.version == "0.1.2"
    shown = made(instance)["0.1.2"]
    assert shown.pop("fetched_at") == pytest.approx(asking.now().replace(tzinfo=UTC).timestamp(), abs=600)
    assert shown == {
        "source_time": datetime(2025, 1, 2, tzinfo=UTC).timestamp(),
        "bytes": len(PRICES) + 2,
        "content_hash": snapshot.sha256,
        "address": f"{index.address}/files/tokencostauto-0.1.2-py3-none-any.whl",
        "not_modified": False,
        "dagster/row_count": 1,
        "set_aside": 1,
    }
    event = instance.get_latest_data_version_record(KEY, partition_key="0.1.2")
    assert event is not None
    assert event.asset_materialization.tags["dagster/data_version"] == snapshot.sha256


def test_a_partition_that_is_held_needs_no_network(instance: dg.DagsterInstance) -> None:
    kept("0.1.1")
    kept("0.1.2", day=2)
    assert materialize(instance, TOKENCOSTAUTO, "0.1.2").success
    assert made(instance)["0.1.2"]["not_modified"] is True, "the source served the same again"


def test_a_release_that_cannot_be_read_fails_and_is_kept(instance: dg.DagsterInstance) -> None:
    snapshot = kept("0.1.1", b"[]")
    assert not materialize(instance, TOKENCOSTAUTO, "0.1.1").success
    assert made(instance) == {}
    assert history.store().read(snapshot) == b"[]"


def test_each_feed_is_stale_after_its_own_time_and_says_what_it_knows() -> None:
    graph = defs.resolve_asset_graph()
    for feed in registry.FEEDS:
        node = graph.get(feed_key(feed))
        assert node.freshness_policy == dg.FreshnessPolicy.time_window(fail_window=feed.stale_after)
        assert node.description == f"{feed.knows}\n\nNot known: {feed.lacks}"
        assert node.partitions_def == dg.DynamicPartitionsDefinition(name=feed.name)


# What a run, a fetch or a backfill brought


def test_what_is_held_is_shown_once_with_its_rows_where_they_were_read(instance: dg.DagsterInstance) -> None:
    first, _ = kept("0.1.1"), kept("0.1.2", day=2)
    history.read(TOKENCOSTAUTO, first)
    kept("0.1.3", b"other", day=3)

    record(instance)
    record(instance)

    assert list(instance.get_dynamic_partitions("tokencostauto")) == ["0.1.1", "0.1.2", "0.1.3"]
    assert instance.get_dynamic_partitions("litellm") == []
    shown = made(instance)
    assert len(instance.fetch_materializations(KEY, limit=100).records) == 3
    assert shown["0.1.1"]["source_time"] == datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    assert shown["0.1.1"]["dagster/row_count"] == 1
    assert [shown[version]["not_modified"] for version in shown] == [False, True, False]
    assert "dagster/row_count" not in shown["0.1.3"], "reading waits for the build"


def test_that_a_feed_still_serves_what_is_held_is_no_news(index: FeedServer, instance: dg.DagsterInstance) -> None:
    """Else a feed whose publisher fell silent would look fresh for ever."""
    record(instance, asking.ask([TOKENCOSTAUTO], history.store()))
    record(instance, asking.ask([TOKENCOSTAUTO], history.store()))

    assert list(made(instance)) == ["0.1.3"]
    assert len(instance.fetch_materializations(KEY, limit=100).records) == 1
    (seen,) = instance.fetch_observations(KEY, limit=100).records
    assert seen.partition_key == "0.1.3"
    assert seen.asset_observation is not None
    assert values(dict(seen.asset_observation.metadata))["not_modified"] is True


# The schedule


def test_a_tick_asks_for_a_run_of_what_is_new_until_there_is_one(
    index: FeedServer, instance: dg.DagsterInstance
) -> None:
    assert tick(instance) == ["0.1.3"]
    assert list(instance.get_dynamic_partitions("tokencostauto")) == ["0.1.3"]
    assert tick(instance) == ["0.1.3"], "a tick whose run was never started is made up for"
    materialize(instance, TOKENCOSTAUTO, "0.1.3")
    assert tick(instance) == "nothing new"
    publish(index, "0.1.1", "0.1.2", "0.1.3", "0.1.4")
    assert tick(instance) == ["0.1.4"]


def test_a_release_whose_run_failed_is_not_tried_at_every_tick(index: FeedServer, instance: dg.DagsterInstance) -> None:
    assert tick(instance) == ["0.1.3"]
    instance.create_run_for_job(
        defs.resolve_job_def(feeds.job_name(TOKENCOSTAUTO)),
        status=dg.DagsterRunStatus.FAILURE,
        tags={"dagster/partition": "0.1.3"},
    )
    assert tick(instance) == "nothing new"
    publish(index, "0.1.1", "0.1.2", "0.1.3", "0.1.4")
    assert tick(instance) == ["0.1.4"]


def test_a_tick_tells_the_problem_of_its_feed(index: FeedServer, instance: dg.DagsterInstance) -> None:
    index.pages.clear()
    assert "tokencostauto: " in tick(instance)
    assert "answered 404" in tick(instance)


def test_the_same_file_on_another_day_is_a_partition_without_a_run(
    index: FeedServer, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (models_dev,) = (feed for feed in registry.FEEDS if feed.name == "models-dev")
    feed = replace(models_dev, get=HttpFiles({"api.json": f"{index.address}/api.json"}))
    prices = b'{"openai": {"models": {"o3": {"cost": {"input": 2}}}}}'
    index.pages["/api.json"] = Page(prices, etag='"1"')
    monkeypatch.setattr(asking, "now", lambda: datetime(2026, 11, 1, 6))
    assert tick(instance, feed) == ["2026-11-01T060000Z"]
    materialize(instance, feed, "2026-11-01T060000Z")
    monkeypatch.setattr(asking, "now", lambda: datetime(2026, 11, 2, 6))
    assert tick(instance, feed) == "nothing new"
    assert index.requests[-1].status == 304
    shown = made(instance, feed_key(feed))
    assert {version: shown[version]["not_modified"] for version in shown} == {
        "2026-11-01T060000Z": False,
        "2026-11-02T060000Z": True,
    }


def test_offline_a_tick_asks_nobody(
    index: FeedServer, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICOST_OFFLINE", "1")
    assert tick(instance) == "AICOST_OFFLINE is set"
    assert index.requests == []


def test_a_run_that_fetches_is_not_taken_for_dead_while_it_lives(instance: dg.DagsterInstance) -> None:
    alive = instance.create_run_for_job(
        defs.resolve_job_def(feeds.job_name(TOKENCOSTAUTO)),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "0.1.3"},
    )
    with locked(paths.fetching()):
        clear_dead_runs(instance)
    assert instance.get_run_by_id(alive.run_id).status is dg.DagsterRunStatus.STARTED
    clear_dead_runs(instance)
    assert instance.get_run_by_id(alive.run_id).status is dg.DagsterRunStatus.FAILURE


# The rates of exchange


def test_of_the_rates_of_exchange_the_newest_that_can_be_read_serve() -> None:
    store = history.store()
    ecb_rates.keep_installed(store)
    (installed,) = store.of("ecb-rates")
    before = ecb_rates.newest(store)
    store.keep(
        b"no archive",
        feed="ecb-rates",
        version="99",
        address="",
        source_time=datetime(2030, 1, 1),
        fetched_at=datetime(2030, 1, 1),
    )
    assert ecb_rates.newest(store).equals(before)
    problems = {snapshot.version: ecb_rates.problem(store, snapshot) for snapshot in store.of("ecb-rates")}
    assert problems.pop(installed.version) is None
    assert "no archive of reference rates" in str(problems["99"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Date,USD\n",
        b"Date,USD\n2025-01-01,N/A\n",
        b"Date,USD\n2025-01-01,one\n",
        b"Date,USD\n2025-13-01,1.1\n",
        b"Day,USD\n2025-01-01,1.1\n",
    ],
)
def test_an_archive_of_something_else_is_refused(data: bytes) -> None:
    opened = io.BytesIO()
    with zipfile.ZipFile(opened, "w") as archive:
        archive.writestr("eurofxref-hist.csv", data)
    with pytest.raises(UnreadableSnapshot):
        ecb_rates.fixings(opened.getvalue())


def test_an_archive_that_unpacks_to_more_than_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecb_rates, "MAX_BYTES", 1000)
    with pytest.raises(UnreadableSnapshot, match="larger than 1,000 bytes"):
        ecb_rates.keep_installed(history.store())


def test_every_price_feed_has_its_name_as_its_source() -> None:
    assert all(feed.source_id == feed.name for feed in registry.FEEDS if isinstance(feed, PriceFeed))
    assert registry.ECB_RATES.source_id == "ecb-reference-rates"
