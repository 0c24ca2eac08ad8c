"""Text to typed value, after the column's declared type. Nothing is trimmed, rounded or guessed: a text that is not
exactly such a value is refused with what to write instead.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.csv_text import odd_characters
from pipelines.schemas.base import Column

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
DATES = (
    ("year", re.compile(r"\d{4}"), "%Y"),
    ("month", re.compile(r"\d{4}-\d{2}"), "%Y-%m"),
    ("quarter", re.compile(r"\d{4}-Q[1-4]"), ""),
    ("day", re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    ("instant", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"), "%Y-%m-%dT%H:%M:%SZ"),
)


class ValueProblem(Exception):
    """A text that is no value of its column: the broken rule, and what to write instead."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(rule, fix)
        self.rule = rule
        self.fix = fix


def parse(column: Column, text: str) -> Any:
    """The value that a text stands for; empty is None (unknown).

    Raises:
        ValueProblem: the text is no such value.
    """
    if text == "":
        if not column.nullable:
            raise ValueProblem("empty, but a value is needed", f"fill it: {_lower_first(column.description)}")
        return None
    if not column.prose:
        _refuse_odd_text(text)
    elif any(ord(c) < 32 and c not in "\n\t" for c in text):
        raise ValueProblem(f"holds {odd_characters(text)}", "remove it")
    if column.dtype == pl.String:
        return text
    if column.dtype == pl.Boolean:
        return _boolean(text)
    if isinstance(column.dtype, pl.Datetime):
        return instant(text)[0]
    number = _number(text)
    if column.dtype == pl.Float64:
        return float(number)
    if column.dtype == pl.Int64:
        return _integer(number)
    return _decimal(number, column.dtype)


def instant(text: str) -> tuple[datetime, str]:
    """The start of a date as written, in UTC, and how precise the writing is."""
    for precision, pattern, layout in DATES:
        if not pattern.fullmatch(text):
            continue
        try:
            if precision == "quarter":
                return datetime(int(text[:4]), 3 * int(text[-1]) - 2, 1), precision
            return datetime.strptime(text, layout), precision
        except ValueError:
            raise ValueProblem("there is no such date", _nearest_day(text)) from None
    raise ValueProblem(
        "not a date", "write 2025, 2025-02, 2025-Q1, 2025-02-28 or 2025-02-28T16:00:00Z, as precisely as it is known"
    )


def _nearest_day(text: str) -> str:
    if re.match(r"\d{4}-\d{2}-\d{2}", text) and 1 <= int(text[5:7]) <= 12 and int(text[:4]) > 0:
        first = datetime(int(text[:4]), int(text[5:7]), 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return f"the month ends on {last:%Y-%m-%d}"
    return "correct the month or the hour"


def _refuse_odd_text(text: str) -> None:
    if odd := odd_characters(text):
        raise ValueProblem(f"holds {odd}", "type it with plain ASCII characters")
    if text != text.strip():
        raise ValueProblem("has a space at its beginning or end", "remove it")


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueProblem("neither true nor false", "write true or false")
    return text == "true"


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        bare = re.sub(r"[,_ $¥€]", "", text)
        fix = f"write {bare}" if NUMBER.fullmatch(bare) else "write digits with a point, as 5576000 or 0.55 or 3.8e25"
        raise ValueProblem("not a number", fix)
    return Decimal(text)


def _integer(number: Decimal) -> int:
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValueProblem("not a whole number", "write a whole number")
    return int(number)


def _decimal(number: Decimal, dtype: pl.DataType) -> Decimal:
    if not isinstance(dtype, pl.Decimal):
        raise TypeError(f"no way to read a {dtype}")
    scaled = number.scaleb(dtype.scale)
    if scaled != scaled.to_integral_value():
        raise ValueProblem(f"more than {dtype.scale} decimals", "state it as the source does, no finer")
    if abs(scaled) >= Decimal(10) ** dtype.precision:
        raise ValueProblem("too large for its column", "check the number of digits")
    return number


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:].rstrip(".")
