"""Text to typed value, after the column's declared type. Nothing is trimmed, rounded or guessed: a text that is not
exactly such a value is refused with what to write instead.
"""

import calendar
import math
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.csv_text import odd_characters
from pipelines.schemas.base import Column

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
#: What may not stand in prose: control characters but the end of a line and the tabulator.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
DATES = (
    ("year", re.compile(r"\d{4}", re.ASCII), "%Y"),
    ("month", re.compile(r"\d{4}-\d{2}", re.ASCII), "%Y-%m"),
    ("quarter", re.compile(r"\d{4}-Q[1-4]", re.ASCII), ""),
    ("day", re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), "%Y-%m-%d"),
    ("instant", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII), "%Y-%m-%dT%H:%M:%SZ"),
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
    elif control := odd_characters("".join(CONTROL.findall(text))):
        raise ValueProblem(f"holds {control}", "remove it")
    if column.dtype == pl.String:
        return text
    if column.dtype == pl.Boolean:
        return _boolean(text)
    if isinstance(column.dtype, pl.Datetime):
        return instant(text)[0]
    number = _number(text)
    if column.dtype == pl.Float64:
        return _float(number)
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
            raise ValueProblem("there is no such date", _nearest(text)) from None
    raise ValueProblem(
        "not a date", "write 2025, 2025-02, 2025-Q1, 2025-02-28 or 2025-02-28T16:00:00Z, as precisely as it is known"
    )


def _nearest(text: str) -> str:
    """What to correct in a date that is none."""
    year, month, day = (int(part or 1) for part in (text[:4], text[5:7].lstrip("Q"), text[8:10]))
    if year == 0:
        return "years begin with 0001"
    if not 1 <= month <= 12:
        return "months are 01 to 12"
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return f"days of that month are 01 to {last}"
    return "hours are 00 to 23, minutes and seconds 00 to 59"


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


def _float(number: Decimal) -> float:
    value = float(number)
    if math.isinf(value) or (value == 0 and number != 0):
        raise ValueProblem("too large or too small for its column", "check the exponent")
    return value


def _decimal(number: Decimal, dtype: pl.DataType) -> Decimal:
    """The number itself, where the column holds all of its digits. No arithmetic: that would round to 28 digits."""
    if not isinstance(dtype, pl.Decimal):
        raise TypeError(f"no way to read a {dtype}")
    if number == 0:
        return Decimal(0)
    if number.adjusted() >= dtype.precision - dtype.scale:
        raise ValueProblem("too large for its column", "check the number of digits")
    digits = "".join(map(str, number.as_tuple().digits))
    decimals = len(digits.rstrip("0")) - 1 - number.adjusted()
    if decimals > dtype.scale:
        raise ValueProblem(f"more than {dtype.scale} decimals", "state it as the source does, no finer")
    return number


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:].rstrip(".")
