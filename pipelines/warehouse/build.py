"""The private database in which tables are made, under a lock. Each table remembers what it was made from, so that a
release can refuse a mixture, and so that a table of the same is not made again.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from pipelines.methods.method import Method
from pipelines.methods.registry import code_version as methods_version
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import Column, columns, key_of
from pipelines.seeds import typed_name
from pipelines.validation import Refused
from pipelines.warehouse.ddl import create_table, quoted
from pipelines.warehouse.made import Content, Made, MadeTables
from pipelines.warehouse.sql_models import SqlModel

SCHEMAS = """
create schema if not exists internal;
create schema if not exists ref;
create schema if not exists seeds;
create schema if not exists feeds;
create schema if not exists facts;
create schema if not exists work;
create schema if not exists marts;
create schema if not exists meta;
create table if not exists internal.quarantine (
    file varchar, line bigint, "column" varchar, "value" varchar, "rule" varchar, fix varchar, row_text varchar,
    table_name varchar
);
"""

#: DuckDB spills to disk rather than take more memory (Python holds two batches of observations beside it), may write
#: rows in any order (no table of ours relies on one), and does not compress what the next run replaces: that saves a
#: third of the time.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1500MB",
    "preserve_insertion_order": False,
    "force_compression": "uncompressed",
}
#: Rows that a thread takes at a time. Of DuckDB's own 122,880 most of our tables have not one group, so that one thread
#: alone made them.
ROW_GROUP = 16_384


class BuildBusy(Exception):
    """Another process is building."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside the database; it goes with the process, also with a killed one.

    Raises:
        BuildBusy: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise BuildBusy(f"process {lock.read() or '?'} is building; wait for it, or stop it") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Build:
    """An open build database. Make one with `opened`; what its tables were made from is written down as it closes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, made: MadeTables) -> None:
        self.connection = connection
        self.made = made
        self._measured: tuple[str, str, pl.DataFrame] | None = None

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator["Build"]:
        """Lock, open, and close again."""
        with locked(path), duckdb.connect(config={**SETTINGS, "temp_directory": f"{path}.tmp"}) as connection:
            connection.execute(f"attach {quoted(str(path))} as build (row_group_size {ROW_GROUP})")
            connection.execute("use build")
            connection.begin()
            connection.execute(SCHEMAS)
            build = cls(connection, MadeTables(connection))
            connection.commit()
            try:
                yield build
            finally:
                build.made.save(connection)

    @contextmanager
    def alongside(self) -> Iterator["Build"]:
        """The same build on another connection, for a thread of its own."""
        with self.connection.cursor() as connection:
            connection.execute("use build")
            yield Build(connection, self.made)

    def write_frame(
        self, name: str, kept: tuple[Column, ...], frame: pl.DataFrame, made_from: Mapping[str, str], code_version: str
    ) -> Content:
        """Replace a table by the rows of a frame with these columns."""
        return self._replace(name, kept, "from rows", made_from, code_version, frame.select(c.name for c in kept))

    def write_query(self, name: str, query: str, made_from: Mapping[str, str], code_version: str) -> Content:
        """Replace a table by what a query of ours selects from the tables of this build, unless it was made so."""
        kept = columns(TABLES[name])
        content = self.made_already(name, kept, made_from, code_version)
        return content or self._replace(name, kept, query, made_from, code_version)

    def write_sql(self, model: SqlModel) -> Content:
        """Replace a table by what its SQL selects from the tables of this build, unless it was made so."""
        return self.write_query(model.name, model.sql, self.content_hashes(model.reads), model.code_version)

    def write_method(self, method: Method) -> Content:
        """Replace a table by what its method makes of the tables of this build, unless it was made so."""
        made_from, kept = self.content_hashes(method.reads), columns(TABLES[method.name])
        if content := self.made_already(method.name, kept, made_from, methods_version()):
            return content
        frames = {
            name: self.connection.sql(f"select {', '.join(listed)} from {name} order by all").pl()
            for name, listed in method.reads.items()
        }
        if method.reuses:
            frames[method.name] = self._made_last(method, kept)
        return self.write_frame(method.name, kept, method.make(frames), made_from, methods_version())

    def _made_last(self, method: Method, kept: tuple[Column, ...]) -> pl.DataFrame:
        """What a method wants of its table as the same code made it last, of whatever."""
        table = self.made.get(method.name)
        if table and (table.code_version, table.layout) == (methods_version(), create_table(method.name, kept)):
            rows: pl.DataFrame = self.connection.sql(
                f"select distinct {', '.join(method.reuses)} from {method.name}"
            ).pl()
            return rows
        return pl.DataFrame(schema={column.name: column.dtype for column in kept if column.name in method.reuses})

    def made_already(
        self, name: str, kept: tuple[Column, ...], made_from: Mapping[str, str], code_version: str
    ) -> Content | None:
        """What a table holds that this code made of the same, with these columns; None where it has to be made."""
        table = self.made.get(name)
        wanted = code_version, dict(made_from), create_table(name, kept)
        return table.content if table and (table.code_version, table.made_from, table.layout) == wanted else None

    def forget(self) -> None:
        """Have every table made and checked anew, whatever it was made from."""
        for name, table in self.made.items():
            self.made.put(name, replace(table, layout=None, rules=None))
        self.made.save(self.connection)

    def held(self, name: str, rules: str) -> bool:
        """Whether the rows that a table has now were found to keep these rules."""
        return name in self.made and self.made[name].rules == rules

    def hold(self, name: str, rules: str) -> None:
        """Remember that the rows that a table has now keep these rules."""
        if not self.held(name, rules):
            self.made.put(name, replace(self.made[name], rules=rules))

    def _replace(
        self,
        name: str,
        kept: tuple[Column, ...],
        query: str,
        made_from: Mapping[str, str],
        code_version: str,
        rows: pl.DataFrame | None = None,
    ) -> Content:
        connection, layout = self.connection, create_table(name, kept)
        connection.begin()
        try:
            if name in self.made:  # a process that is killed before it saves leaves a table that is to be made again
                self.made.replacing(connection, name)
            connection.execute(layout)
            connection.execute(f"insert into {name} by name {query}")
            content = self.content(name)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        self.made.put(name, Made(content, code_version, dict(made_from), layout, self._kept(name, content)))
        return content

    def record(self, name: str, made_from: Mapping[str, str], code_version: str, layout: str | None = None) -> Content:
        """Remember what a table was made from that was brought up to date rather than written anew, and by which rules:
        in place of the statement that gave it its columns."""
        content = self.content(name)
        self.made.put(name, Made(content, code_version, dict(made_from), layout, self._kept(name, content)))
        self.made.save(self.connection)
        return content

    def _kept(self, name: str, content: Content) -> str | None:
        """The rules that a table's rows keep where they came out as they were."""
        before = self.made.get(name)
        return before.rules if before and before.content == content else None

    def content(self, name: str) -> Content:
        """Count and hash a table. The hash is a sum over rows: order does not matter, and parts can be added. It is
        measured where it is not as it was."""
        ((rows, lower, upper),) = self.connection.execute(
            "select count(*), coalesce(sum(row_hash::hugeint), 0), coalesce(sum(hash(row_hash)::hugeint), 0) "
            f"from (select hash(t) as row_hash from {name} as t)"
        ).fetchall()
        content_hash = f"{upper % 2**64:016x}{lower % 2**64:016x}"
        before = self.made.get(name)
        if before and (before.content.row_count, before.content.content_hash) == (rows, content_hash):
            return before.content
        frame = self._read(name)
        self._measured = name, content_hash, frame
        return Content(rows, int(frame.estimated_size()), content_hash)

    def content_hashes(self, names: Iterable[str]) -> dict[str, str]:
        """The recorded content hash of each table."""
        names = tuple(names)
        if missing := [name for name in names if name not in self.made]:
            raise LookupError(f"{', '.join(missing)} was never made: make it first")
        return {name: self.made[name].content.content_hash for name in names}

    def quarantine(self, table: str, refused: list[Refused]) -> None:
        """Keep the refused rows of a seed in place of its earlier ones."""
        self.connection.execute("delete from internal.quarantine where table_name = ?", [table])
        for row in refused:
            problem = row.problem
            self.connection.execute(
                "insert into internal.quarantine values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    problem.file,
                    problem.line,
                    problem.column,
                    problem.value,
                    problem.rule,
                    problem.fix,
                    row.row_text,
                    table,
                ],
            )

    def refuses(self, *tables: str) -> bool:
        """Whether any row of these seeds was refused."""
        found = self.connection.execute("select count(*) from internal.quarantine where table_name in ?", [[*tables]])
        return bool(found.fetchall()[0][0])

    def lost(self, table: str) -> frozenset[str]:
        """The keys of the refused rows of a seed, as written."""
        rows = self.connection.execute("select row_text from internal.quarantine where table_name = ?", [table])
        refused = [json.loads(text) for (text,) in rows.fetchall()]
        key = key_of(next(model for model in SEEDS.values() if typed_name(model) == table))[0]
        return frozenset(row[key] for row in refused if key in row)

    def frame(self, name: str) -> pl.DataFrame:
        """A whole table. Of the one that was measured last the rows are at hand."""
        if self._measured and name in self.made:
            measured, content_hash, frame = self._measured
            if (measured, content_hash) == (name, self.made[name].content.content_hash):
                return frame
        return self._read(name)

    def _read(self, name: str) -> pl.DataFrame:
        rows: pl.DataFrame = self.connection.sql(f"from {name}").pl()
        return rows
