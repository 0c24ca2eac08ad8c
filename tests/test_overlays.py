"""Overlays: folders of a user's own rows, read beside the shipped seeds and never into them."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines import paths, seeds
from pipelines.methods.registry import METHODS
from pipelines.problems import InputError
from pipelines.schemas import SEEDS
from pipelines.validation import author_columns
from pipelines.warehouse.sql_models import sql_models

COSTS = "training_costs.csv"
V3_COST = "article-F036"
#: 182 or 183 days apart, so that a year of 365 holds two.
HALF_YEARS = ("2023-01-01", "2023-07-02", "2024-01-01", "2024-07-01", "2024-12-31")
Row = dict[str, str]


def shipped_row(name: str, key: str) -> Row:
    """A shipped row as written, to make a similar one of."""
    with open(paths.SEEDS / name, newline="") as file:
        return next(row for row in csv.DictReader(file) if next(iter(row.values())) == key)


def write(folder: Path, name: str, *rows: Row) -> None:
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w", newline="") as file:
        writer = csv.DictWriter(file, [column.name for column in author_columns(SEEDS[name])])
        writer.writeheader()
        writer.writerows(rows)


def own_cost(fact_id: str, **others: str) -> Row:
    fresh = {"fact_id": fact_id, "supersedes": "", "supersedes_reason": "", "note": ""}
    return {**shipped_row(COSTS, V3_COST), **fresh, **others}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three overlays: an invoice of one's own, which settles a shipped estimate; somebody's estimates; and a trial, in
    which five models solved half of the tasks, each in its half-year and at half the price of the one before.
    """
    names = ("contracts", "estimates", "trial")
    contracts, estimates, trial = (tmp_path_factory.mktemp("overlays") / name for name in names)
    source = shipped_row("sources.csv", "deepseek-v3-readme")
    write(contracts, "sources.csv", {**source, "source_id": "our-invoice", "title": "Invoice 17"})
    write(
        contracts,
        COSTS,
        own_cost("our-cost", source_id="our-invoice", amount="6000000"),
        own_cost("our-slip", source_id="our-invoice", amount="six million"),
    )
    disputed = {
        "supersedes": "article-F033",
        "supersedes_reason": "Our own estimate.",
        "subject_id": "claude-3.5-sonnet",
    }
    write(estimates, COSTS, own_cost("our-estimate", source_id="article", amount="30000000", **disputed))
    stated = {
        "source_id": "article", "confidence": "B", "modality": "observed", "qualifier": "exact", "status": "active",
        "valid_from_basis": "documented",
    }  # fmt: skip
    runs = [(f"model-{n}", f"{16 / 2**n}", day) for n, day in enumerate(HALF_YEARS)]
    scored = {"benchmark_id": "math-500", "variant": "trial", "score": "50"}
    priced = {"blend": "blend_3_1", "unit": "currency_per_mtok", "currency": "USD"}
    write(trial, "capability_scores.csv", *(
        {**stated, **scored, "fact_id": f"score-{name}", "source_model": name, "valid_from": day}
        for name, _, day in runs
    ))  # fmt: skip
    write(trial, "blended_prices.csv", *(
        {**stated, **priced, "fact_id": f"price-{name}", "source_model": name, "amount": amount, "valid_from": day}
        for name, amount, day in runs
    ))  # fmt: skip
    return [contracts, estimates, trial]


@pytest.fixture(scope="module")
def overlaid(folders: list[Path], published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """Ask the warehouse that the main job publishes with both overlays."""
    from pipelines.assets.run import run_job
    from pipelines.definitions import defs

    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as instance:
        patch.setenv("AICOST_HOME", str(tmp_path_factory.mktemp("overlaid")))
        patch.setenv("AICOST_OVERLAYS", os.pathsep.join(map(str, folders)))
        outcome = run_job(defs, instance)
        assert outcome.success, outcome
        assert paths.warehouse() != published
        connection = duckdb.connect(paths.warehouse(), read_only=True)
    yield lambda sql: connection.execute(sql).fetchall()
    connection.close()


# ---- In the published warehouse -------------------------------------------------------------------------------------


def test_the_rows_of_every_overlay_are_published_with_their_origin(overlaid: Callable) -> None:
    found = overlaid(
        "select fact_id, amount, origin from facts.training_cost where origin like 'overlay:%' order by all"
    )

    assert found == [
        ("our-cost", 6_000_000, "overlay:contracts/training_costs.csv"),
        ("our-estimate", 30_000_000, "overlay:estimates/training_costs.csv"),
    ]


def test_an_overlay_brings_its_own_source_or_cites_a_shipped_one(overlaid: Callable) -> None:
    found = overlaid(
        "select fact_id, source.source_id, source.origin from facts.fact join ref.source using (source_id)"
        " where fact.origin like 'overlay:%' and fact_table = 'facts.training_cost' order by all"
    )

    assert found == [
        ("our-cost", "our-invoice", "overlay:contracts/sources.csv"),
        ("our-estimate", "article", "seeds/sources.csv"),
    ]


def test_a_refused_row_of_an_overlay_is_told_and_costs_only_itself(overlaid: Callable) -> None:
    found = overlaid('select file, line, "column", "value", "rule", fix from meta.quarantine')

    assert [row[:5] for row in found] == [
        ("overlay:contracts/training_costs.csv", 3, "amount", "six million", "not a number")
    ]
    assert overlaid("select count(*) from facts.fact where fact_id = 'our-slip'") == [(0,)]


def test_an_overlay_may_supersede_a_shipped_fact_which_stays_in_the_ledger(overlaid: Callable) -> None:
    found = overlaid("select status, superseded_by, origin from facts.training_cost where fact_id = 'article-F033'")

    assert found == [("superseded", "our-estimate", f"seeds/{COSTS}")]


def test_marts_compare_overlaid_facts_with_shipped_ones(overlaid: Callable) -> None:
    found = overlaid(
        "select ratio from marts.training_cost_ratio"
        f" where cost_fact_id = 'our-cost' and base_cost_fact_id = '{V3_COST}'"
    )

    assert found == [(6_000_000 / 5_576_000,)]


def test_every_shipped_row_is_still_there(overlaid: Callable, shipped: dict[str, pl.DataFrame]) -> None:
    for table, name in [("facts.training_cost", "seeds.training_costs"), ("ref.source", "ref.source")]:
        ((count,),) = overlaid(f"select count(*) from {table} where origin like 'seeds/%'")
        assert count == shipped[name].height


def test_scores_and_prices_of_ones_own_go_through_the_same_methods(overlaid: Callable) -> None:
    """Half the price each half-year is a quarter a year."""
    ((n, factor),) = overlaid(
        "select n, factor_per_year from marts.price_decline where variant = 'trial' and price_basis = 'compiled'"
        " and reasoning_models = 'included' and estimator = 'ols'"
    )

    assert n == 5
    assert factor == pytest.approx(4, rel=0.01)


def test_content_changes_only_in_tables_that_read_an_overlaid_one(
    overlaid: Callable, rows: Callable[..., list[dict[str, object]]]
) -> None:
    dependent = {"seeds.training_costs", "ref.source"}
    seed_models = {seeds.typed_name(model): seeds.referenced(model) for model in SEEDS.values()}
    reads = {**seed_models, **{name: model.reads for name, model in sql_models().items()}}
    reads |= {name: tuple(method.reads) for name, method in METHODS.items()}
    for _ in reads:
        dependent |= {name for name, others in reads.items() if dependent & set(others)}
    dependent |= {"meta.quarantine"}
    before = {row["table_name"]: row["content_hash"] for row in rows("from meta.release")}

    changed = {name for name, content in overlaid("select table_name, content_hash from meta.release")
               if before[name] != content}  # fmt: skip

    assert {"ref.source", "facts.training_cost", "facts.fact", "marts.training_cost_ratio"} <= changed
    assert changed <= dependent
    assert {"ref.model", "facts.compute", "meta.column", "meta.lineage"}.isdisjoint(changed)


# ---- How overlays are named -----------------------------------------------------------------------------------------


@pytest.fixture
def name_overlays(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[seeds.Overlay, ...]]:
    def overlays(*folders: object) -> tuple[seeds.Overlay, ...]:
        monkeypatch.setenv("AICOST_OVERLAYS", os.pathsep.join(map(str, folders)))
        return seeds.overlays_from_environment()

    return overlays


def labels(overlays: Iterable[seeds.Overlay]) -> list[str]:
    return [file.label for file in seeds.files_of(SEEDS[COSTS], paths.SEEDS, overlays)]


def test_overlays_are_separated_as_in_path_and_read_in_order(tmp_path: Path, name_overlays: Callable) -> None:
    for name in ("b", "a"):
        write(tmp_path / name, COSTS)

    found = name_overlays(tmp_path / "b", "", tmp_path / "a")

    assert labels(found) == [f"seeds/{COSTS}", f"overlay:b/{COSTS}", f"overlay:a/{COSTS}"]


def test_overlays_of_one_name_are_told_apart_by_their_paths(tmp_path: Path, name_overlays: Callable) -> None:
    for parent in ("x", "y"):
        (tmp_path / parent).mkdir()
        write(tmp_path / parent / "mine", COSTS)

    found = name_overlays(tmp_path / "x" / "mine", tmp_path / "y" / "mine")

    assert labels(found)[1:] == [f"overlay:{tmp_path}/{parent}/mine/{COSTS}" for parent in ("x", "y")]


def test_an_overlay_named_twice_is_read_once(tmp_path: Path, name_overlays: Callable) -> None:
    write(tmp_path / "mine", COSTS)

    assert len(name_overlays(tmp_path / "mine", f"{tmp_path}/mine/")) == 1


def test_the_working_directory_is_called_by_its_name(
    tmp_path: Path, name_overlays: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "mine", COSTS)
    monkeypatch.chdir(tmp_path / "mine")

    assert [overlay.name for overlay in name_overlays(".")] == ["mine"]


def test_without_overlays_only_the_shipped_seeds_are_read(name_overlays: Callable) -> None:
    assert name_overlays() == ()


# ---- What is wrong with them ----------------------------------------------------------------------------------------


def put_text(path: Path) -> None:
    path.write_text("fact_id\n")


@pytest.mark.parametrize(
    ("put", "name", "rule", "fix"),
    [
        (put_text, "training_cost.csv", "no seed has this name", "training_costs.csv"),
        (put_text, "Models.CSV", "no seed has this name", "models.csv"),
        (Path.mkdir, "models.csv", "is no file", "put a file there"),
        (lambda path: path.symlink_to("nowhere"), "models.csv", "is no file", "put a file there"),
    ],
    ids=["misspelt", "in capitals", "a folder", "a dead link"],
)
def test_a_file_that_would_not_be_read_is_told(
    put: Callable[[Path], object], name: str, rule: str, fix: str, tmp_path: Path, name_overlays: Callable
) -> None:
    put(tmp_path / name)

    with pytest.raises(InputError) as raised:
        name_overlays(tmp_path)

    (problem,) = raised.value.problems
    assert (problem.file, problem.rule, problem.fatal) == (str(tmp_path / name), rule, True)
    assert fix in problem.fix


def test_other_files_in_an_overlay_are_nobodys_business(tmp_path: Path, name_overlays: Callable) -> None:
    put_text(tmp_path / "README.md")

    assert len(name_overlays(tmp_path)) == 1


def test_every_folder_that_is_not_there_is_told(tmp_path: Path, name_overlays: Callable) -> None:
    put_text(tmp_path / "file.csv")

    with pytest.raises(InputError) as raised:
        name_overlays(tmp_path / "missing", tmp_path / "file.csv")

    assert [problem.file for problem in raised.value.problems] == [f"{tmp_path}/missing", f"{tmp_path}/file.csv"]
    assert all("AICOST_OVERLAYS names no folder" in problem.rule for problem in raised.value.problems)


@pytest.mark.parametrize("command", ["run", "check"])
def test_the_command_says_so_and_builds_nothing(command: str, tmp_path: Path, aicost: Callable) -> None:
    result = aicost(tmp_path, command, overlays=[tmp_path / "missing"])

    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path}/missing: AICOST_OVERLAYS names no folder. correct the path.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_fact_id_of_a_shipped_fact_is_a_duplicate_that_stops_the_release(
    tmp_path: Path, shipped: dict[str, pl.DataFrame]
) -> None:
    overlay = seeds.Overlay("mine", tmp_path)
    write(tmp_path, COSTS, own_cost(V3_COST))

    found = seeds.read(SEEDS[COSTS], seeds.files_of(SEEDS[COSTS], paths.SEEDS, [overlay]), shipped)

    assert [(p.file, p.line, p.value, p.fatal) for p in found.problems] == [
        (f"overlay:mine/{COSTS}", 2, V3_COST, True),
        (f"seeds/{COSTS}", 3, V3_COST, True),
    ]
    for problem in found.problems:
        assert f"(seeds/{COSTS}:3, overlay:mine/{COSTS}:2)" in problem.rule
