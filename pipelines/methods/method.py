"""What a method is: a function from tables to a table, and what it reads. It knows nothing of how tables are kept."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

#: The tables that a method reads, by name; rows are ordered by their columns from left to right.
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Method:
    """A table that a function makes. `reads` names the columns it is given of each table; its docstring says how the
    table is made. `reuses` names those that it is given of what the same code made last, each row once and none the
    first time: what is expensive and was worked out of the same need not be worked out again."""

    name: str
    reads: Mapping[str, tuple[str, ...]]
    make: Callable[[Frames], pl.DataFrame]
    reuses: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """How the table is made."""
        return " ".join((inspect.getdoc(self.make) or "").split())
