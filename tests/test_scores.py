"""Scores in the warehouse: those that people wrote down, and what feeds said of scores and since when."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from price_database import create, insert, make
from price_database import rows as asked

from pipelines.feeds import history, parsing
from pipelines.feeds.feed import Feed
from pipelines.feeds.registry import FEEDS
from pipelines.feeds.snapshots import SnapshotStore
from pipelines.warehouse import score_runs

Ask = Callable[..., list[dict[str, object]]]
(AIDER,) = (feed for feed in FEEDS if feed.name == "aider-leaderboards")
(LLMLEDGER,) = (feed for feed in FEEDS if feed.name == "llmledger")
(ARENA,) = (feed for feed in FEEDS if feed.name == "arena-csv")


# The seeds


def test_of_69_runs_of_the_polyglot_board_18_have_no_known_cost(rows: Ask) -> None:
    (found,) = rows(
        "select count(*) as runs, count(cost_to_run_usd) as usable from facts.capability_score "
        "where source_id = 'aider-polyglot'"
    )
    assert found == {"runs": 69, "usable": 51}


def test_the_run_that_the_file_shows_as_free_has_no_cost(rows: Ask) -> None:
    (found,) = rows(
        "select score, cost_to_run_usd from facts.capability_score "
        "where source_model = 'Gemini 2.5 Pro Preview 03-25' and benchmark_id = 'aider-polyglot'"
    )
    assert found == {"score": 72.9, "cost_to_run_usd": None}


def test_two_efforts_and_two_harnesses_are_two_rows(rows: Ask) -> None:
    efforts = rows(
        "select effort, score from facts.capability_score "
        "where benchmark_id = 'aider-polyglot' and model_id = 'gpt-5' order by score"
    )
    assert [(row["effort"], row["score"]) for row in efforts] == [("low", 81.3), ("medium", 86.7), ("high", 88.0)]
    harnesses = rows(
        "select harness, score from facts.capability_score "
        "where benchmark_id = 'aider-polyglot' and model_id = 'qwen2.5-coder-32b-instruct' order by score"
    )
    assert [(row["harness"], row["score"]) for row in harnesses] == [("diff", 8.0), ("whole", 16.4)]


def test_a_pair_of_models_is_no_model(rows: Ask) -> None:
    found = rows("select source_model, model_id from facts.capability_score where harness = 'architect'")
    assert len(found) == 3
    assert all(row["model_id"] is None for row in found)


def test_the_data_set_of_price_declines_is_whole(rows: Ask) -> None:
    """Its 59 scores on MMLU; of the others the steps and other models of the lowest threshold, and six of models that
    reason on each board that has them. Only Command R, apart from Command R+, is no model that we know."""
    found = rows(
        "select benchmark_id, count(*) as scores, min(valid_from) as first, max(valid_from) as last "
        "from facts.capability_score where source_id = 'epoch-price-benchmarks' and superseded_by is null "
        "group by benchmark_id"
    )
    last = datetime(2025, 2, 5)
    assert {row.pop("benchmark_id"): row for row in found} == {
        "mmlu": {"scores": 59, "first": datetime(2021, 11, 20), "last": last},
        "gpqa-diamond": {"scores": 6 + 30 + 6, "first": datetime(2023, 3, 14), "last": last},
        "math-500": {"scores": 6 + 31, "first": datetime(2023, 6, 13), "last": last},
        "math-level-5": {"scores": 5 + 18 + 6, "first": datetime(2023, 6, 13), "last": last},
        "humaneval": {"scores": 7 + 27, "first": datetime(2023, 3, 14), "last": last},
        "lm-arena-text": {"scores": 7 + 38, "first": datetime(2023, 3, 6), "last": last},
    }
    unknown = rows(
        "select source_model from facts.capability_score "
        "where source_id = 'epoch-price-benchmarks' and model_id is null"
    )
    assert unknown == [{"source_model": "Command R"}]


def test_every_rating_and_run_of_the_hub_has_its_interval(rows: Ask) -> None:
    found = rows(
        "select benchmark_id, interval_level, count(*) as scores, "
        "count(*) filter (score_low < score and score < score_high) as enclosed "
        "from facts.capability_score where benchmark_id in ('gpqa-diamond', 'lm-arena-text') "
        "and source_id <> 'epoch-price-benchmarks' group by all order by 1"
    )
    assert [row["interval_level"] for row in found] == [0.6827, 0.95]
    assert all(row["enclosed"] == row["scores"] for row in found)


def test_a_day_of_a_board_is_a_variant(rows: Ask) -> None:
    found = rows(
        "select variant, count(distinct valid_from) as days from facts.capability_score "
        "where benchmark_id = 'lm-arena-text' and variant like 'overall%' group by variant order by variant"
    )
    assert found == [{"variant": "overall, 2025-08-06", "days": 1}, {"variant": "overall, 2026-10-20", "days": 1}]


def test_one_model_once_a_board_and_setting(rows: Ask) -> None:
    repeated = rows(
        "select source_model, benchmark_id, variant, harness, effort, valid_from from facts.capability_score "
        "where status = 'active' group by all having count(*) > 1"
    )
    assert repeated == []


# The feeds


def run(place: str, score: float, **more: object) -> str:
    lines = {
        "dirname": place,
        "model": place,
        "edit_format": "diff",
        "pass_rate_2": score,
        "date": "2025-08-25",
        **more,
    }
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in lines.items()) + "\n"


def leaderboards(*runs: str) -> bytes:
    edit = run("edit", 50)
    return json.dumps({"polyglot_leaderboard.yml": "".join(runs), "edit_leaderboard.yml": edit}).encode()


class Said:
    """A feed's snapshots, by the day on which each was published, and what comes of them."""

    def __init__(self, folder: Path, feed: Feed) -> None:
        self.store = SnapshotStore(folder / "snapshots")
        self.folder = folder / "observations"
        self.feed = feed

    def keep(self, day: str, data: bytes) -> None:
        at = datetime.fromisoformat(day)
        address = "https://board.test"
        self.store.keep(data, feed=self.feed.name, version=day, address=address, source_time=at, fetched_at=at)

    def runs(self) -> duckdb.DuckDBPyConnection:
        """A database with `feeds.score_run`, and nothing else."""
        contents = {self.feed.name: parsing.score_contents(self.feed, self.store, self.folder)}
        connection = duckdb.connect()
        create(connection)
        connection.register("found", score_runs.frame([self.feed], contents))
        connection.execute("insert into feeds.score_run by name from found")
        return connection

    def times(self, place: str) -> list[tuple[object, ...]]:
        with self.runs() as connection:
            found = asked(
                connection,
                "select score, known_from, known_to, last_confirmed_at from feeds.score_run "
                "where place = ? order by known_from",
                place,
            )
        return [tuple(row.values()) for row in found]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    return Said(tmp_path, AIDER)


RUN_DAY, FIRST, SECOND, THIRD = (
    datetime.fromisoformat(d) for d in ("2025-08-25", "2026-01-01", "2026-01-02", "2026-01-03")
)


def test_a_score_that_is_restated_is_one_fact_that_was_confirmed(said: Said) -> None:
    said.keep("2026-01-01", leaderboards(run("a", 80)))
    said.keep("2026-01-02", leaderboards(run("a", 80), run("b", 70)))
    assert said.times("a") == [(80, RUN_DAY, None, SECOND)]


def test_a_score_that_changes_is_another_fact_and_ends_the_first(said: Said) -> None:
    said.keep("2026-01-01", leaderboards(run("a", 80)))
    said.keep("2026-01-02", leaderboards(run("a", 81)))
    assert said.times("a") == [(80, RUN_DAY, SECOND, FIRST), (81, SECOND, None, SECOND)]


def test_a_score_that_goes_from_its_board_was_withdrawn_and_may_come_back(said: Said) -> None:
    said.keep("2026-01-01", leaderboards(run("a", 80), run("b", 70)))
    said.keep("2026-01-02", leaderboards(run("b", 70)))
    said.keep("2026-01-03", leaderboards(run("a", 80), run("b", 70)))
    assert said.times("a") == [(80, RUN_DAY, SECOND, FIRST), (80, THIRD, None, THIRD)]
    assert said.times("b") == [(70, RUN_DAY, None, THIRD)]
    with said.runs() as connection:
        (found,) = asked(connection, "select count(distinct fact_id) as ids, count(*) as facts from feeds.score_run")
    assert found == {"ids": 4, "facts": 4}


def test_the_id_of_a_fact_does_not_change_with_what_comes_later(said: Said) -> None:
    def ids() -> set[object]:
        with said.runs() as connection:
            return {row["fact_id"] for row in asked(connection, "select fact_id from feeds.score_run")}

    said.keep("2026-01-01", leaderboards(run("a", 80)))
    first = ids()
    said.keep("2026-01-02", leaderboards(run("a", 81)))
    assert first < ids()


@pytest.mark.parametrize("bad", [b"{", b'{"polyglot_leaderboard.yml": "- a: [", "edit_leaderboard.yml": ""}'])
def test_what_cannot_be_read_ends_nothing_and_says_why(said: Said, bad: bytes) -> None:
    said.keep("2026-01-01", leaderboards(run("a", 80)))
    said.keep("2026-01-02", bad)
    assert said.times("a") == [(80, RUN_DAY, None, FIRST)]
    contents = parsing.score_contents(AIDER, said.store, said.folder)
    assert [content.problem is None for content in contents] == [True, False]
    assert contents[1].problem


def test_a_board_without_a_day_makes_room_for_the_next_and_takes_nothing_back(tmp_path: Path) -> None:
    arena = Said(tmp_path, ARENA)
    head = "model,arena_score,95_pct_ci,votes\n"
    arena.keep("2026-01-01", f"{head}o3,1428,+4/-4,32033\n".encode())
    arena.keep("2026-01-02", f"{head}o3,1430,+4/-4,33000\n".encode())
    with arena.runs() as connection:
        found = asked(
            connection,
            "select variant, score, valid_from, valid_from_basis, known_to from feeds.score_run order by known_from",
        )
    assert [tuple(row.values()) for row in found] == [
        ("overall, seen 2026-01-01", 1428, None, "unknown", None),
        ("overall, seen 2026-01-02", 1430, None, "unknown", None),
    ]


def test_bytes_that_state_prices_and_scores_are_fetched_once_and_read_for_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICOST_HOME", str(tmp_path))
    document = {
        "schema": 1,
        "sources": ["ae826be2593e"],
        "models": [{"key": "o3", "host": "openai", "input": 2, "output": 8}],
        "events": {"o3": [["2025-06-10", "added", "", None, None, "", 0]]},
        "units": {"ratings": ["model", "arena name", "rating", "low", "high", "votes", "arena rank"]},
        "ratings": {"date": "2026-10-20", "tasks": {"overall": [["o3", "o3", 1431.8, 1428.2, 1435.4, 58903, 113]]}},
    }
    data = gzip.compress(json.dumps(document).encode())
    kept = history.store().keep(
        data, feed=LLMLEDGER.name, version="1", address="https://x.test", source_time=FIRST, fetched_at=FIRST
    )
    assert not history.is_read(LLMLEDGER, kept)
    assert history.read(LLMLEDGER, kept).row_count == 2 + 1
    assert history.is_read(LLMLEDGER, kept)
    assert len(history.contents()["llmledger"]) == len(history.score_contents()["llmledger"]) == 1
    assert [feed.name for feed in FEEDS if feed.get == LLMLEDGER.get] == ["llmledger"]


FACTS = ("feeds.score_statement", "facts.fact", "facts.capability_score")


@pytest.fixture
def stated(said: Said) -> Iterator[duckdb.DuckDBPyConnection]:
    """Runs: one by an alias, one by an API's name, one by an alias of another time, which an API's name does not stand
    in for, one whose name is not known, one that a seed has too, and one that a seed has with another score."""
    named = (run("named (high)", 80), run("api-name (low)", 70), run("renamed", 65))
    said.keep("2026-01-01", leaderboards(*named, run("else", 60), run("seeded", 50), run("corrected", 40)))
    with said.runs() as connection:
        insert(connection, "ref.source", source_id="aider-leaderboards", accessed_at=FIRST)
        insert(connection, "ref.source", source_id="aider-polyglot", accessed_at=FIRST)
        insert(connection, "ref.model_alias", namespace="aider", alias="named (high)", model_id="m1")
        insert(connection, "ref.model_alias", namespace="openai-api", alias="api-name", model_id="m2")
        insert(connection, "ref.model_alias", namespace="aider", alias="renamed", valid_from=FIRST, model_id="m3")
        for alias in ("named", "renamed"):
            insert(connection, "ref.model_alias", namespace="openai-api", alias=alias, model_id="not this one")
        for fact_id, name, score in (("seed-1", "seeded", 50.0), ("seed-2", "corrected", 39.0)):
            insert(
                connection, "seeds.capability_scores", fact_id=fact_id, source_id="aider-polyglot", source_model=name,
                benchmark_id="aider-polyglot", variant="second try", harness="diff", score=score, valid_from=RUN_DAY,
            )  # fmt: skip
        make(connection, *FACTS)
        yield connection


def test_a_name_means_what_its_namespace_says_else_what_all_providers_say(stated: duckdb.DuckDBPyConnection) -> None:
    found = asked(
        stated,
        "select source_model, model_id, model_match, effort from facts.capability_score "
        "where benchmark_id = 'aider-polyglot' and source_model not in ('seeded', 'corrected') order by score desc",
    )
    assert [tuple(row.values()) for row in found] == [
        ("named (high)", "m1", "alias", "high"),
        ("api-name (low)", "m2", "same_name", "low"),
        ("renamed", None, None, None),
        ("else", None, None, None),
    ]


def test_a_score_that_is_written_down_from_the_same_board_is_one_fact(stated: duckdb.DuckDBPyConnection) -> None:
    found = asked(stated, "select fact_id from facts.capability_score where source_model = 'seeded'")
    assert found == [{"fact_id": "seed-1"}]
    found = asked(stated, "select score from facts.capability_score where source_model = 'corrected' order by score")
    assert [row["score"] for row in found] == [39, 40]


def test_a_name_that_is_not_known_is_listed(stated: duckdb.DuckDBPyConnection) -> None:
    for name in ("feeds.price_statement", "ref.price_series", "facts.api_price", "marts.unresolved_name"):
        make(stated, name)
    found = asked(
        stated, "select name_kind, provider_id, name, rates, fact_ids from marts.unresolved_name order by name"
    )
    (fact,) = asked(stated, "select fact_id from facts.capability_score where source_model = 'else'")
    assert [row["name"] for row in found] == ["corrected", "edit", "else", "renamed"]
    assert found[2] == {
        "name_kind": "scored_model", "provider_id": "aider", "name": "else", "rates": 1, "fact_ids": [fact["fact_id"]],
    }  # fmt: skip


def test_a_score_of_a_feed_has_an_envelope(stated: duckdb.DuckDBPyConnection) -> None:
    (found,) = asked(
        stated,
        "select source_id, source_locator, status, valid_from, valid_precision, valid_from_basis, known_from, "
        "last_confirmed_at, origin from facts.capability_score where source_model = 'else'",
    )
    assert tuple(found.values()) == (
        "aider-leaderboards", "else", "active", RUN_DAY, "day", "documented", RUN_DAY, FIRST, "feed:aider-leaderboards",
    )  # fmt: skip
