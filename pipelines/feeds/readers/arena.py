"""Boards of LMArena, from three places: llmledger's snapshot (a day, intervals, votes), the CSV of llm-leaderboard-csv
(intervals, votes) and the JSON of arena-catalog (intervals). Ratings come with an interval of 95%, and compare within
the board of one day and one category alone.
"""

import re
from datetime import datetime

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers import exact_json, llmledger
from pipelines.feeds.readers.score_values import day_in, effort_in, in_brackets, number_in, table_of, whole_in
from pipelines.feeds.score import ParsedScores, Score, ScoreList

TEXT = "lm-arena-text"
#: Arenas of their own, beside the categories of the text arena.
ARENAS = {"vision": "lm-arena-vision", "document": "lm-arena-document", "webdev": "lm-arena-webdev"}
OVERALL = "overall"
LEVEL = 0.95
#: Columns of llmledger's ratings, as its `units` tell them.
COLUMNS = ["model", "arena name", "rating", "low", "high", "votes", "arena rank"]
_AROUND = re.compile(r"\+([0-9.]+)/-([0-9.]+)")
_SUFFIX = re.compile(r"-mini-(low|medium|high)$|-(no-thinking)$")


def read_llmledger(data: bytes) -> ParsedScores:
    """The ratings in a snapshot of llmledger: one board a category, all of one day.

    Raises:
        UnreadableSnapshot: it is no such file, has no day, or its ratings have other columns.
    """
    document = llmledger.document(data)
    try:
        ratings, shape = document["ratings"], document["units"]["ratings"]
        tasks, day = ratings["tasks"], day_in(ratings["date"])
    except (KeyError, TypeError) as error:
        raise UnreadableSnapshot(f"it has no ratings of the expected form: {error!r}") from None
    if shape != COLUMNS or day is None or not isinstance(tasks, dict):
        raise UnreadableSnapshot(f"ratings of {ratings.get('date')} have the columns {shape}")
    found = ScoreList()
    for task, rows in tasks.items():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, list) and len(row) == len(COLUMNS):
                _, name, rating, low, high, votes, _ = row
                _add(found, task, str(name), rating, low, high, votes, day)
            else:
                found.set_aside(TEXT, task, "row", row, "unknown_field")
    return found.parsed()


def read_csv(data: bytes) -> ParsedScores:
    """The overall board as llm-leaderboard-csv keeps it, which has no day.

    Raises:
        UnreadableSnapshot: it is no CSV with its columns.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UnreadableSnapshot(f"not UTF-8: {error}") from None
    rating = "arena_elo" if "arena_elo" in text.partition("\n")[0] else "arena_score"
    found = ScoreList()
    for row in table_of(text, ("model", rating, "95_pct_ci", "votes")):
        score, around = number_in(row[rating]), _AROUND.fullmatch(row["95_pct_ci"].strip())
        if score is None or around is None:
            column = rating if score is None else "95_pct_ci"
            found.set_aside(TEXT, row["model"], column, row[column], "no_number")
        if score is not None:
            up, down = (number_in(part) for part in around.groups()) if around else (None, None)
            low = None if down is None else score - down
            high = None if up is None else score + up
            _add(found, OVERALL, row["model"], score, low, high, row["votes"], None)
    return found.parsed()


def read_catalog(data: bytes) -> ParsedScores:
    """The boards of arena-catalog, by category; `full` is all of it. They have no day and no votes.

    Raises:
        UnreadableSnapshot: it is no JSON object of boards.
    """
    boards = exact_json.loads(data)
    if not isinstance(boards, dict) or "full" not in boards:
        raise UnreadableSnapshot("expected an object of boards, one of them `full`")
    found = ScoreList()
    for board, models in boards.items():
        for name, row in models.items() if isinstance(models, dict) else ():
            if isinstance(row, dict):
                low, high = row.get("rating_q025"), row.get("rating_q975")
                _add(found, OVERALL if board == "full" else board, name, row.get("rating"), low, high, None, None)
            else:
                found.set_aside(TEXT, name, board, row, "unknown_field")
    return found.parsed()


def _add(
    found: ScoreList,
    category: str,
    name: str,
    rating: object,
    low: object,
    high: object,
    votes: object,
    day: datetime | None,
) -> None:
    score, bottom, top = number_in(rating), number_in(low), number_in(high)
    benchmark = ARENAS.get(category, TEXT)
    if score is None:
        found.set_aside(benchmark, name, category, "missing" if rating is None else rating, "no_number")
        return
    if (bottom is not None and bottom > score) or (top is not None and top < score):
        found.set_aside(benchmark, name, f"{category}.interval", f"{low} .. {high}", "no_number")
        bottom = top = None
    suffix = _SUFFIX.search(name)
    found.scores.append(
        Score(
            place=f"{category}/{name}",
            benchmark_id=benchmark,
            variant=category if benchmark == TEXT else OVERALL,
            source_model=name,
            score=float(score),
            api_name=name,
            effort=effort_in([*in_brackets(name), *(part for part in (suffix.groups() if suffix else ()) if part)]),
            score_low=None if bottom is None else float(bottom),
            score_high=None if top is None else float(top),
            interval_level=LEVEL if bottom is not None or top is not None else None,
            votes=whole_in(votes),
            valid_from=day,
            said_from=day,
        )
    )
