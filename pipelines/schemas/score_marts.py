"""Marts of scores and prices together: what a capability costs, and who is on the frontier."""

from pipelines.schemas.base import Instant, field
from pipelines.schemas.marts import Derived

PER_MTOK = "USD per million tokens"
COST_METHODS = ("blend_3_1", "blend_1_1", "cache_aware", "run_cost", "cost_of_pass")


class ModelPrice(Derived):
    """The list rates by which a model is priced, for a stretch of time: its maker's own API; where the maker never sold
    it, or its weights are open and the maker sells it no more, the provider whose blend is the median. `fact_ids` names
    every rate behind the bounds."""

    model_id: str = field("The model.", references="ref.model")
    knowledge: str = field(
        "What is known: `now`, at the release of this file, of any time; `then`, at each instant what was known at it.",
        values=("now", "then"),
    )
    in_force_from: Instant = field("Since when, UTC.")
    in_force_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    provider_id: str = field("Who charges it.", references="ref.organization")
    sku: str = field("The SKU whose rates are taken.")
    price_window_id: str = field("Hours of the rates; NULL is always.", nullable=True, references="ref.price_window")
    currency: str = field("Currency of the list.", references="ref.currency")
    is_first_party: bool = field("Whether the model's maker charges it.")
    sellers: int = field("Providers that the choice was from.", ge=1)
    lists: int = field("Lists behind the bounds: SKUs and hours of those providers.", ge=1)
    input_usd_per_mtok: float = field("Uncached input.", unit=PER_MTOK)
    input_usd_per_mtok_low: float = field("The least that a list or a differing statement has.", unit=PER_MTOK)
    input_usd_per_mtok_high: float = field("The most.", unit=PER_MTOK)
    output_usd_per_mtok: float = field("Output.", unit=PER_MTOK)
    output_usd_per_mtok_low: float = field("The least that a list or a differing statement has.", unit=PER_MTOK)
    output_usd_per_mtok_high: float = field("The most.", unit=PER_MTOK)
    cache_read_usd_per_mtok: float = field(
        "Input read from the cache; NULL is unknown, not free and not uncached.", unit=PER_MTOK, nullable=True
    )
    cache_read_usd_per_mtok_low: float = field(
        "The least that a list or a differing statement has.", unit=PER_MTOK, nullable=True
    )
    cache_read_usd_per_mtok_high: float = field("The most.", unit=PER_MTOK, nullable=True)
    input_fact_id: str = field("The rate of uncached input.", references="facts.api_price")
    output_fact_id: str = field("The rate of output.", references="facts.api_price")
    cache_read_fact_id: str = field("The rate of a cache read.", nullable=True, references="facts.api_price")

    class Config:
        name = "marts.model_price"
        metadata = {"key": ("model_id", "knowledge", "in_force_from")}


class CostPerCapability(Derived):
    """What a score costs, by one method at the prices of one date. A blend is a price at a score, not a cost: models
    need unlike numbers of tokens for one task."""

    score_fact_id: str = field("The score.", references="facts.capability_score")
    method: str = field(
        "blend_3_1, blend_1_1: list rates, that many tokens read for one written; cache_aware: 3:1 with a share of "
        "the input read from the cache, misses at the uncached rate; run_cost: stated cost of the run over the tasks "
        "solved; cost_of_pass: cost of an attempt over the share solved.",
        values=COST_METHODS,
    )
    hit_rate: float = field(
        "Share of the input read from the cache: 0.5 and 0.9; NULL where the method has none.",
        unit="ratio",
        nullable=True,
    )
    as_of_basis: str = field(
        "Whose prices: of the model's release day, of the day of the evaluation, the latest known, or as paid in the "
        "run itself.",
        values=("release", "evaluation", "latest", "run"),
    )
    model_id: str = field("The model; NULL where its name is not resolved.", nullable=True, references="ref.model")
    source_model: str = field("The model as the source of the score names it.")
    benchmark_id: str = field("The benchmark.", references="ref.benchmark")
    variant: str = field("What must agree for two scores to compare, beyond the benchmark.")
    harness: str = field("What the model was run in.", nullable=True)
    effort: str = field("The reasoning effort asked for.", nullable=True)
    as_of: Instant = field(
        "The day, UTC: the prices are those in force when it ended, as known at the release. Of a run, its day, else "
        "the day its source stated it."
    )
    score: float = field("The score, on the scale of the benchmark.")
    score_low: float = field("Lower end of its interval.", nullable=True)
    score_high: float = field("Upper end of its interval.", nullable=True)
    interval_level: float = field("Confidence of the interval.", unit="ratio", nullable=True)
    input_per_output: float = field("Tokens read for one written in the blend.", unit="ratio", nullable=True)
    usd_per_mtok_blended: float = field("The blend at the list rates of the date.", unit=PER_MTOK, nullable=True)
    usd_per_mtok_low: float = field("The same at the least rates stated.", unit=PER_MTOK, nullable=True)
    usd_per_mtok_high: float = field("The same at the most.", unit=PER_MTOK, nullable=True)
    usd_per_mtok_latest: float = field(
        "The same at the latest known rates of the model: what is wrong to stamp on the date.",
        unit=PER_MTOK,
        nullable=True,
    )
    latest_over_in_force: float = field(
        "The latest over what was in force on the date, of the blend or of the attempt; NULL where either is unknown "
        "or the two lists are in different currencies.",
        unit="ratio",
        nullable=True,
    )
    tasks: int = field("Tasks in the run.", nullable=True)
    attempt_cost_from: str = field(
        "Where the cost of an attempt comes from.",
        nullable=True,
        values=("stated cost of the run", "tokens at list rates"),
    )
    usd_per_attempt: float = field("Cost of an attempt at one task.", unit="USD", nullable=True)
    usd_per_solved: float = field("Cost of a solved task.", unit="USD", nullable=True)
    usd_per_solved_low: float = field(
        "At the upper end of the score and the least rates stated.", unit="USD", nullable=True
    )
    usd_per_solved_high: float = field(
        "At the lower end of the score and the most; NULL is unbounded or unknown.", unit="USD", nullable=True
    )
    provider_id: str = field("Who charges the rates.", nullable=True, references="ref.organization")
    sku: str = field("The SKU of the rates.", nullable=True)
    price_window_id: str = field("Hours of the rates; NULL is always.", nullable=True, references="ref.price_window")
    is_first_party: bool = field("Whether the model's maker charges them.", nullable=True)
    sellers: int = field("Providers that the choice was from.", nullable=True)
    reason: str = field("Why there is no cost; NULL where there is.", nullable=True)

    class Config:
        name = "marts.cost_per_capability"
        metadata = {"key": ("score_fact_id", "method", "hit_rate", "as_of_basis")}


class CapabilityFrontier(Derived):
    """A score of known cost on a date, and whether it is on the Pareto frontier of cost and score by what was known
    then. Of a model asked with several efforts or through several harnesses each run is a point."""

    as_of: Instant = field("The instant, UTC.")
    benchmark_id: str = field("The benchmark.", references="ref.benchmark")
    variant: str = field("What must agree for two scores to compare, beyond the benchmark.")
    method: str = field(
        "What the cost is: run_cost, USD of the whole run; else USD per million tokens, as in "
        "marts.cost_per_capability.",
        values=("blend_3_1", "blend_1_1", "cache_aware", "run_cost"),
    )
    hit_rate: float = field(
        "Share of the input read from the cache: 0.9; NULL where the method has none.", unit="ratio", nullable=True
    )
    score_fact_id: str = field("The score.", references="facts.capability_score")
    model_id: str = field("The model; NULL where its name is not resolved.", nullable=True, references="ref.model")
    source_model: str = field("The model as the source of the score names it.")
    harness: str = field("What the model was run in.", nullable=True)
    effort: str = field("The reasoning effort asked for.", nullable=True)
    score: float = field("The score, on the scale of the benchmark.")
    cost: float = field("The cost, in what the method says.", unit="USD")
    provider_id: str = field("Who charges the rates.", nullable=True, references="ref.organization")
    sku: str = field("The SKU of the rates.", nullable=True)
    on_frontier: bool = field("Whether no other point costs no more and scores no less, one of the two strictly.")
    excluded: int = field("Scores of the same benchmark and variant that are no points: their cost is unknown.", ge=0)
    dominated_by: str = field(
        "A score on the frontier that dominates it; NULL on the frontier.",
        nullable=True,
        references="facts.capability_score",
    )

    class Config:
        name = "marts.capability_frontier"
        metadata = {"key": ("as_of", "benchmark_id", "variant", "method", "hit_rate", "score_fact_id")}
