"""The gate: records of text to a typed frame that keeps every rule of its pandera model, and the rows that do not, each
with what is wrong and what to do. No file is read here and no database is touched.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pandera.polars as pa
import polars as pl

from pipelines import values
from pipelines.csv_text import Record
from pipelines.problems import Problem
from pipelines.schemas import TABLES
from pipelines.schemas.base import FACT_ID, SLUG, Column, TableModel, columns, key_of, name_of, plausible_by, seed_of

#: Keys of the tables that a row may refer to, by table.
Keys = Mapping[str, frozenset[str]]

#: Stands for the facts of every table and the statements of every source, in a reference.
ANY_FACT = "any fact"
LINE = "_line"
FILE = "_file"

#: What to write in a column of a form.
FORMS = {
    SLUG: "write lower-case letters and digits, joined by single - . or _",
    FACT_ID: "write letters and digits, joined by single - . or _ and beginning in lower case",
    r"^https?://\S+$": "write an address that begins with http:// or https://",
}
#: What a bound in a model is called in a message.
BOUNDS = {
    "greater_than": "not above",
    "greater_than_or_equal_to": "below",
    "less_than": "not below",
    "less_than_or_equal_to": "above",
}


@dataclass(frozen=True)
class Refused:
    """A refused row, with the first rule it breaks and the row as read."""

    problem: Problem
    row_text: str


@dataclass(frozen=True)
class Validated:
    """What became of the records of one table."""

    frame: pl.DataFrame
    problems: list[Problem]
    refused: list[Refused]
    lost: frozenset[str] = frozenset()
    """The keys of the refused rows."""


def author_columns(model: TableModel) -> tuple[Column, ...]:
    """The columns that a seed file has."""
    return tuple(column for column in columns(model) if column.filled_by == "author")


def typed_columns(model: TableModel) -> tuple[Column, ...]:
    """The columns of the typed table made from it."""
    return tuple(column for column in columns(model) if column.filled_by != "sql")


def validate(
    model: TableModel,
    records: list[Record],
    keys: Keys,
    ranges: pl.DataFrame | None = None,
    lost: Keys = MappingProxyType({}),
    taken: Mapping[str, str] = MappingProxyType({}),
) -> Validated:
    """Type the records, check each row against its model's rules, its references and the plausible ranges, and the
    keys against each other.

    `keys` holds the accepted keys of the tables referred to, `lost` those of their refused rows; a table that is in
    neither cannot be read, so nothing is held against it. Rows that refer to a refused row are refused too. `taken`
    holds the ids of the facts of other tables, with their files.
    """
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    untyped = set()
    for record in records:
        row, wrong = _typed_row(model, record)
        problems += wrong
        if wrong:
            untyped.add(record.values[key_of(model)[0]])
        else:
            rows.append(row)
    schema = {column.name: column.dtype for column in typed_columns(model)}
    frame = pl.DataFrame(rows, schema={FILE: pl.String, LINE: pl.Int64, **schema}, orient="row")
    problems += _rule_problems(model, frame)
    problems += _reference_problems(model, frame, keys, lost, untyped)
    problems += _unloaded_statement_problems(frame, keys)
    problems += _range_problems(model, _without(frame, problems), ranges)
    problems += _key_problems(model, frame) + _taken_problems(model, frame, taken)
    frame, dependents = _without_refused(model, frame, problems, untyped)
    problems += dependents
    problems += _supersession_problems(frame)
    written = {(record.file, record.line): record.values for record in records}
    problems = [_as_written(problem, written[problem.file, problem.line or 0]) for problem in problems]
    refused = [
        Refused(problem, json.dumps(written[problem.file, problem.line or 0], ensure_ascii=False))
        for problem in problems
        if not problem.fatal
    ]
    problems.sort(key=lambda problem: (problem.file, problem.line or 0, problem.column or ""))
    key = key_of(model)[0]
    lost_here = frozenset(written[problem.file, problem.line or 0][key] for problem in problems if not problem.fatal)
    return Validated(frame.drop(FILE, LINE), problems, refused, lost_here)


def _typed_row(model: TableModel, record: Record) -> tuple[dict[str, Any], list[Problem]]:
    row: dict[str, Any] = {FILE: record.file, LINE: record.line}
    problems = []
    for column in author_columns(model):
        text = record.values[column.name]
        try:
            row[column.name] = values.parse(column, text)
        except values.ValueProblem as problem:
            problems.append(Problem(record.file, record.line, column.name, text, problem.rule, problem.fix))
    if problems:
        return row, problems
    for column in typed_columns(model):
        if column.filled_by == "reader":
            row[column.name] = _read_off(column.name, row, record)
    _fill_bounds(row)
    return row, problems


def _as_written(problem: Problem, values: dict[str, str]) -> Problem:
    """The problem with the value as its author wrote it, so that it can be found in the file."""
    return replace(problem, value=values[problem.column] or None) if problem.column in values else problem


def _read_off(name: str, row: dict[str, Any], record: Record) -> str | None:
    """A column that the reader fills: the file, or the precision with which the date beside it is written."""
    if name == "origin":
        return record.file
    beginning = name.removesuffix("_precision")
    written = next(
        (record.values[n] for n in (f"{beginning}_from", f"{beginning}_at", f"{beginning}_on") if n in row), ""
    )
    return values.instant(written)[1] if written else None


def _fill_bounds(row: dict[str, Any]) -> None:
    """Exact means low = amount = high: the author writes the amount once."""
    if row.get("qualifier") == "exact" and row.get("amount") is not None:
        for bound, inclusive in (("amount_low", "low_inclusive"), ("amount_high", "high_inclusive")):
            if row[bound] is None:
                row[bound] = row["amount"]
            if row[inclusive] is None:
                row[inclusive] = True


def _rule_problems(model: TableModel, frame: pl.DataFrame) -> list[Problem]:
    if frame.is_empty():
        return []
    wanted = {column.name: column for column in typed_columns(model)}
    schema = model.to_schema()
    schema = schema.remove_columns([name for name in schema.columns if name not in wanted])
    try:
        schema.validate(frame.drop(FILE, LINE), lazy=True)
    except pa.errors.SchemaErrors as errors:
        return [
            _rule_problem(case, wanted, frame.row(case["index"], named=True))
            for case in errors.failure_cases.to_dicts()
        ]
    return []


def _rule_problem(case: dict[str, Any], wanted: Mapping[str, Column], row: dict[str, Any]) -> Problem:
    if case["schema_context"] == "DataFrameSchema":
        name, _, rest = case["check"].partition(": ")
        rule, _, fix = rest.partition(" | ")
        return Problem(row[FILE], row[LINE], name, _text(row.get(name)), rule, fix)
    column = wanted[case["column"]]
    value = _text(row[column.name])
    if column.values is not None:
        fix = "choose one of " + ", ".join(column.values)
        return Problem(row[FILE], row[LINE], column.name, value, "not an allowed value", fix)
    check, _, argument = case["check"].rstrip(")").partition("(")
    if check in BOUNDS:
        rule, fix = f"{BOUNDS[check]} {argument}", "check the number of digits"
    else:
        pattern = argument.strip("'")
        rule, fix = "not of the form that the column needs", FORMS.get(pattern, f"write what matches {pattern}")
    return Problem(row[FILE], row[LINE], column.name, value, rule, fix)


def _reference_problems(
    model: TableModel, frame: pl.DataFrame, keys: Keys, lost: Keys, untyped: set[str]
) -> list[Problem]:
    problems = []
    own = frozenset(frame[key_of(model)[0]]) | untyped if len(key_of(model)) == 1 else frozenset()
    for column in typed_columns(model):
        if column.references is None:
            continue
        for row in frame.filter(pl.col(column.name).is_not_null()).to_dicts():
            target = column.references
            if not isinstance(target, str):
                target = target.get(row[f"{column.name.removesuffix('_id')}_kind"], "")
            known = own if target == name_of(model) else keys.get(target)
            value = row[column.name]
            if known is None or value in known:  # the kind beside it is refused, the other file cannot be read, or fine
                continue
            if value in lost.get(target, ()):
                rule, fix = f"refers to a refused row{_of_seed(target)}", "mend that row first"
            else:
                rule = "no fact or statement has this id" if target == ANY_FACT else f"not in {target}"
                fix = _choose(value, known, target)
            problems.append(Problem(row[FILE], row[LINE], column.name, value, rule, fix))
    if "supersedes" in frame.columns:
        problems += [
            Problem(
                row[FILE],
                row[LINE],
                "supersedes",
                row["supersedes"],
                "no fact of this file has this id",
                _choose(row["supersedes"], own),
            )
            for row in frame.filter(
                pl.col("supersedes").is_not_null() & ~pl.col("supersedes").is_in(list(own))
            ).to_dicts()
        ]
        problems += [
            Problem(
                row[FILE],
                row[LINE],
                "status",
                "superseded",
                "is not written by hand",
                "write active, and name this fact in the column supersedes of the row that replaces it",
            )
            for row in frame.filter(pl.col("status") == "superseded").to_dicts()
        ]
    return problems


def _unloaded_statement_problems(frame: pl.DataFrame, keys: Keys) -> list[Problem]:
    """Statements that are said to be loaded, and no fact has their id, alone or with a letter."""
    if "disposition" not in frame.columns or ANY_FACT not in keys:
        return []
    loaded = {re.sub(r"-[a-z]$", "", fact_id) for fact_id in keys[ANY_FACT]}
    fix = "give its fact this id, or say in disposition what became of it"
    return [
        Problem(row[FILE], row[LINE], "statement_id", row["statement_id"], "loaded, but no fact has this id", fix)
        for row in frame.filter(pl.col("disposition") == "loaded").to_dicts()
        if row["statement_id"] not in loaded
    ]


def _range_problems(model: TableModel, frame: pl.DataFrame, ranges: pl.DataFrame | None) -> list[Problem]:
    """Amounts outside the plausible range of their kind: a lost or doubled million passes every type check."""
    kind = plausible_by(model)
    if kind is None or ranges is None:
        return []
    stem = str(seed_of(model)).removesuffix(".csv")
    bounds = {(row["kind"], row["stage"]): row for row in ranges.filter(pl.col("fact_table") == stem).to_dicts()}
    problems = []
    for row in frame.to_dicts():
        bound = bounds.get((row[kind], row.get("stage"))) or bounds.get((row[kind], None))
        if bound is None:
            fix = f"add its range to plausible_ranges.csv (fact_table {stem})"
            problems.append(Problem(row[FILE], row[LINE], kind, row[kind], "no plausible range is known", fix))
            continue
        for name in ("amount", "amount_low", "amount_high"):
            value = row[name]
            if value is not None and not bound["low"] <= value <= bound["high"]:
                rule = f"implausible for {row[kind]}: outside {bound['low']:,g} to {bound['high']:,g}"
                fix = "check the unit and the number of zeros; if it is right, widen the range in plausible_ranges.csv"
                problems.append(Problem(row[FILE], row[LINE], name, _text(value), rule, fix))
                break
    return problems


def _key_problems(model: TableModel, frame: pl.DataFrame) -> list[Problem]:
    key = list(key_of(model))
    name = ", ".join(key)
    problems = []
    for row in frame.filter(pl.struct(key).is_duplicated()).to_dicts():
        value = " | ".join(_text(row[part]) or "" for part in key)
        first = frame.filter(
            pl.all_horizontal(pl.col(part).eq_missing(pl.lit(row[part], dtype=frame.schema[part])) for part in key)
        )
        places = ", ".join(f"{file}:{line}" for file, line in first.select(FILE, LINE).iter_rows())
        fix = "give each row its own; a corrected fact gets a new id and supersedes the old one"
        problems.append(Problem(row[FILE], row[LINE], name, value, f"the key occurs twice ({places})", fix, fatal=True))
    return problems


def _taken_problems(model: TableModel, frame: pl.DataFrame, taken: Mapping[str, str]) -> list[Problem]:
    """Facts with the id of a fact of another table: ids are one namespace, since anything may refer to a fact."""
    if key_of(model) != ("fact_id",):
        return []
    return [
        Problem(file, line, "fact_id", name, f"a fact in {taken[name]} has this id", "give one another id", fatal=True)
        for file, line, name in frame.select(FILE, LINE, "fact_id").iter_rows()
        if name in taken
    ]


def _supersession_problems(frame: pl.DataFrame) -> list[Problem]:
    """Facts that are superseded twice, and circles: either leaves open which fact stands."""
    if "supersedes" not in frame.columns:
        return []
    rows = {row["fact_id"]: row for row in frame.select(FILE, LINE, "fact_id", "supersedes").to_dicts()}

    def problem(row: dict[str, Any], rule: str, fix: str) -> Problem:
        return Problem(row[FILE], row[LINE], "supersedes", row["supersedes"], rule, fix, fatal=True)

    problems = []
    replaced: dict[str, str] = {}
    for start, row in rows.items():
        if row["supersedes"] is None:
            continue
        first = replaced.setdefault(row["supersedes"], start)
        if first != start:
            fix = "let the later one supersede the other: corrections form a chain"
            problems.append(problem(row, f"{first} supersedes it already", fix))
        seen = [start]
        while (older := rows[seen[-1]]["supersedes"]) in rows and older not in seen:
            seen.append(older)
        if older == start:
            circle = " supersedes ".join([*seen, start])
            fix = "remove one of them: the later statement supersedes the earlier"
            problems.append(problem(row, f"a circle: {circle}", fix))
    return problems


def _without(frame: pl.DataFrame, problems: list[Problem]) -> pl.DataFrame:
    """The rows that have none of these problems."""
    bad = {(problem.file, problem.line) for problem in problems}
    sound = pl.Series([place not in bad for place in frame.select(FILE, LINE).iter_rows()], dtype=pl.Boolean)
    return frame.filter(sound)


def _without_refused(
    model: TableModel, frame: pl.DataFrame, problems: list[Problem], gone: set[str]
) -> tuple[pl.DataFrame, list[Problem]]:
    """Drop the rows with problems, and then, until nothing changes, the rows that refer to dropped ones. `gone` holds
    the keys of rows that were refused before they came into the frame.
    """
    dependents: list[Problem] = []
    bad = {(problem.file, problem.line) for problem in problems if not problem.fatal}
    own_references = [c.name for c in columns(model) if c.references == name_of(model)]
    if "supersedes" in frame.columns:
        own_references.append("supersedes")
    while True:
        refused = pl.Series([place in bad for place in frame.select(FILE, LINE).iter_rows()], dtype=pl.Boolean)
        gone = gone | set(frame.filter(refused)[key_of(model)[0]])
        frame = frame.filter(~refused)
        bad = set()
        for name in own_references:
            for row in frame.filter(pl.col(name).is_in(list(gone))).to_dicts():
                bad.add((row[FILE], row[LINE]))
                fix = "mend that row first"
                dependents.append(Problem(row[FILE], row[LINE], name, row[name], "refers to a refused row", fix))
        if not bad:
            return frame, dependents


def _choose(value: str | None, known: frozenset[str] | set[str], target: str = "") -> str:
    near = difflib.get_close_matches(value or "", known, n=3, cutoff=0.6)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    if len(known) <= 12:
        return "choose one of " + ", ".join(sorted(known))
    return f"correct the spelling, or add it first{_of_seed(target, 'to')}"


def _of_seed(table: str, of: str = "of") -> str:
    """The file in which people write the rows of a table, for the end of a sentence."""
    seed = seed_of(TABLES[table]) if table in TABLES else None
    return f" {of} {seed}" if seed else ""


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}" if hasattr(value, "is_nan") else str(value)
