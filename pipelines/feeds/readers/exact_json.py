"""JSON read without losing anything: numbers keep their exact value and how they are written, a key that occurs twice
keeps both values. What the values mean is for the readers.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

from pipelines.feeds.observation import UnreadableSnapshot


class Number(Decimal):
    """A number and its `text`, as the file writes it."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """The number that a text stands for."""
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True)
class Repeated:
    """The values of a key that one object states more than once, and not the same each time."""

    values: tuple[Any, ...]


def loads(data: bytes) -> Any:
    """The value that UTF-8 JSON stands for, its numbers as `Number`.

    Raises:
        UnreadableSnapshot: it is not JSON.
    """
    try:
        return json.loads(
            data.decode("utf-8"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=object_of,
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UnreadableSnapshot(f"not JSON: {error}") from error


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Where a key occurs twice with different values, its value is `Repeated`: none of them wins."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    values: dict[str, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return {key: several[0] if _all_equal(several) else Repeated(tuple(several)) for key, several in values.items()}


@lru_cache(maxsize=2**16)
def _number(text: str) -> Number:
    """The number of a text; files write the same few thousand again and again."""
    return Number(text)


def _all_equal(values: list[Any]) -> bool:
    return all(value == values[0] for value in values[1:])


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
