"""A release without rows: its tables, views, macros and comments. It is kept until one of these changes, since DuckDB
takes a second for its fifteen hundred statements.
"""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import duckdb

from pipelines import paths
from pipelines.schemas import TABLES, VIEWS
from pipelines.schemas.base import columns
from pipelines.warehouse.ddl import comments, create_table, quoted
from pipelines.warehouse.meta_tables import PUBLISHED_SCHEMAS, derivation_query, published
from pipelines.warehouse.sql_models import macros

#: The oldest file format that both DuckDB 1.5 and 2.0 read. Small row groups are compressed side by side.
OPTIONS = "storage_version 'v1.5.0', row_group_size 32768"


def copy_shell(path: Path) -> None:
    """Copy the shell to `path`, made first where it is not there."""
    statements = _statements()
    key = sha256(json.dumps([duckdb.__version__, OPTIONS, statements]).encode()).hexdigest()
    shell = paths.data() / "remembered" / f"shell-{key[:16]}.duckdb"
    if not shell.exists():
        shell.parent.mkdir(parents=True, exist_ok=True)
        for older in shell.parent.glob("shell-*"):
            older.unlink()
        _make(shell.with_suffix(".partial"), statements)
        shell.with_suffix(".partial").rename(shell)
    shutil.copyfile(shell, path)


def _statements() -> list[str]:
    names = published()
    return [
        *(f"create schema {schema}" for schema in PUBLISHED_SCHEMAS),
        *(create_table(name, columns(TABLES[name])) for name in names),
        f"create view meta.derivation as {derivation_query()}",
        *macros(),
        *(comment for name in names for comment in comments("table", name, TABLES[name])),
        *(comment for name, model in VIEWS.items() for comment in comments("view", name, model)),
    ]


def _make(path: Path, statements: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach {quoted(str(path))} as shell ({OPTIONS})")
        connection.execute("use shell")
        connection.begin()  # of its own, each statement would be flushed to the disk
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.execute("checkpoint shell")
        connection.execute("use memory")
        connection.execute("detach shell")
    with open(path, "rb") as file:
        os.fsync(file.fileno())
