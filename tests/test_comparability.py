"""What may be compared: each thing that differs is told, by itself. The marts' SQL runs here on two facts at a time."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.schemas import TABLES
from pipelines.schemas.base import columns
from pipelines.warehouse.ddl import data_type
from pipelines.warehouse.sql_models import sql_models

COST = {
    "subject_kind": "model",
    "subject_id": "x",
    "cost_basis": "run_rental",
    "stage": "full_run",
    "horizon_years": None,
    "price_year": None,
    "currency": "USD",
    "modality": "observed",
}
COUNT = {
    "subject_kind": "model",
    "subject_id": "x",
    "metric": "gpu_hours",
    "scope": "run",
    "stage": "full_run",
    "modality": "observed",
}


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the marts read, empty and without constraints."""
    with duckdb.connect() as connection:
        for name, model in TABLES.items():
            schema, _ = name.split(".")
            connection.execute(f"create schema if not exists {schema}")
            kept = ", ".join(f'"{column.name}" {data_type(column.dtype)}' for column in columns(model))
            connection.execute(f"create table {name} ({kept})")
        yield connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, **row: object) -> None:
    named = ", ".join(f'? as "{name}"' for name in row)
    connection.execute(f"insert into {table} by name select {named}", list(row.values()))


def made(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, object]]:
    cursor = connection.execute(f"select * from ({sql_models()[table].sql})")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({}, None),
        ({"cost_basis": "run_amort"}, "cost basis differs: run_rental v. run_amort"),
        ({"cost_basis": "unstated"}, "cost basis unstated"),
        ({"price_year": 2023}, "price year differs: nominal v. 2023"),
        ({"subject_kind": "organization"}, "scope differs: model v. organization"),
        ({"stage": "pretraining"}, "stage differs: full_run v. pretraining"),
        ({"horizon_years": 4.0}, "horizon differs"),
        ({"currency": "CNY"}, "currency differs, not converted: USD v. CNY"),
        ({"modality": "possible"}, "not observed"),
    ],
)
def test_two_costs_differ_in_one_thing(database, differs, reason):
    insert(database, "facts.training_cost", fact_id="a", **COST)
    insert(database, "facts.training_cost", fact_id="b", **{**COST, **differs})
    insert(database, "marts.fact_ratio", numerator_fact_id="a", denominator_fact_id="b", ratio=2.0)
    (row,) = made(database, "marts.training_cost_ratio")
    assert (row["comparable"], row["reason"]) == (reason is None, reason)


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({}, None),
        ({"scope": "fleet", "stage": None}, "scope differs: run v. fleet"),
        ({"stage": "pretraining"}, "stage differs: full_run v. pretraining"),
        ({"modality": "forecast"}, "not observed"),
    ],
)
def test_two_counts_differ_in_one_thing(database, differs, reason):
    insert(database, "facts.compute", fact_id="a", **COUNT)
    insert(database, "facts.compute", fact_id="b", **{**COUNT, **differs})
    insert(database, "marts.fact_ratio", numerator_fact_id="a", denominator_fact_id="b", ratio=2.0)
    (row,) = made(database, "marts.compute_ratio")
    assert (row["comparable"], row["reason"]) == (reason is None, reason)


@pytest.mark.parametrize(
    ("kind", "revenue_day", "reason"),
    [
        ("post_money", "2025-03-31", None),
        ("post_money", "2025-09-30", None),  # 183 days
        ("post_money", "2025-10-01", "more than half a year apart"),
        ("market_talk", "2025-03-31", "talk, no transaction behind the value"),
    ],
)
def test_a_value_is_set_against_a_revenue_of_its_time(database, kind, revenue_day, reason):
    insert(database, "facts.valuation", fact_id="v", organization_id="o", valuation_kind=kind, currency="USD",
           valid_from="2025-03-31")  # fmt: skip
    insert(database, "facts.revenue", fact_id="r", organization_id="o", currency="USD", valid_from=revenue_day)
    insert(database, "marts.fact_ratio", numerator_fact_id="v", denominator_fact_id="r", ratio=30.0)
    (row,) = made(database, "marts.valuation_multiple")
    assert (row["comparable"], row["reason"], row["multiple"]) == (reason is None, reason, 30.0)


@pytest.mark.parametrize(("ratio", "found"), [(1.04, False), (1.06, True)])
def test_two_counts_of_one_run_more_than_5_percent_apart_are_a_conflict(database, ratio, found):
    insert(database, "marts.compute_ratio", count_fact_id="a", base_count_fact_id="b", subject_id="x",
           base_subject_id="x", metric="gpu_hours", scope="run", comparable=True, ratio=ratio)  # fmt: skip
    conflicts = made(database, "marts.fact_conflict")
    assert [(row["fact_a"], row["fact_b"], row["kind"]) for row in conflicts] == (
        [("a", "b", "values_differ")] if found else []
    )


def test_a_judged_pair_is_not_found_again(database):
    insert(database, "marts.compute_ratio", count_fact_id="a", base_count_fact_id="b", subject_id="x",
           base_subject_id="x", metric="gpu_hours", scope="run", comparable=True, ratio=2.0)  # fmt: skip
    insert(database, "seeds.conflicts", conflict_id="judged", fact_a="b", fact_b="a", kind="scope_differs")
    assert [row["conflict_id"] for row in made(database, "marts.fact_conflict")] == ["judged"]


def test_buying_chips_has_no_price_per_hour(database):
    for fact_id, basis in (("rent", "run_rental"), ("buy", "hw_purchase")):
        insert(database, "facts.training_cost", fact_id=fact_id, **{**COST, "cost_basis": basis})
        insert(database, "marts.fact_ratio", numerator_fact_id=fact_id, denominator_fact_id="h", ratio=2.0)
    insert(database, "facts.compute", fact_id="h", **COUNT)
    assert [row["cost_fact_id"] for row in made(database, "marts.gpu_hour_cost")] == ["rent"]


@pytest.mark.parametrize(
    ("unit", "low", "high", "factor_low", "factor_high"),
    [
        ("decline_share", 0.85, 0.9, 1 / 0.15, 1 / 0.1),
        ("remaining_share", 0.1, 0.2, 1 / 0.2, 1 / 0.1),
        ("decline_factor", 4.0, 10.0, 4.0, 10.0),
        ("growth_factor", 2.0, 2.9, 1 / 2.9, 1 / 2.0),
    ],
)
def test_the_ends_of_a_range_swap_where_the_statement_is_inverted(database, unit, low, high, factor_low, factor_high):
    insert(database, "facts.trend_claim", fact_id="t", status="active", modality="observed", stated_unit=unit,
           stated_low=low, stated_high=high, period_years=1.0)  # fmt: skip
    (row,) = made(database, "marts.trend_claim_check")
    assert (row["factor_low"], row["factor_high"]) == pytest.approx((factor_low, factor_high))


@pytest.mark.parametrize(("high", "within"), [(8.18, True), (7.16, False)])
def test_a_conversion_is_held_against_what_its_rounding_allows(database, high, within):
    insert(database, "facts.api_price", fact_id="p", amount=1, currency="USD", known_from="2025-02-19 10:00",
           stated_conversion_amount=7.04, stated_conversion_low=6.5, stated_conversion_high=high,
           stated_conversion_currency="CNY")  # fmt: skip
    for currency, usd in (("USD", 1), ("CNY", 0.1372)):
        insert(database, "facts.fx_rate", currency=currency, on_date="2025-02-19", usd_per_unit=usd)
    (row,) = made(database, "marts.stated_conversion")
    assert row["within_rounding"] is within
    assert row["market_rate"] == pytest.approx(1 / 0.1372)
