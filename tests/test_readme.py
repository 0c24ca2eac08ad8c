"""The answers in the README are what the file says."""

import re

import pytest

from pipelines import paths

README = (paths.ROOT / "README.md").read_text()
#: Each question with the table that follows it.
ANSWERS = re.findall(r"```sql\n(.+?)```\n\n((?:\|[^\n]+\n)+)", README, re.DOTALL)


def test_every_question_has_its_answer():
    assert README.count("```sql") == len(ANSWERS) == 2


@pytest.mark.parametrize(("question", "answer"), ANSWERS, ids=["prices", "declines"])
def test_a_question_in_the_readme_has_the_answer_in_the_readme(rows, question, answer):
    names, _, *told = ([cell.strip() for cell in line.strip("|").split("|")] for line in answer.splitlines())
    found = [[shown(row[name]) for name in names] for row in rows(question)]
    assert found == [[shown(cell) for cell in row] for row in told]


def shown(value: object) -> object:
    """A value as the README writes it."""
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return float(text) if re.fullmatch(r"-?[0-9.]+", text) else text
