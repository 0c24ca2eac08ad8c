"""Releases: an analyst who opens `warehouse.duckdb` finds the last good one, whole, whatever the build is doing."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import paths, seeds
from pipelines.feeds import ecb_rates, history
from pipelines.feeds.registry import ECB_RATES
from pipelines.methods.registry import METHODS
from pipelines.schemas import SEEDS, TABLES
from pipelines.schemas.base import columns
from pipelines.seeds import Overlay, referenced, typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse import feed_tables, inputs, meta_tables, read, shell
from pipelines.warehouse.build import Build, BuildBusy, locked
from pipelines.warehouse.release import KEPT, MixedBuild, Published, Stamp, UncheckedBuild, publish
from pipelines.warehouse.sql_models import sql_models
from pipelines.warehouse.stale import stale
from pipelines.warehouse.verify import unheld, verify

CURRENCIES = SEEDS["currencies.csv"]
COSTS = SEEDS["training_costs.csv"]


def link(home: Path) -> Path:
    return home / "data" / "warehouse.duckdb"


def releases(home: Path) -> list[Path]:
    return sorted((home / "data" / "releases").glob("*.duckdb"))


def release_id(home: Path) -> str:
    """What a reader who comes now finds."""
    with read.opened(link(home)) as connection:
        (found,) = connection.execute("select distinct release_id from meta.release").fetchall()
        tables = connection.execute("select table_name, row_count from meta.release").fetchall()
        for table, count in tables:
            assert connection.execute(f"select count(*) from {table}").fetchone() == (count,)
    return str(found[0])


def files(*overlays: Overlay) -> dict[str, str]:
    """The hashes of the inputs as they are now, as the release asset passes them."""
    return inputs.present(overlays, history.fingerprint())


@contextmanager
def build_of(home: Path) -> Iterator[Build]:
    with Build.opened(home / "data" / "build.duckdb") as build:
        yield build


def check_everything(build: Build) -> None:
    for table in unheld(build):
        verify(build, table)


def publish_again(home: Path) -> Published:
    with build_of(home) as build:
        stamp = Stamp("0123456789", None, datetime.now(UTC).replace(tzinfo=None))
        return publish(build, home / "data" / "releases", link(home), stamp, files())


def make_everything(build: Build, *overlays: Overlay) -> None:
    """Make every table as the job does, without Dagster."""
    for model in seeds.in_order():
        name, found = typed_name(model), seeds.files_of(model, paths.SEEDS, overlays)
        validated = seeds.read(model, found, {other: build.frame(other) for other in referenced(model)})
        build.quarantine(name, validated.refused)
        made_from = {**build.content_hashes(referenced(model)), **inputs.file_hashes(found), **inputs.code()}
        build.write_frame(name, typed_columns(model), validated.frame, made_from, "")
    ecb_rates.keep_installed(history.store())
    rates = ecb_rates.newest(history.store())
    write(build, "feeds.ecb_rate", ecb_rates.dense(rates, build.frame("ref.currency")["currency"].to_list()))
    feed_tables.write(build, "")
    reads = {name: model.reads for name, model in sql_models().items()}
    reads |= {name: tuple(method.reads) for name, method in METHODS.items()}
    for name in TopologicalSorter(reads).static_order():
        if name in sql_models():
            build.write_sql(sql_models()[name])
        elif name in METHODS:
            build.write_method(METHODS[name])
    write(build, "meta.column", meta_tables.column_frame())
    write(build, "meta.lineage", meta_tables.lineage_frame())
    build.write_query("meta.quarantine", meta_tables.QUARANTINE, {}, "")


def write(build: Build, name: str, frame: pl.DataFrame) -> None:
    made_from = history.fingerprint([ECB_RATES]) if name == "feeds.ecb_rate" else {}
    build.write_frame(name, columns(TABLES[name]), frame, made_from, "")


# ---- What a release is ----------------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_content_table_by_table(published: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with build_of(tmp_path) as build:
        make_everything(build)
        check_everything(build)
    publish_again(tmp_path)

    with read.opened(published) as first, read.opened(link(tmp_path)) as second:
        asked = "select table_name, row_count, content_hash from meta.release order by all"
        contents = [connection.execute(asked).fetchall() for connection in (first, second)]

    assert contents[0] == contents[1]
    assert len(contents[0]) > 30


def test_a_release_is_a_read_only_file_behind_a_relative_link(published: Path) -> None:
    assert published.is_symlink()
    target = published.readlink()
    assert not target.is_absolute(), "a moved or mounted folder keeps its release"
    assert target.parent == Path("releases")
    assert stat.S_IMODE(published.stat().st_mode) == 0o444
    assert [path.name for path in published.parent.joinpath("releases").iterdir()] == [target.name], "no WAL, no rest"


def test_a_home_that_is_moved_keeps_its_release(copied_home: Path, tmp_path: Path) -> None:
    before = release_id(copied_home)

    moved = copied_home.rename(tmp_path / "moved")

    assert release_id(moved) == before


def test_the_new_release_is_kept_also_when_the_clock_was_set_back(copied_home: Path) -> None:
    for year in range(2990, 3000):
        (copied_home / "data" / "releases" / f"{year}0101T000000000000-00000000.duckdb").touch()

    new = publish_again(copied_home)

    assert link(copied_home).resolve() == new.path
    assert release_id(copied_home) == new.path.stem


# ---- Readers --------------------------------------------------------------------------------------------------------

READER = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    while True:
        found = connection.execute("select any_value(release_id), sum(row_count) from meta.release").fetchone()
        print(*found, connection.execute("select count(*) from facts.fact").fetchone()[0], flush=True)
        if not sys.stdin.readline():
            break
"""
LEFTOVERS = ("releases/x.partial", "releases/x.partial.wal", "releases/x.duckdb.wal", ".warehouse.duckdb.new")


@dataclass(frozen=True)
class Renewed:
    """What became of a release that was published over an older one."""

    home: Path
    before: Path
    new: Path
    read_by_an_old_connection: list[str]
    read_by_another_process: list[str]


@pytest.fixture(scope="module")
def renewed(copy_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Renewed:
    """A release among older ones and leftovers, while an analyst in this process and one in another read on."""
    own = copy_home(tmp_path_factory.mktemp("renewed") / "home")
    before = link(own).resolve()
    for year in range(2000, 2010):
        (own / "data" / "releases" / f"{year}0101T000000000000-00000000.duckdb").touch()
    for leftover in LEFTOVERS:
        (own / "data" / leftover).write_bytes(b"half a file")
    with (
        read.opened(link(own)) as connection,
        subprocess.Popen(
            [sys.executable, "-c", READER, link(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        lines = [other.stdout.readline()]
        new = publish_again(own).path
        other.stdin.write("again\n")
        other.stdin.flush()
        lines.append(other.stdout.readline())
        other.stdin.close()
        old = connection.execute("select distinct release_id from meta.release").fetchall()
    assert other.returncode == 0
    return Renewed(own, before, new, [row[0] for row in old], lines)


def test_a_reader_neither_blocks_a_release_nor_is_disturbed_by_it(renewed: Renewed) -> None:
    first, second = renewed.read_by_another_process

    assert first == second
    assert first.startswith(renewed.before.stem)
    assert renewed.read_by_an_old_connection == [renewed.before.stem]


def test_a_new_reader_sees_the_new_release_also_in_a_process_that_read_the_old_one(renewed: Renewed) -> None:
    assert release_id(renewed.home) == renewed.new.stem != renewed.before.stem


def test_only_the_last_few_releases_are_kept(renewed: Renewed) -> None:
    kept = releases(renewed.home)

    assert len(kept) == KEPT == 5
    assert kept[-2:] == [renewed.before, renewed.new]
    assert kept[0].name.startswith("2007")


def test_leftovers_of_a_killed_release_are_removed(renewed: Renewed) -> None:
    assert not any((renewed.home / "data" / leftover).exists() for leftover in LEFTOVERS)


# ---- One builder at a time ------------------------------------------------------------------------------------------


def test_a_second_builder_is_told_who_is_building(copied_home: Path) -> None:
    with build_of(copied_home), pytest.raises(BuildBusy, match=f"process {os.getpid()} is building; wait"):
        publish_again(copied_home)


def test_the_lock_goes_with_its_holder(copied_home: Path) -> None:
    with build_of(copied_home):
        pass

    with locked(copied_home / "data" / "build.duckdb"):
        pass


def test_a_run_beside_another_says_so_and_publishes_nothing(copied_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from pipelines.assets.run import run_job
    from pipelines.definitions import defs

    before = release_id(copied_home)
    monkeypatch.setenv("AICOST_HOME", str(copied_home))

    with build_of(copied_home), dg.DagsterInstance.ephemeral() as instance:
        outcome = run_job(defs, instance)

    assert not outcome.success
    assert outcome.errors == [f"process {os.getpid()} is building; wait for it, or stop it"]
    assert release_id(copied_home) == before


# ---- Only whole builds ----------------------------------------------------------------------------------------------


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "currencies.csv").write_text("currency,name\nCHF,Swiss franc\n")
    return Overlay("mine", folder)


def make_seed(build: Build, model: type, *overlays: Overlay) -> None:
    """Make the table of one seed again, as materializing its asset alone in the UI does."""
    found = seeds.files_of(model, paths.SEEDS, overlays)
    validated = seeds.read(model, found, {name: build.frame(name) for name in referenced(model)})
    made_from = {**build.content_hashes(referenced(model)), **inputs.file_hashes(found), **inputs.code()}
    name = typed_name(model)
    build.write_frame(name, typed_columns(model), validated.frame, made_from, build.made[name].code_version)


def test_a_whole_build_is_no_mixture(copied_home: Path) -> None:
    with build_of(copied_home) as build:
        assert stale(build, files()) == {}


def test_tables_made_before_their_input_changed_are_refused_by_name(copied_home: Path, overlay: Overlay) -> None:
    before = release_id(copied_home)
    with build_of(copied_home) as build:
        make_seed(build, CURRENCIES, overlay)

        stamp = Stamp("0" * 8, None, datetime(2030, 1, 1))
        with pytest.raises(MixedBuild, match=r"make all of it: .*seeds.training_costs was made from an older ref.cur"):
            publish(build, paths.releases(), paths.warehouse(), stamp, files(overlay))

        assert "ref.model" not in stale(build, files(overlay)), "what does not read currencies is not blamed"
    assert release_id(copied_home) == before


def test_a_file_that_changed_after_its_table_was_made_is_named(copied_home: Path) -> None:
    with build_of(copied_home) as build:
        now = {**files(), "seeds/currencies.csv": "another hash"}
        found = stale(build, now)

        assert found["ref.currency"] == "was made from an older seeds/currencies.csv"
        assert found.keys() == {"ref.currency", "meta.quarantine"}, "what tells of every file, and nothing else"


def test_an_overlay_that_no_table_was_made_from_is_named(copied_home: Path, overlay: Overlay) -> None:
    """Else a release would carry the hash of inputs that it does not hold, and the next run find nothing to do."""
    with build_of(copied_home) as build:
        assert stale(build, files(overlay)) == {"ref.currency": "was made without overlay:mine/currencies.csv"}


def test_an_overlay_that_is_gone_is_named(copied_home: Path, overlay: Overlay) -> None:
    with build_of(copied_home) as build:
        make_seed(build, CURRENCIES, overlay)

        assert stale(build, files())["ref.currency"] == "was made from overlay:mine/currencies.csv, which is gone"


def test_a_table_whose_checks_do_not_hold_is_not_published(copied_home: Path) -> None:
    """Its run fails; but the release can be asked for by itself, when all tables were made of the broken one."""
    before = link(copied_home).resolve()
    with build_of(copied_home) as build:
        run = build.made["marts.training_run"]
        build.made.put("marts.training_run", replace(run, rules="of before"))

    with pytest.raises(UncheckedBuild, match=r"do not hold, or were not run: marts\.training_run$"):
        publish_again(copied_home)
    assert link(copied_home).resolve() == before


def test_a_table_of_an_older_sql_file_is_named(copied_home: Path) -> None:
    with build_of(copied_home) as build:
        build.connection.execute("update internal.made set code_version = 'old' where table_name = 'marts.fact_ratio'")
    with build_of(copied_home) as build:
        assert stale(build, files()) == {"marts.fact_ratio": "was made by an older version of its SQL"}


def test_a_table_that_was_never_made_is_named(copied_home: Path) -> None:
    with build_of(copied_home) as build:
        build.connection.execute("delete from internal.made where table_name = 'marts.fact_ratio'")
    with build_of(copied_home) as build:
        assert stale(build, files())["marts.fact_ratio"] == "was never made"


def test_a_table_that_an_earlier_version_of_the_code_made_is_not_in_the_way(copied_home: Path) -> None:
    """Removing or renaming a model must not need `make clean`."""
    with build_of(copied_home) as build:
        build.connection.execute("create table marts.of_old as select 1 as x")
        build.connection.execute(
            """insert into internal.made values ('marts.of_old', 'v', 'h', '{"ref.model": "old"}', 1, 1, null, null)"""
        )
    with build_of(copied_home) as build:
        assert stale(build, files()) == {}


# ---- What is made again ---------------------------------------------------------------------------------------------


@pytest.fixture
def made_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that are written, of those that are made of others."""
    written: list[str] = []
    replace = Build._replace

    def watched(build: Build, name: str, *others: object) -> object:
        if name in sql_models() or name in METHODS:
            written.append(name)
        return replace(build, name, *others)

    monkeypatch.setattr(Build, "_replace", watched)
    return written


def test_of_the_same_inputs_no_table_is_made_again_unless_asked_for(copied_home: Path, made_again: list[str]) -> None:
    with build_of(copied_home) as build:
        make_everything(build)
        assert made_again == []

        build.forget()
        make_everything(build)
        assert sorted(made_again) == sorted([*sql_models(), *METHODS])


def test_a_changed_seed_has_made_again_what_depends_on_it(
    copied_home: Path, made_again: list[str], tmp_path: Path
) -> None:
    """A claim is a fact, so every table of facts is looked at again; what reads them sees that they are the same."""
    shipped = (paths.SEEDS / "trend_claims.csv").read_text().splitlines()
    claim = next(line for line in shipped if line.startswith("mit-price-of-progress-decline,"))
    (tmp_path / "trend_claims.csv").write_text(f"{shipped[0]}\nour-claim{claim[claim.index(',') :]}\n")

    with build_of(copied_home) as build:
        make_everything(build, Overlay("mine", tmp_path))

    assert {"facts.fact", "facts.trend_claim", "marts.trend_claim_check"} <= set(made_again)
    assert {"work.price_standing", "marts.api_price", "marts.price_decline", "marts.training_run"}.isdisjoint(
        made_again
    )


def test_rows_that_changed_are_checked_again(copied_home: Path) -> None:
    with build_of(copied_home) as build:
        assert all(outcome.passed for outcome in verify(build, "ref.price_series"))

        build.connection.execute("update ref.price_series set series_id = 1")
        build.record("ref.price_series", {}, "")

        assert [outcome.name for outcome in verify(build, "ref.price_series") if not outcome.passed] == ["schema"]
        assert [outcome.name for outcome in verify(build, "ref.price_series") if not outcome.passed] == ["schema"]


# ---- The shell ------------------------------------------------------------------------------------------------------


def test_a_release_has_the_macros_and_comments_of_today_whatever_shell_is_kept(
    copied_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICOST_HOME", str(copied_home))
    shell.copy_shell(tmp_path / "before.duckdb")
    kept = set((copied_home / "data" / "remembered").glob("shell-*"))
    assert len(kept) == 1

    shipped = shell.macros()
    monkeypatch.setattr(shell, "macros", lambda: (*shipped, "create macro answer() as 42"))
    monkeypatch.setattr(shell, "comments", lambda kind, name, _: [f"comment on {kind} {name} is 'said today'"])
    shell.copy_shell(tmp_path / "after.duckdb")

    with duckdb.connect(tmp_path / "after.duckdb", read_only=True) as connection:
        assert connection.execute("select answer()").fetchone() == (42,)
        said = connection.execute("select distinct comment from duckdb_tables()").fetchall()
        assert said == [("said today",)]
    found = set((copied_home / "data" / "remembered").glob("shell-*"))
    assert len(found) == 1
    assert found != kept


# ---- Blocking checks ------------------------------------------------------------------------------------------------


def test_a_failing_blocking_check_publishes_nothing_and_the_old_release_stays(
    copied_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact that is superseded by one known before it passes every rule of its row; a check of the whole table sees
    it. As in the UI, the seed is there already, and all that follows from it is made anew.
    """
    import dagster as dg

    from pipelines.assets.automation import JOB
    from pipelines.definitions import defs

    before = release_id(copied_home)
    overlay = Overlay("mine", tmp_path / "mine")
    overlay.folder.mkdir()
    header, *rows = (paths.SEEDS / "training_costs.csv").read_text().splitlines()
    (v3,) = [row for row in rows if row.startswith("article-F036,")]
    early = v3.replace("article-F036,", "too-early,").replace(",article-F005,", ",article-F036,")
    assert early.endswith(",2024-12,,release_date,,,")
    (overlay.folder / "training_costs.csv").write_text(f"{header}\n{early.removesuffix(',,')}2020,,\n")
    with build_of(copied_home) as build:
        make_seed(build, COSTS, overlay)
    monkeypatch.setenv("AICOST_HOME", str(copied_home))
    monkeypatch.setenv("AICOST_OVERLAYS", str(overlay.folder))
    downstream = dg.AssetSelection.assets(dg.AssetKey(["seeds", "training_costs"])).downstream(include_self=False)

    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def(JOB).execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=list(downstream.resolve(defs.resolve_asset_graph())),
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    assert not result.success
    broken = [e.check_name for e in result.get_asset_check_evaluations() if not e.passed]
    assert broken == ["superseding_facts_are_known_later"]
    made = {event.asset_key.path[-1] for event in result.get_asset_materialization_events() if event.asset_key}
    assert "warehouse" not in made
    assert release_id(copied_home) == before
    assert len(releases(copied_home)) == 1


# ---- Killed ---------------------------------------------------------------------------------------------------------

#: Ends the process at once, as `kill -9` and a power cut do, before it gives a file a name that ends so.
KILL_AT_RENAME = """
import os, signal, sys
def watch(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith({ending!r}):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
"""
#: Ends it at a statement that begins so, in a transaction or in the middle of a file.
KILL_AT_STATEMENT = """
import os, signal
from pipelines.warehouse.build import Build
init = Build.__init__
class Watched:
    def __init__(self, connection):
        self.connection = connection
    def execute(self, sql, *values):
        if sql.startswith({beginning!r}):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.connection.execute(sql, *values)
    def cursor(self):
        return Watched(self.connection.cursor())
    def __enter__(self):
        return self
    def __exit__(self, *error):
        self.connection.close()
    def __getattr__(self, name):
        return getattr(self.connection, name)
Build.__init__ = lambda self, connection, made: init(self, Watched(connection), made)
"""
PUBLISH = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_release import publish_again
publish_again(Path({home!r}))
"""
RUN = """
import sys
from pipelines.cli import main
sys.argv = ["aicost", "run", "--force"]
main()
"""
PUBLISHING = {
    "while it writes the release": KILL_AT_STATEMENT.format(beginning="insert into release.marts"),
    "before the link is swapped": KILL_AT_RENAME.format(ending="/warehouse.duckdb"),
}
Dying = subprocess.Popen[bytes]
BUILDING = {"while it makes a table": KILL_AT_STATEMENT.format(beginning="insert into ref.")}
MOMENTS = [*BUILDING, *PUBLISHING]


@pytest.fixture(scope="module", autouse=True)
def dying(
    copy_home: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Path, Dying]]]:
    """For each moment, a home whose run is killed then. The late moments skip the tables, which are made already. They
    die beside the tests that come first.
    """
    homes = {moment: copy_home(tmp_path_factory.mktemp("killed") / "home") for moment in MOMENTS}
    scripts = {moment: kill + RUN for moment, kill in BUILDING.items()}
    for moment, kill in PUBLISHING.items():
        scripts[moment] = kill + PUBLISH.format(tests=str(Path(__file__).parent), home=str(homes[moment]))
    started = {
        moment: subprocess.Popen(
            [sys.executable, "-c", scripts[moment]], cwd=paths.ROOT, env={**os.environ, "AICOST_HOME": str(own)}
        )
        for moment, own in homes.items()
    }
    yield {moment: (homes[moment], process) for moment, process in started.items()}
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_the_last_good_release_and_the_next_one_clears_up(
    moment: str, dying: dict[str, tuple[Path, Dying]], home: Path
) -> None:
    own, process = dying[moment]
    assert process.wait() == -signal.SIGKILL
    assert release_id(own) == release_id(home)

    with build_of(own) as build:
        check_everything(build)
    new = publish_again(own)

    assert release_id(own) == new.path.stem
    left = [*(own / "data" / "releases").iterdir(), *(own / "data").glob(".*")]
    assert {path.suffix for path in left} == {".duckdb"}, "no half file, and no half link"
