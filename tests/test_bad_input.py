"""What the gate says of bad input: each message names file, physical line, column, value, rule and what to do. A bad
row costs itself and what depends on it, a bad file or key stops the release, and nothing is silently changed.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipelines import cli, paths, seeds, values
from pipelines.csv_text import SeedFile
from pipelines.problems import Problem
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import columns, key_of, plausible_by
from pipelines.validation import Validated, author_columns

COSTS = "training_costs.csv"
COMPUTE = "compute.csv"
CURRENCIES = "currencies.csv"
#: The row that the cases spoil. No other row of its file refers to it.
V3_COST = "article-F036"
#: The row that it supersedes.
R1_COST = "article-F005"

Row = dict[str, str]
Change = Callable[[bytes], bytes]
Read = Callable[[str, Change], Validated]


# ---- Copies of shipped files, spoilt --------------------------------------------------------------------------------


def rows_of(data: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def text_of(rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def in_rows(change: Callable[[list[Row]], object]) -> Change:
    """A change of some cells, everything else as it was."""

    def changed(data: bytes) -> bytes:
        rows = rows_of(data)
        change(rows)
        return text_of(rows)

    return changed


def row_with(rows: list[Row], key: str) -> Row:
    return next(row for row in rows if next(iter(row.values())) == key)


def cells(key: str, **written: str) -> Change:
    """The row with this key, with other values."""
    return in_rows(lambda rows: row_with(rows, key).update(written))


def replaced(old: str, new: str) -> Change:
    """The first occurrence of a text, replaced."""

    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return change


def shipped_bytes(name: str) -> bytes:
    return (paths.SEEDS / name).read_bytes()


def line_with(data: bytes, beginning: str) -> int:
    """The physical line that begins so."""
    return next(n for n, line in enumerate(data.decode().splitlines(), 1) if line.startswith(beginning))


@pytest.fixture
def read(tmp_path: Path, shipped: dict[str, pl.DataFrame]) -> Read:
    """Read a changed copy of a shipped file, held against the shipped tables that it refers to."""

    def read_changed(name: str, change: Change) -> Validated:
        path = tmp_path / name
        path.write_bytes(change(shipped_bytes(name)))
        return read_file(name, path, shipped)

    return read_changed


def read_file(name: str, path: Path, shipped: dict[str, pl.DataFrame]) -> Validated:
    model = SEEDS[name]
    return seeds.read(model, [SeedFile(f"seeds/{name}", path)], {t: shipped[t] for t in seeds.referenced(model)})


def the_one(problems: list[Problem], **wanted: object) -> Problem:
    """The only problem at this place."""
    found = [p for p in problems if all(getattr(p, name) == value for name, value in wanted.items())]
    assert len(found) == 1, [str(problem) for problem in problems]
    return found[0]


# ---- A row ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A spoilt cell: what is written instead, and what the message must say of it."""

    column: str
    value: str
    rule: str
    fix: str
    seed: str = COSTS
    key: str = V3_COST
    also: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.column} {self.value!a}"


def at_most(column: str, value: str, rule: str, fix: str, **others: str) -> Bad:
    written = {"qualifier": "at_most", "amount": "", "amount_high": "6000000", "high_inclusive": "true", **others}
    return Bad(column, value, rule, fix, also=tuple(written.items()))


BAD_CELLS = [
    # text in a number
    Bad("amount", "5.5 million", "not a number", "write digits"),
    Bad("amount", "n/a", "not a number", "write digits"),
    Bad("amount", "nan", "not a number", "write digits"),
    Bad("amount", "5,576,000", "not a number", "write 5576000"),
    Bad("amount", "$5576000", "not a number", "write 5576000"),
    Bad("amount", "５５７６０００", "not a number", "write digits"),
    Bad("amount", "5576000.1234567", "more than 6 decimals", "no finer"),
    Bad("amount", "1234567890123456789012345.1234567", "more than 6 decimals", "no finer"),
    Bad("amount", "1e33", "too large", "number of digits"),
    Bad("amount", "1e9999999999999999999999", "not a number", "write digits"),
    Bad("price_year", "2024.5", "not a whole number", "write a whole number"),
    Bad("price_year", "20240", "above 2100", "number of digits"),
    Bad("price_year", "1", "below 1950", "number of digits"),
    Bad("horizon_years", "1e400", "too large or too small", "exponent"),
    Bad("low_inclusive", "TRUE", "neither true nor false", "write true or false"),
    # dates
    Bad("valid_from", "2025-02-30", "no such date", "01 to 28"),
    Bad("valid_from", "9999-12-32", "no such date", "01 to 31"),
    Bad("valid_from", "2025-13", "no such date", "months are 01 to 12"),
    Bad("valid_from", "2025-02-28T25:00:00Z", "no such date", "hours are 00 to 23"),
    Bad("valid_from", "30.01.2025", "not a date", "2025-02-28"),
    Bad("valid_from", "2025-1-1", "not a date", "2025-02-28"),
    Bad("valid_to", "2024-11", "before valid_from", "later instant", also=(("valid_from", "2024-12"),)),
    Bad("valid_to", "2024-12-01", "before valid_from or at it", "later instant", also=(("valid_from", "2024-12"),)),
    Bad("known_to", "2025-01", "before known_from", "later instant", also=(("known_from", "2025-02"),)),
    # what is unknown
    Bad("source_id", "artikle", "not in ref.source", "did you mean article?"),
    Bad("unit", "dollars", "not an allowed value", "choose one of currency, "),
    Bad("currency", "usd", "not in ref.currency", "USD"),
    Bad("subject_id", "deepseek-v3x", "not in ref.model", "did you mean deepseek-v3"),
    Bad("subject_id", "nobody-has-this", "not in ref.model", "add it first to models.csv"),
    Bad("subject_kind", "modle", "not an allowed value", "choose one of model, "),
    Bad("qualifier", "about", "not an allowed value", "approximate"),
    Bad("cost_basis", "run_rentl", "not in ref.cost_basis", "did you mean run_rental"),
    Bad("metric", "gpus", "not in ref.metric", "gpu_hours", COMPUTE, "article-F043"),
    Bad("hardware_id", "h801", "not in ref.hardware", "", COMPUTE, "article-F043"),
    Bad("supersedes", "article-F004", "no fact of this file has this id", "did you mean"),
    # amounts
    Bad("amount_low", "6000000", "above amount_high", "swap", also=(
        ("qualifier", "range"), ("amount", ""), ("amount_high", "5000000"),
    )),
    Bad("amount", "7000000", "outside its bounds", "enclose", also=(
        ("qualifier", "approximate"), ("amount_low", "5000000"), ("amount_high", "6000000"),
    )),
    at_most("amount", "5576000", "has no point value", "move it to"),
    at_most("amount_low", "5000000", "no lower bound", "choose range"),
    Bad("amount", "-5576000", "negative", "not below zero"),
    Bad("amount", "5.576", "implausible for run_rental", "number of zeros"),
    Bad("amount", "5576000000000", "implausible for run_rental", "number of zeros"),
    Bad("amount", "0.002048", "implausible for gpu_count", "number of zeros", COMPUTE, "article-F043"),
    Bad("amount", "2048000000", "implausible for gpu_count", "number of zeros", COMPUTE, "article-F043"),
    # characters of word processors
    Bad("fact_id", "article–F036", "holds EN DASH (U+2013)", "plain ASCII"),
    Bad("fact_id", "article‑F036", "not of the form", "letters and digits"),
    Bad("subject_id", "“deepseek-v3”", "holds LEFT DOUBLE QUOTATION MARK (U+201C)", "plain ASCII"),
    Bad("subject_id", "deepseek-v3\u00a0", "holds NO-BREAK SPACE (U+00A0)", "plain ASCII"),
    Bad("subject_id", "deepseek\u200b-v3", "holds ZERO WIDTH SPACE (U+200B)", "plain ASCII"),
    Bad("subject_id", "deepseek-v3 ", "a space at its beginning or end", "remove it"),
    Bad("amount", "5\u00a0576\u00a0000", "holds NO-BREAK SPACE (U+00A0)", "plain ASCII"),
    Bad("amount", "\u22125576000", "holds MINUS SIGN (U+2212)", "plain ASCII"),
    Bad("valid_from", "2024–12", "holds EN DASH (U+2013)", "plain ASCII"),
    Bad("note", "a bell\x07 – rung", "holds control character (U+0007)", "remove it"),
    # what only the reader fills
    Bad("status", "superseded", "not written by hand", "supersedes"),
]  # fmt: skip


@dataclass(frozen=True)
class Spoilt:
    """A shipped file with a bad row for each case behind its own rows, and what came of reading it."""

    seed: str
    lines: dict[Bad, int]
    found: Validated

    def told(self, line: int) -> list[Problem]:
        return [problem for problem in self.found.problems if problem.line == line]


@pytest.fixture(scope="module")
def spoilt(shipped: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Spoilt]:
    """All bad cells at once: a file is read once, and each row is judged by itself."""
    files = {}
    for name in {bad.seed for bad in BAD_CELLS}:
        rows = rows_of(shipped_bytes(name))
        lines = {}
        for bad in (bad for bad in BAD_CELLS if bad.seed == name):
            fresh = {"fact_id": f"bad-{len(lines)}", "supersedes": "", "supersedes_reason": ""}
            rows.append({**row_with(rows, bad.key), **fresh, **dict(bad.also), bad.column: bad.value})
            lines[bad] = len(rows) + 1
        path = tmp_path_factory.mktemp("spoilt") / name
        path.write_bytes(text_of(rows))
        files[name] = Spoilt(name, lines, read_file(name, path, shipped))
    return files


@pytest.mark.parametrize("bad", BAD_CELLS, ids=str)
def test_a_bad_cell_is_told_with_file_line_column_value_rule_and_fix(bad: Bad, spoilt: dict[str, Spoilt]) -> None:
    line = spoilt[bad.seed].lines[bad]
    problems = spoilt[bad.seed].told(line)

    problem = the_one([problem for problem in problems if bad.rule in problem.rule], column=bad.column)

    assert problem.file == f"seeds/{bad.seed}"
    assert problem.value == bad.value
    assert bad.fix in problem.fix
    assert str(problem).startswith(f"seeds/{bad.seed}:{line}: {bad.column} = {bad.value!r}: {problem.rule}. ")
    assert all(problem.rule and problem.fix and not problem.fatal for problem in problems)


@pytest.mark.parametrize("seed", sorted({bad.seed for bad in BAD_CELLS}))
def test_bad_cells_cost_their_rows_and_no_others(
    seed: str, spoilt: dict[str, Spoilt], shipped: dict[str, pl.DataFrame]
) -> None:
    found, lines = spoilt[seed].found, set(spoilt[seed].lines.values())

    assert found.frame.equals(shipped[seeds.typed_name(SEEDS[seed])])
    assert {problem.line for problem in found.problems} == lines
    assert {row.problem for row in found.refused} == set(found.problems), "each is kept for meta.quarantine"
    assert all(json.loads(row.row_text)["source_id"] for row in found.refused)


@pytest.mark.parametrize("column", ["fact_id", "source_id", "qualifier", "unit", "valid_from_basis"])
def test_an_empty_cell_that_needs_a_value_is_refused(column: str, read: Read) -> None:
    found = read(COSTS, cells(V3_COST, **{column: ""}))

    problem = the_one(found.problems, column=column, line=line_with(shipped_bytes(COSTS), V3_COST))
    assert "empty" in problem.rule
    assert "fill it" in problem.fix


def test_a_superseding_row_says_why(read: Read) -> None:
    found = read(COSTS, cells(V3_COST, supersedes_reason=""))

    assert "says why" in the_one(found.problems, column="supersedes_reason").rule


def test_a_fact_cannot_supersede_itself(read: Read) -> None:
    found = read(COSTS, cells(V3_COST, supersedes=V3_COST))

    assert "cannot supersede itself" in the_one(found.problems, column="supersedes").rule


SEEDS_WITH_REFERENCES = [
    name
    for name, model in SEEDS.items()
    if any(column.references for column in author_columns(model)) and len(shipped_bytes(name).splitlines()) > 1
]


@pytest.mark.parametrize("name", SEEDS_WITH_REFERENCES)
def test_no_reference_of_any_seed_may_lead_nowhere(name: str, read: Read) -> None:
    referring = {column.name for column in author_columns(SEEDS[name]) if column.references}

    found = read(name, in_rows(lambda rows: rows[0].update(dict.fromkeys(referring, "nowhere-to-be-found"))))

    assert referring <= {problem.column for problem in found.problems if problem.line == 2}


@pytest.mark.parametrize("amount", ["2.2495", "25", "0.25"])
def test_a_printed_rate_is_the_one_that_is_printed(read: Read, amount: str) -> None:
    """$2.50 per million: a typing error of the amount, tenfold or small, shows beside it."""
    key = "openai-pricing-2026-09-22-gpt-4o-input"
    problem = the_one(read("api_prices.csv", cells(key, amount=amount)).problems, column="amount")
    assert problem.value == amount
    assert problem.rule == "no number of amount_text, per million, thousand or one token, or in cents"


MEASURED = [name for name, model in SEEDS.items() if plausible_by(model) and len(shipped_bytes(name).splitlines()) > 1]


@pytest.mark.parametrize("name", MEASURED)
def test_no_shipped_amount_may_be_a_million_times_off(name: str, read: Read) -> None:
    def scaled(row: Row, power: int) -> Row:
        amounts = {c: f"{Decimal(row[c]).scaleb(power):f}" for c in ("amount_low", "amount", "amount_high") if row[c]}
        return {
            **row,
            **amounts,
            "fact_id": f"{row['fact_id']}-e{power}",
            "supersedes": "",
            "supersedes_reason": "",
        } | ({"amount_text": ""} if "amount_text" in row else {})

    def scale(rows: list[Row]) -> None:
        rows[:] = [scaled(row, power) for row in rows for power in (6, -6)]

    found = read(name, in_rows(scale))

    assert found.frame.is_empty()
    told = {p.line for p in found.problems if "implausible" in p.rule or "decimals" in p.rule}
    assert told == {problem.line for problem in found.problems}


def test_a_row_that_differs_in_nothing_but_its_date_of_knowledge_is_a_row_of_its_own(read: Read) -> None:
    """The counterpart of all the refusals: a valid row passes."""

    def add(rows: list[Row]) -> None:
        rows.append({**row_with(rows, V3_COST), "fact_id": "mine-1", "supersedes": "", "supersedes_reason": ""})
        rows[-1]["known_from"] = "2025-02-19T08:00:00Z"

    found = read(COSTS, in_rows(add))

    assert found.problems == []
    added = found.frame.row(by_predicate=pl.col("fact_id") == "mine-1", named=True)
    assert added["amount_low"] == added["amount"] == added["amount_high"] == Decimal(5576000)
    assert added["known_from"] == datetime(2025, 2, 19, 8)
    assert added["valid_precision"] == "month"


# ---- Rows that depend on refused rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("spoilt", [{"amount": "x"}, {"qualifier": "x"}, {"source_id": "x"}], ids=str)
def test_a_row_that_supersedes_a_refused_row_is_refused_too(spoilt: dict[str, str], read: Read) -> None:
    found = read(COSTS, cells(R1_COST, **spoilt))

    dependent = the_one(found.problems, line=line_with(shipped_bytes(COSTS), V3_COST))
    assert (dependent.column, dependent.value) == ("supersedes", R1_COST)
    assert dependent.rule == "refers to a refused row"
    assert "mend that row first" in dependent.fix
    assert not {R1_COST, V3_COST} & set(found.frame["fact_id"])


def test_refusal_runs_along_a_chain(read: Read) -> None:
    def chain(rows: list[Row]) -> None:
        row_with(rows, R1_COST)["amount"] = "x"
        row_with(rows, "article-F032").update(supersedes=V3_COST, supersedes_reason="to make a chain")

    found = read(COSTS, in_rows(chain))

    assert [problem.line for problem in found.problems] == [
        line_with(shipped_bytes(COSTS), key) for key in (R1_COST, V3_COST, "article-F032")
    ]


@pytest.fixture
def copied_seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(paths.SEEDS, tmp_path / "seeds"))


def test_refusal_runs_across_files(copied_seeds: Path) -> None:
    sources = copied_seeds / "sources.csv"
    sources.write_bytes(cells("deepseek-v3-readme", published_at="2024-13")(sources.read_bytes()))

    tables, problems = seeds.read_all(copied_seeds, ())

    lost = {"ref.source": "deepseek-v3-readme", "ref.model": "deepseek-v3", "seeds.training_costs": V3_COST}
    for table, key in lost.items():
        assert key not in set(tables[table][key_of(TABLES.get(table, SEEDS[COSTS]))[0]])
    for frame in tables.values():
        if "source_id" in frame.columns:
            assert "deepseek-v3-readme" not in set(frame["source_id"])
    first, *others = problems
    assert first.file == "seeds/sources.csv"
    model = the_one(others, file="seeds/models.csv", value="deepseek-v3-readme")
    assert model.rule == "refers to a refused row of sources.csv"
    assert all("did you mean" not in p.fix for p in others), "a right spelling is not to be corrected"


def test_a_bad_file_is_told_once_and_not_for_every_row_that_refers_to_it(copied_seeds: Path) -> None:
    sources = copied_seeds / "sources.csv"
    sources.write_bytes(replaced("publisher", "editor")(sources.read_bytes()))

    _, problems = seeds.read_all(copied_seeds, ())

    assert {problem.file for problem in problems} == {"seeds/sources.csv"}


# ---- Keys -----------------------------------------------------------------------------------------------------------


def test_a_fact_id_that_occurs_twice_stops_the_release(read: Read) -> None:
    data = shipped_bytes(COSTS)
    first, second = line_with(data, V3_COST), len(data.splitlines()) + 1

    found = read(COSTS, in_rows(lambda rows: rows.append(row_with(rows, V3_COST))))

    assert [(p.line, p.column, p.value, p.fatal) for p in found.problems] == [
        (first, "fact_id", V3_COST, True),
        (second, "fact_id", V3_COST, True),
    ]
    for problem in found.problems:
        assert f"seeds/{COSTS}:{first}, seeds/{COSTS}:{second}" in problem.rule
        assert "its own" in problem.fix


def test_a_fact_id_of_another_table_stops_the_release(tmp_path: Path) -> None:
    """Conflicts, statements and users name a fact by its id alone."""
    overlay = seeds.Overlay("mine", tmp_path)
    taken = {**row_with(rows_of(shipped_bytes(COMPUTE)), "article-F043"), "fact_id": V3_COST}
    (tmp_path / COMPUTE).write_bytes(text_of([taken]))

    _, problems = seeds.read_all(paths.SEEDS, [overlay])

    (problem,) = [p for p in problems if p.fatal]
    assert {COSTS, COMPUTE} == {name for name in (COSTS, COMPUTE) if name in str(problem)}
    assert (problem.column, problem.value) == ("fact_id", V3_COST)
    assert problem.line is not None


@pytest.mark.parametrize(
    "circle",
    [[R1_COST, V3_COST], ["article-F031", "article-F032", "article-F033"]],
    ids=["of two", "of three"],
)
def test_facts_that_supersede_each_other_in_a_circle_stop_the_release(circle: list[str], read: Read) -> None:
    def close(rows: list[Row]) -> None:
        for newer, older in zip(circle, [*circle[1:], circle[0]], strict=True):
            row_with(rows, newer).update(supersedes=older, supersedes_reason="to close a circle")

    found = read(COSTS, in_rows(close))

    assert {p.line for p in found.problems} == {line_with(shipped_bytes(COSTS), key) for key in circle}
    for problem in found.problems:
        assert problem.fatal
        assert problem.column == "supersedes"
        assert problem.value in circle
        assert all(key in problem.rule for key in circle)
        assert "remove one" in problem.fix


# ---- A file ---------------------------------------------------------------------------------------------------------


def without_column(name: str) -> Change:
    return in_rows(lambda rows: [row.pop(name) for row in rows])


def with_column(name: str) -> Change:
    return in_rows(lambda rows: [row.update({name: "x"}) for row in rows])


def cut_in_a_row(data: bytes) -> bytes:
    *whole, last = data.rstrip(b"\n").split(b"\n")
    return b"\n".join([*whole, b",".join(last.split(b",")[:5])])


def cut_in_a_quote(data: bytes) -> bytes:
    return data[: data.index(b'"Wang Lu') + 5]


LAST_COST = len(shipped_bytes(COSTS).splitlines())

BAD_FILES = {
    "a missing column": (without_column("qualifier"), 1, "qualifier", "the column is missing", "add it"),
    "an extra column": (with_column("remarks"), 1, "remarks", "no such column", "remove it"),
    "a renamed column": (replaced("qualifier", "qualifer"), 1, "qualifer", "no such column", "rename it to qualifier"),
    "a column twice": (replaced("fact_id,", "fact_id,fact_id,"), 1, "fact_id", "occurs twice", "keep one"),
    "a column with a no-break space": (
        replaced("fact_id", "fact_id\u00a0"),
        1,
        "fact_id\u00a0",
        "its name holds NO-BREAK SPACE (U+00A0)",
        "rename it to fact_id",
    ),
    "a column with a space": (replaced(",stage,", ", stage,"), 1, " stage", "a space", "rename it to stage"),
    "semicolons": (lambda data: data.replace(b",", b";"), 1, None, "separated by semicolon", "commas"),
    "UTF-16": (lambda data: data.decode().encode("utf-16"), 1, None, "UTF-16", "save it as UTF-8"),
    "UTF-16 without a mark": (lambda data: data.decode().encode("utf-16-le"), 1, None, "NUL", "UTF-8"),
    "Latin-1": (lambda data: data.replace(b"Wang", b"W\xe4ng", 1), 2, None, "byte 0xe4 is not UTF-8", "as UTF-8"),
    "empty": (lambda _: b"", 1, None, "the file is empty", "header: fact_id,"),
    "blank": (lambda _: b"\n\r\n\n", 1, None, "the file is empty", "header: fact_id,"),
    "cut in a row": (cut_in_a_row, LAST_COST, None, "in the middle of a row", "restore the end"),
    "cut in a quote": (cut_in_a_quote, 2, None, "never closed", "restore the end of the file"),
    "a NUL byte": (replaced("article-F006", "article\0F006"), 4, None, "a NUL byte", "remove it"),
    "a 10 MB field": (replaced("line 11", "x" * 10_000_000), 2, None, "more than 65,536 characters", "shorten it"),
    "a 10 MB quote": (replaced('"Wang', '"' + "x\n" * 5_000_000), 2, None, "65,536 characters", "close the quote"),
    "text after a quote": (replaced('One"', 'One" and'), 2, None, "not CSV", "quote a field"),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_is_told_with_line_rule_and_fix_and_stops_the_release(what: str, read: Read) -> None:
    change, line, column, rule, fix = BAD_FILES[what]

    found = read(COSTS, change)

    (problem,) = found.problems
    assert (problem.file, problem.line, problem.column) == (f"seeds/{COSTS}", line, column)
    assert rule in problem.rule
    assert fix in problem.fix
    assert problem.fatal
    assert len(str(problem)) < 1000
    assert found.frame.is_empty()


def test_a_wrong_byte_is_named_also_after_a_byte_order_mark(read: Read) -> None:
    found = read(CURRENCIES, lambda data: b"\xef\xbb\xbf" + data + b"XXX,\xe9\n")

    (problem,) = found.problems
    assert problem.line == len(shipped_bytes(CURRENCIES).splitlines()) + 1
    assert "byte 0xe9" in problem.rule


def test_a_missing_file_stops_the_release(tmp_path: Path, shipped: dict[str, pl.DataFrame]) -> None:
    (problem,) = read_file(CURRENCIES, tmp_path / "nothing.csv", shipped).problems

    assert (problem.file, problem.rule, problem.fatal) == (f"seeds/{CURRENCIES}", "the file is missing", True)


def test_a_folder_in_place_of_a_file_stops_the_release(tmp_path: Path, shipped: dict[str, pl.DataFrame]) -> None:
    (problem,) = read_file(CURRENCIES, tmp_path, shipped).problems

    assert "cannot be read" in problem.rule
    assert problem.fatal


def test_a_row_with_a_field_too_many_is_refused_alone(read: Read, shipped: dict[str, pl.DataFrame]) -> None:
    found = read(COSTS, replaced("industry insiders", "industry, insiders"))

    (problem,) = found.problems
    assert problem.line == line_with(shipped_bytes(COSTS), "article-F041")
    assert "fields where the header has" in problem.rule
    assert "quote a field" in problem.fix
    assert not problem.fatal
    assert found.frame.height == shipped["seeds.training_costs"].height - 1


def test_curly_quotes_around_a_field_are_named_as_the_cause(read: Read) -> None:
    found = read(COSTS, replaced('"DeepSeek, supplementary information of the Nature paper"', "“DeepSeek, suppl.”"))

    (problem,) = found.problems
    assert "curly quotes do not quote" in problem.fix


# ---- What is accepted, and changes nothing --------------------------------------------------------------------------


def over_two_lines(data: bytes) -> bytes:
    return cells(V3_COST, note="one\ntwo")(data)


ACCEPTED: dict[str, Change] = {
    "a byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "both": lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"),
    "no newline at the end": lambda data: data.rstrip(b"\n"),
    "blank lines": lambda data: data.replace(b"\narticle", b"\n\narticle"),
    "columns in another order": in_rows(
        lambda rows: rows.__setitem__(slice(None), [dict(reversed(row.items())) for row in rows])
    ),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_how_a_file_is_saved_changes_no_value(what: str, read: Read) -> None:
    plain = read(COSTS, over_two_lines)

    found = read(COSTS, lambda data: ACCEPTED[what](over_two_lines(data)))

    assert found.problems == plain.problems == []
    assert found.frame.equals(plain.frame)
    assert "one\ntwo" in set(found.frame["note"])


def test_typographic_characters_are_kept_in_prose(read: Read) -> None:
    prose = "“Quoted” – it’s 10\u00a0% or 1\u202f000 …\tand\n“so on”"

    found = read(COSTS, cells(V3_COST, quote=prose, note=prose, claimant=prose))

    assert found.problems == []
    kept = found.frame.row(by_predicate=pl.col("fact_id") == V3_COST, named=True)
    assert kept["quote"] == kept["note"] == kept["claimant"] == prose


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_shows_them_after_a_newline_in_quotes(ending: str, read: Read) -> None:
    def change(rows: list[Row]) -> None:
        row_with(rows, R1_COST)["note"] = 'a "quoted" word\nand two\nmore lines'
        row_with(rows, "article-F041")["amount_low"] = "ten"

    changed = in_rows(change)(shipped_bytes(COSTS)).replace(b"\n", ending.encode())

    (problem,) = read(COSTS, lambda _: changed).problems

    assert problem.line == line_with(changed, "article-F041,")
    assert problem.line == line_with(shipped_bytes(COSTS), "article-F041,") + 2


# ---- Nothing is silently changed ------------------------------------------------------------------------------------

NUMBERS = {
    name: next(column for column in columns(TABLES[table]) if column.name == name)
    for table, name in [
        ("facts.training_cost", "amount"),
        ("facts.training_cost", "horizon_years"),
        ("facts.training_cost", "price_year"),
    ]
}
number_like = st.one_of(
    st.decimals(allow_nan=None, allow_infinity=None).map(str),
    st.integers().map(str),
    st.floats().map(repr),
    st.from_regex(r"-?[0-9]{1,40}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,6})?", fullmatch=True),
    st.text("0123456789.,+-eE_ \u00a0\u0663½∞", max_size=12),
    st.text(max_size=8),
)


@settings(deadline=None, max_examples=200)
@given(text=number_like, name=st.sampled_from(sorted(NUMBERS)))
def test_a_text_in_a_number_column_becomes_exactly_that_number_or_is_refused(text: str, name: str) -> None:
    column = NUMBERS[name]
    try:
        value = values.parse(column, text)
    except values.ValueProblem as problem:
        assert problem.rule  # noqa: PT017
        assert problem.fix  # noqa: PT017
        return
    if text == "":
        assert value is None
        return
    assert text.isascii()
    stored = pl.Series([value], dtype=column.dtype).item()
    assert stored == (float(text) if column.dtype == pl.Float64 else Decimal(text))


@settings(deadline=None, max_examples=100)
@given(number=st.decimals(Decimal("-1e31"), Decimal("1e31"), places=6))
def test_every_amount_that_the_column_can_hold_is_accepted(number: Decimal) -> None:
    assert values.parse(NUMBERS["amount"], f"{number:f}") == number


@settings(deadline=None, max_examples=200)
@given(
    text=st.one_of(
        st.text("0123456789-TZ:Q\u0661 ", max_size=20),
        st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}"),
        st.dates().map(str),
        st.from_regex(r"[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)?", fullmatch=True),
    )
)
def test_a_text_in_a_date_column_becomes_exactly_that_date_or_is_refused(text: str) -> None:
    try:
        start, precision = values.instant(text)
    except values.ValueProblem as problem:
        assert problem.fix  # noqa: PT017
        return
    month = f"{start.month:02}"
    written = {
        "year": f"{start.year:04}",
        "quarter": f"{start.year:04}-Q{(start.month + 2) // 3}",
        "month": f"{start.year:04}-{month}",
        "day": f"{start.date()}",
        "instant": f"{start.isoformat()}Z",
    }
    assert written[precision] == text


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "seed.csv"


@settings(deadline=None, max_examples=100)
@given(data=st.one_of(st.binary(), st.text().map(str.encode), st.binary().map(lambda data: b"currency,name\n" + data)))
def test_no_bytes_whatever_raise_anything_but_problems(
    data: bytes, scratch: Path, shipped: dict[str, pl.DataFrame]
) -> None:
    scratch.write_bytes(data)

    found = read_file(CURRENCIES, scratch, shipped)

    assert found.problems or data.lstrip(b"\xef\xbb\xbf").startswith((b"currency,name", b"name,currency"))
    for problem in found.problems:
        assert problem.file == f"seeds/{CURRENCIES}"
        assert problem.rule
        assert problem.fix
        assert 1 <= (problem.line or 0) <= len(data.replace(b"\r", b"\n").split(b"\n"))


@settings(deadline=None, max_examples=40)
@given(at=st.integers(0, 4000), removed=st.integers(0, 3), put=st.one_of(st.binary(max_size=3), st.just(b"\n")))
def test_a_slip_of_the_hand_in_a_shipped_file_is_told_or_touches_one_row(
    at: int, removed: int, put: bytes, scratch: Path, shipped: dict[str, pl.DataFrame]
) -> None:
    before = shipped["seeds.hardware_prices"]
    data = shipped_bytes("hardware_prices.csv")
    scratch.write_bytes(data[:at] + put + data[at + removed :])

    found = read_file("hardware_prices.csv", scratch, shipped)

    if not found.problems:
        same = found.frame.join(before, on=before.columns, how="semi", nulls_equal=True).height
        assert same >= min(before.height, found.frame.height) - 1


# ---- The command ----------------------------------------------------------------------------------------------------


def test_aicost_check_prints_every_problem_with_its_fix_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / COSTS).write_bytes(text_of([{**rows_of(shipped_bytes(COSTS))[0], "fact_id": "x", "amount": "[bold]"}]))
    (tmp_path / "models.csv").write_bytes(b"")
    monkeypatch.setenv("AICOST_OVERLAYS", str(tmp_path))

    result = CliRunner().invoke(cli.app, ["check"])

    assert result.exit_code == 1
    assert f"overlay:{tmp_path.name}/{COSTS}:2: amount = '[bold]': not a number. write digits" in result.output
    assert f"overlay:{tmp_path.name}/models.csv:1: the file is empty. write at least the header" in result.output
    assert "2 problems, of which 1 would stop a release" in result.output
