"""What a score costs, and who is on the frontier: by hand on five made-up models, then on the shipped facts."""

# Annotations stay text: Hypothesis keeps fixtures until the very end, and duckdb complains of types that outlive it.
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count

import duckdb
import price_database
import pytest

from pipelines.warehouse.sql_models import macros


class Made:
    """A warehouse of made-up models, rates and scores."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.series = count(1)
        price_database.create(connection)
        self.add("ref.benchmark", benchmark_id="board", name="Board", scale="percent")
        self.add("ref.benchmark", benchmark_id="arena", name="Arena", scale="elo")

    def add(self, table: str, **row: object) -> None:
        price_database.insert(self.connection, table, **row)

    def model(
        self, model_id: str, organization_id: str = "maker", released_on: str = "2025-01-01", **more: object
    ) -> None:
        self.add(
            "ref.model",
            model_id=model_id,
            organization_id=organization_id,
            released_on=datetime.fromisoformat(released_on),
            released_precision="day",
            **more,
        )

    def rates(
        self,
        model_id: str,
        *,
        valid: tuple[str, str | None] = ("2025-01-01", None),
        known: tuple[str, str | None] = ("2025-01-01", None),
        provider_id: str = "maker",
        sku: str | None = None,
        window: str | None = None,
        currency: str = "USD",
        **usd: float,
    ) -> list[str]:
        """A list: a rate by token class, for a stretch of both time axes."""
        spans = {
            f"{axis}_{end}": at and datetime.fromisoformat(at)
            for axis, span in (("valid", valid), ("known", known))
            for end, at in zip(("from", "to"), span, strict=True)
        }
        ids = []
        for token_class, amount in usd.items():
            series_id = next(self.series)
            ids.append(f"rate-{series_id}")
            self.add(
                "marts.api_price", series_id=series_id, provider_id=provider_id, sku=sku or model_id,
                token_class=token_class, service_tier="standard", context_over_tokens=0, price_window_id=window,
                currency=currency, unit="currency_per_mtok", amount=amount, usd_per_mtok=amount, model_id=model_id,
                confidence="B", fact_id=ids[-1], fact_ids=[ids[-1]], **spans,
            )  # fmt: skip
        return ids

    def score(self, model_id: str | None, score: float, known_from: str = "2025-01-05", **more: object) -> None:
        fact_id = f"score-{next(self.series)}"
        row = {
            "fact_id": fact_id, "model_id": model_id, "source_model": model_id or "unknown", "benchmark_id": "board",
            "variant": "all", "score": score, "modality": "observed", "status": "active", "confidence": "B",
            "valid_from_basis": "unknown", "known_from": datetime.fromisoformat(known_from),
        } | more  # fmt: skip
        self.add("facts.capability_score", **row)

    def today(self, day: str) -> None:
        """Something else is known on this day, the newest."""
        self.rates("z", provider_id="other", known=(day, None), input=1, output=1)

    def make(self) -> None:
        price_database.make(
            self.connection, "marts.model_price", "marts.cost_per_capability", "marts.capability_frontier"
        )
        for statement in macros():
            self.connection.execute(statement)

    def ask(self, sql: str, *values: object) -> list[dict[str, object]]:
        return price_database.rows(self.connection, sql, *values)

    def frontier(self, as_of: str, method: str = "blend_3_1") -> tuple[set[str], set[str], int]:
        """On the frontier, off it, and how many scores have no known cost."""
        found = self.ask(
            "select model_id, on_frontier, excluded from capability_frontier(cast(? as timestamp)) where method = ?",
            as_of, method,
        )  # fmt: skip
        on = {str(row["model_id"]) for row in found if row["on_frontier"]}
        (excluded,) = {row["excluded"] for row in found}
        return on, {str(row["model_id"]) for row in found} - on, int(str(excluded))


@pytest.fixture
def made() -> Iterator[Made]:
    """Empty of models."""
    with duckdb.connect() as connection:
        yield Made(connection)


@pytest.fixture
def five(made: Made) -> Made:
    """a scores 50 at 1 $/Mtok, b and c 60 at 2, d 55 and g 60 at 3, e 99 at an unknown price. On 2025-03-01 d falls to
    0.5, which is known on 2025-03-20. On 2025-04-10 a score of f is known: 70 at 2."""
    for model_id, score in {"a": 50, "b": 60, "c": 60, "d": 55, "e": 99, "g": 60}.items():
        made.model(model_id)
        made.score(model_id, score)
    made.model("f")
    made.score("f", 70, known_from="2025-04-10")
    for model_id, usd in {"a": 1, "b": 2, "c": 2, "f": 2, "g": 3}.items():
        made.rates(model_id, input=usd, output=usd)
    made.rates("d", known=("2025-01-01", "2025-03-20"), input=3, output=3)
    made.rates("d", valid=("2025-01-01", "2025-03-01"), known=("2025-03-20", None), input=3, output=3)
    made.rates("d", valid=("2025-03-01", None), known=("2025-03-20", None), input=0.5, output=0.5)
    made.today("2025-06-15")
    made.make()
    return made


@pytest.mark.parametrize(
    ("as_of", "on", "off"),
    [
        ("2025-02-01", {"a", "b", "c"}, {"d", "g"}),  # b and c tie: both stay
        ("2025-03-10", {"a", "b", "c"}, {"d", "g"}),  # the cut is in force, and nobody knows
        ("2025-03-20", {"d", "b", "c"}, {"a", "g"}),
        ("2025-04-09T23:59:59", {"d", "b", "c"}, {"a", "g"}),  # f is sold, and its score not known
        ("2025-04-10", {"d", "f"}, {"a", "b", "c", "g"}),
    ],
)
def test_the_frontier_knows_what_was_known(five: Made, as_of, on, off):
    assert five.frontier(as_of) == (on, off, 1)


def test_what_dominates_a_point_is_on_the_frontier(five: Made):
    found = five.ask(
        "select point.model_id, other.model_id as dominated_by from capability_frontier(timestamp '2025-02-01') point "
        "join facts.capability_score other on point.dominated_by = other.fact_id where method = 'blend_3_1' order by 1"
    )
    assert found == [{"model_id": "d", "dominated_by": "b"}, {"model_id": "g", "dominated_by": "b"}]


def test_the_table_has_month_starts_and_the_newest_day(five: Made):
    found = five.ask("select distinct as_of from marts.capability_frontier order by as_of")
    assert [str(row["as_of"])[:10] for row in found] == ["2025-02-01", "2025-05-01", "2025-06-15"]


def differences(ask, as_of: datetime) -> list[dict[str, object]]:
    table = "select * from marts.capability_frontier where as_of = ?"
    macro = (
        "select * from capability_frontier(?) where (benchmark_id, variant) in "
        "(select (benchmark_id, variant) from marts.capability_frontier where as_of = ?)"
    )
    return [
        *ask(f"({table}) except all ({macro})", as_of, as_of, as_of),
        *ask(f"({macro}) except all ({table})", as_of, as_of, as_of),
    ]


def test_the_macro_gives_the_table_on_the_tables_dates(five: Made):
    dates = [row["as_of"] for row in five.ask("select distinct as_of from marts.capability_frontier")]
    assert len(dates) == 3
    for as_of in dates:
        assert differences(five.ask, as_of) == []


def test_a_withdrawn_score_counts_until_it_was_withdrawn_and_a_corrected_one_until_the_correction(made: Made):
    for model_id in ("a", "b"):
        made.model(model_id)
        made.rates(model_id, input=1, output=1)
    made.score("a", 50, known_to=datetime(2025, 3, 1))
    made.score("b", 90, fact_id="first", status="superseded", superseded_by="second")
    made.score("b", 40, known_from="2025-04-01", fact_id="second")
    made.make()
    assert made.frontier("2025-02-01") == ({"b"}, {"a"}, 0)
    found = made.ask("select score from capability_frontier(timestamp '2025-03-01') where method = 'blend_3_1'")
    assert found == [{"score": 90}]
    found = made.ask("select score from capability_frontier(timestamp '2025-04-01') where method = 'blend_3_1'")
    assert found == [{"score": 40}]
    dates = [row["as_of"] for row in made.ask("select distinct as_of from marts.capability_frontier order by 1")]
    assert dates == [datetime(2025, 2, 1), datetime(2025, 4, 1)]
    for as_of in dates:
        assert differences(made.ask, as_of) == []


def test_a_point_names_the_rates_that_its_cost_is_made_of(made: Made):
    made.model("a")
    taken = made.rates("a", input=2, output=10, cache_read=0.4)
    made.rates("a", sku="z-also", input=3, output=12, cache_read=0.5)
    made.score("a", 50, fact_id="score")
    made.make()
    found = made.ask("select method, fact_ids from marts.capability_frontier order by method")
    assert {row["method"]: row["fact_ids"] for row in found} == {
        "blend_1_1": ["score", *taken[:2]], "blend_3_1": ["score", *taken[:2]], "cache_aware": ["score", *taken],
    }  # fmt: skip


def test_the_cost_of_a_run_needs_no_price_and_no_model(made: Made):
    for score, cost in ((10, 1), (20, 1), (30, 5), (30, 4), (99, None)):
        made.score(None, score, cost_to_run_usd=cost, tasks=100)
    made.make()
    found = made.ask("select score, cost, excluded from capability_frontier('2025-02-01') where on_frontier order by 1")
    assert found == [{"score": 20, "cost": 1, "excluded": 1}, {"score": 30, "cost": 4, "excluded": 1}]


# ---- What a score costs ----------------------------------------------------------------------------------------------


def costs(made: Made, method: str, **more: object) -> dict[str, dict[str, object]]:
    made.today("2025-12-01")
    made.make()
    where = " and ".join(["method = ?", *(f"{name} is not distinct from ?" for name in more)])
    found = made.ask(f"from marts.cost_per_capability where {where}", method, *more.values())
    return {str(row["as_of_basis"]): row for row in found}


def test_a_later_price_is_shown_beside_the_one_in_force_and_never_stamped_on_the_date(made: Made):
    made.model("v3", released_on="2024-12-26")
    first = made.rates("v3", valid=("2024-12-26", "2025-02-08T16:00"), input=0.14, output=0.28)
    later = made.rates("v3", valid=("2025-02-08T16:00", None), input=0.27, output=1.10)
    made.score("v3", 88, valid_from=datetime(2025, 2, 8), valid_precision="day", valid_from_basis="documented")
    found = costs(made, "blend_3_1")
    assert found["release"]["as_of"] == datetime(2024, 12, 26)
    assert found["release"]["usd_per_mtok_blended"] == pytest.approx((3 * 0.14 + 0.28) / 4)
    assert found["release"]["usd_per_mtok_latest"] == pytest.approx((3 * 0.27 + 1.10) / 4)
    assert found["release"]["latest_over_in_force"] == pytest.approx(0.4775 / 0.175)
    assert {*first, *later} < set(found["release"]["fact_ids"])
    assert found["evaluation"]["usd_per_mtok_blended"] == pytest.approx(0.4775)  # in force when that day ended
    assert found["latest"]["usd_per_mtok_blended"] == pytest.approx(0.4775)
    assert found["latest"]["latest_over_in_force"] == 1


def test_a_price_that_begins_after_the_release_is_not_the_price_of_the_release(made: Made):
    made.model("a", released_on="2025-01-01")
    made.rates("a", valid=("2025-01-02", None), input=1, output=1)
    made.score("a", 50)
    found = costs(made, "blend_3_1")["release"]
    assert found["usd_per_mtok_blended"] is None
    assert found["usd_per_mtok_latest"] == 1
    assert found["reason"] == "no price is known to have been in force on that day"


def test_a_price_that_ends_with_the_day_is_the_price_of_the_day(made: Made):
    made.model("a", released_on="2025-01-01")
    made.rates("a", valid=("2025-01-01", "2025-01-02"), input=1, output=1)
    made.rates("a", valid=("2025-01-02", None), input=2, output=2)
    made.score("a", 50)
    assert costs(made, "blend_3_1")["release"]["usd_per_mtok_blended"] == 1


def test_a_price_announced_for_later_is_not_the_latest(made: Made):
    made.model("a")
    made.rates("a", valid=("2025-01-01", "2026-01-01"), input=1, output=1)
    made.rates("a", valid=("2026-01-01", None), input=2, output=2)
    made.score("a", 50)
    found = costs(made, "blend_3_1")["latest"]
    assert (found["as_of"], found["usd_per_mtok_blended"]) == (datetime(2025, 12, 1), 1)


@pytest.mark.parametrize(
    ("method", "hit_rate", "usd"),
    [
        ("blend_3_1", None, (3 * 2 + 10) / 4),
        ("blend_1_1", None, (2 + 10) / 2),
        ("cache_aware", 0.5, (3 * (0.5 * 0.4 + 0.5 * 2) + 10) / 4),
        ("cache_aware", 0.9, (3 * (0.9 * 0.4 + 0.1 * 2) + 10) / 4),
    ],
)
def test_blends(made: Made, method, hit_rate, usd):
    made.model("a")
    made.rates("a", input=2, output=10, cache_read=0.4)
    made.score("a", 50)
    (row,) = [row for basis, row in costs(made, method, hit_rate=hit_rate).items() if basis == "release"]
    assert row["usd_per_mtok_blended"] == pytest.approx(usd)
    (point,) = made.ask(
        "select cost from capability_frontier('2025-02-01', cache_hit_rate := ?) where method = ?",
        hit_rate or 0,
        method,
    )
    assert point["cost"] == pytest.approx(usd)


def test_a_missing_cache_price_is_unknown(made: Made):
    made.model("a")
    made.rates("a", input=2, output=10)
    made.score("a", 50)
    row = costs(made, "cache_aware", hit_rate=0.5)["release"]
    assert (row["usd_per_mtok_blended"], row["reason"]) == (None, "no cache price is stated")
    assert made.ask("from capability_frontier('2025-02-01') where method = 'cache_aware'") == []


def test_the_cost_of_a_solved_task_swaps_the_ends_of_the_scores_interval(made: Made):
    made.score(None, 40, score_low=20, score_high=80, interval_level=0.95, tasks=200, cost_to_run_usd=24)
    row = costs(made, "run_cost")["run"]
    assert row["usd_per_attempt"] == pytest.approx(24 / 200)
    found = [row[f"usd_per_solved{end}"] for end in ("_low", "", "_high")]
    assert found == pytest.approx([24 / 160, 24 / 80, 24 / 40])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"score": 0, "tasks": 10}, "nothing was solved: the cost of a solution has no bound"),
        ({"score": 1200, "tasks": 10, "benchmark_id": "arena"}, "the score is no share of the tasks"),
        ({"score": 50}, "the number of tasks is not stated"),
    ],
)
def test_why_a_solved_task_has_no_cost(made: Made, more, reason):
    made.score(None, **{"cost_to_run_usd": 5} | more)
    for method in ("run_cost", "cost_of_pass"):
        row = costs(made, method)["run"]
        assert (row["usd_per_solved"], row["reason"]) == (None, reason)


def test_a_run_of_unknown_cost_has_none(made: Made):
    made.score(None, 50, tasks=10)
    made.make()
    assert made.ask("from marts.cost_per_capability") == []


def test_the_cost_of_a_pass_at_the_rates_of_a_date(made: Made):
    made.model("a", released_on="2025-01-01")
    made.rates("a", valid=("2025-01-01", "2025-02-01"), input=1, output=4)
    made.rates("a", valid=("2025-02-01", None), input=0.5, output=2)
    made.score("a", 40, tasks=10, input_tokens=1_000_000, output_tokens=500_000, cost_to_run_usd=2)
    found = costs(made, "cost_of_pass")
    assert found["release"]["usd_per_attempt"] == pytest.approx((1 * 1 + 0.5 * 4) / 10)
    assert found["release"]["usd_per_solved"] == pytest.approx(0.3 / 0.4)
    assert found["release"]["latest_over_in_force"] == pytest.approx(0.5)
    assert found["latest"]["usd_per_solved"] == pytest.approx(0.15 / 0.4)
    assert found["run"]["usd_per_solved"] == pytest.approx(2 / 10 / 0.4)


# ---- By which list a model is priced ---------------------------------------------------------------------------------


def price(made: Made, at: str = "2025-02-01", knowledge: str = "now") -> dict[str, object]:
    made.make()
    (row,) = made.ask(
        "from marts.model_price where model_id = 'a' and knowledge = ? and in_force_from <= cast(? as timestamp) "
        "and (in_force_to is null or in_force_to > cast(? as timestamp))", knowledge, at, at,
    )  # fmt: skip
    return row


@pytest.mark.parametrize(("sellers", "taken"), [((9, 1, 2), 2), ((9, 1, 3, 2), 2), ((7,), 7)])
def test_a_model_that_its_maker_does_not_sell_has_the_median_providers_price(made: Made, sellers, taken):
    made.model("a")
    for number, usd in enumerate(sellers):
        made.rates("a", provider_id=f"host-{number}", sku=f"hosted/{number}", input=usd, output=usd)
    row = price(made)
    assert (row["input_usd_per_mtok"], row["sellers"]) == (taken, len(sellers))
    assert (row["input_usd_per_mtok_low"], row["input_usd_per_mtok_high"]) == (min(sellers), max(sellers))
    assert not row["is_first_party"]


def test_the_makers_own_list_comes_before_any_other(made: Made):
    made.model("a")
    made.rates("a", provider_id="host", input=1, output=1)
    made.rates("a", input=5, output=5)
    row = price(made)
    assert (row["input_usd_per_mtok"], row["provider_id"], row["lists"]) == (5, "maker", 1)


@pytest.mark.parametrize(("is_open_weight", "after"), [(True, [(7, 2)]), (False, []), (None, [])])
def test_an_open_model_that_its_maker_sells_no_more_is_priced_at_its_hosts(made: Made, is_open_weight, after):
    made.model("a", is_open_weight=is_open_weight)
    made.rates("a", valid=("2025-01-01", "2025-02-01"), input=5, output=5)
    for number, usd in enumerate((9, 7)):
        made.rates("a", valid=("2024-12-01", None), provider_id=f"host-{number}", input=usd, output=usd)
    made.make()
    lists = made.ask(
        "select in_force_from, in_force_to, input_usd_per_mtok, sellers from marts.model_price "
        "where model_id = 'a' and knowledge = 'now' order by in_force_from"
    )
    begun, ended = datetime(2025, 1, 1), datetime(2025, 2, 1)
    assert [tuple(row.values()) for row in lists] == [
        (begun, ended, 5, 1), *((ended, None, usd, sellers) for usd, sellers in after),
    ]  # fmt: skip


def test_as_it_was_known_a_maker_sells_until_its_end_is_learnt(made: Made):
    made.model("a", is_open_weight=True)
    made.rates("a", known=("2025-01-01", "2025-03-01"), input=5, output=5)
    made.rates("a", known=("2025-03-01", None), valid=("2025-01-01", "2025-02-01"), input=5, output=5)
    made.rates("a", provider_id="host", input=7, output=7)
    assert price(made, "2025-02-15", "now")["provider_id"] == "host"
    assert price(made, "2025-02-15", "then")["provider_id"] == "maker"
    assert price(made, "2025-03-15", "then")["provider_id"] == "host"


def test_the_rest_of_the_hours_comes_before_all_hours_and_these_before_hours_of_their_own(made: Made):
    made.model("a")
    made.add("ref.price_window", price_window_id="peak")
    made.add("ref.price_window", price_window_id="rest", complement_of="peak")
    made.rates("a", window="peak", input=4, output=4)
    made.rates("a", window="rest", input=2, output=2)
    row = price(made)
    assert (row["price_window_id"], row["input_usd_per_mtok"]) == ("rest", 2)
    assert (row["input_usd_per_mtok_low"], row["input_usd_per_mtok_high"]) == (2, 4)
    made.rates("a", input=3, output=3)  # by a source that knows no hours
    assert price(made)["input_usd_per_mtok"] == 2


def test_all_hours_come_before_hours_of_their_own(made: Made):
    made.model("a")
    made.add("ref.price_window", price_window_id="night")
    made.rates("a", window="night", input=2, output=2)
    made.rates("a", input=4, output=4)
    assert price(made)["input_usd_per_mtok"] == 4


def test_a_list_in_dollars_comes_before_a_converted_one_and_their_ratio_is_none(made: Made):
    made.model("a")
    made.score("a", 50)
    made.rates("a", currency="CNY", input=2, output=2)
    made.rates("a", valid=("2025-03-01", None), input=4, output=4)
    row = costs(made, "blend_3_1")["release"]
    assert (row["usd_per_mtok_blended"], row["usd_per_mtok_latest"]) == (2, 4)
    assert row["latest_over_in_force"] is None
    assert price(made, "2025-03-02")["input_usd_per_mtok_low"] == 4


def test_a_name_that_moves_prices_each_model_for_its_own_time(made: Made):
    made.model("a")
    made.model("b")
    for model_id, begins, ends in (("a", None, datetime(2025, 3, 1)), ("b", datetime(2025, 3, 1), None)):
        made.add(
            "ref.model_alias",
            namespace="maker-api",
            alias="newest",
            model_id=model_id,
            valid_from=begins,
            valid_to=ends,
        )
    made.rates("a", sku="newest", input=1, output=1)
    made.make()
    found = made.ask(
        "select model_id, in_force_from, in_force_to from marts.model_price where knowledge = 'now' order by 1"
    )
    assert found == [
        {"model_id": "a", "in_force_from": datetime(2025, 1, 1), "in_force_to": datetime(2025, 3, 1)},
        {"model_id": "b", "in_force_from": datetime(2025, 3, 1), "in_force_to": None},
    ]


def test_a_name_of_which_nothing_is_dated_any_more_means_what_its_rate_says(made: Made):
    made.model("a")
    made.model("b")
    made.add("ref.model_alias", namespace="maker-api", alias="newest", model_id="b", valid_to=datetime(2025, 1, 15))
    made.rates("a", valid=("2025-01-20", None), sku="newest", input=1, output=1)
    assert price(made)["sku"] == "newest"


def test_statements_that_differ_are_the_bounds_while_they_do(made: Made):
    made.model("a", released_on="2025-01-15")
    made.score("a", 50)
    chosen, _ = made.rates("a", input=2, output=8)
    for fact_id, amount in ((chosen, 2), ("other", 3)):
        made.add("facts.api_price", fact_id=fact_id, amount=amount)
    made.add(
        "marts.api_price_conflict",
        series_id=int(chosen.removeprefix("rate-")),
        valid_from=datetime(2025, 1, 10),
        valid_to=datetime(2025, 2, 1),
        known_from=datetime(2025, 1, 1),
        fact_ids=[chosen, "other"],
    )
    row = price(made, "2025-01-15")
    assert [row[f"input_usd_per_mtok{end}"] for end in ("_low", "", "_high")] == [2, 2, 3]
    assert "other" in row["fact_ids"]
    assert price(made, "2025-01-09")["input_usd_per_mtok_high"] == 2
    assert price(made, "2025-02-01")["input_usd_per_mtok_high"] == 2
    found = costs(made, "blend_3_1")
    assert found["release"]["usd_per_mtok_high"] == pytest.approx((3 * 3 + 8) / 4)
    assert found["latest"]["usd_per_mtok_high"] == pytest.approx((3 * 2 + 8) / 4)


def test_what_was_known_then_is_kept_beside_what_is_known_now(made: Made):
    made.model("a")
    made.rates("a", known=("2025-01-01", "2025-04-01"), input=1, output=1)
    made.rates("a", known=("2025-04-01", None), input=2, output=2)
    assert price(made, "2025-02-01", "then")["input_usd_per_mtok"] == 1
    assert price(made, "2025-02-01", "now")["input_usd_per_mtok"] == 2
    assert price(made, "2025-04-01", "then")["input_usd_per_mtok"] == 2


# ---- The shipped facts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model_id", "on", "blend"),
    [  # the notes on methods, "Blended prices": (3 p_in + p_out) / 4
        ("gpt-4", "2023-03-14", 37.5),
        ("gpt-4-1106-preview", "2023-11-06", 15),
        ("gpt-4o", "2024-05-13", 7.5),
        ("gpt-4o-2024-08-06", "2024-08-06", 4.375),
        ("claude-3-opus", "2024-03-04", 30),
        ("claude-3.5-sonnet", "2024-06-20", 6),
        ("deepseek-v3", "2024-12-26", 0.175),
        ("deepseek-v3", "2025-02-09", 0.4775),
        ("deepseek-r1", "2025-01-20", 0.96),
        ("o1", "2024-12-17", 26.25),
        ("o1-mini", "2024-09-12", 5.25),
        ("o1-mini", "2025-01-31", 1.925),
        ("o3-mini", "2025-01-31", 1.925),
        ("gemini-2.0-flash", "2025-02-05", 0.175),
    ],
)
def test_published_blends(rows, model_id, on, blend):
    (row,) = rows(
        "select (3 * input_usd_per_mtok + output_usd_per_mtok) / 4 as blend from marts.model_price "
        "where model_id = ? and knowledge = 'now' and in_force_from <= cast(? as timestamp) "
        "and (in_force_to is null or in_force_to > cast(? as timestamp))", model_id, on, on,
    )  # fmt: skip
    assert row["blend"] == pytest.approx(blend)


def test_deepseek_v3_is_not_entered_at_a_price_that_came_six_weeks_later(rows):
    (row,) = rows(
        "select distinct as_of, usd_per_mtok_blended, usd_per_mtok_latest, latest_over_in_force "
        "from marts.cost_per_capability where model_id = 'deepseek-v3' and method = 'blend_3_1' "
        "and as_of_basis = 'release'"
    )
    assert row["as_of"] == datetime(2024, 12, 26)
    assert row["usd_per_mtok_blended"] == pytest.approx(0.175)  # 0.14 / 0.28, the promotion then in force
    assert row["usd_per_mtok_latest"] == pytest.approx(0.4775)  # 0.27 / 1.10
    assert row["latest_over_in_force"] == pytest.approx(0.4775 / 0.175)


def test_the_frontier_of_the_aider_board(rows):
    found = rows(
        "select source_model, score, cost, excluded, on_frontier from marts.capability_frontier "
        "where benchmark_id = 'aider-polyglot' and variant = 'second try' and method = 'run_cost' "
        "and as_of = (select max(as_of) from marts.capability_frontier)"
    )
    assert len(found) == 51
    assert {row["excluded"] for row in found} == {18}
    on = {row["source_model"] for row in found if row["on_frontier"]}
    assert len(on) == 8
    assert not any("gemini 2.5 pro" in name.lower() for name in on)
    points = [(row["score"], row["cost"], row["on_frontier"]) for row in found]
    for score, cost, is_on in points:  # by the definition, pair by pair
        assert is_on != any(s >= score and c <= cost and (s, c) != (score, cost) for s, c, _ in points)


def test_a_run_that_its_source_prices_at_its_list_costs_what_its_tokens_do(rows):
    """DeepSeek-V3.2-Exp (Chat): 2,266,868 tokens read at 0.28 and 573,477 written at 0.42 are 0.8756 USD."""
    found = rows(
        "select as_of_basis, usd_per_attempt * tasks as usd from marts.cost_per_capability "
        "where source_model = 'DeepSeek-V3.2-Exp (Chat)' and method = 'cost_of_pass' "
        "and as_of_basis in ('run', 'evaluation')"
    )
    assert {row["as_of_basis"] for row in found} == {"run", "evaluation"}
    for row in found:
        assert row["usd"] == pytest.approx(0.8756, abs=5e-5)


def test_the_macro_gives_the_table_on_every_date_of_the_shipped_facts(rows):
    dates = [row["as_of"] for row in rows("select distinct as_of from marts.capability_frontier")]
    assert len(dates) > 10
    for as_of in dates:
        assert differences(rows, as_of) == []


def test_nothing_on_a_frontier_was_known_later(rows):
    assert (
        rows(
            "select * from marts.capability_frontier as point join facts.fact as fact "
            "on list_contains(point.fact_ids, fact.fact_id) where fact.known_from > point.as_of"
        )
        == []
    )


def test_every_row_names_its_score_and_the_rates_that_price_it(rows):
    assert rows("from marts.cost_per_capability where not list_contains(fact_ids, score_fact_id)") == []
    assert rows("from marts.cost_per_capability where sku is not null and len(fact_ids) < 3") == []
    for table in ("cost_per_capability", "capability_frontier", "model_price"):
        unknown = rows(f"select unnest(fact_ids) as id from marts.{table} except select fact_id from facts.fact")
        assert unknown == []
