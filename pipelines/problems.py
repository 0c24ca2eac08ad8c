"""What is wrong with an input, told so that its author can mend it."""

from dataclasses import dataclass

SHOWN = 80


@dataclass(frozen=True)
class Problem:
    """A broken rule at a place in a file.

    A fatal problem spoils the whole file, or a key that others rely on: nothing is published. Any other costs its row
    and what depends on it.
    """

    file: str
    line: int | None
    column: str | None
    value: str | None
    rule: str
    fix: str
    fatal: bool = False

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        if self.column is None:
            return f"{place}: {self.rule}. {_sentence(self.fix)}"
        value = "" if self.value is None else f" = {shorten(self.value)!r}"
        return f"{place}: {self.column}{value}: {self.rule}. {_sentence(self.fix)}"


def shorten(text: str) -> str:
    """The text, cut where it would flood a message."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _sentence(text: str) -> str:
    return text if text.endswith("?") else text + "."


class InputError(Exception):
    """Problems that leave nothing to publish."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
