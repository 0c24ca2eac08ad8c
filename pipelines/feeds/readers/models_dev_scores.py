"""The scores in models.dev's list of models, `models.json`: under `benchmarks` of a model, each with the page that
states it and, of some, the day. Names of benchmarks are free text; those that are not known are set aside.
"""

from typing import Any

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.score_values import day_in, effort_in, number_in
from pipelines.feeds.score import ParsedScores, Score, ScoreList

BENCHMARKS = {
    "Aider Polyglot": "aider-polyglot",
    "GPQA Diamond": "gpqa-diamond",
    "Humanity’s Last Exam": "humanitys-last-exam",
    "LiveCodeBench": "livecodebench",
    "SciCode": "scicode",
    "SWE Bench Pro": "swe-bench-pro",
    "SWE-Bench Pro": "swe-bench-pro",
    "SWE-Bench Multilingual": "swe-bench-multilingual",
    "SWE-Bench Verified": "swe-bench-verified",
    "Terminal-Bench": "terminal-bench",
    "Terminal Bench 2.0": "terminal-bench",
    "Terminal Bench 2.1": "terminal-bench",
    "Terminal-Bench 2.1": "terminal-bench",
    "Terminal-Bench Hard": "terminal-bench",
}
#: What a row says beside its score that must agree for two to compare.
_TELLING = ("metric", "dataset", "version", "variant")


def read(data: bytes) -> ParsedScores:
    """The scores of all models.

    Raises:
        UnreadableSnapshot: it is no JSON object of models, or none of them has a score.
    """
    models = exact_json.loads(data)
    if not isinstance(models, dict) or not all(isinstance(model, dict) for model in models.values()):
        raise UnreadableSnapshot("expected an object of models")
    found = ScoreList()
    for model_id, model in models.items():
        rows = model.get("benchmarks")
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                _read_row(found, model_id, row)
            else:
                found.set_aside("", model_id, "benchmarks", row, "unknown_field")
    return found.parsed()


def _read_row(found: ScoreList, model_id: str, row: dict[str, Any]) -> None:
    name, score, source = str(row.get("name")), number_in(row.get("score")), str(row.get("source") or "")
    benchmark = BENCHMARKS.get(name)
    if benchmark is None or score is None:
        reason = "unknown_field" if benchmark is None else "no_number"
        found.set_aside(name, model_id, f"benchmarks.{name}", row.get("score", "missing"), reason)
        return
    effort = effort_in([str(row.get("variant", ""))])
    telling = [str(row[key]) for key in _TELLING if row.get(key) and not (key == "variant" and effort)]
    variant = ", ".join([name, *telling])
    harness = str(row["harness"]) if row.get("harness") else None
    found.scores.append(
        Score(
            place=" | ".join(filter(None, [model_id, variant, harness, effort, source])),
            benchmark_id=benchmark,
            variant=variant,
            source_model=model_id,
            score=float(score),
            api_name=model_id.rpartition("/")[2],
            harness=harness,
            effort=effort,
            valid_from=day_in(row.get("date")),
        )
    )
