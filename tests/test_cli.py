"""The `aicost` command as its users meet it: what it prints, how it ends, and that it never shows them a traceback."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import cli, seeds
from pipelines.warehouse import read

COMMANDS = ("run", "fetch", "backfill", "check", "query", "tables", "ui")


@pytest.fixture
def ask(published: Path, home: Path, aicost: Callable) -> Callable[..., str]:
    """What `aicost query` prints for a question that it can answer."""

    def asked(*words: str) -> str:
        result = aicost(home, "query", *words)
        assert result.exit_code == 0, result.output
        return result.stdout

    return asked


# ---- Help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_says_what_it_is_and_lists_the_commands(flag: str) -> None:
    result = CliRunner().invoke(cli.app, [flag])

    assert result.exit_code == 0
    assert "what AI costs, who says so, and since when" in result.stdout
    for command in COMMANDS:
        assert f" {command} " in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command: str) -> None:
    result = CliRunner().invoke(cli.app, [command, "--help"])

    assert result.exit_code == 0
    assert "Usage: " in result.stdout


@pytest.mark.parametrize("words", [["nonsense"], ["query"], ["query", "--format", "xml", "select 1"], ["run", "now"]])
def test_a_wrong_command_is_told_and_ends_with_2(words: list[str]) -> None:
    result = CliRunner().invoke(cli.app, words)

    assert result.exit_code == 2
    assert "Usage: " in result.stderr


# ---- Run ------------------------------------------------------------------------------------------------------------


def test_a_run_prints_tables_with_row_counts_refused_rows_the_file_and_queries_to_try(
    first_run: str, published: Path, ask: Callable
) -> None:
    printed = first_run.split()

    with read.opened(published) as connection:
        tables = connection.execute("select table_name, row_count, release_id from meta.release").fetchall()
    for name, count, _ in tables:
        assert printed[printed.index(name) + 1] == f"{count:,}"
    assert "No row was refused." in first_run
    assert str(published) in "".join(printed)
    assert tables[0][2] in first_run
    assert "make ui" in first_run
    assert len(cli.QUERIES) == 3
    for query in cli.QUERIES:
        assert f'query "{query}"\n' in first_run
        assert len(ask(query, "--format", "csv").splitlines()) > 1, "a query to try answers something"


def test_with_nothing_changed_a_run_says_so_starts_no_dagster_run_and_prints_its_summary(
    home: Path, first_run: str, aicost: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_build", lambda *_, **__: pytest.fail("a build was started"))

    result = aicost(home, "run")

    assert result.exit_code == 0
    serving, summary = first_run.split("\n", 1)
    assert result.stdout == f"{serving}\nNothing changed since the last release.\n\n{summary}"


def test_force_and_a_changed_overlay_build_again(
    home: Path, published: Path, aicost: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    built = []
    monkeypatch.setattr(cli, "_build", lambda *_, **__: built.append(1))
    (tmp_path / "currencies.csv").write_text("currency,name\nCHF,Swiss franc\n")

    aicost(home, "run", "--force")
    aicost(home, "run", overlays=[tmp_path])

    assert built == [1, 1]


def test_a_release_that_does_not_open_is_built_again(
    aicost: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "warehouse.duckdb").write_bytes(b"not a database")
    monkeypatch.setattr(cli, "_build", lambda *_, **__: cli._fail("built"))

    assert aicost(tmp_path, "run").stderr == "built\n"


@pytest.mark.parametrize(
    ("before", "left"),
    [(True, "the last good release is still published"), (False, "nothing is published")],
    ids=["after a release", "at first"],
)
def test_a_failed_run_says_why_and_what_is_published_and_ends_with_1(
    before: bool, left: str, aicost: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pipelines.assets import run

    (tmp_path / "data").mkdir()
    if before:
        (tmp_path / "data" / "warehouse.duckdb").touch()
    why = run.Outcome(False, ["seeds/x.csv:1: [bold]: no such column"], ["marts.x: a_check does not hold"])
    monkeypatch.setattr(run, "run_job", lambda *_, **__: why)

    result = aicost(tmp_path, "run")

    assert result.exit_code == 1
    assert result.stderr == f"{why.errors[0]}\n{why.broken_checks[0]}\nnot published; {left}\n"


# ---- Check ----------------------------------------------------------------------------------------------------------


def test_check_of_the_shipped_seeds_ends_with_0(home: Path, aicost: Callable) -> None:
    result = aicost(home, "check")

    assert result.exit_code == 0
    assert result.stdout.endswith(" tables are valid; nothing is wrong.\n")


def test_check_ends_with_1_if_a_row_would_be_refused(home: Path, aicost: Callable, tmp_path: Path) -> None:
    (tmp_path / "currencies.csv").write_text("currency,name\nfranc,Swiss franc\n")

    result = aicost(home, "check", overlays=[tmp_path])

    assert result.exit_code == 1
    problem, total = result.stdout.splitlines()
    assert problem.startswith(f"overlay:{tmp_path.name}/currencies.csv:2: currency = 'franc': ")
    assert total.endswith("; 1 problem.")


def test_check_builds_nothing(aicost: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "read_all", lambda *_: ({}, []))

    aicost(tmp_path, "check")

    assert list(tmp_path.iterdir()) == []


# ---- Query and tables -----------------------------------------------------------------------------------------------

QUESTION = "select fact_id, amount, supersedes is null as first from facts.training_cost where fact_id = 'article-F036'"


def test_a_table_has_a_line_a_row_and_says_how_many(ask: Callable) -> None:
    header, row, count = ask(QUESTION).splitlines()

    assert header.split() == ["fact_id", "amount", "first"]
    assert row.split() == ["article-F036", "5576000.000000", "False"]
    assert count == "1 row"


def test_a_wide_table_that_is_piped_is_not_cut(ask: Callable) -> None:
    answer = ask("select * from facts.training_cost where fact_id = 'article-F036'").splitlines()

    assert len(answer) == 3
    assert "as stated in DeepSeek’s technical report" in answer[1]
    assert "…" not in "".join(answer)


def test_csv_can_be_read_back(ask: Callable) -> None:
    printed = ask("select 'a, \"b\"\nc' as x, null as y, ['d'] as z", "--format", "csv")

    assert list(csv.DictReader(io.StringIO(printed))) == [{"x": 'a, "b"\nc', "y": "", "z": "['d']"}]
    assert "\r" not in printed


def test_json_can_be_read_back(ask: Callable) -> None:
    printed = ask(
        "select 'é' as a, null as b, 1 as c, true as d, [1.5::double] as e, {'f': 'g'} as h, 'inf'::double as i,"
        " map {date '2025-01-20': 1} as j, timestamp '2025-01-20' as k",
        "-f",
        "json",
    )

    found = json.loads(printed, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    assert found == [
        {
            "a": "é",
            "b": None,
            "c": 1,
            "d": True,
            "e": [1.5],
            "h": {"f": "g"},
            "i": "inf",
            "j": {"2025-01-20": 1},
            "k": "2025-01-20 00:00:00",
        }
    ]


def test_json_loses_no_column_of_two_with_one_name(home: Path, published: Path, aicost: Callable) -> None:
    result = aicost(home, "query", "select 1 as a, 2 as a", "--format", "json")

    assert result.exit_code == 1
    assert "two columns are called a" in result.stderr


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_no_rows_are_an_answer_too(output: str, ask: Callable) -> None:
    assert (
        ask("select 1 as a where false", "--format", output)
        == {"table": "a\n0 rows\n", "csv": "a\n", "json": "[]\n"}[output]
    )


@pytest.mark.parametrize("value", ["[bold]", "[/x]", "[link=https://x]y[/link]", ":smile:", "back\\", "\\[x]"])
@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_values_that_look_like_markup_are_printed_as_they_are(value: str, output: str, ask: Callable) -> None:
    printed = ask(f"select '{value}' as \"{value}\"", "--format", output)

    assert printed.count(json.dumps(value)[1:-1] if output == "json" else value) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (x integer)",
        "create schema mine",
        "insert into ref.currency (currency, name, origin) values ('XXX', 'x', 'x')",
        "update ref.currency set name = 'x'",
        "delete from ref.currency",
        "drop table ref.currency",
        "copy ref.currency to '{folder}/x.csv'",
        "export database '{folder}/x'",
        "attach '{folder}/x.duckdb'",
        "install httpfs",
        "load '{folder}/x.duckdb_extension'",
        "from read_csv('/etc/passwd')",
        "from '/etc/passwd'",
        "set enable_external_access = true",
    ],
)
def test_a_query_neither_writes_nor_reaches_other_files(
    statement: str, home: Path, published: Path, aicost: Callable, tmp_path: Path
) -> None:
    before = published.read_bytes()

    result = aicost(home, "query", statement.format(folder=tmp_path))

    assert result.exit_code == 1
    assert result.stdout == ""
    assert any(word in result.stderr for word in ("read-only", "disabled", "Cannot enable", "does not exist"))
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert published.read_bytes() == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", "syntax error"),
        ("from nowhere", "nowhere does not exist"),
        ("select nothing from ref.model", "nothing"),
        ("select 'x'::integer", "Could not convert"),
        ("", "returns no rows"),
    ],
)
def test_a_wrong_question_is_told_and_ends_with_1(
    sql: str, message: str, home: Path, published: Path, aicost: Callable
) -> None:
    result = aicost(home, "query", sql)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert message in result.stderr
    assert isinstance(result.exception, SystemExit), "no traceback"


@pytest.mark.parametrize("words", [["query", "select 1"], ["tables"]])
def test_before_the_first_release_the_way_to_one_is_told(words: list[str], tmp_path: Path, aicost: Callable) -> None:
    result = aicost(tmp_path, *words)

    assert result.exit_code == 1
    assert str(tmp_path / "data" / "warehouse.duckdb") in result.stderr
    assert "run `aicost run`" in result.stderr
    assert isinstance(result.exception, SystemExit), "no traceback"


@pytest.mark.parametrize("words", [["query", "select 1"], ["tables"]])
def test_a_release_that_does_not_open_is_told(words: list[str], tmp_path: Path, aicost: Callable) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "warehouse.duckdb").write_bytes(b"not a database")

    result = aicost(tmp_path, *words)

    assert result.exit_code == 1
    assert "not a valid DuckDB database file" in result.stderr
    assert isinstance(result.exception, SystemExit), "no traceback"


def test_tables_are_listed_in_reading_order_with_rows_and_what_a_row_is(
    home: Path, published: Path, aicost: Callable
) -> None:
    result = aicost(home, "tables")

    assert result.exit_code == 0
    schemas = [
        line.split(".")[0] for line in result.stdout.splitlines() if line.startswith(("ref.", "facts.", "ma", "me"))
    ]
    assert list(dict.fromkeys(schemas)) == ["ref", "facts", "marts", "meta"]
    assert "A kind of cost" in result.stdout
    assert re.search(r"^meta\.derivation +view  A fact that a mart row", result.stdout, re.MULTILINE)


def test_a_question_may_begin_with_a_comment(ask: Callable[..., str]) -> None:
    assert ask("--format", "csv", "-- the meaning of it\nselect 42 as answer") == "answer\n42\n"


def test_two_questions_at_once_are_refused(home: Path, published: Path, aicost: Callable) -> None:
    result = aicost(home, "query", "select 1; select 2")

    assert result.exit_code == 1
    assert "one statement at a time" in result.stderr
