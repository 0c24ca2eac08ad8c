"""From snapshots to observation files: each distinct content of a feed is read once, into one Parquet file named by its
hash and by the version of the code that read it. Reading again needs no network, and gives the same file.
"""

import gc
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from pipelines.feeds import observation, readers
from pipelines.feeds.errors import FeedError
from pipelines.feeds.feed import PriceFeed
from pipelines.feeds.observation import Parsed, UnreadableSnapshot, write_file
from pipelines.feeds.snapshots import Snapshot, SnapshotStore


@dataclass(frozen=True)
class ReadContent:
    """A distinct content of a feed: when its source published it first and was last seen to, and its files of rates
    and of what was set aside; or why it could not be read."""

    sha256: str
    version: str
    first_at: datetime
    last_at: datetime
    rates: Path
    set_aside: Path
    problem: str | None = None


@cache
def code_version() -> str:
    """The version of the code that reads price files."""
    digest = hashlib.sha256()
    for path in [Path(observation.__file__), *sorted(Path(str(readers.__file__)).parent.glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def contents(feed: PriceFeed, store: SnapshotStore, folder: Path) -> list[ReadContent]:
    """The contents of a feed by its source's time, each read. Equal bytes that follow one another are one content,
    unless the feed has a hole between them."""
    found: list[ReadContent] = []
    for snapshot in store.of(feed.name):
        if (
            found
            and found[-1].sha256 == snapshot.sha256
            and snapshot.source_time - found[-1].last_at <= feed.hole_after
        ):
            found[-1] = replace(found[-1], last_at=snapshot.source_time)
        else:
            found.append(read(feed, store, snapshot, folder))
    return found


def read(feed: PriceFeed, store: SnapshotStore, snapshot: Snapshot, folder: Path) -> ReadContent:
    """The content of one snapshot, read now unless that was done before."""
    rates, set_aside = _files(feed, snapshot, folder)
    problem = None
    if not rates.exists():
        gc.disable()  # it would look at every value of a file many times over, and finds nothing
        try:
            _write(feed.read(store.read(snapshot)), rates, set_aside)
        except (UnreadableSnapshot, FeedError) as error:
            problem = str(error)
        finally:
            gc.enable()
    at = snapshot.source_time
    return ReadContent(snapshot.sha256, snapshot.version, at, at, rates, set_aside, problem)


def is_read(feed: PriceFeed, snapshot: Snapshot, folder: Path) -> bool:
    """Whether `read` finds it done."""
    return _files(feed, snapshot, folder)[0].exists()


def remove_outdated(feeds: Iterable[PriceFeed], folder: Path) -> None:
    """Remove the files that older code wrote: they are made anew from the snapshots at need."""
    for feed in feeds:
        for path in (folder / feed.name).glob("*.parquet"):
            if code_version() not in path.name:
                path.unlink()


def _files(feed: PriceFeed, snapshot: Snapshot, folder: Path) -> tuple[Path, Path]:
    stem = f"{snapshot.sha256[:16]}-{code_version()}"
    return folder / feed.name / f"{stem}.parquet", folder / feed.name / f"{stem}.set-aside.parquet"


def _write(parsed: Parsed, rates: Path, set_aside: Path) -> None:
    """The rates last: where they are, all is."""
    rates.parent.mkdir(parents=True, exist_ok=True)
    _replace(set_aside, parsed.set_aside.write_parquet)
    _replace(rates, partial(write_file, parsed.rates))


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    unfinished = path.with_suffix(".unfinished")
    write(unfinished)
    unfinished.replace(path)
