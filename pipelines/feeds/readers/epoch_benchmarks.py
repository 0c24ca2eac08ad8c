"""Epoch AI's benchmark files as CSV: the runs of its own hub, and boards of others that it collects.

- A run's score is the best across its scorers, as a share. The figure after ± is that of a scorer; it is read as one
  standard error, as Inspect reports it, so that the interval is one of 68%.
- How hard a model was asked to think stands behind its name: `_medium`, or `_16K` tokens.
- Costs in the copy of Aider's board are per case, not of a run, and are set aside.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers.score_values import effort_in, number_in, table_of, texts_of
from pipelines.feeds.score import ParsedScores, Score, ScoreList

RUNS = "benchmarks_runs.csv"
#: Benchmark and subset of the tasks.
TASKS = {
    "GPQA diamond": ("gpqa-diamond", ""),
    "MATH level 5": ("math-level-5", ""),
    "OTIS Mock AIME 2024-2025": ("otis-mock-aime", ", 2024-2025"),
    "FrontierMath-2025-02-28-Private": ("frontiermath", ", 2025-02-28, private"),
    "FrontierMath-2025-02-28-Public": ("frontiermath", ", 2025-02-28, public"),
    "FrontierMath-Tier-4-2025-07-01-Private": ("frontiermath-tier-4", ", 2025-07-01, private"),
    "FrontierMath-Tier-4-2025-07-01-Public": ("frontiermath-tier-4", ", 2025-07-01, public"),
    "SWE-Bench verified": ("swe-bench-verified", ""),
}
ONE_STANDARD_ERROR = 0.6827
BEST = "Best score (across scorers)"
_HUNDRED = Decimal(100)
_SCORER = re.compile(r"\w+:([0-9.]+)±([0-9.]+)")
_EFFORT = re.compile(r"_(minimal|low|medium|high|xhigh|max|thinking|[0-9]+[kK])$")


@dataclass(frozen=True)
class _Board:
    """A board of others: its benchmark, the column of its score, and what a row tells of variant and harness."""

    benchmark_id: str
    score: str
    variant: Callable[[dict[str, str]], str]
    harness: Callable[[dict[str, str]], str | None] = lambda _: None
    other_units: tuple[str, ...] = ()


def _listed(row: dict[str, str]) -> str:
    return f"as listed by Epoch AI from {' '.join(row['Source'].split())}"


BOARDS = {
    "external_benchmark_aider_polyglot.csv": _Board(
        "aider-polyglot", "Percent correct", _listed, lambda row: row["Edit format"] or None, ("Cost",)
    ),
    "external_benchmark_arc_agi.csv": _Board("arc-agi-1", "Score", _listed),
    "external_benchmark_livebench.csv": _Board("livebench", "Global average", lambda row: row["LiveBench Version"]),
    "external_benchmark_mmlu.csv": _Board(
        "mmlu", "EM", _listed, lambda row: f"{row['Shots']}-shot" if row["Shots"].isdigit() else None
    ),
}


def read(data: bytes) -> ParsedScores:
    """The successful runs, and the rows of the boards.

    Raises:
        UnreadableSnapshot: a file is missing, no CSV, or lacks a column.
    """
    files = texts_of(data)
    if lacking := [file for file in (RUNS, *BOARDS) if file not in files]:
        raise UnreadableSnapshot(f"{', '.join(lacking)} is missing")
    found = ScoreList()
    for row in table_of(files[RUNS], ("id", "task", "model", BEST, "Scores", "started_at", "Status"), RUNS):
        _read_run(found, row)
    for file, board in BOARDS.items():
        for row in table_of(files[file], ("id", "Model version", board.score, "Source"), file):
            _read_row(found, file, board, row)
    return found.parsed()


def _read_run(found: ScoreList, row: dict[str, str]) -> None:
    task, model, best = row["task"], row["model"], number_in(row[BEST])
    if task not in TASKS:
        found.set_aside(task, row["id"], "task", task, "unknown_field")
    elif row["Status"] != "Success":
        found.set_aside(task, row["id"], "Status", row["Status"], "failed_run")
    elif best is None:
        found.set_aside(task, row["id"], BEST, row[BEST] or "missing", "no_number")
    else:
        benchmark, subset = TASKS[task]
        name, effort = _split(model)
        error = _error_of(row["Scores"], best)
        score = best * _HUNDRED
        found.scores.append(
            Score(
                place=row["id"],
                benchmark_id=benchmark,
                variant=f"Epoch AI{subset}, task version {row.get('task version') or 'unknown'}",
                source_model=model,
                score=float(score),
                harness="Inspect",
                score_low=None if error is None else float(score - error),
                score_high=None if error is None else float(score + error),
                interval_level=None if error is None else ONE_STANDARD_ERROR,
                valid_from=_day(row["started_at"]),
                api_name=name,
                effort=effort,
            )
        )


def _read_row(found: ScoreList, file: str, board: _Board, row: dict[str, str]) -> None:
    model, score = row["Model version"], number_in(row[board.score])
    for column in board.other_units:
        found.set_aside(board.benchmark_id, row["id"], column, row.get(column) or None, "other_unit")
    if not model or score is None:
        column = board.score if model else "Model version"
        reason = "no_number" if model else "unknown_field"
        found.set_aside(board.benchmark_id, row["id"], f"{file} {column}", row[column] or "missing", reason)
        return
    name, effort = _split(model)
    found.scores.append(
        Score(
            place=f"{file}, {row['id']}",
            benchmark_id=board.benchmark_id,
            variant=board.variant(row),
            source_model=model,
            score=float(score),
            harness=board.harness(row),
            api_name=name,
            effort=effort,
        )
    )


def _split(model: str) -> tuple[str, str | None]:
    """The name without the effort behind it, and the effort."""
    suffix = _EFFORT.search(model)
    return _EFFORT.sub("", model), effort_in([suffix[1]] if suffix else [])


def _error_of(scores: str, best: Decimal) -> Decimal | None:
    """The standard error, in percent, of the scorer whose score is the best; the widest where several are. One that is
    rounded to nothing is not known."""
    errors = [
        Decimal(error)
        for score, error in _SCORER.findall(scores)
        if abs(Decimal(score) - best) <= Decimal("0.005") and Decimal(error) > 0
    ]
    return max(errors) * _HUNDRED if errors else None


def _day(text: str) -> datetime | None:
    """The day of "17 November 2025 4:28pm", whose hour has no time zone."""
    try:
        return datetime.strptime(text.rpartition(" ")[0], "%d %B %Y")
    except ValueError:
        return None
