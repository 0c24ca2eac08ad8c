"""Making tables of tables: two at a time, each after those that it reads. What is made is checked meanwhile."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from graphlib import TopologicalSorter
from queue import PriorityQueue, SimpleQueue
from threading import Lock

import polars as pl

from pipelines.methods.method import Method
from pipelines.warehouse.build import Build
from pipelines.warehouse.made import Content
from pipelines.warehouse.sql_models import SqlModel
from pipelines.warehouse.verify import CheckOutcome, check, remember, unchecked

TableMaker = SqlModel | Method

#: DuckDB plans a table, and writes it down, on one thread.
AT_A_TIME = 2
#: How many tables of SQL a method about takes the time of.
METHOD_WEIGHT = 5


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


@dataclass(frozen=True)
class _Unchecked:
    """A table that was made, with its rows if these are still to be checked."""

    name: str
    content: Content
    rows: pl.DataFrame | None


def make(build: Build, makers: Sequence[TableMaker]) -> Iterator[MadeTable]:
    """Make tables and give each after those that it reads, up to one whose blocking checks do not hold. One that was
    being made meanwhile is not given.

    Raises:
        NotMade: one could not be made; those made before it were given.
    """
    pool = ThreadPoolExecutor(AT_A_TIME)
    try:
        made = _Making(build, makers, pool).made
        with build.alongside() as checking:
            for _ in makers:
                table = made.get()
                if isinstance(table, NotMade):
                    raise table
                outcomes = check(checking.connection, table.name, table.rows)
                remember(build, table.name, outcomes)
                found = MadeTable(table.name, table.content, outcomes)
                yield found
                if found.is_broken:
                    return
    finally:
        pool.shutdown(cancel_futures=True)


class _Making:
    """Tables being made in the threads of a pool; `made` gets each when it is done. Of those that could be made, the
    one goes first that the longest line of others waits for."""

    def __init__(self, build: Build, makers: Sequence[TableMaker], pool: ThreadPoolExecutor) -> None:
        self.made: SimpleQueue[_Unchecked | NotMade] = SimpleQueue()
        self._build = build
        self._pool = pool
        self._makers = {maker.name: maker for maker in makers}
        reads = {maker.name: self._makers.keys() & set(maker.reads) for maker in makers}
        self._line = _longest_lines(self._makers, reads)
        self._order = TopologicalSorter(reads)
        self._order.prepare()
        self._ready: PriorityQueue[tuple[int, str]] = PriorityQueue()
        self._lock = Lock()
        self._start()

    def _start(self) -> None:
        """Have a thread make something for each table that now can be made."""
        for name in self._order.get_ready():
            self._ready.put((-self._line[name], name))
            self._pool.submit(self._make_next)

    def _make_next(self) -> None:
        _, name = self._ready.get_nowait()
        try:
            with self._build.alongside() as build:
                self.made.put(_make(build, self._makers[name]))
            with self._lock:
                self._order.done(name)
                self._start()
        except BaseException as error:  # of Polars a panic is no Exception, and nobody waits for what this thread says
            failed = NotMade(f"{name}: {error}")
            failed.__cause__ = error
            self.made.put(failed)


def _longest_lines(makers: Mapping[str, TableMaker], reads: Mapping[str, set[str]]) -> dict[str, int]:
    """How long the longest line of tables is that begins with each, where one waits for another."""
    lines: dict[str, int] = {}
    for name in reversed([*TopologicalSorter(reads).static_order()]):
        waiting = (lines[other] for other in lines if name in reads[other])
        lines[name] = (METHOD_WEIGHT if isinstance(makers[name], Method) else 1) + max(waiting, default=0)
    return lines


def _make(build: Build, maker: TableMaker) -> _Unchecked:
    content = build.write_sql(maker) if isinstance(maker, SqlModel) else build.write_method(maker)
    return _Unchecked(maker.name, content, unchecked(build, maker.name))
