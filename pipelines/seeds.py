"""The curated facts: which files there are, in which order they must be read so that each row can be held against the
rows it refers to, and the reading of one or all of them. Overlays are folders with files of the same names.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType

import polars as pl

from pipelines.csv_text import SeedFile, read_records
from pipelines.problems import InputError, Problem
from pipelines.schemas import SEEDS
from pipelines.schemas.base import TableModel, columns, key_of, name_of, seed_of
from pipelines.validation import ANY_FACT, Keys, Refused, Validated, author_columns, validate

RANGES = "ref.plausible_range"


@dataclass(frozen=True)
class Overlay:
    """A user's own folder of rows in the seeds' format."""

    name: str
    folder: Path


def overlays_from_environment() -> tuple[Overlay, ...]:
    """The folders in AICOST_OVERLAYS, separated as in PATH.

    Raises:
        InputError: one of them is no folder, or holds a file that no seed is called like.
    """
    entries = os.environ.get("AICOST_OVERLAYS", "").split(os.pathsep)
    folders = list(dict.fromkeys(Path(entry).resolve() for entry in entries if entry))
    problems = []
    for folder in folders:
        if not folder.is_dir():
            problems.append(
                Problem(
                    str(folder), None, None, None, "AICOST_OVERLAYS names no folder", "correct the path", fatal=True
                )
            )
            continue
        for path in sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv"):
            if path.name not in SEEDS:
                fix = "use the name of a seed: " + ", ".join(SEEDS)
                problems.append(Problem(str(path), None, None, None, "no seed has this name", fix, fatal=True))
            elif not path.is_file():
                problems.append(Problem(str(path), None, None, None, "is no file", "put a file there", fatal=True))
    if problems:
        raise InputError(problems)
    names = [folder.name for folder in folders]
    return tuple(Overlay(folder.name if names.count(folder.name) == 1 else str(folder), folder) for folder in folders)


def files_of(model: TableModel, seeds: Path, overlays: Iterable[Overlay]) -> tuple[SeedFile, ...]:
    """The files that hold a table's rows: the shipped one and the overlays' ones."""
    name = str(seed_of(model))
    found = [SeedFile(f"seeds/{name}", seeds / name)]
    found += [SeedFile(f"overlay:{o.name}/{name}", o.folder / name) for o in overlays if (o.folder / name).exists()]
    return tuple(found)


def typed_name(model: TableModel) -> str:
    """The table that holds a seed's typed rows: a reference table is its seed; a fact table is made from it by SQL."""
    schema, _ = name_of(model).split(".")
    return name_of(model) if schema in ("ref", "seeds") else f"seeds.{str(seed_of(model)).removesuffix('.csv')}"


def holds_facts(model: TableModel) -> bool:
    """Whether the rows have ids that a conflict or a statement may refer to."""
    return key_of(model)[0] in ("fact_id", "statement_id")


def referenced(model: TableModel) -> tuple[str, ...]:
    """The tables whose keys the rows of a table refer to, and the ranges their amounts are held against."""
    names: dict[str, None] = {}
    for column in author_columns(model):
        targets = column.references
        for target in [targets] if isinstance(targets, str) else (targets or {}).values():
            if target == ANY_FACT:
                names.update({typed_name(m): None for m in SEEDS.values() if holds_facts(m) and m is not model})
            elif target != name_of(model):
                names[target] = None
    if any(column.name == "amount" for column in columns(model)):
        names[RANGES] = None
    return tuple(names)


def in_order() -> tuple[TableModel, ...]:
    """The tables that people write, each after those it refers to."""
    by_typed_name = {typed_name(model): model for model in SEEDS.values()}
    graph = {name: referenced(model) for name, model in by_typed_name.items()}
    return tuple(by_typed_name[name] for name in TopologicalSorter(graph).static_order())


def read(
    model: TableModel,
    files: Iterable[SeedFile],
    tables: Mapping[str, pl.DataFrame],
    lost: Keys = MappingProxyType({}),
) -> Validated:
    """Read, type and check the rows of one table. `tables` holds the typed tables that it refers to, `lost` the keys of
    the rows that they lost.
    """
    expected = tuple(column.name for column in author_columns(model))
    records, problems = [], []
    for file in files:
        if not file.path.exists():
            problems.append(Problem(file.label, None, None, None, "the file is missing", "restore it", fatal=True))
            continue
        found, wrong = read_records(file, expected)
        records += found
        problems += wrong
    validated = validate(
        model, records, _keys(model, tables), tables.get(RANGES), _with_any_fact(lost), _taken(model, tables)
    )
    unread = [Refused(problem, "{}") for problem in problems if not problem.fatal]
    return replace(validated, problems=problems + validated.problems, refused=unread + validated.refused)


def read_all(seeds: Path, overlays: Iterable[Overlay]) -> tuple[dict[str, pl.DataFrame], list[Problem]]:
    """Read, type and check every seed and overlay: the typed tables, and all that is wrong."""
    overlays = tuple(overlays)
    tables: dict[str, pl.DataFrame] = {}
    lost: dict[str, frozenset[str]] = {}
    broken = set()
    problems: list[Problem] = []
    for model in in_order():
        name = typed_name(model)
        sound = {other: frame for other, frame in tables.items() if other not in broken}
        validated = read(model, files_of(model, seeds, overlays), sound, lost)
        tables[name], lost[name] = validated.frame, validated.lost
        problems += validated.problems
        if any(problem.fatal for problem in validated.problems):
            broken.add(name)
    return tables, problems


def _keys(model: TableModel, tables: Mapping[str, pl.DataFrame]) -> dict[str, frozenset[str]]:
    """The keys of each table, and of all that hold facts, where all are there."""
    by_name = {typed_name(other): other for other in SEEDS.values()}
    keys = {name: frozenset(frame[key_of(by_name[name])[0]]) for name, frame in tables.items() if name in by_name}
    if all(name in keys for name, other in by_name.items() if holds_facts(other) and other is not model):
        keys = _with_any_fact(keys)
    return keys


def _taken(model: TableModel, tables: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """The ids of the facts of other tables, each with the file that carries it."""
    others = [typed_name(other) for other in SEEDS.values() if key_of(other) == ("fact_id",) and other is not model]
    return {
        fact_id: origin
        for name in others
        if name in tables
        for fact_id, origin in tables[name].select("fact_id", "origin").iter_rows()
    }


def _with_any_fact(keys: Keys) -> dict[str, frozenset[str]]:
    holders = [typed_name(model) for model in SEEDS.values() if holds_facts(model)]
    return {**keys, ANY_FACT: frozenset().union(*(keys[name] for name in holders if name in keys))}
