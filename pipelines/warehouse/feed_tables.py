"""What is held of the feeds, as tables of the build: the registry, the snapshots, what was set aside, and the runs that
`price_runs` makes of prices and `score_runs` of scores.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import polars as pl

from pipelines import paths
from pipelines.feeds import ecb_rates, history, parsing
from pipelines.feeds.feed import Feed, PriceFeed
from pipelines.feeds.parsing import ReadContent
from pipelines.feeds.registry import ECB_RATES, FEEDS, NO_HOLE, PRICE_FEEDS, SCORE_FEEDS
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns
from pipelines.warehouse import price_runs, score_runs
from pipelines.warehouse.build import Build
from pipelines.warehouse.inputs import code, ingest_sql
from pipelines.warehouse.made import Content

#: Which contents a person has looked at and found right, however much they changed.
ACCEPTANCES = "ref.feed_acceptance"
TABLE_NAMES = (
    "feeds.feed", "feeds.snapshot", "feeds.content", "feeds.price_run", "feeds.score_run", "feeds.set_aside_entry",
)  # fmt: skip


def write(build: Build, code_version: str) -> dict[str, Content]:
    """Bring the tables up to what is held; what each now holds."""
    # First: a snapshot that comes meanwhile is of the next build.
    made_from = {**history.fingerprint(), **build.content_hashes([ACCEPTANCES]), **code(), **ingest_sql()}
    read, scores = history.contents(), history.score_contents()
    found = [*read.items(), *scores.items()]
    frames = {
        "feeds.feed": _feeds(),
        "feeds.snapshot": _snapshots(found),
        "feeds.score_run": score_runs.frame(SCORE_FEEDS, scores),
        "feeds.set_aside_entry": _set_aside(found),
    }
    written = {
        name: build.write_frame(name, columns(TABLES[name]), frame, made_from, code_version)
        for name, frame in frames.items()
    }
    accepted = build.frame(ACCEPTANCES)
    rules = price_runs.rules(accepted)
    if any(name not in build.made or build.made[name].layout != rules for name in price_runs.MODELS):
        price_runs.create(build.connection)
    for feed in PRICE_FEEDS:
        published = [
            price_runs.Published(content.sha256, content.version, content.first_at, content.last_at, content.rows)
            for content in read[feed.name]
            if content.problem is None
        ]
        versions = frozenset(accepted.filter(feed=feed.name)["version"])
        price_runs.ingest(build.connection, feed.name, published, feed.hole_after, versions)
    for name in price_runs.MODELS:
        written[name] = build.record(name, made_from, code_version, rules)
    parsing.remove_outdated(FEEDS, paths.observations())
    return written


def made_from_snapshots(build: Build) -> dict[str, str]:
    """What was held of each feed when the tables were made. What a feed brings while the rest is being built is for the
    next build, and makes no mixture."""
    made_from = build.made["feeds.snapshot"].made_from
    return {name: content for name, content in made_from.items() if name.startswith(history.SNAPSHOTS)}


def _feeds() -> pl.DataFrame:
    return _frame(
        "feeds.feed",
        [
            {
                "feed": feed.name,
                "source_id": feed.source_id,
                "asked": feed.cron,
                "stale_after_days": feed.stale_after // timedelta(days=1),
                "knows": feed.knows,
                "lacks": feed.lacks,
                **_of_prices(feed),
            }
            for feed in FEEDS
        ],
    )


def _of_prices(feed: Feed) -> dict[str, object]:
    if not isinstance(feed, PriceFeed):
        return {"namespace": None, "states": None, "hole_after_days": None}
    days = None if feed.hole_after == NO_HOLE else feed.hole_after // timedelta(days=1)
    return {"namespace": feed.namespace, "states": feed.states, "hole_after_days": days}


def _snapshots(read: Iterable[tuple[str, list[ReadContent]]]) -> pl.DataFrame:
    store = history.store()
    problems: dict[str, str | None] = {c.sha256: c.problem for _, found in read for c in found if c.problem}
    problems |= {snapshot.sha256: ecb_rates.problem(store, snapshot) for snapshot in store.of(ECB_RATES.name)}
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
            for feed in FEEDS
            for snapshot in store.of(feed.name)
        ],
    )


def _set_aside(read: Iterable[tuple[str, list[ReadContent]]]) -> pl.DataFrame:
    """Of the newest content of each feed that could be read."""
    frames = [_frame("feeds.set_aside_entry", [])]
    for name, found in read:
        readable = [content for content in found if content.problem is None]
        if readable:
            frame = pl.read_parquet(readable[-1].set_aside).with_columns(feed=pl.lit(name))
            frames.append(frame.select(frames[0].columns))
    return pl.concat(frames)


def _frame(table: str, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    schema = {column.name: column.dtype for column in columns(TABLES[table])}
    return pl.DataFrame(list(rows), schema=schema, orient="row")
