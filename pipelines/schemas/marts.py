"""Marts: what follows from the facts. Every row names the facts that it was computed from, and says whether the two
sides of a comparison may be compared.
"""

from pipelines.schemas.base import Table, Texts, field
from pipelines.schemas.envelope import QUALIFIERS

RATIO_QUALIFIERS = (*QUALIFIERS, "undefined")


class Derived(Table):
    """What every mart row carries."""

    fact_ids: Texts = field("The facts that the row was computed from.")


class Quotient(Derived):
    """A quotient with its bounds, after the algebra of qualifiers (`marts.fact_ratio`)."""

    ratio_low: float = field("The least the quotient can be; NULL is unbounded or unknown.", nullable=True)
    ratio: float = field("The quotient of the two stated values; NULL where either has none.", nullable=True)
    ratio_high: float = field("The most the quotient can be; NULL is unbounded or unknown.", nullable=True)
    qualifier: str = field("How the quotient is meant.", values=RATIO_QUALIFIERS)
    is_approximate: bool = field("Whether an approximate value went into it.")


class Compared(Quotient):
    """A quotient that says whether its two sides may be compared."""

    comparable: bool = field("Whether both sides are of one kind; if not, never average or rank the ratio.")
    reason: str = field("Why not; NULL where they are comparable.", nullable=True)


class FactRatio(Quotient):
    """An ordered pair of facts that some mart divides: the one place where the algebra of qualifiers is applied.
    A bound divides into a bound (`a / <b` is `> a/b`), two bounds that pull apart are undefined, an approximate value
    gives no invented bounds."""

    numerator_fact_id: str = field("The fact divided.", references="facts.fact")
    denominator_fact_id: str = field("The fact it is divided by.", references="facts.fact")
    low_inclusive: bool = field("Whether ratio_low itself is possible.", nullable=True)
    high_inclusive: bool = field("Whether ratio_high itself is possible.", nullable=True)

    class Config:
        name = "marts.fact_ratio"
        metadata = {"key": ("numerator_fact_id", "denominator_fact_id")}


class TrainingCostRatio(Compared):
    """Two stated costs compared."""

    cost_fact_id: str = field("The cost divided.", references="facts.training_cost")
    base_cost_fact_id: str = field("The cost it is divided by.", references="facts.training_cost")
    subject_id: str = field("What the cost is of.")
    base_subject_id: str = field("What the base's cost is of.")
    cost_basis: str = field("Basis of the cost.", references="ref.cost_basis")
    base_cost_basis: str = field("Basis of the base's cost.", references="ref.cost_basis")
    price_year: int = field("Price year of the cost; NULL is nominal.", nullable=True)
    base_price_year: int = field("Price year of the base's cost; NULL is nominal.", nullable=True)

    class Config:
        name = "marts.training_cost_ratio"
        metadata = {"key": ("cost_fact_id", "base_cost_fact_id")}


class ComputeRatio(Compared):
    """Two stated counts of one metric compared."""

    count_fact_id: str = field("The count divided.", references="facts.compute")
    base_count_fact_id: str = field("The count it is divided by.", references="facts.compute")
    subject_id: str = field("What the count is of.")
    base_subject_id: str = field("What the base's count is of.")
    metric: str = field("What both count.", references="ref.metric")
    scope: str = field("Scope of the count.")
    base_scope: str = field("Scope of the base's count.")
    hardware_id: str = field("Chip of the count.", nullable=True)
    base_hardware_id: str = field(
        "Chip of the base's count; hours of two chips are not hours of equal work.", nullable=True
    )

    class Config:
        name = "marts.compute_ratio"
        metadata = {"key": ("count_fact_id", "base_count_fact_id")}


class TrainingRun(Derived):
    """A stage of a model's training: what is stated of it and what follows from that by counting. FLOP = 6 x active
    parameters x tokens; model FLOP utilization = FLOP / (GPU-hours x 3600 x peak)."""

    model_id: str = field("The model.", references="ref.model")
    stage: str = field("The stage of its training.")
    hardware_id: str = field("The chip.", nullable=True, references="ref.hardware")
    gpu_count: float = field("Chips used in the run.", unit="gpu", nullable=True)
    gpu_hours_stated: float = field("GPU-hours as stated.", unit="gpu_hour", nullable=True)
    wall_clock_hours_stated: float = field("Length of the run as stated.", unit="hour", nullable=True)
    gpu_hours_counted: float = field("Chips x stated length of the run.", unit="gpu_hour", nullable=True)
    gpu_hours: float = field("As stated, else as counted.", unit="gpu_hour", nullable=True)
    wall_clock_hours: float = field("As stated, else GPU-hours / chips.", unit="hour", nullable=True)
    wall_clock_days: float = field("The same in days of 24 hours.", unit="day", nullable=True)
    tokens: float = field("Tokens seen.", unit="token", nullable=True)
    flop: float = field("6 x active parameters x tokens.", unit="flop", nullable=True)
    gpu_hours_per_trillion_tokens: float = field("GPU-hours / tokens x 1e12.", unit="gpu_hour", nullable=True)
    days_per_trillion_tokens: float = field("The same in days on the run's chips.", unit="day", nullable=True)
    mfu_bf16: float = field("Model FLOP utilization against the BF16 peak.", unit="ratio", nullable=True)
    mfu_fp8: float = field("Model FLOP utilization against the FP8 peak.", unit="ratio", nullable=True)

    class Config:
        name = "marts.training_run"
        metadata = {"key": ("model_id", "stage")}


class GpuHourCost(Derived):
    """A cost of a run per GPU-hour: as its source assumed it, else the stated cost over the stated hours."""

    model_id: str = field("The model.", references="ref.model")
    cost_fact_id: str = field("The cost.", references="facts.training_cost")
    gpu_hours_fact_id: str = field("The GPU-hours.", references="facts.compute")
    cost_basis: str = field("Basis of the cost.", references="ref.cost_basis")
    price_year: int = field("Price year of the cost; NULL is nominal.", nullable=True)
    stage: str = field("The stage of training that both cover.")
    hardware_id: str = field("The chip.", nullable=True, references="ref.hardware")
    assumed_or_derived: str = field("Where the price comes from.", values=("assumed", "derived"))
    usd_per_gpu_hour_low: float = field("The least it can be.", unit="USD per GPU-hour", nullable=True)
    usd_per_gpu_hour: float = field("The price of a GPU-hour.", unit="USD per GPU-hour", nullable=True)
    usd_per_gpu_hour_high: float = field("The most it can be.", unit="USD per GPU-hour", nullable=True)
    implied_usd_per_gpu_hour: float = field("Stated cost / stated hours.", unit="USD per GPU-hour", nullable=True)
    qualifier: str = field("How the price is meant.", values=RATIO_QUALIFIERS)
    is_approximate: bool = field("Whether an approximate value went into it.")

    class Config:
        name = "marts.gpu_hour_cost"
        metadata = {"key": ("cost_fact_id", "gpu_hours_fact_id")}


class ValuationMultiple(Compared):
    """A company's value set against a stated revenue or cost. Only a revenue is comparable, and only of one time."""

    numerator_fact_id: str = field("The valuation.", references="facts.valuation")
    denominator_fact_id: str = field("The revenue or cost.", references="facts.fact")
    organization_id: str = field("The company.", references="ref.organization")
    valuation_kind: str = field("How the value came about.")
    denominator_kind: str = field("What the value is set against.", values=("revenue", "training_cost"))
    multiple: float = field("The quotient of the two stated values.", unit="ratio", nullable=True)

    class Config:
        name = "marts.valuation_multiple"
        metadata = {"key": ("numerator_fact_id", "denominator_fact_id")}


class FactConflict(Derived):
    """Two facts or statements that contradict each other, or seem to."""

    conflict_id: str = field("Slug of the conflict; several pairs may share one.")
    fact_a: str = field("A fact or statement.")
    fact_b: str = field("What it conflicts with; empty where a statement is wrong by itself.", nullable=True)
    topic: str = field("What they are about.")
    kind: str = field(
        "What kind of conflict it is.",
        values=(
            "wrong_subject",
            "wrong_as_printed",
            "values_differ",
            "scope_differs",
            "basis_differs",
            "object_differs",
            "overstated",
            "rounding",
            "not_a_conflict",
        ),
    )
    resolution: str = field("Which one we use, or why both stand.")
    rule: str = field("By which rule: judged by a person, or found by a query.")

    class Config:
        name = "marts.fact_conflict"
        metadata = {"key": ("conflict_id", "fact_a", "fact_b")}
