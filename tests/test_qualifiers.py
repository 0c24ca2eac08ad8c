"""The algebra of qualifiers: what may be said of a quotient of two amounts, of which either may be a bound, a range, an
order of magnitude or approximate. The SQL of `marts.fact_ratio` runs here on two facts at a time.
"""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipelines.warehouse.sql_models import sql_models

# qualifier, low, amount, high, low_inclusive, high_inclusive
EXACT_12 = ("exact", 12, 12, 12, True, True)
EXACT_4 = ("exact", 4, 4, 4, True, True)
ABOUT_12 = ("approximate", None, 12, None, None, None)
ABOUT_4 = ("approximate", None, 4, None, None, None)
UNDER_4 = ("at_most", None, None, 4, None, False)
UNDER_12 = ("at_most", None, None, 12, None, False)
UP_TO_4 = ("at_most", None, None, 4, None, True)
OVER_12 = ("at_least", 12, None, None, False, None)
OVER_4 = ("at_least", 4, None, None, False, None)
FROM_2_TO_4 = ("range", 2, None, 4, True, True)
TENS = ("order_of_magnitude", 10, None, 100, True, False)
ZERO = ("exact", 0, 0, 0, True, True)

CASES = {
    # numerator, denominator: qualifier, low, value, high, low included, high included, approximate
    "a / b": (EXACT_12, EXACT_4, "exact", 3, 3, 3, True, True, False),
    "~a / b": (ABOUT_12, EXACT_4, "approximate", None, 3, None, None, None, True),
    "a / ~b": (EXACT_12, ABOUT_4, "approximate", None, 3, None, None, None, True),
    "~a / ~b": (ABOUT_12, ABOUT_4, "approximate", None, 3, None, None, None, True),
    "a / <b is > a/b": (EXACT_12, UNDER_4, "at_least", 3, None, None, False, None, False),
    "a / at most b includes a/b": (EXACT_12, UP_TO_4, "at_least", 3, None, None, True, None, False),
    "<a / b is < a/b": (UNDER_12, EXACT_4, "at_most", None, None, 3, None, False, False),
    ">a / b is > a/b": (OVER_12, EXACT_4, "at_least", 3, None, None, False, None, False),
    "a / >b is < a/b": (EXACT_12, OVER_4, "at_most", None, None, 3, None, False, False),
    "<a / >b is < a/b": (UNDER_12, OVER_4, "at_most", None, None, 3, None, False, False),
    ">a / <b is > a/b": (OVER_12, UNDER_4, "at_least", 3, None, None, False, None, False),
    "<a / <b is undefined": (UNDER_12, UNDER_4, "undefined", None, None, None, None, None, False),
    ">a / >b is undefined": (OVER_12, OVER_4, "undefined", None, None, None, None, None, False),
    "~a / <b is > about a/b": (ABOUT_12, UNDER_4, "at_least", 3, None, None, False, None, True),
    "~a / >b is < about a/b": (ABOUT_12, OVER_4, "at_most", None, None, 3, None, False, True),
    ">a / ~b is > about a/b": (OVER_12, ABOUT_4, "at_least", 3, None, None, False, None, True),
    "a / range": (EXACT_12, FROM_2_TO_4, "range", 3, None, 6, True, True, False),
    "range / a": (FROM_2_TO_4, EXACT_4, "range", 0.5, None, 1, True, True, False),
    "range / range": (FROM_2_TO_4, FROM_2_TO_4, "range", 0.5, None, 2, True, True, False),
    "~a / range keeps the range's width": (ABOUT_12, FROM_2_TO_4, "range", 3, None, 6, True, True, True),
    "tens / a": (TENS, EXACT_4, "order_of_magnitude", 2.5, None, 25, True, False, False),
    "a / tens swaps the open end": (EXACT_12, TENS, "order_of_magnitude", 0.12, None, 1.2, False, True, False),
    "tens / range": (TENS, FROM_2_TO_4, "order_of_magnitude", 2.5, None, 50, True, False, False),
    "tens / <b is > 10/b": (TENS, UNDER_4, "at_least", 2.5, None, None, False, None, False),
    "a / 0 is undefined": (EXACT_12, ZERO, "undefined", None, None, None, None, None, False),
    "0 / a": (ZERO, EXACT_4, "exact", 0, 0, 0, True, True, False),
}


@pytest.fixture(scope="module")
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema facts; create schema ref;
            create table facts.fact (
                fact_id varchar, qualifier varchar, status varchar, amount_low double, amount double,
                amount_high double, low_inclusive boolean, high_inclusive boolean
            );
            create table facts.training_cost (fact_id varchar, subject_kind varchar, subject_id varchar, stage varchar);
            create table facts.compute (
                fact_id varchar, subject_kind varchar, subject_id varchar, stage varchar, metric varchar, unit varchar,
                scope varchar
            );
            create table facts.valuation (fact_id varchar, organization_id varchar);
            create table facts.revenue (fact_id varchar, organization_id varchar);
            create table ref.model (model_id varchar, organization_id varchar);
            insert into facts.training_cost values ('a', 'model', 'x', 'full_run'), ('b', 'model', 'y', 'full_run');
            """
        )
        yield connection


def divided(connection: duckdb.DuckDBPyConnection, numerator: tuple, denominator: tuple, status: str = "active"):
    connection.execute("delete from facts.fact")
    for fact_id, (qualifier, low, amount, high, low_in, high_in) in (("a", numerator), ("b", denominator)):
        connection.execute(
            "insert into facts.fact values (?, ?, ?, ?, ?, ?, ?, ?)",
            [fact_id, qualifier, status if fact_id == "a" else "active", low, amount, high, low_in, high_in],
        )
    cursor = connection.execute(
        "select qualifier, ratio_low, ratio, ratio_high, low_inclusive, high_inclusive, is_approximate "
        f"from ({sql_models()['marts.fact_ratio'].sql}) where numerator_fact_id = 'a'"
    )
    return cursor.fetchall()


@pytest.mark.parametrize("case", CASES)
def test_a_quotient_says_no_more_than_its_parts(tables, case):
    numerator, denominator, *expected = CASES[case]
    assert divided(tables, numerator, denominator) == [tuple(expected)]


@pytest.mark.parametrize("status", ["superseded", "retracted"])
def test_a_fact_that_no_longer_stands_is_not_divided(tables, status):
    assert divided(tables, EXACT_12, EXACT_4, status) == []
