"""Making tables of tables, one after another: while one is checked and told of, the next is being made."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest

import polars as pl

from pipelines.methods.method import Method
from pipelines.warehouse.build import Build, Content
from pipelines.warehouse.sql_models import SqlModel
from pipelines.warehouse.verify import CheckOutcome, check, remember, unchecked

TableMaker = SqlModel | Method


class NotMade(Exception):
    """A table could not be made."""


@dataclass(frozen=True)
class MadeTable:
    """A table that was made, and what its checks found."""

    name: str
    content: Content
    outcomes: list[CheckOutcome]

    @property
    def is_broken(self) -> bool:
        """Whether a check that blocks what is downstream did not hold."""
        return any(outcome.blocking and not outcome.passed for outcome in self.outcomes)


def make(build: Build, makers: Sequence[TableMaker]) -> Iterator[MadeTable]:
    """Make tables in this order, each after those that it reads, up to one whose blocking checks do not hold. One that
    was being made of it meanwhile is not given.

    Raises:
        NotMade: one could not be made; those before it were given.
    """
    with build.alongside() as reading, ThreadPoolExecutor(1) as ahead:
        waiting = [ahead.submit(_make, build, maker) for maker in makers[:1]]
        for maker, following in zip_longest(makers, makers[1:]):
            content, rows = waiting.pop().result()
            if following is not None:
                waiting.append(ahead.submit(_make, build, following))
            outcomes = check(reading, maker.name, rows)
            remember(build, maker.name, outcomes)
            table = MadeTable(maker.name, content, outcomes)
            yield table
            if table.is_broken:
                return


def _make(build: Build, maker: TableMaker) -> tuple[Content, pl.DataFrame | None]:
    """Make a table, and give its rows if they are still to be checked."""
    try:
        content = build.write_sql(maker) if isinstance(maker, SqlModel) else build.write_method(maker)
    except Exception as error:
        raise NotMade(f"{maker.name}: {error}") from error
    return content, unchecked(build, maker.name)
