"""Both time axes: what was true, and what was known."""

from datetime import datetime

import pytest


def status_at(rows, fact_id, known_at):
    found = rows("select status, superseded_by from facts_known_at(?) where fact_id = ?", known_at, fact_id)
    return (found[0]["status"], found[0]["superseded_by"]) if found else None


def test_nothing_of_the_article_is_known_before_it_was_published(rows):
    asked = "select * from facts_known_at(?) where source_id = 'article'"
    assert rows(asked, datetime(2025, 2, 18, 23, 59, 59)) == []
    assert len(rows(asked, datetime(2025, 2, 19))) == len(rows("select * from facts.fact where source_id = 'article'"))


def test_a_superseded_estimate_still_stood_before_its_correction_was_known(rows):
    (older,) = rows(
        "select older.fact_id, newer.fact_id as newer_id, newer.known_from from facts.fact as older "
        "join facts.fact as newer on older.superseded_by = newer.fact_id "
        "where older.known_from < newer.known_from and older.known_to is null and older.status = 'superseded' "
        "order by older.fact_id limit 1"
    )
    just_before = rows("select cast(? as timestamp) - interval 1 microsecond as at", older["known_from"])[0]["at"]
    assert status_at(rows, older["fact_id"], just_before) == ("active", None)
    assert status_at(rows, older["fact_id"], older["known_from"]) == ("superseded", older["newer_id"])


def test_a_withdrawn_statement_is_known_until_its_withdrawal_and_not_after(rows):
    (withdrawn,) = rows(
        "select fact_id, known_from, known_to from facts.fact where fact_id = 'epoch-r1-gradient-updates-total'"
    )
    assert status_at(rows, withdrawn["fact_id"], withdrawn["known_from"]) is not None
    assert status_at(rows, withdrawn["fact_id"], withdrawn["known_to"]) is None


@pytest.mark.parametrize("axis", ["valid", "known"])
def test_no_interval_runs_backwards(rows, axis):
    assert rows(f"select * from facts.fact where {axis}_to <= {axis}_from") == []


def test_a_month_stays_a_month(rows):
    (v3,) = rows("select valid_from, valid_precision from facts.training_cost where fact_id = 'article-F036'")
    assert (v3["valid_from"], v3["valid_precision"]) == (datetime(2024, 12, 1), "month")


def test_an_unknown_beginning_is_said_so(rows):
    assert rows("select * from facts.fact where (valid_from is null) <> (valid_from_basis = 'unknown')") == []
