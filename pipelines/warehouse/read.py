"""Reading the published file, always read-only."""

from dataclasses import dataclass
from pathlib import Path

import duckdb


class NoRelease(Exception):
    """Nothing was published yet."""


@dataclass(frozen=True)
class Summary:
    """What the newest release holds."""

    release_id: str
    tables: list[tuple[str, int | None, str]]
    quarantined: list[tuple[str, int, str | None, str | None, str, str]]


def opened(link: Path) -> duckdb.DuckDBPyConnection:
    """Open the published file.

    Raises:
        NoRelease: there is none.
    """
    if not link.exists():
        raise NoRelease(f"there is no {link} yet: run `aicost run`")
    return duckdb.connect(link, read_only=True, config={"enable_external_access": False})


def published_input_hash(link: Path) -> str | None:
    """The input hash of the newest release; None where there is none that opens."""
    try:
        with opened(link) as connection:
            row = connection.execute("select any_value(input_hash) from meta.release").fetchone()
    except (NoRelease, duckdb.Error):
        return None
    return row[0] if row else None


def summary(link: Path) -> Summary:
    """The tables with their row counts (a view has none) and descriptions, and the refused rows."""
    with opened(link) as connection:
        (release_id,) = connection.execute("select any_value(release_id) from meta.release").fetchone() or ("",)
        tables = connection.execute(
            """
            with described as (
                select concat(schema_name, '.', table_name) as name, comment, false as is_view
                from duckdb_tables() where not internal
                union all
                select concat(schema_name, '.', view_name), comment, true from duckdb_views() where not internal
            )
            select described.name, release.row_count, coalesce(described.comment, '')
            from described
            left join meta.release as release on described.name = release.table_name
            where described.is_view or release.table_name is not null
            order by list_position(['ref', 'facts', 'marts', 'meta'], split_part(described.name, '.', 1)), 1
            """
        ).fetchall()
        quarantined = connection.execute(
            'select file, line, "column", "value", "rule", fix from meta.quarantine order by all'
        ).fetchall()
    return Summary(release_id, tables, quarantined)
