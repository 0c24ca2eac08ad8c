"""What the tables of a build hold and were made from, kept in the build itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

import duckdb
import polars as pl

TABLE = """
create table if not exists internal.made (
    table_name varchar primary key, code_version varchar, content_hash varchar, made_from varchar
);
alter table internal.made add column if not exists row_count bigint;
alter table internal.made add column if not exists bytes bigint;
alter table internal.made add column if not exists layout varchar;
alter table internal.made add column if not exists rules varchar;
"""

ROWS = {
    "table_name": pl.String, "code_version": pl.String, "content_hash": pl.String, "made_from": pl.String,
    "row_count": pl.Int64, "bytes": pl.Int64, "layout": pl.String, "rules": pl.String,
}  # fmt: skip


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


class MadeTables(Mapping[str, Made]):
    """What is known of each table of a build, for all threads that make them. It is written down by `save` alone: a
    table that was replaced (`replacing`) and not saved is not known to the next run, which makes it again.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(TABLE)
        found = connection.execute(f"select {', '.join(ROWS)} from internal.made").fetchall()
        self._made = {
            name: Made(Content(rows, size, content_hash), version, json.loads(made_from), layout, rules)
            for name, version, content_hash, made_from, rows, size, layout, rules in found
        }
        self._unsaved: set[str] = set()
        self._lock = Lock()

    def __getitem__(self, name: str) -> Made:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def replacing(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Within the transaction that replaces a table: what was written down of it holds no more."""
        connection.execute("delete from internal.made where table_name = ?", [name])

    def put(self, name: str, made: Made) -> None:
        """Know a table so from now on."""
        with self._lock:
            self._made = {**self._made, name: made}
            self._unsaved.add(name)

    def save(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write down what was not yet."""
        with self._lock:
            rows = [_row(name, self._made[name]) for name in self._unsaved]
            self._unsaved.clear()
        if rows:
            connection.register("unsaved", pl.DataFrame(rows, schema=ROWS, orient="row"))
            connection.execute("insert or replace into internal.made by name from unsaved")
            connection.unregister("unsaved")


def _row(name: str, made: Made) -> tuple[str | int | None, ...]:
    content = made.content
    return (
        name, made.code_version, content.content_hash, json.dumps(made.made_from), content.row_count, content.bytes,
        made.layout, made.rules,
    )  # fmt: skip
