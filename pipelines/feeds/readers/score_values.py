"""What readers of boards share: numbers out of a file's values, tables out of CSV, and the words for how hard a model
was asked to think.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from pipelines.feeds.observation import UnreadableSnapshot

LEVELS = ("minimal", "low", "medium", "high", "xhigh", "max")
THINKING = ("thinking", "reasoning", "reasoner")
NOT_THINKING = ("non-thinking", "non-reasoning", "no-thinking", "no thinking", "no think")
_BUDGET = re.compile(r"(?:thinking[ -])?([0-9]+)k(?: think(?:ing)?(?: tokens)?)?")
_MOST_WHOLE = 10**15


def number_in(value: object) -> Decimal | None:
    """The finite number that a value is, or that its text is, without a percent or dollar sign; None where none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip().removeprefix("$").removesuffix("%"))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _MOST_WHOLE else None


def whole_in(value: object) -> int | None:
    """The count that a value is; None where it is none, or zero."""
    number = number_in(value)
    return int(number) if number is not None and number > 0 and number % 1 == 0 else None


def day_in(value: object) -> datetime | None:
    """The day that a value is, or that its text begins with, as YYYY-MM-DD."""
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    try:
        return datetime.strptime(str(value)[:10], "%Y-%m-%d")
    except ValueError:
        return None


def effort_in(words: Iterable[str]) -> str | None:
    """The effort that some words name: a level, a budget of thinking tokens, thinking or none; joined where several."""
    return ", ".join(dict.fromkeys(filter(None, map(_effort, words)))) or None


def _effort(word: str) -> str | None:
    word = word.strip().lower()
    if word in LEVELS:
        return word
    if word in THINKING:
        return "thinking"
    if word in NOT_THINKING:
        return "no thinking"
    budget = _BUDGET.fullmatch(word)
    return f"thinking {budget[1]}k" if budget else None


def in_brackets(name: str) -> list[str]:
    """The parts, between commas, of what a name has in round brackets."""
    return [part for found in re.findall(r"\(([^()]*)\)", name) for part in found.split(",")]


def texts_of(data: bytes) -> dict[str, str]:
    """The texts of several files that were fetched as one, by name.

    Raises:
        UnreadableSnapshot: it is no JSON object of texts.
    """
    try:
        files = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableSnapshot(f"not JSON: {error}") from None
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise UnreadableSnapshot("expected an object of files")
    return files


def table_of(text: str, needed: Iterable[str], file: str = "the file") -> list[dict[str, str]]:
    """The rows of a CSV with a header.

    Raises:
        UnreadableSnapshot: it is no CSV, or lacks a column that is needed.
    """
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True, restval="")
        lacking = [name for name in needed if name not in (reader.fieldnames or ())]
        if lacking:
            raise UnreadableSnapshot(f"{file} has no column {', '.join(lacking)}")
        return [{name: value for name, value in row.items() if isinstance(value, str)} for row in reader]
    except csv.Error as error:
        raise UnreadableSnapshot(f"{file} is no CSV: {error}") from None
