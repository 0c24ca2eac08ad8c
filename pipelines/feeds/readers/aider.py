"""Aider's leaderboards, `aider/website/_data/*_leaderboard.yml`: a list of runs, each with its day. The score is the
share of tasks passed at the second try, in percent; the edit format is the harness.

- A total cost of 0, or none, is not known: the file says of one "0 # incorrect: 6.3174".
- A run of an architect and an editor is one of two models, named together.
"""

import re
from datetime import date
from typing import Any

import yaml

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers.score_values import day_in, effort_in, in_brackets, number_in, text_in, texts_of, whole_in
from pipelines.feeds.score import ParsedScores, Score, ScoreList

#: Its files, and whose board each is.
BOARDS = {"polyglot_leaderboard.yml": "aider-polyglot", "edit_leaderboard.yml": "aider-edit"}
VARIANT = "second try"
SCORE = "pass_rate_2"
_FLAG = re.compile(r"--reasoning-effort[= ](\w+)")
#: The two modes under which DeepSeek serves one model.
_MODES = {"chat": "non-thinking"}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """PyYAML's safe loader without merge keys, which the boards do not use: nested ones unfold without end."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing: a key `<<` is then a value that no constructor knows, and an error."""


def read(data: bytes) -> ParsedScores:
    """The runs of all boards.

    Raises:
        UnreadableSnapshot: a file is missing, no YAML, or no list of runs.
    """
    files = texts_of(data)
    found = ScoreList()
    for file, board in BOARDS.items():
        if file not in files:
            raise UnreadableSnapshot(f"{file} is missing")
        for run in _runs(file, files[file]):
            _read_run(found, board, run)
    return found.parsed()


def _runs(file: str, text: str) -> list[dict[str, Any]]:
    try:
        runs = yaml.load(text, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableSnapshot(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(runs, list) or not runs or not all(isinstance(run, dict) for run in runs):
        raise UnreadableSnapshot(f"{file} is no list of runs")
    if not any(SCORE in run for run in runs):
        raise UnreadableSnapshot(f"no run in {file} has a {SCORE}")
    return runs


def _read_run(found: ScoreList, board: str, run: dict[str, Any]) -> None:
    model, place, harness = (text_in(run.get(name)) for name in ("model", "dirname", "edit_format"))
    score, day = number_in(run.get(SCORE)), run.get("date")
    if not model or not place:
        found.set_aside(board, place or "", "dirname" if model else "model", model or "missing", "unknown_field")
    elif score is None:
        found.set_aside(board, place, SCORE, run.get(SCORE, "missing"), "no_number")
    else:
        cost = number_in(run.get("total_cost"))
        if not cost or cost < 0:
            found.set_aside(board, place, "total_cost", run.get("total_cost"), "no_number" if cost is None else "zero")
            cost = None
        on = day_in(day) if isinstance(day, str | date) else None
        found.scores.append(
            Score(
                place=place,
                benchmark_id=board,
                variant=VARIANT,
                source_model=model,
                score=float(score),
                api_name=re.sub(r" \([^()]*\)$", "", model),
                harness=harness,
                effort=_effort(run, model),
                tasks=whole_in(run.get("test_cases")),
                cost_to_run_usd=cost,
                input_tokens=whole_in(run.get("prompt_tokens")),
                output_tokens=whole_in(run.get("completion_tokens")),
                valid_from=on,
                said_from=on,
            )
        )


def _effort(run: dict[str, Any], model: str) -> str | None:
    """What the run says by a field, else what its name says, else its command."""
    stated, command = (text_in(run.get(name)) or "" for name in ("reasoning_effort", "command"))
    words = [*in_brackets(model), *model.split(",")]
    named = effort_in(_MODES.get(word.strip().lower(), word) for word in words)
    return effort_in([stated]) or named or effort_in(_FLAG.findall(command))
