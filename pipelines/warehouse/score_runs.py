"""What feeds of scores said, and since when: the contents of a feed told one after another. A score that is restated is
the same fact, confirmed; a changed one is a new fact, and ends what was known of the old.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.feeds.feed import Feed
from pipelines.feeds.parsing import ReadContent
from pipelines.schemas.base import columns
from pipelines.schemas.feeds import ScoreRun

#: What tells a score from every other of a feed.
KEY = ("place", "variant", "valid_from")
Row = dict[str, Any]


@dataclass
class _Standing:
    """A score that the newest content told so far states, or that none since denies."""

    row: Row
    known_from: datetime
    last_at: datetime
    known_to: datetime | None = None


def frame(feeds: Iterable[Feed], read: Mapping[str, list[ReadContent]]) -> pl.DataFrame:
    """The rows of `feeds.score_run`. A content that could not be read tells nothing, so the one before it serves."""
    schema = {column.name: column.dtype for column in columns(ScoreRun)}
    rows = [row for feed in feeds for row in _rows(feed, read[feed.name])]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rows(feed: Feed, contents: Iterable[ReadContent]) -> Iterator[Row]:
    if (scores := feed.scores) is None:
        return
    source_id = scores.cited_as or feed.source_id
    times: dict[str, int] = {}
    for run in _runs(contents, scores.boards):
        said = "\x1f".join(str(run.row[name]) for name in sorted(run.row))
        times[said] = times.get(said, 0) + 1
        digest = hashlib.blake2b(f"{said}\x1f{times[said]}".encode(), digest_size=8).hexdigest()
        yield {
            **run.row,
            "fact_id": f"{source_id}-{digest}",
            "feed": feed.name,
            "source_id": source_id,
            "namespace": scores.namespace,
            "known_from": run.known_from,
            "known_to": run.known_to,
            "last_confirmed_at": run.last_at,
        }


def _runs(contents: Iterable[ReadContent], boards: bool) -> list[_Standing]:
    """Scores with since when and until when they were stated. What a content lacks was withdrawn if it still has the
    board, which is the benchmark and variant; a board that is gone made room for another."""
    told: list[_Standing] = []
    standing: dict[tuple[object, ...], _Standing] = {}
    seen: set[tuple[object, ...]] = set()
    for content in contents:
        if content.problem is not None:
            continue
        stated = {_key(row): row for row in _stated(content, boards)}
        present = {_board(row) for row in stated.values()}
        for key, run in list(standing.items()):
            if _board(run.row) in present and stated.get(key) != run.row:
                run.known_to = content.first_at
                del standing[key]
        for key, row in stated.items():
            if key in standing:
                standing[key].last_at = content.last_at
                continue
            said_from = row["said_from"] if row["said_from"] and key not in seen else content.first_at
            standing[key] = _Standing(row, min(said_from, content.first_at), content.last_at)
            told.append(standing[key])
        seen |= stated.keys()
    return told


def _stated(content: ReadContent, boards: bool) -> Iterator[Row]:
    """The scores of a content. One whose day the source does not state has none: when a board was first seen tells it
    from other boards, and no more."""
    for row in pl.read_parquet(content.rows).to_dicts():
        day = row["valid_from"]
        if boards:
            edition = f"{day:%Y-%m-%d}" if day else f"seen {content.first_at:%Y-%m-%d}"
            row["variant"] = f"{row['variant']}, {edition}"
        row["valid_from_basis"] = "documented" if day else "unknown"
        yield row


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in KEY)


def _board(row: Row) -> tuple[str, str]:
    return row["benchmark_id"], row["variant"]
