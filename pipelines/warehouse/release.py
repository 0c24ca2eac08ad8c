"""Publishing: the build's tables become an immutable file, and the link `warehouse.duckdb` is swapped to it. Readers of
the old file keep it; new readers get the new one; a killed publish leaves the old link in place.
"""

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from pipelines.schemas import TABLES
from pipelines.schemas.base import key_of
from pipelines.warehouse.build import Build
from pipelines.warehouse.ddl import quoted
from pipelines.warehouse.made import Content
from pipelines.warehouse.meta_tables import published
from pipelines.warehouse.shell import OPTIONS, copy_shell
from pipelines.warehouse.stale import META_RELEASE, stale
from pipelines.warehouse.verify import unheld

KEPT = 5
#: DuckDB sorts and compresses a table of ours mostly on one thread, so two are written at a time.
WRITERS = 2


class MixedBuild(Exception):
    """The tables of the build were not all made from one another's present content."""


class UncheckedBuild(Exception):
    """A table of the build is not known to pass its blocking checks."""


@dataclass(frozen=True)
class Published:
    """A new release."""

    path: Path
    content_hash: str


@dataclass(frozen=True)
class Stamp:
    """What a release says of its making."""

    input_hash: str
    git_commit: str | None
    now: datetime

    @property
    def release_id(self) -> str:
        """Sorts by time, and tells equal inputs."""
        return f"{self.now:%Y%m%dT%H%M%S%f}-{self.input_hash[:8]}"


def publish(build: Build, folder: Path, link: Path, stamp: Stamp, now: Mapping[str, str]) -> Published:
    """Write a release into `folder` and point `link` at it. `now` holds the hash of each input (`inputs.present`).

    Raises:
        MixedBuild: some table was made from other content than the build or the files now hold.
        UncheckedBuild: the blocking checks of some table do not hold, or were not run.
    """
    if found := stale(build, now):
        listed = "; ".join(f"{name} {why}" for name, why in found.items())
        raise MixedBuild(f"the build mixes inputs, so make all of it: {listed}")
    if unchecked := unheld(build):
        raise UncheckedBuild(f"blocking checks do not hold, or were not run: {', '.join(unchecked)}")
    folder.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    unfinished = folder / f"{stamp.release_id}.partial"
    hashes = _write(build, unfinished, stamp)
    path = folder / f"{stamp.release_id}.duckdb"
    _seal(unfinished, path)
    _point(link, path)
    older = sorted(other for other in folder.glob("*.duckdb") if other != path)
    for old in older[: 1 - KEPT]:
        old.unlink()
    return Published(path, hashlib.sha256("".join(hashes.values()).encode()).hexdigest()[:32])


def _write(build: Build, path: Path, stamp: Stamp) -> dict[str, str]:
    """Write the tables into a copy of the shell, and give the content hash of each table."""
    connection = build.connection
    contents = {name: build.made[name].content for name in published() if name != META_RELEASE}
    copy_shell(path)
    connection.execute("set force_compression = 'auto'")  # the build writes plainly, a release is kept and copied
    connection.execute(f"attach {quoted(str(path))} as release ({OPTIONS})")
    try:
        with ThreadPoolExecutor(WRITERS) as writers:
            largest_first = sorted(contents, key=lambda name: contents[name].bytes, reverse=True)
            list(writers.map(partial(_fill, build), largest_first))
        _tell(connection, stamp, contents)
        connection.execute("checkpoint release")
    finally:
        connection.execute("detach release")
    return {name: content.content_hash for name, content in contents.items()}


def _fill(build: Build, name: str) -> None:
    order = ", ".join(f'"{part}"' for part in key_of(TABLES[name]))
    with build.alongside() as writing:
        writing.connection.execute(f"insert into release.{name} select * from {name} order by {order}")


def _tell(connection: duckdb.DuckDBPyConnection, stamp: Stamp, contents: Mapping[str, Content]) -> None:
    """Write what the release says of itself."""
    connection.execute(
        f"insert into release.{META_RELEASE} by name select unnest($names) as table_name, "
        "unnest($row_counts) as row_count, unnest($hashes) as content_hash, $release_id as release_id, "
        "$released_at as released_at, $git_commit as git_commit, $input_hash as input_hash",
        {
            "names": [*contents],
            "row_counts": [content.row_count for content in contents.values()],
            "hashes": [content.content_hash for content in contents.values()],
            "release_id": stamp.release_id,
            "released_at": stamp.now,
            "git_commit": stamp.git_commit,
            "input_hash": stamp.input_hash,
        },
    )


def _seal(unfinished: Path, path: Path) -> None:
    """Make a written file read-only and durable under its final name."""
    unfinished.chmod(0o444)
    with open(unfinished, "rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)


def _point(link: Path, path: Path) -> None:
    """Swap the link in one step: a reader finds the old release or the new one."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(path, link.parent))
    new.replace(link)
    folder = os.open(link.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed publish left. The caller holds the build's lock, so nobody is writing one."""
    for leftover in [*folder.glob("*.partial"), *folder.glob("*.wal")]:
        leftover.unlink()
