"""What a reader of a board of scores makes of its bytes: the scores it states and what could not be read. Readers are
pure functions from bytes to `ParsedScores`; how scores become frames is here, what a file looks like is in the reader.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from pipelines.feeds.observation import Unread, UnreadableSnapshot
from pipelines.schemas.base import columns
from pipelines.schemas.feeds import ScoreObservation, SetAside


class Score(NamedTuple):
    """A score as a file states it, on the scale of its benchmark. Fields as in `feeds.score_observation`."""

    place: str
    benchmark_id: str
    variant: str
    source_model: str
    score: float
    api_name: str | None = None
    harness: str | None = None
    effort: str | None = None
    score_low: float | None = None
    score_high: float | None = None
    interval_level: float | None = None
    votes: int | None = None
    tasks: int | None = None
    cost_to_run_usd: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    valid_from: datetime | None = None
    said_from: datetime | None = None


@dataclass(frozen=True)
class ParsedScores:
    """The scores of one snapshot, and what was set aside."""

    scores: pl.DataFrame
    set_aside: pl.DataFrame


@dataclass
class ScoreList:
    """The scores read so far, and what was set aside. Of a value that is absent (`None`) nothing is written down."""

    scores: list[Score] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def set_aside(self, board: str, model: str, field_name: str, value: object, reason: str) -> None:
        """Note a value that no score is made of."""
        if value is not None:
            self.unread.append(Unread(board, model, field_name, str(value), reason))

    def parsed(self) -> ParsedScores:
        """Frames of `feeds.score_observation` and `feeds.set_aside`. Of equal statements one is kept; where one place
        states two scores, all of it is set aside.

        Raises:
            UnreadableSnapshot: no score was read.
        """
        by_place: dict[tuple[object, ...], dict[Score, None]] = {}
        for score in self.scores:
            by_place.setdefault((score.place, score.variant, score.valid_from), {})[score] = None
        kept = [next(iter(found)) for found in by_place.values() if len(found) == 1]
        for found in by_place.values():
            for score in found if len(found) > 1 else ():
                self.set_aside(score.benchmark_id, score.source_model, score.place, score.score, "duplicate_key")
        if not kept:
            raise UnreadableSnapshot("no score was found in it")
        return ParsedScores(_frame(ScoreObservation, kept), _frame(SetAside, dict.fromkeys(self.unread)))


def _frame(table: type[ScoreObservation | SetAside], rows: Iterable[Score | Unread]) -> pl.DataFrame:
    schema = {column.name: column.dtype for column in columns(table)}
    return pl.DataFrame([row._asdict() for row in rows], schema=schema)
