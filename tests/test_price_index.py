"""Index numbers, beside the tables of the notes on methods (their section 2.8, every digit as printed there), and the
price index that is made with them, on made-up lists whose index is told by hand.
"""

from datetime import datetime
from decimal import Decimal
from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest

from pipelines.methods import hedonic, index_numbers
from pipelines.methods.price_index import METHOD, in_window, price_index
from pipelines.schemas.base import columns
from pipelines.schemas.index_marts import PriceIndex

NAN = float("nan")

# Three items, a row each, in three periods.
PRICES = np.array([[10, 8, 5], [2, 2, 1.5], [0.5, 0.4, 0.1]])
QUANTITIES = np.array([[100, 120, 150], [500, 600, 900], [1000, 1500, 9000]], dtype=float)
FORMULAS = {
    "laspeyres": index_numbers.laspeyres(PRICES, QUANTITIES),
    "paasche": index_numbers.paasche(PRICES, QUANTITIES),
    "fisher": index_numbers.fisher(PRICES, QUANTITIES),
    "tornqvist": index_numbers.tornqvist(PRICES, QUANTITIES),
    "jevons": index_numbers.jevons(PRICES),
    "dutot": index_numbers.dutot(PRICES),
    "carli": index_numbers.carli(PRICES),
}
TABLE = {
    # 0 -> 1, 1 -> 2, 0 -> 2 direct, 0 -> 2 chained
    "laspeyres": (0.88, 0.59782609, 0.54, 0.52608696),
    "paasche": (0.87619048, 0.45454545, 0.38461538, 0.39826840),
    "fisher": (0.87809317, 0.52128604, 0.45573272, 0.45773771),
    "tornqvist": (0.87809071, 0.53451976, 0.47241512, 0.46935683),
    "jevons": (0.86177388, 0.48935846, 0.42171633, 0.42171633),
    "dutot": (0.832, 0.63461538, 0.528, 0.528),
    "carli": (0.86666667, 0.54166667, 0.48333333, 0.46944444),
}

# A price is cut, its users stock up, and it is restored: the truth is 1.
BOUNCE = np.array([[1, 0.5, 1, 1], [1, 1, 1, 1]])
STOCKED = np.array([[100, 500, 60, 100], [100, 100, 100, 100]], dtype=float)


def printed(value):
    """To the eighth decimal, as printed."""
    return pytest.approx(value, abs=5e-9)


@pytest.mark.parametrize("formula", TABLE)
def test_formulas(formula):
    comparison = FORMULAS[formula]
    found = (comparison[0, 1], comparison[1, 2], comparison[0, 2], index_numbers.chained(comparison)[2])
    assert found == printed(TABLE[formula])


def test_geks_of_fisher():
    levels = index_numbers.geks(FORMULAS["fisher"])
    assert tuple(levels) == printed((1, 0.87680921, 0.45640007))
    assert tuple(index_numbers.rolling_geks(FORMULAS["fisher"], window=3)) == printed(tuple(levels))


def test_chains_drift_where_a_price_bounces():
    chained = {
        name: index_numbers.chained(function(BOUNCE, STOCKED))[3]
        for name, function in (
            ("laspeyres", index_numbers.laspeyres),
            ("fisher", index_numbers.fisher),
            ("tornqvist", index_numbers.tornqvist),
        )
    }
    assert chained == {
        "laspeyres": printed(1.28571429),
        "fisher": printed(0.96076892),
        "tornqvist": printed(0.95760328),
    }
    assert index_numbers.chained(index_numbers.jevons(BOUNCE))[3] == printed(1)


def test_geks_does_not_drift():
    """Everything in the last period is as in the first, and so is the index; chained Fisher says 0.96."""
    assert index_numbers.geks(index_numbers.fisher(BOUNCE, STOCKED))[3] == pytest.approx(1, abs=1e-12)


def test_geks_is_the_mean_of_all_indirect_comparisons():
    comparison = index_numbers.fisher(BOUNCE, STOCKED)
    levels = index_numbers.geks(comparison)
    for base in range(4):
        for period in range(4):
            indirect = [log(comparison[base, middle] * comparison[middle, period]) for middle in range(4)]
            assert levels[period] / levels[base] == pytest.approx(exp(sum(indirect) / 4))


def test_geks_goes_round_missing_pairs():
    """Without the pair of the first and the last there is one path between them, the chain; with every pair of four
    periods but one, the two sides of the missing pair are the least-squares levels. By hand, with logarithms a (0-1),
    b (1-2) and c (0-1 again over 3): the normal equations of the pairs 01, 12, 23, 30 spread the misfit evenly."""
    one_path = FORMULAS["fisher"].copy()
    one_path[0, 2] = one_path[2, 0] = NAN
    assert tuple(index_numbers.geks(one_path)) == pytest.approx((1, one_path[0, 1], one_path[0, 1] * one_path[1, 2]))

    ring = np.full((4, 4), NAN)
    np.fill_diagonal(ring, 1)
    for start, end, change in ((0, 1, 0.9), (1, 2, 0.8), (2, 3, 0.7), (3, 0, 2.0)):
        ring[start, end], ring[end, start] = change, 1 / change
    spread = log(0.9 * 0.8 * 0.7 * 2.0) / 4  # going round should change nothing
    steps = [log(0.9) - spread, log(0.8) - spread, log(0.7) - spread]
    assert tuple(np.log(index_numbers.geks(ring))) == pytest.approx((0, steps[0], sum(steps[:2]), sum(steps)))


def test_periods_that_nothing_joins_to_the_last_have_no_level():
    apart = np.array([[1, 0.5, NAN, NAN], [2, 1, NAN, NAN], [NAN, NAN, 1, 0.5], [NAN, NAN, 2, 1]])
    assert tuple(index_numbers.geks(apart)) == pytest.approx((NAN, NAN, 1, 0.5), nan_ok=True)
    nothing = np.full((2, 2), NAN)
    assert np.isnan(index_numbers.geks(nothing)).all()


def test_windows_are_linked_by_the_mean_splice():
    """Window 3 of 4 periods: the new window's change from each of the two shared periods, times what was published of
    it, and the geometric mean of both."""
    prices = np.column_stack([PRICES, [6, 1.2, 0.3]])
    comparison = index_numbers.fisher(prices, np.column_stack([QUANTITIES, [130, 800, 4000]]))
    levels = index_numbers.rolling_geks(comparison, window=3)
    first, second = index_numbers.geks(comparison[:3, :3]), index_numbers.geks(comparison[1:, 1:])
    by_hand = sqrt(first[1] * second[2] / second[0] * first[2] * second[2] / second[1])
    assert tuple(levels) == pytest.approx((*first, by_hand))
    assert by_hand != pytest.approx(first[2] * second[2] / second[1], abs=1e-3)  # the movement splice


def test_only_items_priced_in_both_periods_count():
    """The third item has no second price, so that 0 -> 1 is of the first two, and its weights are theirs."""
    prices = np.array([[10, 8], [2, 2], [0.5, NAN]])
    quantities = np.array([[100, 120], [500, 600], [1000, 1500]], dtype=float)
    assert index_numbers.matched(prices).tolist() == [[3, 2], [2, 2]]
    assert index_numbers.jevons(prices)[0, 1] == pytest.approx(sqrt(0.8))
    assert index_numbers.dutot(prices)[0, 1] == pytest.approx(10 / 12)
    assert index_numbers.laspeyres(prices, quantities)[0, 1] == pytest.approx((800 + 1000) / (1000 + 1000))
    assert index_numbers.paasche(prices, quantities)[0, 1] == pytest.approx((960 + 1200) / (1200 + 1200))
    share = (0.5 + 960 / (960 + 1200)) / 2
    assert index_numbers.tornqvist(prices, quantities)[0, 1] == pytest.approx(0.8**share)
    assert np.isnan(index_numbers.where_matched(index_numbers.jevons(prices), index_numbers.matched(prices), 3)[0, 1])


# ---- The hedonic regression -----------------------------------------------------------------------------------------


def test_the_regression_finds_what_prices_were_made_from():
    """ln p = 1 + 0.05 score + the effect of the period, without noise."""
    scores = np.array([30, 50, 70, 40, 60, 80, 35], dtype=float)
    periods = np.array([0, 0, 0, 1, 1, 2, 2])
    fitted = hedonic.time_dummy(1 + 0.05 * scores + np.array([0, -0.7, -2])[periods], scores, periods)
    assert (fitted.intercept, fitted.slope, fitted.r2) == pytest.approx((1, 0.05, 1))
    assert tuple(fitted.levels()) == pytest.approx((1, exp(-0.7), exp(-2)))
    assert tuple(fitted.errors) == pytest.approx((0, 0, 0), abs=1e-9)


def test_seeing_a_model_twice_tells_nothing_new():
    """Twice the same rows, each pair a group: the ordinary error shrinks, and the clustered one changes by its factor
    for small samples alone, (groups / (groups - 1)) (n - 1) / (n - k)."""
    random = np.random.default_rng(7)
    scores, periods = random.uniform(20, 80, 24), np.arange(24) % 3
    prices = 0.04 * scores - 0.5 * periods + random.normal(0, 0.3, 24)
    models = np.arange(24)
    once = hedonic.time_dummy(prices, scores, periods, models)
    twice = hedonic.time_dummy(*(np.tile(column, 2) for column in (prices, scores, periods, models)))
    n, k = 24, 4
    factor = sqrt((2 * n - 1) / (2 * n - k) * (n - k) / (n - 1))
    assert twice.slope_error == pytest.approx(once.slope_error * factor)
    assert twice.degrees_of_freedom == once.degrees_of_freedom == n - 1
    ordinary = hedonic.time_dummy(*(np.tile(column, 2) for column in (prices, scores, periods)))
    assert ordinary.slope_error < 0.8 * hedonic.time_dummy(prices, scores, periods).slope_error


def test_levels_have_an_interval_and_a_correction():
    """Two models a period, of scores 0 and 1: the effect is the difference of the means, its variance s^2 (1/2 + 1/2),
    and s^2 the squared residuals over the one observation to spare."""
    log_prices, scores = np.array([2.0, 1.0, 1.4, 0.2]), np.array([0.0, 1.0, 0.0, 1.0])
    fitted = hedonic.time_dummy(log_prices, scores, np.array([0, 0, 1, 1]))
    error = sqrt(4 * 0.05**2 / 1)
    assert fitted.effects[1] == pytest.approx(-0.7)
    assert fitted.errors[1] == pytest.approx(error)
    assert fitted.corrected()[1] == pytest.approx(exp(-0.7 - error**2 / 2))
    low, high = fitted.interval(0.9)
    reach = 6.313751514675 * error  # Student's t with one degree of freedom, 95%
    assert (low[1], high[1]) == pytest.approx((exp(-0.7 - reach), exp(-0.7 + reach)))


def test_errors_are_clustered_by_model():
    """The same four, as two models seen twice: each adds (0.05 + 0.05) / 2 to the error of the effect, so that its
    variance is 2 x 0.05^2, times 2/1 (groups) and 3/1 (observations) for a small sample."""
    log_prices, scores = np.array([2.0, 1.0, 1.4, 0.2]), np.array([0.0, 1.0, 0.0, 1.0])
    fitted = hedonic.time_dummy(log_prices, scores, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    assert fitted.errors[1] == pytest.approx(sqrt(2 * 0.05**2 * 2 * 3))


# ---- The index of made-up lists -------------------------------------------------------------------------------------

JANUARY, FEBRUARY, MARCH, APRIL = (datetime(2025, month, 1) for month in (1, 2, 3, 4))
KNOWN = datetime(2025, 4, 20)
OUTPUT, BLEND = {"token_class": "output"}, {"token_class": "blend_3_1"}


def rate(sku, amount, valid_from=datetime(2024, 12, 5), valid_to=None, **other):
    """A rate of a developer, as marts.api_price has it."""
    return {
        "provider_id": "openai", "sku": sku, "token_class": "input", "service_tier": "standard",
        "context_over_tokens": 0, "price_window_id": None, "region": None, "currency": "USD",
        "unit": "currency_per_mtok", "amount": Decimal(str(amount)), "model_id": None, "valid_from": valid_from,
        "valid_to": valid_to, "known_from": KNOWN, "known_to": None,
        "fact_id": f"{sku}-{amount}-{other.get('token_class', 'input')}",
    } | other  # fmt: skip


def steady(*skus, **other):
    return [rate(sku, 4, **other) for sku in skus]


def index(rates, scores=(), models=(), **where):
    """The rows of the index, by default those of input, by month."""
    types = dict.fromkeys(("valid_from", "valid_to", "known_from", "known_to", "released_on"), pl.Datetime("us"))
    types |= {"context_over_tokens": pl.Int64, "amount": pl.Decimal(24, 12), "score": pl.Float64}
    types |= {"is_reasoning": pl.Boolean}
    developers = [{"model_id": "gpt", "organization_id": "openai", "released_on": None, "is_reasoning": None}]
    tables = {
        "marts.api_price": rates,
        "facts.capability_score": scores,
        "ref.model": [*developers, *models],
    }
    frames = {
        name: pl.DataFrame(
            [[row[column] for column in listed] for row in tables[name]],
            schema={column: types.get(column, pl.String) for column in listed},
            orient="row",
        )
        for name, listed in METHOD.reads.items()
    }
    made = price_index(frames)
    assert made.schema == {column.name: column.dtype for column in columns(PriceIndex)}
    PriceIndex.validate(made)
    assert not made.select("token_class", "weights", "period").is_duplicated().any()
    wanted = {"token_class": "input", "weights": "equal_expenditure"} | where
    return {row["period"]: row for row in made.filter(**wanted).iter_rows(named=True)}


def test_a_cut_within_a_month_counts_from_the_next():
    """One of four SKUs is halved on February 15: prod (p1/p0)^(1/n) = 0.5^(1/4), in March. Months end with what is
    known: not with the price of May that is announced."""
    cut, announced = datetime(2025, 2, 15), datetime(2025, 5, 1)
    found = index(
        [*steady("a", "b", "c"), rate("d", 4, valid_to=cut), rate("d", 2, cut, announced), rate("d", 1, announced)]
    )
    assert list(found) == [JANUARY, FEBRUARY, MARCH, APRIL]
    assert [row["jevons"] for row in found.values()] == pytest.approx([100, 100, 100 * 0.5**0.25, 100 * 0.5**0.25])
    assert [row["jevons_direct"] for row in found.values()] == [row["jevons"] for row in found.values()]
    assert [row["n_changed"] for row in found.values()] == [0, 0, 1, 0]
    assert [row["n_matched"] for row in found.values()] == [0, 4, 4, 4]
    assert {row["base_period"] for row in found.values()} == {JANUARY}


def test_a_cut_at_the_first_instant_counts_in_that_month():
    found = index([*steady("a", "b", "c"), rate("d", 4, valid_to=MARCH), rate("d", 2, MARCH)])
    assert [row["n_changed"] for row in found.values()] == [0, 0, 1, 0]


def test_the_largest_step_of_a_month_is_named():
    """A relative of 1/4 is farther from 1 than one of 3: ln 4 > ln 3. Five SKUs, so Jevons is (3/4)^(1/5)."""
    rates = [*steady("a", "b", "c"), rate("d", 4, valid_to=MARCH), rate("d", 1, MARCH)]
    rates += [rate("e", 1, valid_to=MARCH), rate("e", 3, MARCH)]
    found = index(rates)
    assert [(row["largest_step"], row["largest_step_sku"]) for row in found.values()] == [
        (None, None), (None, None), (0.25, "openai/d"), (None, None),
    ]  # fmt: skip
    assert found[MARCH]["jevons"] == pytest.approx(100 * 0.75**0.2)


def test_weights_are_stated():
    """Relatives 1, 1, 1 and 1/2 at prices 4, 4, 4 and 8. As much is spent on each: Törnqvist is Jevons, and Fisher the
    root of Carli, 3.5/4, times the harmonic mean, 4/5. As many tokens of each: Fisher is Dutot, 16/20, and Törnqvist's
    share of the last is the mean of 8/20 and 4/16."""
    rates = [*steady("a", "b", "c"), rate("d", 8, valid_to=FEBRUARY), rate("d", 4, FEBRUARY)]
    spent, bought = (index(rates, weights=weights)[FEBRUARY] for weights in ("equal_expenditure", "equal_tokens"))
    assert spent["tornqvist"] == spent["jevons"] == bought["jevons"] == pytest.approx(100 * 0.5**0.25)
    assert spent["fisher"] == pytest.approx(100 * sqrt(3.5 / 4 * 4 / 5))
    assert bought["fisher"] == pytest.approx(80)
    assert bought["tornqvist"] == pytest.approx(100 * 0.5 ** ((8 / 20 + 4 / 16) / 2))
    assert bought["geks"] == pytest.approx(80)  # Dutot of the same items is transitive already


def test_what_is_no_item():
    """Only a developer's list, in dollars, standard, short, everywhere and at all hours, as known now, of one model."""
    others = [
        {"provider_id": "openrouter"}, {"service_tier": "batch"}, {"context_over_tokens": 200_000},
        {"price_window_id": "peak"}, {"region": "eu"}, {"currency": "CNY"}, {"unit": "currency_per_mtok_hour"},
        {"known_to": KNOWN}, {"sku": "e-latest"}, {"valid_from": None},
    ]  # fmt: skip
    found = index([*steady("a", "b", "c", "d"), *(rate("e", 1) | other for other in others)])
    assert {row["n_items"] for row in found.values()} == {4}


def test_a_free_sku_is_counted_and_left_out():
    found = index([*steady("a", "b", "c", "d"), rate("e", 4, valid_to=FEBRUARY), rate("e", 0, FEBRUARY)])
    assert [(row["n_items"], row["n_free"], row["n_matched"]) for row in found.values()] == [
        (5, 0, 0), (4, 1, 4), (4, 1, 4), (4, 1, 4),
    ]  # fmt: skip
    assert found[FEBRUARY]["jevons"] == 100


def test_a_name_that_moved_to_another_model_is_another_item():
    """One rate falls to a quarter where the name moves: no price has changed; another is halved: one of five has. The
    blend of the other with its output goes from (3 x 4 + 8) / 4 = 5 to 3.5."""
    rates = steady("a", "b", "c", "d")
    rates += [rate("cut", 4, valid_to=FEBRUARY), rate("cut", 2, FEBRUARY)]
    rates += [rate(sku, 8, **OUTPUT) for sku in ("a", "b", "c", "d", "cut")]
    moved = [rate("moved", 4, valid_to=FEBRUARY, model_id="old"), rate("moved", 1, FEBRUARY, model_id="new")]
    moved.append(rate("moved", 8, model_id="old", **OUTPUT))
    for of, relative in (({}, 2 / 4), (BLEND, 3.5 / 5)):
        assert index(rates + [row | {"model_id": None} for row in moved], **of)[FEBRUARY]["n_changed"] == 2
        found = index(rates + moved, **of)
        assert found[FEBRUARY]["jevons"] == pytest.approx(100 * relative**0.2)
        assert [row["n_changed"] for row in found.values()] == [0, 1, 0, 0]
        assert [row["n_matched"] for row in found.values()] == [0, 5, 6, 6]


def test_the_blend_is_of_both_rates():
    """(3 x 4 + 8) / 4 = 5, and with the output halved 4; a SKU without output has no blend."""
    rates = steady("a", "b", "c", "d", "e")
    rates += [rate(sku, 8, valid_to=FEBRUARY, **OUTPUT) for sku in "abcd"]
    rates += [rate(sku, 4, FEBRUARY, **OUTPUT) for sku in "abcd"]
    february = index(rates, **BLEND)[FEBRUARY]
    assert (february["jevons"], february["n_matched"]) == (pytest.approx(80), 4)
    assert february["fact_ids"] == ["a-4-output", "b-4-output", "c-4-output", "d-4-output"]


def test_fewer_than_four_matches_are_suppressed():
    found = index(steady("a", "b", "c"))
    assert [row["n_matched"] for row in found.values()] == [0, 3, 3, 3]
    for row in found.values():
        assert all(
            row[name] is None for name in ("jevons", "fisher", "tornqvist", "geks", "jevons_direct", "base_period")
        )
        assert row["suppressed_reason"].startswith("matched: fewer than 4 SKUs")


def test_a_broken_chain_begins_anew():
    """Four SKUs end in February and four others begin in March: what 100 was is said, and nothing is carried over."""
    ended = [rate(sku, 4, valid_to=datetime(2025, 2, 10)) for sku in "abcd"]
    found = index(ended + steady("e", "f", "g", "h", valid_from=datetime(2025, 2, 10)))
    assert [row["base_period"] for row in found.values()] == [JANUARY, JANUARY, MARCH, MARCH]
    assert [row["jevons"] for row in found.values()] == [100] * 4
    assert [row["n_matched"] for row in found.values()] == [0, 4, 0, 4]


def test_the_basket_of_the_base_wears_out():
    """Chains go on where fewer than four SKUs of the base are left; the direct comparison does not."""
    rates = [rate(sku, 4, valid_to=datetime(2025, 3, 10)) for sku in "abcd"] + steady(
        "e", "f", "g", "h", valid_from=FEBRUARY
    )
    found = index(rates)
    assert [row["n_matched_direct"] for row in found.values()] == [4, 4, 4, 0]
    assert [row["jevons"] is None for row in found.values()] == [False] * 4
    assert [row["jevons_direct"] is None for row in found.values()] == [False, False, False, True]
    assert found[APRIL]["suppressed_reason"].startswith("direct: fewer than 4 SKUs of the base period")


def test_a_window_counts_the_items_that_it_compares():
    """Of thirteen months. The first item is priced in months that no window holds both of; the second in the last two,
    which the window of the last month holds."""
    priced = np.zeros((2, 14), dtype=bool)
    priced[0, [0, 13]] = priced[1, [12, 13]] = True
    assert in_window(priced).tolist() == [0] * 13 + [1]
    assert [row["n_geks"] for row in index(steady("a", "b", "c", "d")).values()] == [4] * 4


def test_a_fact_stands_in_the_first_month_that_it_enters():
    found = index([*steady("a", "b", "c"), rate("d", 4, valid_to=MARCH), rate("d", 2, MARCH)])
    assert [row["fact_ids"] for row in found.values()] == [
        ["a-4-input", "b-4-input", "c-4-input", "d-4-input"], [], ["d-2-input"], [],
    ]  # fmt: skip


def scored_lists(count=6):
    """Lists of `count` models that are nine months old in December and, since February 10, of as many new ones, each at
    exp(1 + 0.02 score), the new ones 0.7 below in logarithms; beside them what must not count."""
    rates, scores, models = [], [], []
    for generation, released, listed, below in (
        ("old", datetime(2024, 3, 15), datetime(2024, 12, 5), 0),
        ("new", datetime(2025, 2, 10), datetime(2025, 2, 10), 0.7),
    ):
        for number in range(count):
            name, score = f"{generation}-{number}", 40 + 5 * number
            rates.append(rate(name, round(exp(1 + 0.02 * score - below), 9), listed, model_id=name))
            scores.append(run(name, score))
            models.append({"model_id": name, "released_on": released, "is_reasoning": False})
    for name, is_reasoning in (("reasons", True), ("unknown", None)):
        rates.append(rate(name, 500, model_id=name))
        scores.append(run(name, 40))
        models.append({"model_id": name, "released_on": datetime(2024, 12, 1), "is_reasoning": is_reasoning})
    rates.append(rate("old-0-free", 0, model_id="old-0"))
    other = [run("old-0", 99, variant="1 edition"), run("old-0", 99, status="superseded"), run(None, 99)]
    other += [run("old-0", 99, known_to=KNOWN), run("old-0", 99, modality="forecast")]
    scores = [*other, run("old-0", 99, benchmark_id="mmlu"), *scores]
    return {"rates": rates, "scores": scores, "models": [{"organization_id": "openai"} | model for model in models]}


def run(model_id, score, **other):
    """A score, as facts.capability_score has it."""
    return {
        "model_id": model_id, "benchmark_id": "gpqa-diamond", "variant": "an edition", "score": score,
        "status": "active", "modality": "observed", "known_to": None, "fact_id": f"score-{model_id}",
    } | other  # fmt: skip


def test_quality_is_held_fixed():
    """No SKU changes its price, and the same score gets cheaper by exp(-0.7). In March half of the models are new ones:
    exp(-0.35); in April those of last March no longer count as new, but are still listed."""
    found = index(**scored_lists())
    assert {row["n_changed"] for row in found.values()} == {0}
    assert [row["jevons"] for row in found.values()] == [100] * 4
    levels = [100, 100, 100 * exp(-0.35), 100 * exp(-0.7)]
    assert [row["hedonic"] for row in found.values()] == pytest.approx(levels, rel=1e-6)
    assert [row["n_hedonic"] for row in found.values()] == [6, 6, 12, 6]
    assert [row["hedonic_listed"] for row in found.values()] == pytest.approx([*levels[:3], levels[2]], rel=1e-6)
    assert [row["n_hedonic_listed"] for row in found.values()] == [6, 6, 12, 12]
    assert {row["hedonic_base_period"] for row in found.values()} == {JANUARY}
    assert {(row["benchmark_id"], row["variant"]) for row in found.values()} == {("gpqa-diamond", "an edition")}
    for row in found.values():
        assert row["hedonic_low"] <= row["hedonic_corrected"] <= row["hedonic"] <= row["hedonic_high"]
    assert found[MARCH]["hedonic_low"] < found[MARCH]["hedonic"]
    assert "score-new-0" in found[MARCH]["fact_ids"]


def test_a_regression_of_fewer_than_ten_models_is_suppressed():
    found = index(**scored_lists(count=4))
    assert {row["hedonic"] for row in found.values()} == {None}
    assert [row["n_hedonic"] for row in found.values()] == [4, 4, 8, 4]
    assert all("hedonic: fewer than" in row["suppressed_reason"] for row in found.values())


def test_no_prices_no_rows():
    assert index([]) == {}


def test_the_published_index_has_its_counts(rows):
    """Whatever the lists are: a value stands beside the number of items that it is of, never fewer than four, and its
    base is 100."""
    found = rows("from marts.price_index")
    assert found
    for row in found:
        is_base = row["period"] == row["base_period"]
        assert (row["jevons"] is None) == (row["base_period"] is None)
        assert row["jevons"] is None or is_base or row["n_matched"] >= 4
        assert row["jevons_direct"] is None or row["n_matched_direct"] >= 4
        assert row["hedonic"] is None or row["n_hedonic"] >= 4
        assert not is_base or row["jevons"] == row["fisher"] == row["tornqvist"] == row["geks"] == 100
        assert (row["suppressed_reason"] is None) == all(row[name] is not None for name in ("jevons_direct", "hedonic"))
