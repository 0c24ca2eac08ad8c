"""What is held of the feeds: their snapshots, and what was read from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines import paths
from pipelines.feeds import ecb_rates, parsing
from pipelines.feeds.errors import FeedError
from pipelines.feeds.feed import Feed, PriceFeed
from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.parsing import ReadContent
from pipelines.feeds.registry import FEEDS, PRICE_FEEDS, SCORE_FEEDS
from pipelines.feeds.snapshots import Snapshot, SnapshotStore

#: What the names of these inputs begin with.
SNAPSHOTS = "snapshots/"


def store() -> SnapshotStore:
    """The snapshots of this home."""
    return SnapshotStore(paths.snapshots())


def fingerprint(feeds: Iterable[Feed] = FEEDS) -> dict[str, str]:
    """What is held of each feed, as one hash: an input of the tables made from it."""
    held = store()
    return {f"{SNAPSHOTS}{feed.name}": held.fingerprint(feed.name) for feed in feeds}


def serving() -> str | None:
    """Which snapshots of prices are held, in a few words; None where there is none."""
    held = store()
    newest = [snapshot for feed in PRICE_FEEDS if (snapshot := held.newest(feed.name)) is not None]
    if not newest:
        return None
    count = sum(held.count(feed.name) for feed in PRICE_FEEDS)
    last = max(newest, key=lambda snapshot: snapshot.source_time)
    return (
        f"{count:,} snapshot{'' if count == 1 else 's'} of {len(newest)} feed{'' if len(newest) == 1 else 's'}, "
        f"newest {last.feed} {last.source_time:%Y-%m-%d}"
    )


@dataclass(frozen=True)
class Reading:
    """What reading a snapshot gave: how many rates and scores, and how many values that none was made of; or why it
    cannot be read."""

    row_count: int
    set_aside_count: int
    problem: str | None = None


def is_read(feed: Feed, snapshot: Snapshot) -> bool:
    """Whether `read` has nothing to do but to count."""
    return parsing.is_read(feed, snapshot, paths.observations())


def read(feed: Feed, snapshot: Snapshot) -> Reading:
    """Read a snapshot, unless that was done before, and count."""
    found = []
    if isinstance(feed, PriceFeed):
        found.append(parsing.read(feed, store(), snapshot, paths.observations()))
    if feed.scores is not None:
        found.append(parsing.read_scores(feed, store(), snapshot, paths.observations()))
    if not found:
        return _read_rates(snapshot)
    problems = [content.problem for content in found if content.problem is not None]
    if problems:
        return Reading(0, 0, "; ".join(problems))
    rows, set_aside = (sum(map(_rows, files)) for files in zip(*[(c.rows, c.set_aside) for c in found], strict=True))
    return Reading(rows, set_aside)


def _read_rates(snapshot: Snapshot) -> Reading:
    try:
        return Reading(ecb_rates.fixings(store().read(snapshot)).height, 0)
    except (FeedError, UnreadableSnapshot) as error:
        return Reading(0, 0, str(error))


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def contents() -> dict[str, list[ReadContent]]:
    """The contents of each price feed, read."""
    return {feed.name: parsing.contents(feed, store(), paths.observations()) for feed in PRICE_FEEDS}


def score_contents() -> dict[str, list[ReadContent]]:
    """The contents of each feed of scores, read."""
    return {feed.name: parsing.score_contents(feed, store(), paths.observations()) for feed in SCORE_FEEDS}
