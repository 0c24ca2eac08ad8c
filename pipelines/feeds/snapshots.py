"""The bytes that feeds published, kept for ever: each content once, compressed and named by its hash, and a small
record for each version of a feed. Nothing is edited or removed. Where bytes come from is not known here.

    blobs/<2 digits>/<sha256>.gz
    <feed>/<source time>_<version>.json
"""

import fcntl
import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pipelines.feeds.errors import FeedError

FEED = re.compile(r"(?!blobs$)[a-z0-9][a-z0-9._-]*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class DamagedSnapshot(FeedError):
    """A file of the store does not hold what was written to it."""


@dataclass(frozen=True)
class Snapshot:
    """The record of one version of a feed. Times are naive UTC; `source_time` is the source's own: when it published
    the version, or when it served it. `size` is in bytes, uncompressed. `etag` is what its server calls these bytes: of
    files over HTTP a JSON object of file to ETag.
    """

    feed: str
    version: str
    address: str
    source_time: datetime
    fetched_at: datetime
    sha256: str
    size: int
    etag: str | None


class SnapshotStore:
    """The snapshots under one folder. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, feed: str) -> tuple[Snapshot, ...]:
        """The feed's snapshots by source time, then version.

        Raises:
            DamagedSnapshot: a record is not one; it is named.
        """
        found = [self._recorded(path) for path in self._records(feed)]
        return tuple(sorted(found, key=lambda snapshot: (snapshot.source_time, snapshot.version)))

    def newest(self, feed: str) -> Snapshot | None:
        """The last of `of`; no other record is read.

        Raises:
            DamagedSnapshot: its record is not one.
        """
        by_time: dict[str, list[Path]] = {}
        for path in self._records(feed):
            by_time.setdefault(path.name.partition("_")[0], []).append(path)
        if not by_time:
            return None
        return max(map(self._recorded, by_time[max(by_time)]), key=lambda snapshot: snapshot.version)

    def count(self, feed: str) -> int:
        """How many snapshots of the feed are held."""
        return len(self._records(feed))

    def get(self, feed: str, version: str) -> Snapshot | None:
        """The snapshot of this version, if it was kept.

        Raises:
            DamagedSnapshot: its record is not one.
        """
        path = self._find(feed, version)
        return None if path is None else self._recorded(path)

    def read(self, snapshot: Snapshot) -> bytes:
        """The bytes of a snapshot, as they were fetched.

        Raises:
            DamagedSnapshot: they are not there any more, or are others. No more than their size is unpacked.
        """
        blob = self._blob(snapshot.sha256)
        try:
            with gzip.open(blob) as opened:
                data = opened.read(snapshot.size + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise self._damaged(snapshot, f"{type(error).__name__}: {error}") from error
        if len(data) != snapshot.size or hashlib.sha256(data).hexdigest() != snapshot.sha256:
            raise self._damaged(snapshot, "its size or hash is another")
        return data

    def fingerprint(self, feed: str) -> str:
        """The hash of all that is recorded of a feed: another if there is one snapshot more."""
        digest = hashlib.sha256()
        for path in sorted(self._records(feed)):
            digest.update(f"{path.name}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def keep(
        self,
        data: bytes,
        *,
        feed: str,
        version: str,
        address: str,
        source_time: datetime,
        fetched_at: datetime,
        etag: str | None = None,
    ) -> Snapshot:
        """Keep the bytes as a version of the feed. Keeping them again changes nothing and returns the first record.

        Raises:
            FeedError: the version was kept before with other bytes.
            DamagedSnapshot: the version's record is not one.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        snapshot = Snapshot(feed, version, address, source_time, fetched_at, sha256, len(data), etag)
        with self._locked():
            first = self.get(feed, version)
            if first is not None and first.sha256 != sha256:
                raise FeedError(
                    f"{version} was kept with the hash {first.sha256[:12]} and now has {sha256[:12]}",
                    "a published version does not change; ask its publisher, and keep what was fetched first",
                )
            if not self._intact(snapshot):
                self._write(self._blob(sha256), gzip.compress(data, compresslevel=6, mtime=0))
            if first is None:
                # Last, so that a killed process leaves nothing that could be seen.
                self._write(self._record(snapshot), _text(snapshot))
        return first or snapshot

    def _records(self, feed: str) -> list[Path]:
        return list(self._of_feed(feed).glob("*.json"))

    def _find(self, feed: str, version: str) -> Path | None:
        wanted = _file_name(version)
        return next((path for path in self._records(feed) if path.name.partition("_")[2] == wanted), None)

    def _recorded(self, path: Path) -> Snapshot:
        try:
            stated = json.loads(path.read_bytes())
            times = {name: datetime.fromisoformat(stated[name]) for name in ("source_time", "fetched_at")}
            snapshot = Snapshot(**{**stated, **times})
            if any(time.tzinfo for time in times.values()):
                raise ValueError("its times are not naive")
            if self._record(snapshot) != path or not SHA256.fullmatch(snapshot.sha256) or snapshot.size < 0:
                raise ValueError("it is the record of something else")
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise DamagedSnapshot(
                f"{path} is not a snapshot's record ({error})", "remove it and fetch again"
            ) from error
        return snapshot

    def _damaged(self, snapshot: Snapshot, why: str) -> DamagedSnapshot:
        return DamagedSnapshot(
            f"{self._blob(snapshot.sha256)} does not hold what was fetched ({why})",
            f"remove {self._record(snapshot)} and fetch again",
        )

    def _intact(self, snapshot: Snapshot) -> bool:
        if not self._blob(snapshot.sha256).exists():
            return False
        try:
            self.read(snapshot)
        except DamagedSnapshot:
            return False
        return True

    def _of_feed(self, feed: str) -> Path:
        if not FEED.fullmatch(feed):
            raise ValueError(f"{feed!r} cannot be a feed's name: it is a folder's")
        return self.folder / feed

    def _record(self, snapshot: Snapshot) -> Path:
        return self._of_feed(snapshot.feed) / f"{snapshot.source_time:%Y%m%dT%H%M%S%fZ}_{_file_name(snapshot.version)}"

    def _blob(self, sha256: str) -> Path:
        return self.folder / "blobs" / sha256[:2] / f"{sha256}.gz"

    @property
    def _unfinished(self) -> Path:
        return self.folder / ".unfinished"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time; so every unfinished file that it finds is a dead writer's."""
        self._unfinished.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for leftover in self._unfinished.iterdir():
                leftover.unlink()
            yield

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._unfinished / path.name
        with unfinished.open("wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(path)


def _file_name(version: str) -> str:
    return quote(version, safe="") + ".json"


def _text(snapshot: Snapshot) -> bytes:
    times = {"source_time": snapshot.source_time.isoformat(), "fetched_at": snapshot.fetched_at.isoformat()}
    return (json.dumps({**asdict(snapshot), **times}, indent=1) + "\n").encode()
