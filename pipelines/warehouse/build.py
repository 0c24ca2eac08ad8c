"""The private database in which tables are made, one at a time, under a lock. Each table remembers what it was made
from, so that a release can refuse a mixture, and so that a table of the same is not made again.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import duckdb
import polars as pl

from pipelines.methods.method import Method
from pipelines.methods.registry import code_version as methods_version
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import Column, columns, key_of
from pipelines.seeds import typed_name
from pipelines.validation import Refused
from pipelines.warehouse.ddl import create_table, quoted
from pipelines.warehouse.sql_models import SqlModel

STATE = """
begin;
create schema if not exists internal;
create schema if not exists ref;
create schema if not exists seeds;
create schema if not exists feeds;
create schema if not exists facts;
create schema if not exists work;
create schema if not exists marts;
create schema if not exists meta;
create table if not exists internal.made (
    table_name varchar primary key, code_version varchar, content_hash varchar, made_from varchar
);
alter table internal.made add column if not exists row_count bigint;
alter table internal.made add column if not exists bytes bigint;
alter table internal.made add column if not exists layout varchar;
alter table internal.made add column if not exists rules varchar;
create table if not exists internal.quarantine (
    file varchar, line bigint, "column" varchar, "value" varchar, "rule" varchar, fix varchar, row_text varchar,
    table_name varchar
);
commit;
"""

MADE = {
    "table_name": pl.String, "code_version": pl.String, "content_hash": pl.String, "made_from": pl.String,
    "row_count": pl.Int64, "bytes": pl.Int64, "layout": pl.String, "rules": pl.String,
}  # fmt: skip

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


@dataclass(frozen=True)
class Content:
    """What a table holds: rows, their size in memory, and a hash of them that does not depend on their order."""

    row_count: int
    bytes: int
    content_hash: str


@dataclass(frozen=True)
class Made:
    """What a table holds, and what it was made from: its code, the content of each table or file read, and what shaped
    it, which is the statement that gave it its columns, or rules; and the rules that its rows were found to keep.
    """

    content: Content
    code_version: str
    made_from: dict[str, str]
    layout: str | None
    rules: str | None = None


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

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._latest: tuple[str, pl.DataFrame] | None = None
        self._made: dict[str, Made] | None = None
        self._unsaved: set[str] = set()
        self._remembering = Lock()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator["Build"]:
        """Lock, open, and close again."""
        with locked(path), duckdb.connect(config={**SETTINGS, "temp_directory": f"{path}.tmp"}) as connection:
            connection.execute(f"attach {quoted(str(path))} as build (row_group_size {ROW_GROUP})")
            connection.execute("use build")
            connection.execute(STATE)
            build = cls(connection)
            try:
                yield build
            finally:
                build._save()

    @contextmanager
    def alongside(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Another connection, for a thread of its own: what was made can be read while more is made."""
        with self.connection.cursor() as reading:
            reading.execute("use build")
            yield reading

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
        return self.write_frame(method.name, kept, method.make(frames), made_from, methods_version())

    def made_already(
        self, name: str, kept: tuple[Column, ...], made_from: Mapping[str, str], code_version: str
    ) -> Content | None:
        """What a table holds that this code made of the same, with these columns; None where it has to be made."""
        table = self.made().get(name)
        wanted = code_version, dict(made_from), create_table(name, kept)
        return table.content if table and (table.code_version, table.made_from, table.layout) == wanted else None

    def forget(self) -> None:
        """Have every table made and checked anew, whatever it was made from."""
        self._save()
        self.connection.execute("update internal.made set layout = null, rules = null")
        self._made = None

    def held(self, name: str, rules: str) -> bool:
        """Whether the rows that a table has now were found to keep these rules."""
        return name in self.made() and self.made()[name].rules == rules

    def hold(self, name: str, rules: str) -> None:
        """Remember that the rows that a table has now keep these rules."""
        if not self.held(name, rules):
            self._remember(name, replace(self.made()[name], rules=rules))

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
        self._latest = None
        connection.begin()
        try:
            if name in self.made():  # a process that is killed before it saves leaves a table that is to be made again
                connection.execute("delete from internal.made where table_name = ?", [name])
            connection.execute(layout)
            connection.execute(f"insert into {name} by name {query}")
            content = self.content(name)
            connection.commit()
        except BaseException:
            connection.rollback()
            self._latest = None
            raise
        self._remember(name, Made(content, code_version, dict(made_from), layout, self._kept(name, content)))
        return content

    def record(self, name: str, made_from: Mapping[str, str], code_version: str, layout: str | None = None) -> Content:
        """Remember what a table was made from that was brought up to date rather than written anew, and by which rules:
        in place of the statement that gave it its columns."""
        self._latest = None
        content = self.content(name)
        self._remember(name, Made(content, code_version, dict(made_from), layout, self._kept(name, content)))
        self._save()
        return content

    def _kept(self, name: str, content: Content) -> str | None:
        """The rules that a table's rows keep where they came out as they were."""
        before = self.made().get(name)
        return before.rules if before and before.content == content else None

    def _remember(self, name: str, made: Made) -> None:
        with self._remembering:
            self._made = {**self.made(), name: made}
            self._unsaved.add(name)

    def _save(self) -> None:
        """Write down what is remembered."""
        with self._remembering:
            unsaved = [(name, self.made()[name]) for name in self._unsaved]
            self._unsaved.clear()
        rows = [
            (
                name, made.code_version, made.content.content_hash, json.dumps(made.made_from), made.content.row_count,
                made.content.bytes, made.layout, made.rules,
            )
            for name, made in unsaved
        ]  # fmt: skip
        if rows:
            self.connection.register("unsaved", pl.DataFrame(rows, schema=MADE, orient="row"))
            self.connection.execute("insert or replace into internal.made by name from unsaved")
            self.connection.unregister("unsaved")

    def content(self, name: str) -> Content:
        """Count and hash a table. The hash is a sum over rows: order does not matter, and parts can be added. It is
        measured where it is not as it was."""
        ((rows, lower, upper),) = self.connection.execute(
            "select count(*), coalesce(sum(row_hash::hugeint), 0), coalesce(sum(hash(row_hash)::hugeint), 0) "
            f"from (select hash(t) as row_hash from {name} as t)"
        ).fetchall()
        content_hash = f"{upper % 2**64:016x}{lower % 2**64:016x}"
        before = self.made().get(name)
        if before and (before.content.row_count, before.content.content_hash) == (rows, content_hash):
            return before.content
        return Content(rows, int(self.frame(name).estimated_size()), content_hash)

    def made(self) -> dict[str, Made]:
        """What each table was made from."""
        if self._made is None:
            found = self.connection.execute("from internal.made").fetchall()
            self._made = {
                name: Made(Content(rows, size, content_hash), version, json.loads(made_from), layout, rules)
                for name, version, content_hash, made_from, rows, size, layout, rules in found
            }
        return self._made

    def content_hashes(self, names: Iterable[str]) -> dict[str, str]:
        """The recorded content hash of each table."""
        made, names = self.made(), tuple(names)
        if missing := [name for name in names if name not in made]:
            raise LookupError(f"{', '.join(missing)} was never made: make it first")
        return {name: made[name].content.content_hash for name in names}

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
        """A whole table. The one asked for last is kept: what was just made is measured, then checked."""
        if self._latest is None or self._latest[0] != name:
            self._latest = name, self.connection.sql(f"from {name}").pl()
        return self._latest[1]
