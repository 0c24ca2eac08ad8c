"""The pandera models are the one place where a column is described: the published file says what they say."""

import polars as pl
import pytest

from pipelines.methods.registry import METHODS
from pipelines.schemas import SEEDS, TABLES, VIEWS
from pipelines.schemas.base import columns, description_of, key_of
from pipelines.seeds import in_order
from pipelines.validation import author_columns
from pipelines.warehouse import feed_tables
from pipelines.warehouse.ddl import data_type, described
from pipelines.warehouse.meta_tables import release_models
from pipelines.warehouse.sql_models import sql_models


def test_published_tables_and_columns_are_those_of_the_models(rows):
    found = rows(
        "select concat(schema_name, '.', table_name) as name, column_name, data_type, is_nullable "
        "from duckdb_columns() where not internal order by schema_name, table_name, column_index"
    )
    shown = {}
    for row in found:
        shown.setdefault(row["name"], []).append((row["column_name"], row["data_type"], row["is_nullable"]))
    declared = {
        name: [(c.name, data_type(c.dtype), c.nullable or name in VIEWS) for c in columns(model)]
        for name, model in release_models().items()
    }
    assert shown == declared


def test_every_table_and_column_carries_its_description(rows):
    tables = rows(
        "select concat(schema_name, '.', table_name) as name, comment from duckdb_tables() where not internal "
        "union all select concat(schema_name, '.', view_name), comment from duckdb_views() where not internal"
    )
    models = release_models()
    assert {row["name"]: row["comment"] for row in tables} == {name: description_of(models[name]) for name in models}
    found = rows(
        "select concat(schema_name, '.', table_name) as name, column_name, comment from duckdb_columns() "
        "where not internal"
    )
    assert {(row["name"], row["column_name"]): row["comment"] for row in found} == {
        (name, c.name): described(c) for name, model in models.items() for c in columns(model)
    }


def test_the_data_dictionary_is_the_file(rows):
    dictionary = rows("select table_name, column_name, data_type from meta.column")
    schema = rows(
        "select concat(schema_name, '.', table_name) as table_name, column_name, data_type from duckdb_columns() "
        "where not internal"
    )
    assert sorted(map(tuple, (row.values() for row in dictionary))) == sorted(
        map(tuple, (row.values() for row in schema))
    )


@pytest.mark.parametrize("name", TABLES | VIEWS)
def test_every_column_is_described_in_a_sentence(name):
    model = (TABLES | VIEWS)[name]
    assert description_of(model)
    for column in columns(model):
        assert column.description.endswith("."), f"{name}.{column.name}"


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("marts.")])
def test_every_mart_row_names_the_facts_it_was_computed_from(name):
    declared = {column.name: column for column in columns(TABLES[name])}
    assert declared["fact_ids"].dtype == pl.List(pl.String)
    assert not declared["fact_ids"].nullable


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("facts.") and name != "facts.fx_rate"])
def test_every_fact_carries_the_envelope(name):
    declared = {column.name for column in columns(TABLES[name])}
    envelope = {column.name for column in columns(TABLES["facts.fact"])} - {
        "fact_table", "amount_low", "amount", "amount_high", "low_inclusive", "high_inclusive", "unit", "currency",
    }  # fmt: skip
    assert declared >= envelope


def test_every_table_is_either_written_by_people_or_made_by_sql_or_by_the_build():
    written = {model.Config.name for model in in_order() if not model.Config.name.startswith("facts.")}
    made = written | {*sql_models(), *METHODS}
    by_the_build = {
        *feed_tables.TABLE_NAMES,
        "feeds.ecb_rate",
        "meta.quarantine",
        "meta.column",
        "meta.lineage",
        "meta.release",
    }
    assert made | by_the_build == set(TABLES)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_file_asks_its_author_for_the_models_columns_only(seed):
    asked = {column.name for column in author_columns(SEEDS[seed])}
    assert asked >= set(key_of(SEEDS[seed]))
    assert "origin" not in asked


def test_every_mart_row_leads_back_to_facts_that_exist(rows):
    assert (
        rows("select * from meta.derivation as derived anti join facts.fact as fact on derived.fact_id = fact.fact_id")
        == []
    )
    assert rows("select count(*) as n from meta.derivation")[0]["n"] > 0


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("marts.")])
def test_a_derivation_names_one_row_of_its_mart(rows, name):
    (mart,) = rows(f"select count(*) as n from {name} where len(fact_ids) > 0")
    (derived,) = rows("select count(distinct row_key) as n from meta.derivation where table_name = ?", name)
    assert derived == mart


def test_lineage_says_which_seed_column_a_mart_column_comes_from(rows):
    found = rows(
        "with recursive upstream as ("
        "  select source_table, source_column from meta.lineage"
        "  where table_name = 'marts.training_cost_ratio' and column_name = 'ratio'"
        "  union select l.source_table, l.source_column from meta.lineage as l"
        "  join upstream as u on l.table_name = u.source_table and l.column_name = u.source_column"
        ") select * from upstream"
    )
    assert {"source_table": "seeds.training_costs", "source_column": "amount"} in found


def test_every_currency_and_unit_of_a_fact_is_registered(rows):
    assert rows("select * from facts.fact where currency not in (select currency from ref.currency)") == []
