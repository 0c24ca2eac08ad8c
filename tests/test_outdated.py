"""What a run makes: after a change only what depends on it; the rest keeps the run that made it."""

# Annotations stay text, as in conftest.
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from pipelines import paths
from pipelines.assets.common import DATA_VERSION, WAREHOUSE, asset_key
from pipelines.assets.outdated import outdated
from pipelines.assets.run import run_job
from pipelines.assets.storage import Storage
from pipelines.definitions import defs
from pipelines.schemas import TABLES
from pipelines.warehouse import inputs, read, verify
from pipelines.warehouse.build import Build

#: The table that tells the refused rows of every seed.
TELLING = {"meta.quarantine"}


@pytest.fixture
def build(copied_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Open the build of a home where nothing changed since its release."""
    monkeypatch.setenv("AICOST_HOME", str(copied_home))
    return lambda: Build.opened(paths.build())


@pytest.fixture
def instance(build: Callable, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster, with the history of that home in files of our storage."""
    storage = {"module": Storage.__module__, "class": "Storage", "config": {"base_dir": str(tmp_path / "history")}}
    ref = InstanceRef.from_dir(str(tmp_path), overrides={"storage": {"custom": storage}})
    with dg.DagsterInstance.from_ref(ref) as instance:
        with build() as opened:
            tell(instance, opened)
        yield instance


def tell(instance: dg.DagsterInstance, build: Build) -> None:
    """Have Dagster know what the build holds."""
    for name, made in build.made.items():
        tags = {DATA_VERSION: made.content.content_hash}
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(name), tags=tags))


def to_make(instance: dg.DagsterInstance) -> set[str]:
    """The tables that a run would make; the published file is always among its assets."""
    assets = outdated(defs, instance)
    assert WAREHOUSE in assets
    return {".".join(key.path) for key in assets - {WAREHOUSE}}


def test_where_nothing_changed_nothing_is_made(instance: dg.DagsterInstance) -> None:
    assert to_make(instance) == set()


def test_after_a_seed_edit_only_what_depends_on_the_seed_is_made_and_published(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A floor of capability is read by the workloads that are ranked within it, and by nothing else."""
    header, floor, *_ = (paths.SEEDS / "capability_floors.csv").read_text().splitlines()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "capability_floors.csv").write_text(f"{header}\nours{floor[floor.index(',') :]}\n")
    monkeypatch.setenv("AICOST_OVERLAYS", str(tmp_path / "mine"))

    outcome = run_job(defs, instance)

    assert outcome.success, outcome
    (run,) = instance.get_runs()
    events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    made = {".".join(event.dagster_event.asset_key.path) for event in events}
    assert made == {"ref.capability_floor", "marts.workload_cost", *TELLING, "warehouse"}
    with read.opened(paths.warehouse()) as published:
        ranked = "select count(*) > 0 from marts.workload_cost where floor_id = 'ours'"
        assert published.execute(ranked).fetchone() == (True,)
    assert to_make(instance) == set()


def test_a_check_that_is_new_is_tried(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    new = verify.SqlCheck("new", "select 1 where false", "marts.stated_bill", "Nothing.", True, ("marts.stated_bill",))
    monkeypatch.setattr(verify, "sql_checks", lambda: (new,))

    assert "marts.stated_bill" in to_make(instance)


def test_a_table_whose_blocking_check_failed_is_tried_again(build: Callable, instance: dg.DagsterInstance) -> None:
    with build() as opened:
        made = opened.made["marts.stated_bill"]
        opened.connection.execute("insert into marts.stated_bill from marts.stated_bill")
        opened.record("marts.stated_bill", made.made_from, made.code_version)
        assert [found.name for found in verify.verify(opened, "marts.stated_bill") if not found.passed] == ["schema"]
        tell(instance, opened)

    assert "marts.stated_bill" in to_make(instance)


def test_what_a_check_reads_is_a_reason_to_try_it_again(build: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the table that it is about came out as it was."""
    reads = ("marts.stated_bill", "ref.organization")
    new = verify.SqlCheck("new", "select 1 where false", "marts.stated_bill", "Nothing.", True, reads)
    monkeypatch.setattr(verify, "sql_checks", lambda: (new,))
    with build() as opened:
        verify.verify(opened, "marts.stated_bill")
        assert verify.holds(opened, "marts.stated_bill")

        opened.connection.execute("update ref.organization set name = 'another'")
        opened.record("ref.organization", {}, "")

        assert not verify.holds(opened, "marts.stated_bill")


def test_other_versions_of_the_libraries_have_everything_made_again(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(paths.LOCK.read_text().replace("duckdb==", "duckdb==9"))
    monkeypatch.setattr(paths, "LOCK", lock)
    monkeypatch.setattr(inputs, "LOADED", inputs._program())

    assert TABLES.keys() - {"meta.release"} <= to_make(instance)


def test_a_dagster_that_knows_nothing_of_the_tables_is_told_of_all(build: Callable) -> None:
    with build() as opened:
        made = opened.made.keys()
    with dg.DagsterInstance.ephemeral() as empty:
        assert made <= to_make(empty)
