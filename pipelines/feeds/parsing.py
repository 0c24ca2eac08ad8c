"""From snapshots to observation files: each distinct content of a feed is read once, into one Parquet file of rates or
of scores, named by its hash and by the version of the code that read it. Reading again needs no network, and gives the
same file.
"""

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

import polars as pl

from pipelines import paths
from pipelines.feeds.errors import FeedError
from pipelines.feeds.feed import Feed, PriceFeed
from pipelines.feeds.observation import UnreadableSnapshot, write_file
from pipelines.feeds.snapshots import Snapshot, SnapshotStore
from pipelines.hashing import hash_of

#: The code that what is read depends on.
READING = (
    "feeds/observation.py", "feeds/score.py", "feeds/registry.py", "feeds/readers", "schemas/base.py",
    "schemas/feeds.py", "values.py",
)  # fmt: skip
#: Reads bytes, and writes what it read to a path; what was set aside is returned.
_Reader = Callable[[bytes, Path], pl.DataFrame]


@dataclass(frozen=True)
class ReadContent:
    """A distinct content of a feed: when its source published it first and was last seen to, and its files of rows,
    which are rates or scores, and of what was set aside; or why it could not be read."""

    sha256: str
    version: str
    first_at: datetime
    last_at: datetime
    rows: Path
    set_aside: Path
    problem: str | None = None


@cache
def code_version() -> str:
    """The version of the code that reads the files of feeds."""
    return hash_of(*(paths.CODE / place for place in READING))[:12]


def contents(feed: PriceFeed, store: SnapshotStore, folder: Path) -> list[ReadContent]:
    """The contents of a feed by its source's time, each with its rates. Equal bytes that follow one another are one
    content, unless the feed has a hole between them."""
    return _contents(store.of(feed.name), partial(read, feed, store, folder=folder), feed.hole_after)


def score_contents(feed: Feed, store: SnapshotStore, folder: Path) -> list[ReadContent]:
    """The contents of a feed by its source's time, each with its scores."""
    return _contents(store.of(feed.name), partial(read_scores, feed, store, folder=folder), timedelta.max)


def read(feed: PriceFeed, store: SnapshotStore, snapshot: Snapshot, folder: Path) -> ReadContent:
    """The rates of one snapshot, read now unless that was done before."""

    def reader(data: bytes, path: Path) -> pl.DataFrame:
        parsed = feed.read(data)
        write_file(parsed.rates, path)
        return parsed.set_aside

    return _read(store, snapshot, _files(snapshot, folder), reader)


def read_scores(feed: Feed, store: SnapshotStore, snapshot: Snapshot, folder: Path) -> ReadContent:
    """The scores of one snapshot, read now unless that was done before.

    Raises:
        TypeError: the feed has no scores.
    """
    if (scores := feed.scores) is None:
        raise TypeError(f"{feed.name} has no scores")

    def reader(data: bytes, path: Path) -> pl.DataFrame:
        parsed = scores.read(data)
        parsed.scores.write_parquet(path, compression="lz4")
        return parsed.set_aside

    return _read(store, snapshot, _files(snapshot, folder, "scores."), reader)


def is_read(feed: Feed, snapshot: Snapshot, folder: Path) -> bool:
    """Whether `read` and `read_scores`, as far as the feed has what they read, find it done."""
    wanted = [""] * isinstance(feed, PriceFeed) + ["scores."] * (feed.scores is not None)
    return bool(wanted) and all(_files(snapshot, folder, kind)[0].exists() for kind in wanted)


def remove_outdated(feeds: Iterable[Feed], folder: Path) -> None:
    """Remove the files that older code wrote: they are made anew from the snapshots at need."""
    for feed in feeds:
        for path in (folder / feed.name).glob("*.parquet"):
            if code_version() not in path.name:
                path.unlink()


def _contents(
    snapshots: Iterable[Snapshot], read_one: Callable[[Snapshot], ReadContent], hole_after: timedelta
) -> list[ReadContent]:
    found: list[ReadContent] = []
    for snapshot in snapshots:
        if found and found[-1].sha256 == snapshot.sha256 and snapshot.source_time - found[-1].last_at <= hole_after:
            found[-1] = replace(found[-1], last_at=snapshot.source_time)
        else:
            found.append(read_one(snapshot))
    return found


def _read(store: SnapshotStore, snapshot: Snapshot, files: tuple[Path, Path], reader: _Reader) -> ReadContent:
    rows, set_aside = files
    problem = None
    if not rows.exists():
        gc.disable()  # it would look at every value of a file many times over, and finds nothing
        try:
            _write(reader, store.read(snapshot), rows, set_aside)
        except (UnreadableSnapshot, FeedError) as error:
            problem = str(error)
        finally:
            gc.enable()
    at = snapshot.source_time
    return ReadContent(snapshot.sha256, snapshot.version, at, at, rows, set_aside, problem)


def _files(snapshot: Snapshot, folder: Path, kind: str = "") -> tuple[Path, Path]:
    stem = f"{snapshot.sha256[:16]}-{code_version()}.{kind}"
    return folder / snapshot.feed / f"{stem}parquet", folder / snapshot.feed / f"{stem}set-aside.parquet"


def _write(reader: _Reader, data: bytes, rows: Path, set_aside: Path) -> None:
    """The rows last: where they are, all is."""
    rows.parent.mkdir(parents=True, exist_ok=True)
    unfinished = rows.with_suffix(".unfinished")
    aside = reader(data, unfinished)
    unfinished_aside = set_aside.with_suffix(".unfinished")
    aside.write_parquet(unfinished_aside)
    unfinished_aside.replace(set_aside)
    unfinished.replace(rows)
