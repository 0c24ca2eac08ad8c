"""The README's one answer is what the file says."""

import re

from pipelines import paths

README = (paths.ROOT / "README.md").read_text()


def test_the_question_in_the_readme_has_the_answer_in_the_readme(rows):
    (question,) = re.findall(r"```sql\n(.+?)```", README, re.DOTALL)
    told = [line.strip("| ").split(" | ") for line in README.splitlines() if line.startswith(("| deepseek-r", "| o3-"))]
    found = [
        [row["sku"], *(float(row[name]) for name in ("hit", "miss", "input_at_90_percent", "output")), row["sources"]]
        for row in rows(question)
    ]
    assert found == [[sku, *map(float, rates), sources.split(", ")] for sku, *rates, sources in told]
