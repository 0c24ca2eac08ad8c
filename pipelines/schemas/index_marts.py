"""Marts of price indices of tokens."""

from pipelines.schemas.base import Instant, field
from pipelines.schemas.marts import Derived


class PriceIndex(Derived):
    """A price index of tokens in a month, of what the developers of models charge: 100 in its base period. Chained,
    direct and GEKS columns match SKUs, and show what is charged later for the same one; the hedonic columns hold a
    score fixed, and show what is charged for the same quality by models that come and go. Hosts and resellers are left
    out: their lists copy the developers', so that one change would count many times. Of the facts, a row names those
    that enter in its month; what entered before stands in the rows before."""

    token_class: str = field(
        "What the rate is for; blend_3_1 is (3 input + output) / 4 of a SKU that has both.",
    )
    weights: str = field(
        "Whose tokens weigh, since nobody publishes what is sold of each SKU: equal_expenditure spends as much on each "
        "SKU (Törnqvist is Jevons then, and Fisher the root of Carli times the harmonic mean), equal_tokens buys as "
        "many tokens of each (Fisher is Dutot then, and dear SKUs lead). Jevons and the hedonic columns have none.",
        values=("equal_expenditure", "equal_tokens"),
    )
    period: Instant = field("The month, by its first instant, UTC. A rate is the one in force then.")
    base_period: Instant = field(
        "The month in which chained, direct and GEKS columns are 100: where an unbroken run of links begins; NULL "
        "where the month is in none.",
        nullable=True,
    )
    jevons: float = field("Geometric mean of the relatives, chained month by month.", nullable=True)
    fisher: float = field("Fisher, chained month by month.", nullable=True)
    tornqvist: float = field("Törnqvist, chained month by month.", nullable=True)
    n_matched: int = field("SKUs priced in this month and the one before: those of the chain's link.")
    geks: float = field(
        "GEKS of Fisher over a rolling window, linked by the mean splice; without drift inside a window.", nullable=True
    )
    geks_window: int = field("Months of that window, at most.", unit="month")
    n_geks: int = field("SKUs priced in this month and another one of its window.")
    jevons_direct: float = field("Jevons of this month against the base period itself.", nullable=True)
    fisher_direct: float = field("Fisher against the base period itself.", nullable=True)
    tornqvist_direct: float = field("Törnqvist against the base period itself.", nullable=True)
    n_matched_direct: int = field("SKUs priced in this month and in the base period.")
    n_items: int = field("SKUs with a rate above zero in this month.")
    n_changed: int = field("Of n_matched, those whose rate differs.")
    largest_step: float = field(
        "Of those the relative that is farthest from 1, up or down: a chained Jevons moves by its n_matched-th root. "
        "NULL where no rate differs.",
        nullable=True,
        gt=0,
    )
    largest_step_sku: str = field("Whose relative that is: `provider/SKU`.", nullable=True)
    n_free: int = field("SKUs that are free in this month; a zero has no relative, and is left out.")
    hedonic: float = field(
        "exp(effect of the month) of the time-dummy regression of ln price on the score, all months pooled, over "
        "models that do not reason, in their first twelve months: what a score costs from what is new.",
        nullable=True,
    )
    hedonic_low: float = field("Lower end of its 90% interval, by errors clustered by model.", nullable=True)
    hedonic_high: float = field("Upper end of that interval.", nullable=True)
    hedonic_error: float = field("Standard error of the effect, in logarithms.", nullable=True)
    hedonic_corrected: float = field("exp(effect - error^2/2): less the bias of the exponential.", nullable=True)
    n_hedonic: int = field("Models in that regression in this month; of each the median rate of its SKUs.")
    hedonic_listed: float = field(
        "The same over all models that are listed, however old: lists keep models that few still buy, and without "
        "quantities each counts as one.",
        nullable=True,
    )
    hedonic_listed_error: float = field("Standard error of its effect, in logarithms.", nullable=True)
    n_hedonic_listed: int = field("Models in that regression in this month.")
    hedonic_base_period: Instant = field("The month in which `hedonic` is 100.", nullable=True)
    hedonic_listed_base_period: Instant = field("The month in which `hedonic_listed` is 100.", nullable=True)
    benchmark_id: str = field("The benchmark of the score.", nullable=True, references="ref.benchmark")
    variant: str = field("Its variant.", nullable=True)
    suppressed_reason: str = field("Why values are missing; NULL where none is.", nullable=True)

    class Config:
        name = "marts.price_index"
        metadata = {"key": ("token_class", "weights", "period")}
