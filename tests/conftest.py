"""The warehouse as its users get it: built once from the shipped seeds, in a home of its own, opened read-only."""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from pipelines import cli, paths, seeds
from pipelines.warehouse import read


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own for everything that is written. No feed is asked."""
    folder = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in ("AICOST_HOME", "AICOST_OVERLAYS", "AICOST_OFFLINE")}
    os.environ["AICOST_HOME"] = str(folder)
    os.environ["AICOST_OFFLINE"] = "1"
    os.environ.pop("AICOST_OVERLAYS", None)
    yield folder
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class Aicost:
    """The command, run in this process with `home` as its home and these overlays; it asks feeds only if told that it
    is `online`. The history of its runs is kept in memory: written to disk it takes as long as the build.
    """

    def __call__(self, home: Path, *words: str, overlays: Iterable[Path] = (), online: bool = False) -> Result:
        """Run it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AICOST_HOME", str(home))
            patch.setenv("AICOST_OFFLINE", "0" if online else "1")
            patch.setenv("AICOST_OVERLAYS", os.pathsep.join(map(str, overlays)))
            for name in ("DAGSTER_HOME", "AICOST_DAGSTER_STORAGE"):
                patch.setenv(name, "set by the command")
            patch.setattr(dg.DagsterInstance, "get", dg.DagsterInstance.ephemeral)
            return CliRunner().invoke(cli.app, words)


@pytest.fixture(scope="session")
def aicost() -> Aicost:
    """Run the command."""
    return Aicost()


@pytest.fixture(scope="session")
def first_run(home: Path, aicost: Aicost) -> str:
    """What the first `aicost run` printed."""
    result = aicost(home, "run")
    assert result.exit_code == 0, result.output
    return str(result.stdout)


@pytest.fixture(scope="session")
def published(home: Path, first_run: str) -> Path:
    """The path of the warehouse that `aicost run` published."""
    return paths.warehouse()


@pytest.fixture(scope="session")
def copy_home(home: Path, published: Path) -> Callable[[Path], Path]:
    """Make a home with a build and a release, to do with as one likes."""
    leave = shutil.ignore_patterns("dagster")
    return lambda folder: Path(shutil.copytree(home, folder, symlinks=True, ignore=leave))


@pytest.fixture
def copied_home(copy_home: Callable[[Path], Path], tmp_path: Path) -> Path:
    """Such a home for one test."""
    return copy_home(tmp_path / "home")


@pytest.fixture(scope="session")
def warehouse(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, opened read-only."""
    with read.opened(published) as connection:
        yield connection


@pytest.fixture(scope="session")
def rows(warehouse: duckdb.DuckDBPyConnection) -> Callable[..., list[dict[str, object]]]:
    """Ask the warehouse: the rows as dictionaries."""

    def ask(sql: str, *values: object) -> list[dict[str, object]]:
        cursor = warehouse.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return ask


@pytest.fixture(scope="session")
def shipped() -> dict[str, pl.DataFrame]:
    """The typed tables of the shipped seeds, which are valid."""
    tables, problems = seeds.read_all(paths.SEEDS, ())
    assert problems == []
    return tables
