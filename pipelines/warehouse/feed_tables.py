"""What is held of the price feeds, as tables of the build: the registry, the snapshots, what was set aside, and the runs
that `price_runs` makes of the rest.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import polars as pl

from pipelines.feeds import history
from pipelines.feeds.parsing import ReadContent
from pipelines.feeds.registry import PRICE_FEEDS
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns
from pipelines.warehouse import price_runs
from pipelines.warehouse.build import Build, Content
from pipelines.warehouse.inputs import code

TABLE_NAMES = ("feeds.feed", "feeds.snapshot", "feeds.set_aside_entry", "feeds.content", "feeds.price_run")


def write(build: Build, code_version: str) -> dict[str, Content]:
    """Bring the tables up to what is held; what each now holds."""
    read = history.contents()
    made_from = {**history.fingerprint(), **code()}
    frames = {
        "feeds.feed": _feeds(),
        "feeds.snapshot": _snapshots(read),
        "feeds.set_aside_entry": _set_aside(read),
    }
    written = {
        name: build.write_frame(name, columns(TABLES[name]), frame, made_from, code_version)
        for name, frame in frames.items()
    }
    price_runs.create(build.connection)
    for feed in PRICE_FEEDS:
        published = [
            price_runs.Published(content.sha256, content.version, content.first_at, content.last_at, content.rates)
            for content in read[feed.name]
            if content.problem is None
        ]
        price_runs.ingest(build.connection, feed.name, published, feed.hole_after)
    for name in ("feeds.content", "feeds.price_run"):
        written[name] = build.record(name, made_from, code_version)
    return written


def _feeds() -> pl.DataFrame:
    return _frame(
        "feeds.feed",
        [
            {
                "feed": feed.name,
                "namespace": feed.namespace,
                "states": feed.states,
                "hole_after_days": feed.hole_after // timedelta(days=1),
                "knows": feed.knows,
                "lacks": feed.lacks,
            }
            for feed in PRICE_FEEDS
        ],
    )


def _snapshots(read: Mapping[str, list[ReadContent]]) -> pl.DataFrame:
    problems = {content.sha256: content.problem for found in read.values() for content in found}
    store = history.store()
    return _frame(
        "feeds.snapshot",
        [
            {
                "feed": snapshot.feed,
                "version": snapshot.version,
                "source_time": snapshot.source_time,
                "fetched_at": snapshot.fetched_at,
                "address": snapshot.address,
                "sha256": snapshot.sha256,
                "size": snapshot.size,
                "problem": problems.get(snapshot.sha256),
            }
            for feed in PRICE_FEEDS
            for snapshot in store.of(feed.name)
        ],
    )


def _set_aside(read: Mapping[str, list[ReadContent]]) -> pl.DataFrame:
    """Of the newest content of each feed that could be read."""
    frames = [_frame("feeds.set_aside_entry", [])]
    for name, found in read.items():
        readable = [content for content in found if content.problem is None]
        if readable:
            frame = pl.read_parquet(readable[-1].set_aside).with_columns(feed=pl.lit(name))
            frames.append(frame.select(frames[0].columns))
    return pl.concat(frames)


def _frame(table: str, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    schema = {column.name: column.dtype for column in columns(TABLES[table])}
    return pl.DataFrame(list(rows), schema=schema, orient="row")
