"""Reference tables: the things that facts are about, and the lists that the world adds to. People write their rows;
the tables are the seed files, typed and checked.
"""

import polars as pl

from pipelines.schemas.base import SLUG, Instant, Money, Table, field
from pipelines.schemas.envelope import CLAIMANT_CLASSES, PRECISIONS, rule

ORIGIN = "The file that carries the row: a shipped seed or an overlay."


class Source(Table):
    """A source: a document, a page, a file or a database that states facts."""

    source_id: str = field("Slug of the source.", str_matches=SLUG)
    title: str = field("Title as published.", prose=True)
    publisher: str = field("Who published it.", prose=True)
    url: str = field("Where it can be read; NULL is unknown.", nullable=True, str_matches=r"^https?://\S+$")
    published_at: Instant = field("When it was published, UTC.", nullable=True)
    published_precision: str = field("How finely that is known.", nullable=True, values=PRECISIONS, filled_by="reader")
    published_basis: str = field("How that is known.", values=("printed", "inferred", "unknown"))
    accessed_at: Instant = field("When it, or the copy of it named in the note, was read, UTC.")
    licence: str = field("Terms under which it is published; NULL is unknown.", nullable=True, prose=True)
    claimant_class: str = field("What kind of voice it is.", values=CLAIMANT_CLASSES)
    relayed_by: str = field("Where it was read, when not at first hand.", nullable=True, prose=True)
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.source"
        metadata = {"key": ("source_id",), "seed": "sources.csv"}

    @rule("published_basis: unknown goes with an empty published_at, and nothing else does | make the two agree")
    def unknown_publication_is_said(cls) -> pl.Expr:
        return pl.col("published_at").is_null() == (pl.col("published_basis") == "unknown")


class Currency(Table):
    """A currency that amounts may be stated in."""

    currency: str = field("ISO 4217 code.", str_matches=r"^[A-Z]{3}$")
    name: str = field("English name.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.currency"
        metadata = {"key": ("currency",), "seed": "currencies.csv"}


class Organization(Table):
    """An organization that trains, sells, measures or values models."""

    organization_id: str = field("Slug of the organization.", str_matches=SLUG)
    name: str = field("Its name.", prose=True)
    country: str = field("Country of its seat.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.organization"
        metadata = {"key": ("organization_id",), "seed": "organizations.csv"}


class Model(Table):
    """A model, one row a released version."""

    model_id: str = field("Slug of the model.", str_matches=SLUG)
    name: str = field("Its name as its maker writes it.", prose=True)
    organization_id: str = field("Who made it.", references="ref.organization")
    released_on: Instant = field("Day of its publication, UTC; NULL is unknown.", nullable=True)
    released_precision: str = field("How finely that is known.", nullable=True, values=PRECISIONS, filled_by="reader")
    is_reasoning: bool = field("Whether it was trained to reason before it answers.", nullable=True)
    is_open_weight: bool = field("Whether its weights can be downloaded.", nullable=True)
    parameters_total: Money = field("All parameters; NULL is unknown.", unit="parameter", nullable=True)
    parameters_active: Money = field("Parameters used for one token; NULL is unknown.", unit="parameter", nullable=True)
    base_model_id: str = field("The model it was trained from.", nullable=True, references="ref.model")
    source_id: str = field("Where this description comes from.", references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.model"
        metadata = {"key": ("model_id",), "seed": "models.csv"}

    @rule("parameters_active: more than parameters_total | a model cannot use more than it has")
    def active_is_part_of_total(cls) -> pl.Expr:
        return pl.col("parameters_active") <= pl.col("parameters_total")


class ModelAlias(Table):
    """What a name means, in one namespace, for a time."""

    namespace: str = field("Who uses the name so: a provider's API, a data set, a publication.", str_matches=SLUG)
    alias: str = field("The name, as it is written there.", prose=True)
    valid_from: Instant = field("Since when, UTC; NULL is unknown.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    valid_precision: str = field("How finely that is known.", nullable=True, values=PRECISIONS, filled_by="reader")
    model_id: str = field("The model it means.", references="ref.model")
    source_id: str = field("Where this meaning comes from.", references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.model_alias"
        metadata = {"key": ("namespace", "alias", "valid_from"), "seed": "model_aliases.csv"}

    @rule("valid_to: before valid_from or at it | give the later instant as valid_to, or leave it empty if open")
    def valid_interval_runs_forward(cls) -> pl.Expr:
        return pl.col("valid_to") > pl.col("valid_from")


class Hardware(Table):
    """An accelerator chip, or a class of chips where the source names no more."""

    hardware_id: str = field("Slug of the chip.", str_matches=SLUG)
    name: str = field("Its name as its maker writes it.", prose=True)
    manufacturer: str = field("Who makes it.", prose=True)
    released_on: Instant = field("Day of its release, UTC; NULL is unknown.", nullable=True)
    released_precision: str = field("How finely that is known.", nullable=True, values=PRECISIONS, filled_by="reader")
    peak_flop_bf16: float = field("Dense BF16 or FP16 tensor peak.", unit="flop_per_second", nullable=True)
    peak_flop_fp8: float = field("Dense FP8 tensor peak.", unit="flop_per_second", nullable=True)
    tdp_watt: float = field("Thermal design power, in watt.", unit="watt", nullable=True)
    source_id: str = field("Where this description comes from.", references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.hardware"
        metadata = {"key": ("hardware_id",), "seed": "hardware.csv"}


class Benchmark(Table):
    """A benchmark or a rating board."""

    benchmark_id: str = field("Slug of the benchmark.", str_matches=SLUG)
    name: str = field("Its name.", prose=True)
    scale: str = field("What a score is.", values=("percent", "elo", "share"))
    score_low: float = field("Least possible score; NULL is unbounded.", nullable=True)
    score_high: float = field("Greatest possible score; NULL is unbounded.", nullable=True)
    chance_score: float = field("What guessing scores; NULL where there is nothing to guess.", nullable=True)
    url: str = field("Where it is described.", nullable=True, str_matches=r"^https?://\S+$")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.benchmark"
        metadata = {"key": ("benchmark_id",), "seed": "benchmarks.csv"}


class Subject(Table):
    """What a fact may be about when it is no model, organization or chip: an industry, a class of models, a
    technique."""

    subject_id: str = field("Slug of the subject.", str_matches=SLUG)
    subject_kind: str = field("What kind of thing it is.", values=("industry", "model_class", "technique"))
    name: str = field("Its name.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.subject"
        metadata = {"key": ("subject_id",), "seed": "subjects.csv"}


class CostBasis(Table):
    """A kind of cost: two costs compare only within one."""

    cost_basis: str = field("Name of the basis.", str_matches=r"^[a-z][a-z0-9_]*$")
    description: str = field("What is counted, and how.", prose=True)
    includes: str = field("What it includes.", nullable=True, prose=True)
    excludes: str = field("What it leaves out.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.cost_basis"
        metadata = {"key": ("cost_basis",), "seed": "cost_bases.csv"}


class Metric(Table):
    """What a compute fact counts."""

    metric: str = field("Name of the metric.", str_matches=r"^[a-z][a-z0-9_]*$")
    description: str = field("What is counted.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.metric"
        metadata = {"key": ("metric",), "seed": "metrics.csv"}


class PlausibleRange(Table):
    """Between which amounts a kind of fact is believed to have been typed correctly. Our own bounds, not facts: they
    lie less than a millionfold apart, so that a lost or doubled million cannot pass."""

    fact_table: str = field("The seed file whose amounts are bounded, without `.csv`.", str_matches=r"^[a-z_]+$")
    kind: str = field("The fact's cost basis, metric, price kind or valuation kind.", str_matches=r"^[a-z][a-z0-9_]*$")
    stage: str = field("The fact's stage; NULL is any that has no row of its own.", nullable=True)
    low: float = field("An amount below it is refused; money in its own currency.")
    high: float = field("An amount above it is refused; money in its own currency.")
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.plausible_range"
        metadata = {"key": ("fact_table", "kind", "stage"), "seed": "plausible_ranges.csv"}

    @rule("high: a millionfold of low or more | narrow the range, or split it by stage")
    def catches_a_lost_million(cls) -> pl.Expr:
        return (pl.col("low") > 0) & (pl.col("high") > pl.col("low")) & (pl.col("high") < 1e6 * pl.col("low"))


class CostParameter(Table):
    """A constant that a method of costing a training run needs, from the method's author. A row that names a chip, an
    organization, a vendor or a year holds for that one, and goes before a row that does not."""

    parameter: str = field("Name of the constant.", str_matches=r"^[a-z][a-z0-9_]*$")
    hardware_id: str = field("For which chip; NULL is any.", nullable=True, references="ref.hardware")
    organization_id: str = field("For whom; NULL is anyone.", nullable=True, references="ref.organization")
    vendor: str = field("For which vendor, as facts.hardware_price writes it; NULL is any.", nullable=True, prose=True)
    year: int = field("For which year; NULL is any.", nullable=True, ge=1950, le=2100)
    value: float = field("The value; NULL where only an interval is given.", nullable=True)
    p5: float = field("Lower end of a 90% interval.", nullable=True, gt=0)
    p95: float = field("Upper end of a 90% interval.", nullable=True, gt=0)
    unit: str = field("Unit of the value.", prose=True)
    source_id: str = field("Who uses it.", references="ref.source")
    source_locator: str = field("Where in the source.", nullable=True, prose=True)
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.cost_parameter"
        metadata = {
            "key": ("parameter", "hardware_id", "organization_id", "vendor", "year"),
            "seed": "cost_parameters.csv",
        }

    @rule("value: neither a value nor an interval | fill value, or both p5 and p95")
    def says_something(cls) -> pl.Expr:
        return pl.col("value").is_not_null() | (pl.col("p5").is_not_null() & pl.col("p95").is_not_null())

    @rule("p95: below p5 | swap the two")
    def interval_runs_upward(cls) -> pl.Expr:
        return pl.col("p5") <= pl.col("p95")


class PriceDeflator(Table):
    """A price index by month, in one vintage: what turns money of one month into that of another."""

    series: str = field("The publisher's name of the series.", str_matches=r"^[A-Z0-9]+$")
    month: Instant = field("First day of the month.")
    value: float = field("The index.", unit="index", gt=0)
    source_id: str = field("The copy that was read.", references="ref.source")
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.price_deflator"
        metadata = {"key": ("series", "month"), "seed": "price_deflators.csv"}


class TrainingDate(Table):
    """When a run began or ended, where its source puts it elsewhere than the usual time before publication."""

    model_id: str = field("The model.", references="ref.model")
    event: str = field("What happened.", values=("training_start", "training_end"))
    on_date: Instant = field("On which day, UTC.")
    source_id: str = field("Who says so.", references="ref.source")
    source_locator: str = field("Where in the source.", nullable=True, prose=True)
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.training_date"
        metadata = {"key": ("model_id", "event"), "seed": "training_dates.csv"}


class Workload(Table):
    """A workload that SKUs are compared at: the tokens of one request. Definitions, not facts: where someone published
    such a mix it is cited, the others are our own."""

    workload_id: str = field("Slug of the workload.", str_matches=SLUG)
    name: str = field("Its name.", prose=True)
    description: str = field("What a request is, and how its tokens come about.", prose=True)
    fresh_tokens: int = field("Input tokens that are neither read from a cache nor written.", unit="token", ge=0)
    cache_read_tokens: int = field("Input tokens that are read from a cache where there is one.", unit="token", ge=0)
    cache_write_tokens: int = field("Input tokens that are written to a cache where there is one.", unit="token", ge=0)
    output_tokens: int = field("Output tokens, reasoning included.", unit="token", ge=0)
    service_tier: str = field(
        "The tier that will do: its rates are used where there are any, else the standard ones.",
        references="ref.service_tier",
    )
    requests_per_month: int = field("Requests in a month.", gt=0)
    source_id: str = field("Who published the mix; NULL where it is our own.", nullable=True, references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.workload"
        metadata = {"key": ("workload_id",), "seed": "workloads.csv"}

    @rule("fresh_tokens: a request without input | give the tokens that it sends")
    def a_request_has_input(cls) -> pl.Expr:
        return pl.sum_horizontal("fresh_tokens", "cache_read_tokens", "cache_write_tokens") > 0


class CapabilityFloor(Table):
    """A least score below which a SKU is no alternative. Definitions, not facts."""

    floor_id: str = field("Slug of the floor.", str_matches=SLUG)
    name: str = field("Its name.", prose=True)
    benchmark_id: str = field(
        "The benchmark; NULL is no floor: every SKU is above it.", nullable=True, references="ref.benchmark"
    )
    variant: str = field(
        "Which variant of the benchmark; scores of two variants do not compare.", nullable=True, prose=True
    )
    least_score: float = field("The least score, on the scale of the benchmark.", nullable=True)
    description: str = field("What reaching it means.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.capability_floor"
        metadata = {"key": ("floor_id",), "seed": "capability_floors.csv"}

    @rule("least_score: a floor has a benchmark, a variant and a least score, or none of them | fill all, or empty all")
    def a_floor_is_complete(cls) -> pl.Expr:
        given = [pl.col(name).is_not_null() for name in ("benchmark_id", "variant", "least_score")]
        return (given[0] == given[1]) & (given[1] == given[2])
