"""A `.sql` file is a table. The files keep to the SQL that other engines run too."""

import re

import pytest
import sqlglot
from sqlglot import exp

from pipelines import paths
from pipelines.schemas import TABLES
from pipelines.seeds import in_order, typed_name
from pipelines.warehouse.sql_models import LAYERS, header, sql_checks, sql_models

FILES = sorted(path for layer in LAYERS for path in (paths.SQL / layer).glob("*.sql"))
NOT_PORTABLE = {
    "an ASOF join": r"\basof\b",
    "quantile_cont": r"\bquantile_cont\b",
    "PIVOT": r"\bpivot\b",
    "UNION BY NAME": r"\bunion\s+(all\s+)?by\s+name\b",
    "* REPLACE": r"\*\s*replace\b",
    "first with an order": r"\b(first|last|array_agg)\s*\([^)]*\border\s+by\b",
    "generate_series": r"\bgenerate_series\b",
    "a JSON arrow": r"->",
    "a macro": rf"\b({'|'.join(path.stem for path in (paths.SQL / 'macros').glob('*.sql'))})\s*\(",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_file_says_its_grain_and_has_one_statement_and_a_model(path):
    said = header(path.read_text())
    assert said["grain"].startswith("one row a")
    assert said["about"]
    assert len(sqlglot.parse(path.read_text(), read="duckdb")) == 1
    assert f"{path.parent.name}.{path.stem}" in TABLES


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_file_keeps_to_portable_sql(path):
    statement = re.sub(r"--.*", "", path.read_text()).lower()
    found = [name for name, pattern in NOT_PORTABLE.items() if re.search(pattern, statement)]
    assert found == []
    assert sqlglot.transpile(path.read_text(), read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def test_dependencies_are_read_from_the_sql():
    assert sql_models()["marts.training_cost_ratio"].reads == ("facts.training_cost", "marts.fact_ratio")


def test_nothing_reads_a_table_that_is_made_after_it():
    """The reference tables that people write are seeds, and there before any other."""
    layers = ["seeds", *LAYERS]
    written = {typed_name(model) for model in in_order()}
    for name, model in sql_models().items():
        own = name.split(".")[0]
        for read in model.reads:
            layer = "seeds" if read in written else read.split(".")[0]
            assert own == "meta" or layers.index(layer) <= layers.index(own), f"{name} reads {read}"


@pytest.mark.parametrize("check", sql_checks(), ids=lambda check: check.name)
def test_a_check_says_what_it_promises_and_of_which_table(check):
    assert check.table in TABLES
    assert check.table not in map(typed_name, in_order()), "a row of a seed is refused by a rule, not by a check"
    assert check.about.endswith(".")
    assert check.table in check.reads


@pytest.mark.parametrize("check", sql_checks(), ids=lambda check: check.name)
def test_a_check_looks_at_its_table_and_what_that_is_made_of(check):
    """Of the others nobody knows whether they are still to be made: it runs as soon as its own stands."""
    beneath, reads = {check.table}, {name: model.reads for name, model in sql_models().items()}
    while further := {read for name in beneath for read in reads.get(name, ())} - beneath:
        beneath |= further
    assert set(check.reads) <= beneath


def test_values_are_not_pasted_into_sql():
    for model in sql_models().values():
        tree = sqlglot.parse_one(model.sql, read="duckdb")
        assert not list(tree.find_all(exp.Placeholder)), model.name
