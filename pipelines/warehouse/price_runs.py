"""From the observations of a feed's snapshots to runs: which statement stood from which content to which. Contents are
taken in batches in the order of their source's time, so that one new snapshot costs itself, not the history, and the
first fill is the same work.

What a run means in the world and in knowledge is SQL: `sql/feeds/price_statement.sql`.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipelines import paths
from pipelines.feeds.observation import scanned
from pipelines.hashing import hash_of
from pipelines.schemas.base import columns
from pipelines.schemas.feeds import Content, Observation, ObservedKeys, PriceRun
from pipelines.warehouse.ddl import create_table

BATCH_ROWS = 4_000_000
#: A content that states fewer than this share of what the one before did, or that moves more than the other share of
#: its amounts a hundredfold, is a broken file until a person has looked.
KEPT_SHARE = 0.5
MOVED_SHARE = 0.1
MOVED_FACTOR = 100

OBSERVED = [column.name for column in columns(Observation)]
KEYS = list(ObservedKeys.to_schema().columns)
MODELS = {"feeds.price_run": PriceRun, "feeds.content": Content}
MERGE = (paths.SQL / "ingest" / "price_run.sql").read_text()


@dataclass(frozen=True)
class Published:
    """A content of a feed: its observations file, and when its source published it first and last."""

    sha256: str
    version: str
    first_at: datetime
    last_at: datetime
    path: Path


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the two tables, empty: one without the other would be half a memory."""
    for name, model in MODELS.items():
        connection.execute(create_table(name, columns(model)))


def rules(accepted: pl.DataFrame) -> str:
    """What decides, beside the contents, what the two tables hold: this code, its SQL, their columns, what they run on,
    and which contents were accepted. Runs that were made by others are to be made anew.
    """
    code = hash_of(Path(__file__), paths.SQL / "ingest", paths.LOCK)
    layout = [create_table(name, columns(model)) for name, model in MODELS.items()]
    return json.dumps([code, layout, sorted(accepted.select("feed", "version").iter_rows())])


def ingest(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    published: Sequence[Published],
    hole_after: timedelta,
    accepted: frozenset[str] = frozenset(),
    batch_rows: int = BATCH_ROWS,
) -> None:
    """Bring the runs of a feed up to its published contents. Those already taken are not read again, unless a content
    came before or between them or closed a hole, or one that was refused is accepted now: `accepted` versions are taken
    however much they changed.

    Raises:
        pandera.errors.SchemaErrors: an observations file holds what no reader may write.
    """
    taken = connection.execute(
        "select file_name, first_at, version, content_no, last_at from feeds.content where feed = ? order by first_at",
        [feed],
    ).fetchall()
    again = published[: len(taken)]
    refused = {row[1] for row in taken if row[3] is None}
    numbered = _numbered([content for content in again if content.first_at not in refused], 0, None, hole_after)
    if (
        [(content.path.name, content.first_at) for content in again] != [row[:2] for row in taken]
        or list(numbered) != [row[3] for row in taken if row[3] is not None]
        or any(version in accepted for _, first_at, version, *_ in taken if first_at in refused)
    ):
        connection.execute("delete from feeds.price_run where feed = ?", [feed])
        connection.execute("delete from feeds.content where feed = ?", [feed])
        taken = []
    for content, (*_, last_at) in zip(published, taken, strict=False):
        if content.last_at > last_at:
            connection.execute(
                "update feeds.content set last_at = ? where feed = ? and first_at = ?",
                [content.last_at, feed, content.first_at],
            )
    waiting = list(published[len(taken) :])
    rows_by_path = _row_counts(connection, waiting)
    while waiting:
        waiting = _batch(connection, feed, waiting, rows_by_path, hole_after, accepted, batch_rows)


def _row_counts(connection: duckdb.DuckDBPyConnection, contents: list[Published]) -> dict[Path, int]:
    """How many observations each file says it holds."""
    if not contents:
        return {}
    found = connection.execute(
        "select file_name, num_rows from parquet_file_metadata(?)", [[str(content.path) for content in contents]]
    )
    return {Path(name): rows for name, rows in found.fetchall()}


def _batch(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    waiting: list[Published],
    rows_by_path: dict[Path, int],
    hole_after: timedelta,
    accepted: frozenset[str],
    batch_rows: int,
) -> list[Published]:
    """Take as many contents as make a batch, up to the first that must be refused, and give the rest."""
    last = connection.execute(
        "select content_no, last_at, row_count from feeds.content where feed = ? and content_no is not null "
        "order by content_no desc limit 1",
        [feed],
    ).fetchall()
    last_no, last_at, last_rows = last[0] if last else (0, None, 0)
    chosen: list[Published] = []
    sizes = [last_rows]
    while len(chosen) < len(waiting) and sum(sizes[1:]) < batch_rows:
        chosen.append(waiting[len(chosen)])
        sizes.append(rows_by_path[chosen[-1].path])
    shrunk = [
        (position, f"states {after:,} rates where the one before stated {before:,}")
        for position, (before, after) in enumerate(pairwise(sizes))
        if after < KEPT_SHARE * before and chosen[position].version not in accepted
    ]
    if shrunk:
        position, reason = shrunk[0]
        if position == 0:
            return _refuse(connection, feed, waiting, sizes[1], reason)
        chosen = chosen[:position]
    numbered = _numbered(chosen, last_no, last_at, hole_after)
    while True:
        _merge(connection, feed, numbered, sizes[1:], last_no)
        before = {
            n: rows
            for (n, content), rows in zip(numbered.items(), sizes, strict=False)
            if content.version not in accepted
        }
        moved = _first_moved(connection, list(numbered), before)
        if moved is None:
            break
        position, reason = moved
        if position == 0:
            return _refuse(connection, feed, waiting, sizes[1], reason)
        numbered = dict(list(numbered.items())[:position])
    _write(connection, feed, numbered, sizes[1:], last_no)
    return waiting[len(numbered) :]


def _numbered(
    contents: list[Published], last_no: int, last_at: datetime | None, hole_after: timedelta
) -> dict[int, Published]:
    """The contents by number; a hole leaves one out, so that no run spans it."""
    numbered = {}
    for content in contents:
        is_hole = last_at is not None and content.first_at - last_at > hole_after
        last_no += 2 if is_hole else 1
        last_at = content.last_at
        numbered[last_no] = content
    return numbered


def _merge(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    numbered: dict[int, Published],
    sizes: list[int],
    last_no: int,
) -> None:
    """Make `run`, the runs after these contents, and `begun`, those that begin in them with all they state. Every
    observation is read for its keys; the few that begin a run are read again whole."""
    observed = scanned([content.path for content in numbered.values()]).with_row_index("row")
    keys = observed.select("row", *KEYS).collect()
    keys = keys.with_columns(content_no=np.repeat(list(numbered), sizes[: len(numbered)]))
    ObservedKeys.validate(keys.select(KEYS), lazy=True)
    connection.execute(
        "create or replace temp table standing as select statement_key, value_key, amount, first_no, last_no "
        "from feeds.price_run where feed = ? and last_no = ?",
        [feed, last_no],
    )
    connection.register("batch", keys)
    connection.execute(f"create or replace temp table run as {MERGE}")
    rows = connection.sql(
        "select batch.row, run.first_no, run.last_no, cast($1 as varchar) as feed from run inner join batch "
        "on run.statement_key = batch.statement_key and run.first_no = batch.content_no where run.first_no > $2",
        params=[feed, last_no],
    ).pl()
    connection.unregister("batch")
    begun = observed.join(rows.lazy(), on="row").drop("row").collect()
    Observation.validate(begun.select(OBSERVED), lazy=True)
    connection.register("found", begun.to_arrow(compat_level=pl.CompatLevel.newest()))
    connection.execute("create or replace temp table begun as from found")
    connection.unregister("found")
    twice = connection.execute(
        "select any_value(source_sku), any_value(field_name), first_no from begun group by statement_key, first_no "
        "having count(*) > 1"
    ).fetchall()
    for sku, name, number in twice:
        raise ValueError(f"{feed}: {sku} {name} stands twice in {numbered[number].path.name}")


def _first_moved(
    connection: duckdb.DuckDBPyConnection, numbers: list[int], sizes: dict[int, int]
) -> tuple[int, str] | None:
    """The first content that moves too many amounts a hundredfold, by position, and what it does. `sizes` holds the
    row count of the content before each that may be refused."""
    rows = connection.execute(
        """
        with value as (
            select statement_key, first_no, last_no, amount from begun
            union all
            select statement_key, first_no, last_no, amount from standing
        ),
        changed as (
            select
                first_no,
                cast(amount as double) / cast(lag(amount) over (partition by statement_key order by first_no) as double)
                as multiple
            from value
        )
        select first_no, count(*) from changed
        where multiple >= $1 or multiple <= 1.0 / $1 group by first_no order by first_no
        """,
        [MOVED_FACTOR],
    ).fetchall()
    for number, moved in rows:
        if moved > MOVED_SHARE * sizes.get(number, math.inf):
            return numbers.index(number), f"moves {moved:,} of {sizes[number]:,} rates a hundredfold or more"
    return None


def _refuse(
    connection: duckdb.DuckDBPyConnection, feed: str, waiting: list[Published], rows: int, reason: str
) -> list[Published]:
    """Set the first of the contents aside: the one before it goes on serving."""
    _record(connection, [_content(feed, waiting[0], None, rows, reason)])
    return waiting[1:]


def _write(
    connection: duckdb.DuckDBPyConnection, feed: str, numbered: dict[int, Published], sizes: list[int], last_no: int
) -> None:
    connection.begin()
    try:
        connection.execute(
            "update feeds.price_run set last_no = run.last_no from run where price_run.feed = ? "
            "and price_run.last_no = ? and price_run.statement_key = run.statement_key "
            "and price_run.first_no = run.first_no and run.last_no > ?",
            [feed, last_no, last_no],
        )
        connection.execute("insert into feeds.price_run by name from begun")
        _record(
            connection,
            [
                _content(feed, content, number, rows, None)
                for (number, content), rows in zip(numbered.items(), sizes, strict=False)
            ],
        )
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _content(
    feed: str, content: Published, number: int | None, rows: int, refused_because: str | None
) -> dict[str, object]:
    return {
        "feed": feed,
        "first_at": content.first_at,
        "last_at": content.last_at,
        "version": content.version,
        "sha256": content.sha256,
        "file_name": content.path.name,
        "content_no": number,
        "row_count": rows,
        "refused_because": refused_because,
    }


def _record(connection: duckdb.DuckDBPyConnection, contents: list[dict[str, object]]) -> None:
    schema = {column.name: column.dtype for column in columns(Content)}
    connection.register("found", pl.DataFrame(contents, schema=schema, orient="row"))
    connection.execute("insert into feeds.content by name from found")
    connection.unregister("found")
