"""What the readers of boards promise. Inputs have the shape of the real files, with values out of them."""

import gzip
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from pipelines.feeds.observation import UnreadableSnapshot
from pipelines.feeds.readers import aider, arena, epoch_benchmarks, models_dev_scores
from pipelines.feeds.score import ParsedScores

RUN = """
- dirname: 2025-08-25-10-00-00--gpt-5-low
  test_cases: 225
  model: gpt-5 (low)
  edit_format: diff
  pass_rate_2: 81.3
  command: aider --model openai/gpt-5
  date: 2025-08-25
  total_cost: 10.3713
  prompt_tokens: 2534059
  completion_tokens: 779568
"""
GEMINI = """
- dirname: 2025-04-12-04-55-50--gemini-25-pro-diff-fenced
  test_cases: 225
  model: Gemini 2.5 Pro Preview 03-25
  edit_format: diff-fenced
  pass_rate_2: 72.9
  command: aider --model gemini/gemini-2.5-pro-preview-03-25
  date: 2025-04-12
  total_cost: 0 # incorrect: 6.3174
"""
EDIT = """
- dirname: edit
  model: gpt-4o
  edit_format: whole
  pass_rate_2: 70
  test_cases: 133
  date: 2024-05-13
"""


def boards(polyglot: str, edit: str = EDIT) -> ParsedScores:
    files = {"polyglot_leaderboard.yml": polyglot, "edit_leaderboard.yml": edit}
    return aider.read(json.dumps(files).encode())


def one(read: ParsedScores, **where: Any) -> dict[str, Any]:
    (row,) = read.scores.filter(**where).to_dicts()
    return row


def aside(read: ParsedScores) -> list[tuple[str, ...]]:
    return read.set_aside.select("source_provider", "source_sku", "field_name", "value", "reason").rows()


# Aider


def test_a_run_keeps_its_day_harness_effort_tokens_and_cost() -> None:
    run = one(boards(RUN), benchmark_id="aider-polyglot")
    assert run["source_model"] == "gpt-5 (low)"
    assert (run["score"], run["tasks"], run["harness"], run["effort"]) == (81.3, 225, "diff", "low")
    assert run["cost_to_run_usd"] == Decimal("10.3713")
    assert (run["input_tokens"], run["output_tokens"]) == (2534059, 779568)
    assert run["valid_from"] == run["said_from"] == datetime(2025, 8, 25)


def test_a_cost_of_zero_is_unknown_and_counted() -> None:
    read = boards(GEMINI)
    assert one(read, benchmark_id="aider-polyglot")["cost_to_run_usd"] is None
    place = "2025-04-12-04-55-50--gemini-25-pro-diff-fenced"
    assert aside(read) == [("aider-polyglot", place, "total_cost", "0", "zero")]


@pytest.mark.parametrize(
    ("model", "more", "effort"),
    [
        ("o3", "", None),
        ("o3 (high)", "  reasoning_effort: high\n", "high"),
        ("o3 (high) + gpt-4.1", "", "high"),
        ("o1-mini", "  command: aider --model o1-mini --reasoning-effort medium\n", "medium"),
        ("claude-opus-4-20250514 (no think)", "", "no thinking"),
        ("claude-opus-4-20250514 (32k thinking)", "", "thinking 32k"),
        ("claude-3-7-sonnet-20250219 (32k thinking tokens)", "", "thinking 32k"),
        ("Qwen3 235B A22B diff, no think, Alibaba API", "", "no thinking"),
        ("DeepSeek-V3.2-Exp (Reasoner)", "", "thinking"),
        ("DeepSeek-V3.2-Exp (Chat)", "", "no thinking"),
        ("gemini-2.5-pro-preview-06-05 (default think)", "", None),
    ],
)
def test_the_effort_is_in_a_field_the_name_or_the_command(model: str, more: str, effort: str | None) -> None:
    run = f"- dirname: d\n  model: {model}\n  pass_rate_2: 50\n{more}"
    assert one(boards(run), benchmark_id="aider-polyglot")["effort"] == effort


def test_two_efforts_of_a_model_are_two_scores() -> None:
    high = RUN.replace("(low)", "(high)").replace("-low", "-high").replace("81.3", "88.0")
    read = boards(RUN + high)
    found = read.scores.filter(benchmark_id="aider-polyglot").select("effort", "score").rows()
    assert sorted(found) == [("high", 88.0), ("low", 81.3)]


def test_a_run_without_a_score_is_set_aside() -> None:
    read = boards(RUN + "- dirname: other\n  model: m\n  pass_rate_2: n/a\n")
    assert read.scores.filter(benchmark_id="aider-polyglot").height == 1
    assert aside(read) == [("aider-polyglot", "other", "pass_rate_2", "n/a", "no_number")]


def test_a_file_that_unfolds_without_end_is_no_harm() -> None:
    bomb = "a0: &a0 [lol, lol]\n" + "".join(
        f"  a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    read = boards(f"{RUN}- {bomb}  model: *a39\n  dirname: d\n- dirname: e\n  model: m\n  pass_rate_2: *a39\n")
    assert sorted(aside(read)) == [
        ("aider-polyglot", "d", "model", "missing", "unknown_field"),
        ("aider-polyglot", "e", "pass_rate_2", "a list", "no_number"),
    ]


def test_a_file_of_nested_merges_is_refused_before_it_unfolds() -> None:
    bomb = "- &a0 {x: 1}\n" + "".join(f"- &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
    with pytest.raises(UnreadableSnapshot, match="is no YAML"):
        boards(bomb)


@pytest.mark.parametrize(
    ("polyglot", "why"),
    [
        ("- dirname: [", "is no YAML"),
        ("runs: {}", "is no list of runs"),
        ("- 5", "is no list of runs"),
        ("- model: m\n  pass_rate: 50", "has a pass_rate_2"),
        ("- !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_another_shape_is_refused_with_the_reason(polyglot: str, why: str) -> None:
    with pytest.raises(UnreadableSnapshot, match=why):
        boards(polyglot)


def test_a_missing_board_is_refused() -> None:
    with pytest.raises(UnreadableSnapshot, match=r"edit_leaderboard\.yml is missing"):
        aider.read(json.dumps({"polyglot_leaderboard.yml": RUN}).encode())


# Arena


def ledger(**more: Any) -> bytes:
    row = ["google / gemini-4-argon", "Gemini 4 Argon (High)", 1523.9, 1515.1, 1532.7, 4900, 1]
    document = {
        "schema": 1,
        "units": {"ratings": ["model", "arena name", "rating", "low", "high", "votes", "arena rank"]},
        "ratings": {"date": "2026-10-20", "tasks": {"overall": [row], "webdev": [row]}},
    }
    return gzip.compress(json.dumps(document | more).encode())


def test_a_rating_keeps_its_interval_votes_and_day() -> None:
    rating = one(arena.read_llmledger(ledger()), variant="overall", benchmark_id="lm-arena-text")
    assert (rating["score"], rating["score_low"], rating["score_high"]) == (1523.9, 1515.1, 1532.7)
    assert (rating["interval_level"], rating["votes"], rating["effort"]) == (0.95, 4900, "high")
    assert rating["valid_from"] == rating["said_from"] == datetime(2026, 10, 20)
    assert rating["cost_to_run_usd"] is None


def test_another_arena_is_another_benchmark() -> None:
    assert one(arena.read_llmledger(ledger()), benchmark_id="lm-arena-webdev")["score"] == 1523.9


@pytest.mark.parametrize("more", [{"units": {"ratings": ["model", "rating"]}}, {"ratings": {}}, {"schema": 2}])
def test_ratings_of_another_shape_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(UnreadableSnapshot):
        arena.read_llmledger(ledger(**more))


HEAD = "rank,model,arena_score,95_pct_ci,votes,organization\n"


@pytest.mark.parametrize("column", ["arena_score", "arena_elo"])
def test_the_interval_of_the_csv_is_around_the_score(column: str) -> None:
    text = HEAD.replace("arena_score", column) + "1,Claude Opus 4 (thinking-16k),1373,+5/-4,17970,Anthropic\n"
    rating = one(arena.read_csv(text.encode()))
    assert (rating["score_low"], rating["score"], rating["score_high"]) == (1369, 1373, 1378)
    assert (rating["votes"], rating["effort"], rating["valid_from"]) == (17970, "thinking 16k", None)


def test_a_rating_without_an_interval_is_kept_and_the_interval_set_aside() -> None:
    read = arena.read_csv(f"{HEAD}1,a,1373,?,17970,A\n2,b,n/a,+1/-1,5,B\n".encode())
    assert one(read)["interval_level"] is None
    assert [row[1:] for row in aside(read)] == [
        ("a", "95_pct_ci", "?", "no_number"),
        ("b", "arena_score", "n/a", "no_number"),
    ]


@pytest.mark.parametrize("text", ["rank,name\n1,a\n", "\x00", "<html>not found</html>"])
def test_a_file_that_is_no_board_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSnapshot):
        arena.read_csv(text.encode())


def test_the_catalog_has_a_board_a_category() -> None:
    row = {"rating": 1486.6, "rating_q975": 1492.8, "rating_q025": 1480.4}
    read = arena.read_catalog(json.dumps({"full": {"gemini-3-pro": row}, "coding": {"gemini-3-pro": row}}).encode())
    assert sorted(read.scores["variant"]) == ["coding", "overall"]
    overall = one(read, variant="overall")
    assert (overall["score_low"], overall["score_high"], overall["votes"]) == (1480.4, 1492.8, None)
    with pytest.raises(UnreadableSnapshot, match="full"):
        arena.read_catalog(b'{"coding": {}}')


# Epoch AI

RUNS_HEAD = "id,task,model,Best score (across scorers),Scores,started_at,Status,task version\n"
RUNS = (
    RUNS_HEAD
    + "r1,GPQA diamond,gpt-5.1_medium,0.850,choice:0.85±0.02,17 November 2025 4:28pm,Success,1.0.1\n"
    + "r2,GPQA diamond,claude-3-7-sonnet-20250219_64K,0.797,"
    + '"choice:0.77±0.03,choice:0.8±0.02",26 May 2025 6:53pm,Success,1.0.0\n'
    + "r3,GPQA diamond,grok-4-0709,0.870,choice:0.87±0.02,,Success,1.0.0\n"
    + "r4,GPQA diamond,o3,0.5,choice:0.5±0.02,,Error,1.0.0\n"
    + "r6,GPQA diamond,phi-4,0.561,"
    + '"choice:0.56±0.03,other:0.56±0.02,third:0.56±0",31 January 2025 6:03pm,Success,1.0.0\n'
    + "r5,A new task,o3,0.5,choice:0.5±0.02,,Success,1.0.0\n"
)
COLLECTED = {
    "external_benchmark_aider_polyglot.csv": "id,Model version,Percent correct,Edit format,Cost,Source\n"
    "a1,gpt-5-2025-08-07_high,88.000,diff,$0.1300,Aider\n",
    "external_benchmark_arc_agi.csv": "id,Model version,Score,Source\nb1,o4-mini-2025-04-16_low,21%,ARC\nb2,,5%,X\n",
    "external_benchmark_livebench.csv": "id,Model version,Global average,LiveBench Version,Source\n"
    "gpt-4o,gpt-4o,50.1,LiveBench-2024-08-31,LiveBench\ngpt-4o-new,gpt-4o,40.2,LiveBench-2024-11-25,LiveBench\n",
    "external_benchmark_mmlu.csv": "id,EM,Model version,Shots,Source\nc1,77.0%,amazon.nova-lite-v1:0,5,Stanford CRFM\n",
}


@pytest.fixture(scope="module")
def hub() -> ParsedScores:
    return epoch_benchmarks.read(json.dumps({"benchmarks_runs.csv": RUNS, **COLLECTED}).encode())


def test_a_run_of_the_hub_has_percent_one_standard_error_and_its_day(hub: ParsedScores) -> None:
    run = one(hub, place="r1")
    assert (run["score"], run["score_low"], run["score_high"], run["interval_level"]) == (85.0, 83.0, 87.0, 0.6827)
    assert (run["variant"], run["harness"], run["effort"]) == ("Epoch AI, task version 1.0.1", "Inspect", "medium")
    assert (run["valid_from"], run["said_from"], run["api_name"]) == (datetime(2025, 11, 17), None, "gpt-5.1")


def test_the_error_is_that_of_the_best_scorer(hub: ParsedScores) -> None:
    run = one(hub, place="r2")
    assert (run["score_low"], run["score"], run["score_high"], run["effort"]) == (77.7, 79.7, 81.7, "thinking 64k")
    widest = one(hub, place="r6")
    assert (widest["score_low"], widest["score_high"]) == (53.1, 59.1)


def test_an_unknown_day_stays_unknown(hub: ParsedScores) -> None:
    assert one(hub, place="r3")["valid_from"] is None


def test_other_questions_are_another_variant(hub: ParsedScores) -> None:
    editions = hub.scores.filter(benchmark_id="livebench", source_model="gpt-4o").select("variant", "score").rows()
    assert sorted(editions) == [("LiveBench-2024-08-31", 50.1), ("LiveBench-2024-11-25", 40.2)]


def test_collected_boards_say_from_whom(hub: ParsedScores) -> None:
    mmlu = one(hub, benchmark_id="mmlu")
    assert (mmlu["score"], mmlu["harness"]) == (77.0, "5-shot")
    assert mmlu["variant"] == "as listed by Epoch AI from Stanford CRFM"


def test_what_the_hub_states_and_no_score_is_made_of_is_counted(hub: ParsedScores) -> None:
    assert sorted(aside(hub)) == [
        ("A new task", "r5", "task", "A new task", "unknown_field"),
        ("GPQA diamond", "r4", "Status", "Error", "failed_run"),
        ("aider-polyglot", "a1", "Cost", "$0.1300", "other_unit"),
        ("arc-agi-1", "b2", "external_benchmark_arc_agi.csv Model version", "missing", "unknown_field"),
    ]
    assert one(hub, benchmark_id="aider-polyglot")["cost_to_run_usd"] is None


def test_a_hub_without_a_column_or_a_file_is_refused() -> None:
    renamed = RUNS.replace("Best score (across scorers)", "mean_score")
    with pytest.raises(UnreadableSnapshot, match=r"benchmarks_runs\.csv has no column Best score"):
        epoch_benchmarks.read(json.dumps({"benchmarks_runs.csv": renamed, **COLLECTED}).encode())
    with pytest.raises(UnreadableSnapshot, match=r"external_benchmark_mmlu\.csv"):
        epoch_benchmarks.read(json.dumps({"benchmarks_runs.csv": RUNS}).encode())


# models.dev


def test_a_sourced_score_keeps_metric_version_harness_and_page() -> None:
    row = {
        "name": "Terminal-Bench", "score": 70.3, "metric": "success rate", "harness": "Terminus-2", "version": "2.1",
        "source": "https://www.anthropic.com/news/claude-opus-4-8", "date": "2026-05-28",
    }  # fmt: skip
    unknown = {"name": "Claw-eval", "score": 5, "source": "https://x.test"}
    models = {"google/gemini-3.1-pro-preview": {"benchmarks": [row, {**row, "version": "2.0"}, unknown]}}
    read = models_dev_scores.read(json.dumps(models).encode())
    assert read.scores.height == 2
    score = one(read, variant="Terminal-Bench, success rate, 2.1")
    assert (score["benchmark_id"], score["harness"], score["score"]) == ("terminal-bench", "Terminus-2", 70.3)
    assert (score["api_name"], score["valid_from"]) == ("gemini-3.1-pro-preview", datetime(2026, 5, 28))
    assert "https://www.anthropic.com/news/claude-opus-4-8" in score["place"]
    assert [row[4] for row in aside(read)] == ["unknown_field"]


def test_a_list_of_models_without_scores_is_refused() -> None:
    with pytest.raises(UnreadableSnapshot, match="no score"):
        models_dev_scores.read(b'{"m": {"name": "M"}}')


def test_two_scores_of_one_place_are_none() -> None:
    row = {"name": "SciCode", "score": 1, "source": "https://x.test"}
    models = {"a/m": {"benchmarks": [row, {**row, "score": 2}]}, "a/n": {"benchmarks": [row, row]}}
    read = models_dev_scores.read(json.dumps(models).encode())
    assert read.scores.select("source_model", "score").rows() == [("a/n", 1.0)]
    assert sorted(row[3] for row in aside(read)) == ["1.0", "2.0"]
