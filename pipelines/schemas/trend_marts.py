"""Marts of how prices move: the cheapest way to a score through time, its yearly decline, and what is claimed of it."""

from pipelines.methods.trends import ESTIMATORS
from pipelines.schemas.base import Instant, field
from pipelines.schemas.envelope import BLENDS
from pipelines.schemas.marts import Derived

PRICE_BASES = ("compiled", "release", "in_force", "latest")


class ToReach(Derived):
    """What a price to reach a score is looked at by."""

    benchmark_id: str = field("The benchmark.", references="ref.benchmark")
    variant: str = field("Which of its series.")
    price_basis: str = field(
        "Which prices: as the source of the score compiled them; the list in force on release; each list in force; or "
        "today's list stamped on the day of release, which looks ahead.",
        values=PRICE_BASES,
    )
    blend: str = field("Parts of input tokens to parts of output tokens.", values=BLENDS)
    reasoning_models: str = field(
        "Whether models that reason before they answer take part.", values=("included", "excluded")
    )
    threshold: float = field("The score to reach: that of a model that was once the best.")
    threshold_model: str = field("That model, as the source names it.")


class PriceToReach(ToReach):
    """A step down of the cheapest price that reaches a score."""

    on_date: Instant = field("The day of the price, UTC.")
    model_id: str = field("The model that it buys.", nullable=True, references="ref.model")
    source_model: str = field("The model, as the source of the score names it.")
    score: float = field("Its score.")
    usd_per_mtok: float = field("The price.", unit="USD per million tokens")

    class Config:
        name = "marts.price_to_reach"
        metadata = {
            "key": (
                "benchmark_id",
                "variant",
                "price_basis",
                "blend",
                "reasoning_models",
                "threshold",
                "on_date",
            )
        }


class PriceDecline(ToReach):
    """How fast the cheapest price that reaches a score falls: a factor of 10 a year is a decline of 90% a year."""

    estimator: str = field(
        "How the rate is drawn from the steps: least squares of log10 price on the day, its slope by Theil and Sen, "
        "least squares with an interval from resampled steps or from resampled residuals, or the first and last step "
        "alone.",
        values=ESTIMATORS,
    )
    steps_id: str = field(
        "Tells steps of the same days and prices: variants of a threshold often come to the same, and to one rate."
    )
    n: int = field("Steps of the path.")
    start_date: Instant = field("Day of the first step, UTC.")
    end_date: Instant = field("Day of the last step, UTC.")
    start_usd_per_mtok: float = field("Price of the first step.", unit="USD per million tokens")
    end_usd_per_mtok: float = field("Price of the last step.", unit="USD per million tokens")
    span_days: int = field("Days from the first step to the last.", unit="days")
    is_extrapolated: bool = field(
        "Whether that is less than 365 days: no year was seen, and the factor of a year says more than the path does; "
        "what fell is the first price over the last, in those days."
    )
    factor_per_year: float = field(
        "By which factor the price falls in 365 days; NULL where it is suppressed.",
        unit="factor per year",
        nullable=True,
    )
    ci90_low: float = field("Lower end of its 90% interval.", unit="factor per year", nullable=True)
    ci90_high: float = field("Upper end of its 90% interval.", unit="factor per year", nullable=True)
    r2: float = field("Share of the variance that the line explains.", unit="ratio", nullable=True)
    suppressed_reason: str = field("Why there is no rate.", nullable=True)

    class Config:
        name = "marts.price_decline"
        metadata = {
            "key": (
                "benchmark_id",
                "variant",
                "price_basis",
                "blend",
                "reasoning_models",
                "threshold",
                "estimator",
            )
        }


class TrendClaimCheck(Derived):
    """A claimed rate of decline, normalised to a year. A factor of 4 a year is a decline of 75% a year, and a half-life
    of 12 ln 2 / ln 4 = 6 months; a factor below 1 is growth."""

    fact_id: str = field("The claim.", references="facts.trend_claim")
    claimant: str = field("Who claims it.", nullable=True)
    object: str = field("What is said to change.")
    modality: str = field("Whether it was observed, or is only possible, conditional or forecast.")
    stated_low: float = field("The least the statement allows.", nullable=True)
    stated: float = field("The stated value.", nullable=True)
    stated_high: float = field("The most the statement allows.", nullable=True)
    stated_unit: str = field("How it is stated.")
    period_years: float = field("Over how many years; NULL is not stated.", unit="year", nullable=True)
    period_known: bool = field("Whether the period is stated; without it there is no yearly rate.")
    total_factor_low: float = field("Least factor of decline over the stated period.", nullable=True)
    total_factor_high: float = field("Greatest factor of decline over the stated period.", nullable=True)
    factor_low: float = field("Least factor of decline per year.", unit="factor per year", nullable=True)
    factor_high: float = field("Greatest factor of decline per year.", unit="factor per year", nullable=True)
    half_life_months: float = field("Half-life of a point claim.", unit="month", nullable=True)
    half_life_months_low: float = field("Shortest half-life; from factor_high.", unit="month", nullable=True)
    half_life_months_high: float = field("Longest half-life; from factor_low.", unit="month", nullable=True)
    oom_per_year_low: float = field("Least orders of magnitude lost per year.", nullable=True)
    oom_per_year_high: float = field("Most orders of magnitude lost per year.", nullable=True)
    decline_per_month_low: float = field("Least share lost per month.", unit="ratio", nullable=True)
    decline_per_month_high: float = field("Greatest share lost per month.", unit="ratio", nullable=True)
    benchmark_id: str = field("The benchmark that tells the capability.", nullable=True, references="ref.benchmark")
    threshold: float = field("The score to reach.", nullable=True)
    blend: str = field("Parts of input tokens to parts of output tokens.", nullable=True)
    measured_factor: float = field(
        "The measured factor of decline per year: by least squares, in `marts.price_decline`; the median of all where "
        "the claim is of a spread.",
        unit="factor per year",
        nullable=True,
    )
    measured_low: float = field(
        "Lower end of its 90% interval; of a spread, the least rate.", unit="factor per year", nullable=True
    )
    measured_high: float = field(
        "Upper end of its 90% interval; of a spread, the greatest rate.", unit="factor per year", nullable=True
    )
    measured_n: int = field("Steps that it is drawn from; of a spread, its rates.", nullable=True)
    measured_threshold: float = field(
        "The least measured score from the claimed one to a point above it.", nullable=True
    )
    measured_price_basis: str = field("Which prices were looked at.", nullable=True)
    measured_from: Instant = field("Day of the first step, UTC.", nullable=True)
    measured_to: Instant = field("Day of the last step, UTC.", nullable=True)
    verdict: str = field(
        "What the measurement says of the claim: supported where its 90% interval and the claim meet, or where every "
        "rate of a spread is within the claim.",
        values=("supported", "contradicted", "not_comparable", "not_testable"),
    )
    reason: str = field("Why.")

    class Config:
        name = "marts.trend_claim_check"
        metadata = {"key": ("fact_id",)}
