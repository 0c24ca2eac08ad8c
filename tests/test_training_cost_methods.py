"""What a training run costs by each method, and why two runs differ. Expected values are Epoch AI's own results (its
`model_costs.csv`, its script run on its data), those of the AI Index 2024, or arithmetic written here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

import duckdb
import price_database
import pytest
from price_database import insert

COST = "select {} from marts.training_cost_by_method where model_id = ? and method = ? and price_year {}"
MADE = ("marts.training_cost_input", "marts.training_cost_by_method", "marts.training_cost_decomposition")
#: Half-width of a 90% interval in standard deviations, and what it makes of Epoch AI's intervals of hardware.
Z = 1.6448536269514722
SIGMA = math.sqrt(
    sum((math.log(p95 / p5) / (2 * Z)) ** 2 for p5, p95 in [(0.8, 1.25), (0.5, 2), (1.3, 2.1), (1.07, 1.32)])
)


def cost(rows, model: str, method: str, what: str = "usd", year: int | None = None) -> object:
    in_money = "is null" if year is None else f"= {year}"
    (row,) = rows(COST.format(what, in_money), model, method)
    return row[what]


# ---- Published results ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "what", "expected"),
    [
        ("run_amort", "hardware_usd", 29_691_720.99),
        ("run_amort", "interconnect_usd", 6_964_724.68),
        ("run_amort", "energy_usd", 3_499_488.28),
        ("run_amort", "usd", 40_155_933.94),
        ("run_cloud_cud", "usd", 77_520_000),
        ("hw_purchase", "usd", 767_746_913.58),
    ],
)
def test_the_costs_of_gpt_4_are_epochs_to_the_cent(rows, method, what, expected):
    assert cost(rows, "gpt-4", method, what) == pytest.approx(expected, abs=0.005)


def test_the_value_of_gpt_4s_chips_and_its_gpu_hour(rows):
    (row,) = rows("select * from marts.training_cost_input where model_id = 'gpt-4'")
    assert row["start_value_usd_per_gpu"] == pytest.approx(14_165.054738, abs=5e-7)
    # From 2020-05-14 + 90 days to 2022-08-15 - 2,280 hours.
    assert row["days_in_use_at_start"] == 638
    assert cost(rows, "gpt-4", "run_amort", "usd_per_gpu_hour") == pytest.approx(0.704490, abs=5e-7)


@pytest.mark.parametrize(
    ("model", "method", "year", "expected"),
    [
        # The AI Index 2024, in money of December 2023: 191,400,000 and, of GPT-4, 77.52 million x 119.029 / 117.766.
        ("gemini-1.0-ultra", "run_cloud_cud", 2023, 191_400_000),
        ("gpt-4", "run_cloud_cud", 2023, 78_351_375.44),
        # Epoch AI's model_costs.csv, in money of December 2024.
        ("gpt-4", "run_cloud_cud", 2024, 78_562_016.88),
        ("gpt-4", "run_amort", 2024, 40_695_706.40),
        ("gpt-4", "hw_purchase", 2024, 778_066_898.67),
        ("gemini-1.0-ultra", "run_amort", 2024, 28_309_604.04),
        ("gemini-1.0-ultra", "hw_purchase", 2024, 597_913_206.28),
        ("llama-3.1-405b", "hw_purchase", 2024, 896_044_948.87),
        # "Training compute cost (2023 USD)" of its database.
        ("gpt-4", "run_amort", 2023, 40_586_592.58),
    ],
)
def test_a_cost_in_the_money_of_a_year_is_the_published_one(rows, model, method, year, expected):
    assert cost(rows, model, method, "usd", year) == pytest.approx(expected, abs=0.005)


def test_grok_3s_amortised_cost_is_in_money_of_2025_whatever_its_column_says(rows):
    """All three of its costs of December 2025 exceed the nominal ones by one factor, 1% above 1; within the vintage of
    the index it is that of June 2025. Money of 2023 is less: 119.029 / 122.218."""
    published = rows(
        "select cost_basis, amount, price_year from facts.training_cost "
        "where subject_id = 'grok-3' and source_id = 'epoch-notable-models-2025-12' and status = 'active'"
    )
    assert {row["cost_basis"]: row["price_year"] for row in published} == dict.fromkeys(
        ("run_cloud_cud", "run_amort", "hw_purchase"), 2025
    )
    for row in published:
        assert float(row["amount"]) / cost(rows, "grok-3", row["cost_basis"]) == pytest.approx(1.011823, abs=1e-6)
        assert float(row["amount"]) == pytest.approx(cost(rows, "grok-3", row["cost_basis"], "usd", 2025), rel=1e-4)


def test_llama_by_epochs_count_of_its_hours_is_epochs_cost(rows):
    """We take Meta's 30.84 million hours; Epoch AI's 16,384 x 2,142 make its 51,040,524.06 of December 2024."""
    ours = cost(rows, "llama-3.1-405b", "run_amort", "usd", 2024)
    assert ours * 16_384 * 2_142 / 30_840_000 == pytest.approx(51_040_524.06, abs=0.005)


@pytest.mark.parametrize(
    ("model", "usd", "stage"),
    [
        ("deepseek-v3", 2_788_000 * 2, "full_run"),
        ("llama-3.1-405b", 30_840_000 * 2, "full_run"),
        ("s1-32b", 16 * 26 / 60 * 2, "fine_tuning"),
        ("deepseek-r1-zero", 512 * 198 * 2, "post_training"),
    ],
)
def test_a_rental_is_hours_times_the_rent(rows, model, usd, stage):
    assert cost(rows, model, "run_rental") == pytest.approx(usd, rel=1e-12)
    assert cost(rows, model, "run_rental", "stage") == stage


# ---- Money ----------------------------------------------------------------------------------------------------------


def test_any_year_of_the_index_is_a_price_year_and_says_its_month(rows):
    found = rows(
        "select price_year, price_month, deflator from marts.training_cost_by_method "
        "where model_id = 'gpt-4' and method = 'run_cloud_cud' and price_year is not null order by price_year"
    )
    assert [row["price_year"] for row in found] == list(range(2000, 2026))
    assert found[0]["price_month"] == datetime(2000, 12, 1)
    assert found[0]["deflator"] == pytest.approx(100 / 117.766)
    assert found[-1]["price_month"] == datetime(2025, 6, 1)
    assert found[-1]["deflator"] == pytest.approx(123.659 / 117.766)


# ---- Intervals ------------------------------------------------------------------------------------------------------


def test_the_interval_is_the_product_of_the_log_normals(rows):
    assert pytest.approx(0.470437, abs=5e-7) == SIGMA
    for method in ("hw_purchase", "run_amort"):
        usd, low, high = (cost(rows, "gpt-4", method, what) for what in ("usd", "usd_low", "usd_high"))
        assert low / usd == pytest.approx(0.4613, abs=5e-5)
        assert high / usd == pytest.approx(2.1680, abs=5e-5)


def test_the_price_of_a_tpu_is_less_sure(rows):
    """Epoch AI's notebook prints 0.23 to 4.2 for it, sampled."""
    usd, high = (cost(rows, "gemini-1.0-ultra", "hw_purchase", what) for what in ("usd", "usd_high"))
    price, gpu_price = math.log(4 / 0.25) / (2 * Z), math.log(2 / 0.5) / (2 * Z)
    assert high / usd == pytest.approx(math.exp(Z * math.sqrt(SIGMA**2 - gpu_price**2 + price**2)))
    assert high / usd == pytest.approx(4.2, abs=0.05)


def test_a_rent_has_an_interval_only_where_hours_and_rent_are_exact(rows):
    found = rows(
        "select model_id, usd_low, usd_high from marts.training_cost_by_method "
        "where method in ('run_rental', 'run_cloud_cud') and price_year is null and usd_low is not null"
    )
    assert found == [{"model_id": "deepseek-v3", "usd_low": 5_576_000, "usd_high": 5_576_000}]


def test_the_flop_of_gpt_4_as_a_log_normal(rows):
    (row,) = rows("select flop, flop_median, flop_mean from marts.training_cost_input where model_id = 'gpt-4'")
    assert row["flop"] == 2.1e25
    assert row["flop_median"] == pytest.approx(1.89947e25, rel=1e-5)
    assert row["flop_mean"] == pytest.approx(2.16406e25, rel=1e-5)


# ---- What is missing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "method", "missing"),
    [
        ("claude-3.5-sonnet", "run_rental", "GPU-hours; hardware"),
        ("claude-3.5-sonnet", "run_amort", "GPU-hours; hardware; length of the run"),
        ("claude-3.5-sonnet", "hw_purchase", "number of chips; hardware"),
        ("deepseek-v3", "run_cloud_cud", "price of h800-sxm5 under a 3-year commitment"),
        ("gpt-4", "run_rental", "rent of a100-sxm4-40gb"),
        (
            "deepseek-r1",
            "run_amort",
            "purchase price of nvidia-h800-unspecified; power of nvidia-h800-unspecified",
        ),
    ],
)
def test_what_a_model_lacks_is_null_and_named(rows, model, method, missing):
    assert cost(rows, model, method) is None
    assert cost(rows, model, method, "missing") == missing


def test_inputs_are_told_with_their_values(rows):
    inputs = str(cost(rows, "gpt-4", "run_amort", "inputs"))
    for told in ("57000000.00 GPU-hours, stated", "24875.0 USD per chip", "638 days", "0.19", "400.0 W", "0.0806 USD"):
        assert told in inputs
    assert "2025-03-17, after the chips were taken" in str(cost(rows, "llama-3.1-405b", "run_cloud_cud", "inputs"))
    (row,) = rows(COST.format("fact_ids", "is null"), "gpt-4", "hw_purchase")
    assert "epoch-hardware-prices-a100-sxm4-40gb-2020-05-21" in row["fact_ids"]


# ---- Why two runs differ --------------------------------------------------------------------------------------------

FACTORS = (
    "select factor, value, ratio, comparable, reason from marts.training_cost_decomposition "
    "where subject_id = ? and cost_basis = ? and base_subject_id = ? and base_cost_basis = ? {} order by place"
)
FLOP = {"deepseek-v3": 6 * 37e9 * 14.8e12, "llama-3.1-405b": 6 * 405e9 * 15.6e12}


def test_why_llama_cost_more_than_v3(rows):
    found = rows(FACTORS.format(""), "llama-3.1-405b", "run_rental", "deepseek-v3", "run_rental")
    values = {row["factor"]: row["value"] for row in found}
    v3, llama = (
        flop / (hours * 3600 * peak)
        for flop, hours, peak in [
            (FLOP["deepseek-v3"], 2_664_000, 9.89e14),
            (FLOP["llama-3.1-405b"], 30_840_000, 9.895e14),
        ]
    )
    assert values == pytest.approx(
        {
            "training_flop": FLOP["llama-3.1-405b"] / FLOP["deepseek-v3"],
            "other_stages": 2_664 / 2_788,
            "utilization": v3 / llama,
            "peak_flop_per_second": 9.89 / 9.895,
            "usd_per_gpu_hour": 1,
        }
    )
    assert values["training_flop"] == pytest.approx(11.5376, abs=5e-5)
    assert math.prod(values.values()) == pytest.approx(61_680_000 / 5_576_000, rel=1e-12)
    assert {(row["comparable"], row["reason"]) for row in found} == {(True, None)}


def test_two_published_costs_of_one_llama_differ_by_price_and_hours(rows):
    counted = "and gpu_hours_basis = 'counted' and base_gpu_hours_basis = 'stated'"
    found = rows(FACTORS.format(counted), "llama-3.1-405b", "run_cloud_cud", "llama-3.1-405b", "run_rental")
    assert {row["factor"]: row["value"] for row in found} == pytest.approx(
        {"gpu_hours": 35_094_528 / 30_840_000, "usd_per_gpu_hour": 2.43}
    )
    assert found[0]["ratio"] == pytest.approx(170_559_406.08 / 61_680_000, rel=1e-12)
    assert found[0]["ratio"] == pytest.approx(2.7652, abs=5e-5)
    assert found[0]["reason"] == "cost basis differs: run_cloud_cud v. run_rental"
    assert found[0]["comparable"] is False


def test_a_purchase_is_chips_times_price(rows):
    found = rows(FACTORS.format(""), "gpt-4", "hw_purchase", "deepseek-v3", "hw_purchase")
    assert {row["factor"]: row["value"] for row in found} == pytest.approx(
        {"gpu_count": 25_000 / 2_048, "usd_per_gpu": 24_875 / 44_750}
    )


def test_costs_of_two_bases_or_stages_are_not_comparable(rows):
    for subject, basis, reason in [
        ("gpt-4", "run_cloud_cud", "cost basis differs: run_cloud_cud v. run_rental"),
        ("s1-32b", "run_rental", "stage differs: fine_tuning v. full_run"),
    ]:
        found = rows(FACTORS.format(""), subject, basis, "deepseek-v3", "run_rental")
        assert {(row["comparable"], row["reason"]) for row in found} == {(False, reason)}


def test_the_factors_of_every_pair_multiply_to_its_ratio(rows):
    pair = "subject_id, cost_basis, gpu_hours_basis, base_subject_id, base_cost_basis, base_gpu_hours_basis"
    found = rows(
        "select list(value) as factors, max(ratio) as ratio, max(usd) / max(base_usd) as quotient "
        f"from marts.training_cost_decomposition group by {pair}"
    )
    assert len(found) > 100
    for row in found:
        assert math.prod(row["factors"]) == pytest.approx(row["ratio"], rel=1e-12)
        assert row["quotient"] == pytest.approx(row["ratio"], rel=1e-12)


# ---- The rules, on a made-up run ------------------------------------------------------------------------------------


@pytest.fixture
def run() -> Iterator[duckdb.DuckDBPyConnection]:
    """A model published on 2024-07-01 after 480 hours on 100 chips, which came out on 2022-01-01."""
    with duckdb.connect() as connection:
        price_database.create(connection)
        insert(connection, "ref.model", model_id="m", organization_id="o", released_on=datetime(2024, 7, 1))
        insert(connection, "ref.hardware", hardware_id="chip", released_on=datetime(2022, 1, 1), tdp_watt=500.0)
        insert(
            connection,
            "marts.training_run",
            model_id="m",
            stage="full_run",
            hardware_id="chip",
            fact_ids=["run"],
            gpu_count=100.0,
            gpu_hours=48_000.0,
            gpu_hours_counted=48_000.0,
            wall_clock_hours=480.0,
        )
        general = {"interconnect_share": 0.2, "hardware_progress": 0.1, "availability_lag": 90, "publication_lag": 60}
        general |= {"acquisition_lead": 60, "server_overhead": 1.5, "average_power_share": 0.5}
        general |= {"server_power_multiple": 2, "power_usage_effectiveness": 1.2, "model_flop_utilization": 0.4}
        for parameter, value in general.items():
            insert(connection, "ref.cost_parameter", parameter=parameter, value=value)
        insert(connection, "ref.cost_parameter", parameter="electricity_price", year=2024, value=0.1)
        insert(connection, "ref.cost_parameter", parameter="electricity_price", year=2023, value=0.7)
        yield connection


def price(connection, fact_id: str, amount: float, day: str, **terms: object) -> None:
    told = {"hardware_id": "chip", "price_kind": "reserved_3y", "status": "active", "modality": "observed", **terms}
    insert(
        connection,
        "facts.hardware_price",
        **{**told, "fact_id": fact_id, "amount": amount, "valid_from": datetime.fromisoformat(day), "currency": "USD"},
    )


def made(connection, method: str) -> dict[str, object]:
    price_database.make(connection, *MADE)
    (row,) = price_database.rows(
        connection, "select * from marts.training_cost_by_method where method = ? and price_year is null", method
    )
    return row


def test_a_server_goes_before_a_chip_and_an_early_price_before_a_late_one(run):
    price(run, "chip", 1_000, "2022-02-01", price_kind="purchase", sold_as="chip")
    assert made(run, "hw_purchase")["usd"] == pytest.approx(100 * 1_000 * 1.5 / 0.8)
    price(run, "late", 3_000, "2023-02-01", price_kind="purchase", sold_as="server")
    price(run, "early", 2_000, "2022-03-01", price_kind="purchase", sold_as="server")
    price(run, "unknown", 1, "2022-01-01", price_kind="purchase")
    price(run, "doubtful", 1, "2022-01-01", price_kind="purchase", sold_as="server", status="disputed")
    assert made(run, "hw_purchase")["usd"] == pytest.approx(100 * 2_000 / 0.8)


@pytest.mark.parametrize(
    ("priced", "days"),
    [
        # Training starts 20 + 60 days before 2024-07-01. The chip can be had from 2022-04-01, or when it was priced.
        ("2022-03-01", (datetime(2024, 7, 1) - datetime(2022, 4, 1)).days - 80),
        ("2023-02-01", (datetime(2024, 7, 1) - datetime(2023, 2, 1)).days - 80),
        ("2024-06-01", 0),
    ],
)
def test_a_chip_loses_value_from_when_it_can_be_had(run, priced, days):
    price(run, "bought", 2_000, priced, price_kind="purchase", sold_as="server")
    row = made(run, "run_amort")
    value = 2_000 * 10 ** (-0.1 * days / 365.25)
    assert row["hardware_usd"] == pytest.approx(48_000 * value * 0.1 * math.log(10) / 8766)
    assert row["interconnect_usd"] == pytest.approx(row["hardware_usd"] / 0.8 - row["hardware_usd"])
    assert row["energy_usd"] == pytest.approx(48_000 * 0.5 * 2 * 0.5 * 1.2 * 0.1)
    assert ("seen after the start" in row["inputs"]) == (days == 0)


@pytest.mark.parametrize(
    ("event", "day", "lead"), [("training_start", "2024-01-01", 0), ("training_end", "2024-01-01", 20)]
)
def test_a_stated_start_or_end_goes_before_the_usual_time_before_publication(run, event, day, lead):
    insert(run, "ref.training_date", model_id="m", event=event, on_date=datetime.fromisoformat(day))
    price(run, "bought", 2_000, "2022-03-01", price_kind="purchase", sold_as="server")
    made(run, "run_amort")
    (row,) = price_database.rows(run, "select days_in_use_at_start as days from marts.training_cost_input")
    assert row["days"] == (datetime.fromisoformat(day) - datetime(2022, 4, 1)).days - lead


def test_the_committed_price_is_by_terms_then_vendor_then_date(run):
    for vendor, rank in (("Best", 1), ("Second", 2)):
        insert(run, "ref.cost_parameter", parameter="vendor_rank", vendor=vendor, value=rank)
    insert(run, "ref.cost_parameter", parameter="vendor_rank", organization_id="other", vendor="Fourth", value=0)
    for years, discount in ((1, 0.2), (3, 0.6)):
        insert(run, "ref.cost_parameter", parameter=f"discount_{years}y", vendor="Best", value=discount)
    price(run, "list", 10, "2023-01-01", price_kind="on_demand", vendor="Best")
    assert made(run, "run_cloud_cud")["usd_per_gpu_hour"] == pytest.approx(10 * 0.4)
    price(run, "year", 7, "2023-01-01", price_kind="reserved_1y", vendor="Best")
    assert made(run, "run_cloud_cud")["usd_per_gpu_hour"] == pytest.approx(7 * 0.4 / 0.8)
    assert "by discount from reserved_1y" in made(run, "run_cloud_cud")["inputs"]
    price(run, "fourth", 5, "2024-02-12", vendor="Fourth")
    assert made(run, "run_cloud_cud")["usd_per_gpu_hour"] == 5
    price(run, "later", 2, "2024-02-13", vendor="Second")
    assert made(run, "run_cloud_cud")["usd_per_gpu_hour"] == 2
    assert "after the chips were taken" in made(run, "run_cloud_cud")["inputs"]
    # The chips are taken 60 days before the start of training on 2024-04-12, on 2024-02-12.
    price(run, "before", 3, "2023-12-01", vendor="Second")
    price(run, "long before", 4, "2022-12-01", vendor="Second")
    assert made(run, "run_cloud_cud")["usd"] == 48_000 * 3
    assert "after the chips were taken" not in made(run, "run_cloud_cud")["inputs"]


def test_a_constant_of_the_chip_or_the_organization_goes_before_the_general_one(run):
    price(run, "chip", 1_000, "2022-02-01", price_kind="purchase", sold_as="chip")
    insert(run, "ref.cost_parameter", parameter="server_overhead", hardware_id="chip", value=1.7)
    insert(run, "ref.cost_parameter", parameter="server_overhead", hardware_id="other", value=9)
    insert(run, "ref.cost_parameter", parameter="power_usage_effectiveness", organization_id="o", value=1.1)
    assert made(run, "hw_purchase")["usd"] == pytest.approx(100 * 1_000 * 1.7 / 0.8)
    assert made(run, "run_amort")["energy_usd"] == pytest.approx(48_000 * 0.5 * 2 * 0.5 * 1.1 * 0.1)


def test_hours_follow_from_flop_where_nothing_else_is_known(run):
    run.execute("update marts.training_run set gpu_hours = null, gpu_hours_counted = null, wall_clock_hours = null")
    run.execute("update marts.training_run set flop = 3.6e21")
    run.execute("update ref.hardware set peak_flop_bf16 = 1e15")
    insert(run, "ref.cost_parameter", parameter="rental_price", hardware_id="chip", value=2)
    row = made(run, "run_rental")
    assert (row["gpu_hours_basis"], row["usd"]) == ("from_flop", pytest.approx(3.6e21 / (1e15 * 0.4 * 3600) * 2))
    assert made(run, "run_cloud_cud")["missing"] == "length of the run"


def test_an_unknown_date_is_no_zero(run):
    price(run, "bought", 2_000, "2022-03-01", price_kind="purchase", sold_as="server")
    run.execute("update ref.hardware set released_on = null")
    row = made(run, "run_amort")
    assert (row["usd"], row["missing"]) == (None, "release date of chip")
    run.execute("update ref.model set released_on = null")
    row = made(run, "run_amort")
    assert (row["usd"], row["missing"]) == (None, "date of publication")
