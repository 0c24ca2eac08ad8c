"""The `aicost` command. A mistake of the user's gets a message and an exit code (1: the data or the question is wrong,
2: the command is), never a traceback.

Feeds and Dagster are imported where they are needed: a query need not wait for them.
"""

import csv
import gc
import json
import math
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import duckdb
import typer
from rich import filesize
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from pipelines import paths, seeds
from pipelines.problems import InputError, Problem
from pipelines.warehouse import inputs, read

if TYPE_CHECKING:
    from pipelines.feeds.feed import Feed
    from pipelines.feeds.fetch import Fetched

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The AI cost warehouse: what AI costs, who says so, and since when.",
)
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

QUERIES = (
    "select subject_id, amount, cost_basis, claimant, status from facts.training_cost where amount < 1e7",
    "select subject_id, base_subject_id, ratio, comparable, reason from marts.training_cost_ratio",
    "select topic, fact_a, fact_b, kind, resolution from marts.fact_conflict",
)


class Format(StrEnum):
    """How a query's rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def run(
    force: Annotated[
        bool, typer.Option("--force", help="Ask every feed, also one asked within the hour, and make every table.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no feed; so does AICOST_OFFLINE=1.")] = False,
) -> None:
    """Take what the feeds have new, build the warehouse of it, the seeds and overlays, and publish it, if anything
    changed. A feed that fails stops nothing.
    """
    from pipelines.feeds import history

    overlays = _overlays()
    answers = _ask_before_run(force, offline)
    current = inputs.input_hash(inputs.present(overlays, history.fingerprint()))
    if not force and read.published_input_hash(paths.warehouse()) == current:
        out.print("Nothing changed since the last release.\n")
    else:
        _build(answers, anew=force)
    _print_summary()


@app.command()
def fetch(
    feeds: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...", help="The feeds; all if none.")] = None,
) -> None:
    """Take what the feeds have new, without building."""
    from pipelines.feeds import asking, history
    from pipelines.feeds.registry import FEEDS

    chosen = [_feed(name) for name in feeds] if feeds else FEEDS
    _refuse_offline()
    with out.status("asking the feeds …"):
        answers = asking.ask(chosen, history.store())
    _print_answers(answers, nothing_new=True)
    _record(answers)
    if all(answer.problem for answer in answers):
        raise typer.Exit(1)


@app.command()
def backfill(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed whose releases are on the package index.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only releases of this day (UTC) and later.")
    ] = None,
) -> None:
    """Take every release of a feed that is not held. Broken off, the same command goes on where it was."""
    from pipelines.feeds import asking, history
    from pipelines.feeds import fetch as fetching
    from pipelines.feeds.registry import WITH_HISTORY

    chosen = _feed(feed)
    if chosen not in WITH_HISTORY:
        _fail(f"{feed} has no history to fetch; feeds that have: {', '.join(known.name for known in WITH_HISTORY)}")
    _refuse_offline()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[received]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    try:
        with Progress(*columns, console=out) as progress:
            task = progress.add_task(feed, total=None, received="")

            def show(done: int, total: int, received: int) -> None:
                progress.update(task, completed=done, total=total, received=filesize.decimal(received))

            answer = fetching.backfill(chosen, history.store(), asking.now(), since=since, progress=show)
    except KeyboardInterrupt:
        _fail("broken off; what was fetched is kept, and the same command goes on")
    if answer.new:
        received = filesize.decimal(answer.bytes_fetched)
        out.print(f"{feed}: {_many(len(answer.new), 'release')} kept, {received} received; `aicost run` uses them")
    elif not answer.problem:
        out.print(f"{feed}: nothing was missing")
    _print_problem(answer)
    _record([answer])
    if answer.problem and not answer.new:
        raise typer.Exit(1)


@app.command()
def check() -> None:
    """Check every seed and overlay without building; exit 1 if a row or file would be refused."""
    tables, problems = seeds.read_all(paths.SEEDS, _overlays())
    for problem in problems:
        out.print(str(problem), soft_wrap=True, markup=False)
    rows = sum(frame.height for frame in tables.values())
    out.print(f"{_many(rows, 'row')} in {len(tables)} tables are valid; {_counted(problems)}")
    if problems:
        raise typer.Exit(1)


@app.command(context_settings={"ignore_unknown_options": True})  # SQL may begin with a comment
def query(
    sql: Annotated[str, typer.Argument(help="One SQL statement; the file is open for reading only.")],
    output: Annotated[Format, typer.Option("--format", "-f", help="How to print the rows.")] = Format.table,
) -> None:
    """Ask the published warehouse a question in SQL."""
    try:
        with read.opened(paths.warehouse()) as connection:
            if len(connection.extract_statements(sql)) > 1:
                _fail("one statement at a time")
            relation = connection.sql(sql)
            if relation is None:
                _fail("the statement returns no rows")
            names, rows = relation.columns, relation.fetchall()
    except (read.NoRelease, duckdb.Error) as error:
        _fail(str(error))
    if output is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    elif output is Format.json:
        if twice := sorted({name for name in names if names.count(name) > 1}):
            _fail(f"two columns are called {', '.join(twice)}: tell them apart with AS")
        records = [dict(zip(names, map(_plain, row), strict=True)) for row in rows]
        json.dump(records, sys.stdout, default=str, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        _print_rows(names, rows)


@app.command()
def tables() -> None:
    """List the published tables with their row counts."""
    try:
        found = read.summary(paths.warehouse())
    except (read.NoRelease, duckdb.Error) as error:
        _fail(str(error))
    _print_tables(found)


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Serve the Dagster UI and the schedules on 127.0.0.1 until interrupted."""
    _dagster_environment()
    import dagster as dg

    from pipelines.assets.feeds import record
    from pipelines.assets.run import clear_dead_runs

    _keep_installed()
    with out.status("telling Dagster what is held …"), dg.DagsterInstance.get() as instance:
        clear_dead_runs(instance)
        record(instance)
    # `dg dev`, which supersedes `dagster dev`, would bring thirty more packages for the same two services.
    quiet = ["-W", "ignore:Function `dev_command` is superseded"]
    command = [sys.executable, *quiet, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(paths.ROOT)
    os.execv(command[0], [*command, "-m", "pipelines.definitions"])


def main() -> NoReturn:
    """The entry point. What a command makes lives to its end: to look for cycles in it, and to take it apart before the
    process goes, would be a fifth of a run.
    """
    gc.set_threshold(100_000)
    code = 0
    try:
        app()
    except SystemExit as end:
        code = int(end.code or 0)
    with suppress(BrokenPipeError):  # a reader who has seen enough
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _ask_before_run(force: bool, offline: bool) -> "list[Fetched]":
    """Ask the feeds that are due, and say which data serve."""
    from pipelines.feeds import asking, history
    from pipelines.feeds.registry import FEEDS

    _keep_installed()
    answers = []
    offline = offline or asking.is_offline()
    if not offline:
        with out.status("asking the feeds …"):
            answers = asking.ask(FEEDS if force else asking.due(FEEDS), history.store(), asking.in_a_hurry())
        _print_answers(answers)
    is_dead = len(answers) == len(FEEDS) and all(answer.problem for answer in answers)
    why = "offline: " if offline else "no feed could be reached: " if is_dead else ""
    serving = history.serving()
    if serving is None:
        out.print(f"{why}no snapshots: the seeds alone serve")
    else:
        out.print(f"{why}the newest snapshots serve: {serving}" if why else f"feeds: {serving}", soft_wrap=True)
    return answers


def _keep_installed() -> None:
    from pipelines.feeds import ecb_rates, history
    from pipelines.feeds.errors import FeedError

    try:
        ecb_rates.keep_installed(history.store())
    except FeedError as error:
        _fail(str(error))


def _record(answers: "Sequence[Fetched]") -> None:
    """Show in the UI what came of asking, if anything did."""
    if not any(answer.new or answer.confirmed for answer in answers):
        return
    _dagster_environment()
    import dagster as dg

    from pipelines.assets.feeds import record

    with out.status("telling Dagster …"), dg.DagsterInstance.get() as instance:
        record(instance, answers)


def _print_answers(answers: "Sequence[Fetched]", nothing_new: bool = False) -> None:
    """A line for each feed that is new or has a problem."""
    for answer in answers:
        if answer.new:
            last = answer.new[-1]
            count = _many(len(answer.new), "new snapshot")
            out.print(f"{answer.feed}: {count}, the last {last.version} of {last.source_time:%Y-%m-%d}", markup=False)
        elif nothing_new and not answer.problem:
            out.print(f"{answer.feed}: nothing new")
        _print_problem(answer)


def _print_problem(answer: "Fetched") -> None:
    """Without the advice that the user sees to be followed."""
    from pipelines.feeds.http import LATER

    if answer.problem:
        err.print(answer.problem.replace(f": {LATER}", ""), soft_wrap=True, markup=False)


def _feed(name: str) -> "Feed":
    from pipelines.feeds.registry import FEEDS

    by_name = {feed.name: feed for feed in FEEDS}
    if name not in by_name:
        _fail(f"there is no feed {name!r}; the feeds: {', '.join(by_name)}")
    return by_name[name]


def _refuse_offline() -> None:
    from pipelines.feeds import asking

    if asking.is_offline():
        _fail("AICOST_OFFLINE is set, so no feed is asked")


def _build(answers: "Sequence[Fetched]", *, anew: bool = False) -> None:
    """Run the job, or say what is wrong and exit. `anew` makes every table again, also those of the same inputs."""
    _dagster_environment()
    import dagster as dg

    from pipelines.assets.feeds import record
    from pipelines.assets.run import run_job
    from pipelines.definitions import defs

    with out.status("building …"), dg.DagsterInstance.get() as instance:
        outcome = run_job(defs, instance, anew=anew)
        record(instance, answers)  # afterwards: what was read has its row counts
    for message in [*outcome.warnings, *outcome.errors, *outcome.broken_checks]:
        err.print(message, soft_wrap=True, markup=False)
    if outcome.success:
        return
    last = "the last good release is still published" if paths.warehouse().exists() else "nothing is published"
    _fail(f"not published; {last}")


def _overlays() -> tuple[seeds.Overlay, ...]:
    try:
        return seeds.overlays_from_environment()
    except InputError as error:
        _fail(str(error))


def _dagster_environment() -> None:
    """One instance, whatever the working directory: a relative path would fork the history."""
    os.environ["DAGSTER_HOME"] = str(paths.ROOT)
    storage = paths.data() / "dagster"
    storage.mkdir(parents=True, exist_ok=True)
    os.environ["AICOST_DAGSTER_STORAGE"] = str(storage)


def _print_summary() -> None:
    found = read.summary(paths.warehouse())
    _print_tables(found)
    if found.quarantined:
        out.print(f"\n[bold]{_many(len(found.quarantined), 'problem')} kept rows out[/bold] (meta.quarantine):")
        for row in found.quarantined:
            out.print("  " + str(Problem(*row)), soft_wrap=True, markup=False)
    else:
        out.print("\nNo row was refused.")
    out.print(f"\nThe warehouse is [bold]{_relative(paths.warehouse())}[/bold] (release {found.release_id}). Try:")
    for example in QUERIES:
        out.print(f'  {_command()} query "{example}"', soft_wrap=True, markup=False)
    out.print("or open it with any DuckDB client. Lineage and history: make ui")


def _print_tables(found: read.Summary) -> None:
    """A line a table, cut at the terminal's width."""
    widest = max(len(name) for name, _, _ in found.tables)
    for name, rows, about in found.tables:
        count = "view" if rows is None else f"{rows:,}"
        line = f"{name:<{widest}}  {count:>9}  {about.split('. ')[0].rstrip('.')}"
        out.print(line, no_wrap=True, overflow="ellipsis", markup=False)


def _print_rows(names: list[str], rows: list[tuple[object, ...]]) -> None:
    """The rows, each on one line where it fits or where nobody looks: cells are never cut."""
    table = Table(*(Column(Text(name), overflow="fold") for name in names), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text("NULL" if value is None else str(value)) for value in row))
    narrowest, widest = Measurement.get(out, out.options.update(max_width=10**6), table)
    if out.is_terminal and narrowest <= out.width:
        out.print(table)
    else:
        Console(highlight=False, width=widest).print(table)
    out.print(_many(len(rows), "row"), style="dim")


def _plain(value: object) -> object:
    """A value that JSON has: its keys are text, and its numbers are finite."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def _counted(problems: list[Problem]) -> str:
    if not problems:
        return "nothing is wrong."
    fatal = sum(problem.fatal for problem in problems)
    return _many(len(problems), "problem") + (f", of which {fatal} would stop a release." if fatal else ".")


def _command() -> str:
    """How this command can be called from here."""
    own = Path(sys.executable).with_name("aicost")
    return "aicost" if shutil.which("aicost") == str(own) else _relative(own)


def _relative(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _fail(message: str) -> NoReturn:
    err.print(message, soft_wrap=True, markup=False)
    raise typer.Exit(1)
