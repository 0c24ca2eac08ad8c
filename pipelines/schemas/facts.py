"""Fact tables: what sources state, one row a statement of one thing. The columns that all facts share are in
`envelope`; here is what each kind adds, and which of its combinations make no sense.
"""

from typing import Final

import polars as pl

from pipelines.schemas.base import Money, field
from pipelines.schemas.envelope import BLENDS, Fact, Measured, rule

#: Which table holds the subjects of each kind.
SUBJECTS: Final = {
    "model": "ref.model",
    "organization": "ref.organization",
    "industry": "ref.subject",
    "model_class": "ref.subject",
    "technique": "ref.subject",
}
SUBJECT_KINDS: Final = tuple(SUBJECTS)
STAGES: Final = ("full_run", "pretraining", "post_training", "fine_tuning", "data_generation")
SCOPES: Final = ("run", "fleet", "model")


class FactIndex(Fact):
    """A fact of any kind: the envelope of every fact table, with the amount as a floating-point number for searching.
    The exact amount is in the fact's own table."""

    fact_table: str = field("The table that holds the fact, `schema.table`.", filled_by="sql")
    amount_low: float = field("The least the statement allows.", nullable=True)
    amount: float = field("The stated value.", nullable=True)
    amount_high: float = field("The most the statement allows.", nullable=True)
    low_inclusive: bool = field("Whether amount_low itself is allowed.", nullable=True)
    high_inclusive: bool = field("Whether amount_high itself is allowed.", nullable=True)
    unit: str = field("Unit of the amount; NULL for an ordinal claim.", nullable=True)
    currency: str = field("Currency of a money amount.", nullable=True)

    class Config:
        name = "facts.fact"
        metadata = {"key": ("fact_id",)}


class TrainingCost(Measured):
    """A stated cost of training, buying or running. Two costs compare only within one basis, stage and price year."""

    subject_kind: str = field("What the cost is of.", values=SUBJECT_KINDS)
    subject_id: str = field("The model, organization or other subject.", references=SUBJECTS)
    cost_basis: str = field("What kind of cost it is.", references="ref.cost_basis")
    stage: str = field(
        "Which part of training it covers; NULL where it is not about a run.", nullable=True, values=STAGES
    )
    horizon_years: float = field("Over how many years a cost of ownership runs.", unit="year", nullable=True)
    price_year: int = field(
        "The year whose money it is in; NULL is nominal, comparable with nominal only.", nullable=True, ge=1950, le=2100
    )
    assumed_usd_per_gpu_hour: Money = field(
        "The price of a GPU-hour that the source assumed.", unit="USD per GPU-hour", nullable=True
    )

    class Config:
        name = "facts.training_cost"
        metadata = {"key": ("fact_id",), "seed": "training_costs.csv", "plausible_by": "cost_basis"}

    @rule("unit: a cost is money | use currency")
    def a_cost_is_money(cls) -> pl.Expr:
        return pl.col("unit") == "currency"

    @rule("horizon_years: a cost of ownership says over how many years, and nothing else does | fill it, or empty it")
    def ownership_has_a_horizon(cls) -> pl.Expr:
        return pl.col("cost_basis").str.ends_with("_4y") == pl.col("horizon_years").is_not_null()


class Compute(Measured):
    """A stated count of what a run or a fleet uses, or a ratio of two such counts."""

    subject_kind: str = field("What the count is of.", values=SUBJECT_KINDS)
    subject_id: str = field("The model, organization or other subject.", references=SUBJECTS)
    metric: str = field("What is counted.", references="ref.metric")
    scope: str = field("Whether it counts one run, everything an organization has, or the model itself.", values=SCOPES)
    stage: str = field("Which part of training it covers; NULL outside a run.", nullable=True, values=STAGES)
    hardware_id: str = field("The chip; NULL where the source names none.", nullable=True, references="ref.hardware")
    base_subject_id: str = field(
        "For a ratio, the model that it is relative to.", nullable=True, references="ref.model"
    )

    class Config:
        name = "facts.compute"
        metadata = {"key": ("fact_id",), "seed": "compute.csv", "plausible_by": "metric"}

    @rule("stage: a run says which part it covers | fill stage, or correct scope")
    def a_run_has_a_stage(cls) -> pl.Expr:
        return (pl.col("scope") == "run") == pl.col("stage").is_not_null()

    @rule("base_subject_id: a ratio names what it is relative to, and nothing else does | fill it, or empty it")
    def a_ratio_has_a_base(cls) -> pl.Expr:
        return (pl.col("unit") == "ratio") == pl.col("base_subject_id").is_not_null()


class HardwarePrice(Measured):
    """A stated unit price of a chip, bought or rented."""

    hardware_id: str = field("The chip.", references="ref.hardware")
    price_kind: str = field(
        "Bought, or rented on which terms.", values=("purchase", "on_demand", "reserved_1y", "reserved_3y", "spot")
    )
    vendor: str = field("Who sells or rents it.", nullable=True, prose=True)
    sold_as: str = field(
        "Of a purchase: the chip alone, or its share of a server; NULL is unknown.",
        nullable=True,
        values=("chip", "server"),
    )

    class Config:
        name = "facts.hardware_price"
        metadata = {"key": ("fact_id",), "seed": "hardware_prices.csv", "plausible_by": "price_kind"}

    @rule("unit: a purchase is per GPU, a rent per GPU-hour | use currency_per_gpu or currency_per_gpu_hour")
    def unit_fits_the_kind(cls) -> pl.Expr:
        purchase = pl.col("price_kind") == "purchase"
        return (
            pl.when(purchase)
            .then(pl.col("unit") == "currency_per_gpu")
            .otherwise(pl.col("unit") == "currency_per_gpu_hour")
        )

    @rule("sold_as: a rent is of a chip in a server | leave it empty, or correct price_kind")
    def only_a_purchase_is_sold_as_something(cls) -> pl.Expr:
        return (pl.col("price_kind") == "purchase") | pl.col("sold_as").is_null()


class CapabilityClaim(Fact):
    """An ordinal claim: one thing is said to be below, about equal to or above another, at some task. It never becomes
    a number."""

    lesser_kind: str = field("Kind of the lesser side.", values=SUBJECT_KINDS)
    lesser_id: str = field(
        "The side said to be less; of an equality, the side the claim is about.", references=SUBJECTS
    )
    relation: str = field("What is claimed of the two.", values=("less_than", "about_equal"))
    greater_kind: str = field("Kind of the greater side.", values=SUBJECT_KINDS)
    greater_id: str = field("The side said to be more; of an equality, the other side.", references=SUBJECTS)
    dimension: str = field(
        "In what they are ordered.", values=("capability", "speed", "cost", "price", "size", "efficiency", "hardware")
    )
    task: str = field("At which task or in which respect; as the source says it.", prose=True)

    class Config:
        name = "facts.capability_claim"
        metadata = {"key": ("fact_id",), "seed": "capability_claims.csv"}

    @rule("greater_id: the same as lesser_id | a claim orders two different things")
    def orders_two_things(cls) -> pl.Expr:
        return pl.col("lesser_id") != pl.col("greater_id")


class Valuation(Measured):
    """A stated value of a company. It is no cost."""

    organization_id: str = field("The company.", references="ref.organization")
    valuation_kind: str = field("How the value came about.", values=("market_talk", "post_money", "tender_offer"))

    class Config:
        name = "facts.valuation"
        metadata = {"key": ("fact_id",), "seed": "valuations.csv", "plausible_by": "valuation_kind"}

    @rule("unit: a valuation is money | use currency")
    def a_valuation_is_money(cls) -> pl.Expr:
        return pl.col("unit") == "currency"


class Revenue(Measured):
    """A stated revenue of a company, for setting a valuation against."""

    organization_id: str = field("The company.", references="ref.organization")
    revenue_kind: str = field("What is counted.", values=("annualized",))

    class Config:
        name = "facts.revenue"
        metadata = {"key": ("fact_id",), "seed": "revenues.csv", "plausible_by": "revenue_kind"}

    @rule("unit: a revenue is money | use currency")
    def a_revenue_is_money(cls) -> pl.Expr:
        return pl.col("unit") == "currency"


class TrendClaim(Fact):
    """A claimed rate of change of a cost or price, as stated; `marts.trend_claim_check` normalises it."""

    object: str = field(
        "What is said to change.",
        values=(
            "training_cost",
            "frontier_training_cost",
            "inference_cost",
            "same_model_cost",
            "inference_price_at_capability",
        ),
    )
    stated_low: float = field("The least the statement allows.", nullable=True)
    stated: float = field("The stated value; NULL where only bounds are stated.", nullable=True)
    stated_high: float = field("The most the statement allows.", nullable=True)
    stated_unit: str = field(
        "How it is stated: a share lost in the period, a share that remains after it, a factor of decline over it, or "
        "a factor of growth over it.",
        values=("decline_share", "remaining_share", "decline_factor", "growth_factor"),
    )
    period_years: float = field("Over how many years; NULL is not stated.", unit="year", nullable=True, gt=0)
    period_text: str = field("The period as the source says it.", nullable=True, prose=True)
    benchmark_id: str = field(
        "Of a price at a capability, the benchmark that tells it; NULL is not stated.",
        nullable=True,
        references="ref.benchmark",
    )
    threshold: float = field("The score to reach.", nullable=True)
    blend: str = field(
        "Parts of input tokens to parts of output tokens in the price; NULL is not stated.",
        nullable=True,
        values=BLENDS,
    )

    class Config:
        name = "facts.trend_claim"
        metadata = {"key": ("fact_id",), "seed": "trend_claims.csv"}

    @rule("stated: a point or a bound is needed | fill stated, or stated_low and stated_high")
    def something_is_stated(cls) -> pl.Expr:
        return pl.any_horizontal(pl.col("stated_low", "stated", "stated_high").is_not_null())

    @rule("stated: a bound or an order of magnitude has no point value | move it to stated_low or stated_high")
    def bounds_have_no_point(cls) -> pl.Expr:
        bound = pl.col("qualifier").is_in(["at_most", "at_least", "order_of_magnitude"])
        return ~bound | pl.col("stated").is_null()

    @rule("threshold: a score is one of a benchmark | fill benchmark_id, or empty threshold")
    def a_threshold_has_a_benchmark(cls) -> pl.Expr:
        return pl.col("threshold").is_null() | pl.col("benchmark_id").is_not_null()

    @rule("stated_low: above stated_high | swap the two bounds")
    def low_is_not_above_high(cls) -> pl.Expr:
        return pl.col("stated_low") <= pl.col("stated_high")

    @rule("stated: a share lies between 0 and 1 | 75% is 0.75")
    def shares_are_shares(cls) -> pl.Expr:
        greatest = pl.max_horizontal("stated_low", "stated", "stated_high")
        least = pl.min_horizontal("stated_low", "stated", "stated_high")
        return ~pl.col("stated_unit").str.ends_with("_share") | ((greatest < 1) & (least > 0))
