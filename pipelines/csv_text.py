"""CSV as text: bytes to records of strings with the physical line each begins on. Encoding, quoting, header and field
counts are judged here; what a value means is not.
"""

import csv
import difflib
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from pipelines.problems import Problem, shorten

MAX_FILE_BYTES = 64 * 2**20
MAX_FIELD_CHARACTERS = 64 * 2**10

#: Characters that word processors put in the place of plain ones.
LOOKALIKES = "\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u2212\u00a0\u2007\u2009\u202f\u200b\ufeff"


@dataclass(frozen=True)
class SeedFile:
    """A file to read, with the name by which messages and the `origin` column call it."""

    label: str
    path: Path


@dataclass(frozen=True)
class Record:
    """A row as written."""

    file: str
    line: int
    values: dict[str, str]


def read_records(file: SeedFile, expected: tuple[str, ...]) -> tuple[list[Record], list[Problem]]:
    """The records of a file with exactly the expected columns, in any order, and what is wrong with the file.

    An UTF-8 byte-order mark and either kind of line ending are accepted: they change no value, also not one that runs
    over several lines.
    """
    text, problem = _decode(file)
    if problem:
        return [], [problem]
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        line = 1
        for row in reader:
            if row:
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        return [], [_malformed(file, line, str(error))]
    if not rows:
        return [], [_fatal(file, 1, "the file is empty", "write at least the header: " + ",".join(expected))]
    (header_line, header), *body = rows
    problems = _header_problems(file, header_line, header, expected)
    if problems:
        return [], problems
    if body and len(body[-1][1]) < len(header) and not text.endswith(("\n", "\r")):
        return [], [_fatal(file, body[-1][0], "the file ends in the middle of a row", "restore the end of the file")]
    records = []
    for number, row in body:
        if len(row) == len(header):
            records.append(Record(file.label, number, dict(zip(header, row, strict=True))))
        else:
            problems.append(_wrong_field_count(file, number, row, len(header)))
    return records, problems


def odd_characters(text: str) -> str | None:
    """The names of typographic or invisible characters in a text that must be plain, or None."""
    if text.isascii() and text.isprintable():
        return None
    odd = dict.fromkeys(
        c for c in text if c in LOOKALIKES or (unicodedata.category(c) in {"Cc", "Cf", "Zs"} and c != " ")
    )
    return ", ".join(f"{unicodedata.name(c, 'control character')} (U+{ord(c):04X})" for c in odd) or None


def _decode(file: SeedFile) -> tuple[str, Problem | None]:
    try:
        size = file.path.stat().st_size
        if size > MAX_FILE_BYTES:
            rule = f"{size:,} bytes, more than {MAX_FILE_BYTES:,}"
            return "", _fatal(file, None, rule, "split the file, or check it")
        data = file.path.read_bytes()
    except OSError as error:
        return "", _fatal(file, None, f"cannot be read: {error.strerror}", "make it a file that you may read")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", _fatal(file, 1, "encoded as UTF-16", "save it as UTF-8")
    if (at := data.find(b"\x00")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        return "", _fatal(file, line, "a NUL byte", "remove it, or save the file as UTF-8 if it is UTF-16")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        return "", _fatal(file, line, byte, "save the file as UTF-8")


def _malformed(file: SeedFile, line: int, error: str) -> Problem:
    if "field larger" in error:
        rule = f"a field of more than {MAX_FIELD_CHARACTERS:,} characters"
        return _fatal(file, line, rule, "shorten it, or close the quote that lets it run on")
    if "unexpected end" in error:
        return _fatal(file, line, "a quoted field is never closed", 'close it with ", or restore the end of the file')
    return _fatal(file, line, f"not CSV: {error}", 'quote a field with ", and write a quote in it as ""')


def _header_problems(file: SeedFile, line: int, header: list[str], expected: tuple[str, ...]) -> list[Problem]:
    if len(header) == 1 and len(expected) > 1 and (other := next((c for c in ";\t|" if c in header[0]), None)):
        rule = f"columns are separated by {unicodedata.name(other, 'TAB').lower()}"
        return [_fatal(file, line, rule, "save it with commas between the columns")]
    problems = []
    missing = [name for name in expected if name not in header]
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.append(_fatal(file, line, "the column occurs twice", "keep one of them", column=shorten(name)))
        elif name not in expected:
            near = difflib.get_close_matches(name, missing, n=1, cutoff=0.5)
            missing = [column for column in missing if column not in near]
            fix = f"rename it to {near[0]}" if near else "remove it"
            odd = odd_characters(name) or ("a space at its beginning or end" if name != name.strip() else None)
            rule = "no such column" + (f"; its name holds {odd}" if odd else "")
            problems.append(_fatal(file, line, rule, fix, column=shorten(name)))
    for name in missing:
        problems.append(_fatal(file, line, "the column is missing", "add it", column=name))
    return problems


def _wrong_field_count(file: SeedFile, line: int, row: list[str], wanted: int) -> Problem:
    fix = 'quote a field that holds a comma with "'
    if any(c in "".join(row) for c in "\u201c\u201d"):
        fix += "; curly quotes do not quote a CSV field"
    return Problem(file.label, line, None, None, f"{len(row)} fields where the header has {wanted}", fix)


def _fatal(file: SeedFile, line: int | None, rule: str, fix: str, column: str | None = None) -> Problem:
    return Problem(file.label, line, column, None, rule, fix, fatal=True)
