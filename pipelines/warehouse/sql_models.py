"""A `.sql` file is a table: `sql/marts/compute_ratio.sql` is `marts.compute_ratio`. Its header comment says what a row
is; what it reads is read from the statement itself. Files in `sql/checks` are checks: queries that return the rows that
break a promise.
"""

import re
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

from pipelines import paths
from pipelines.hashing import hash_of
from pipelines.warehouse.remembered import remembered

LAYERS = ("feeds", "ref", "facts", "work", "marts", "meta")


@dataclass(frozen=True)
class SqlModel:
    """A statement that makes a table: its name, text, header and the tables it reads."""

    name: str
    sql: str
    grain: str
    about: str
    reads: tuple[str, ...]
    code_version: str


@dataclass(frozen=True)
class SqlCheck:
    """A query that returns the rows breaking a promise about a table."""

    name: str
    sql: str
    table: str
    about: str
    blocking: bool
    reads: tuple[str, ...]


@cache
def sql_models(root: Path = paths.SQL) -> dict[str, SqlModel]:
    """Every table that SQL makes, by name, each after those it reads."""
    files = {f"{layer}.{path.stem}": path for layer in LAYERS for path in sorted((root / layer).glob("*.sql"))}
    texts = {name: path.read_text() for name, path in files.items()}
    reads = remembered(
        "reads", {**texts, "code": Path(__file__).read_text()}, lambda: {name: _reads(texts[name]) for name in texts}
    )
    return {name: _model(name, path, texts[name], tuple(reads[name])) for name, path in sorted(files.items())}


@cache
def sql_checks(root: Path = paths.SQL) -> tuple[SqlCheck, ...]:
    """Every check, by file name."""
    return tuple(_check(path) for path in sorted((root / "checks").glob("*.sql")))


@cache
def macros(root: Path = paths.SQL) -> tuple[str, ...]:
    """The statements that define the macros, each after those it uses."""
    texts = {path.stem: path.read_text() for path in sorted((root / "macros").glob("*.sql"))}
    uses = {name: [other for other in texts if other != name and f"{other}(" in texts[name]] for name in texts}
    return tuple(texts[name] for name in TopologicalSorter(uses).static_order())


def header(text: str) -> dict[str, str]:
    """The `key: value` lines of the comment that a file begins with; the other lines are `about`."""
    found: dict[str, str] = {}
    about = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        content = line[2:].strip()
        if match := re.fullmatch(r"(grain|table|blocking): (.+)", content):
            found[match[1]] = match[2]
        else:
            about.append(content)
    return {**found, "about": " ".join(about)}


def _model(name: str, path: Path, text: str, reads: tuple[str, ...]) -> SqlModel:
    said = header(text)
    if "grain" not in said:
        raise ValueError(f"{path}: the header comment has no line `-- grain: one row a ...`")
    version = hash_of(path, paths.LOCK)[:12]
    return SqlModel(name, text, said["grain"], said["about"], reads, version)


def _check(path: Path) -> SqlCheck:
    text = path.read_text()
    said = header(text)
    if "table" not in said:
        raise ValueError(f"{path}: the header comment has no line `-- table: schema.table`")
    return SqlCheck(path.stem, text, said["table"], said["about"], said.get("blocking", "true") == "true", _reads(text))


def _reads(text: str) -> tuple[str, ...]:
    """The tables with a schema that a statement reads; names without one are its own CTEs."""
    return tuple(sorted({f"{table.db}.{table.name}" for table in parsed(text).find_all(exp.Table) if table.db}))


@cache
def parsed(text: str) -> exp.Expr:
    """The tree of a statement. Copy it before changing it."""
    return sqlglot.parse_one(text, read="duckdb")
