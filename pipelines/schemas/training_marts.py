"""Marts of what a training run costs by each method, and of why two runs differ."""

from pipelines.schemas.base import Instant, Texts, field
from pipelines.schemas.marts import Derived

METHODS = ("run_rental", "run_cloud_cud", "run_amort", "hw_purchase")
HOURS = ("stated", "counted", "from_flop")
PER_HOUR = "USD per GPU-hour"


class TrainingCostInput(Derived):
    """What the four methods of costing a model's run start from: hours and chips, prices, dates, power. The constants
    are those of ref.cost_parameter for its chip, organization and year. NULL is what is not known."""

    model_id: str = field("The model.", references="ref.model")
    stage: str = field("The full run where it is known, else the longest stage that is.")
    organization_id: str = field("Who trained it.", references="ref.organization")
    hardware_id: str = field("The chip.", nullable=True, references="ref.hardware")
    published_on: Instant = field("When the model was published; costs are in money of that month.", nullable=True)
    gpu_count: float = field("Chips used.", unit="gpu", nullable=True)
    gpu_hours: float = field(
        "Stated, else chips x time, else FLOP / (model_flop_utilization x peak).", unit="gpu_hour", nullable=True
    )
    gpu_hours_basis: str = field("Which of these.", nullable=True, values=HOURS)
    gpu_hours_counted: float = field("Chips x time, where both are stated.", unit="gpu_hour", nullable=True)
    hours_are_exact: bool = field("Whether the GPU-hours are stated exactly.")
    wall_clock_hours: float = field("Length of the run.", unit="hour", nullable=True)
    start_is_known: bool = field("Whether the start of training is stated or follows from end, length or publication.")
    flop: float = field("6 x active parameters x tokens, else as stated.", unit="flop", nullable=True)
    flop_gpu_hours: float = field("The GPU-hours that did that work.", unit="gpu_hour", nullable=True)
    mfu_bf16: float = field("What they used of the BF16 peak.", unit="ratio", nullable=True)
    peak_flop_bf16: float = field("BF16 peak of the chip.", unit="flop_per_second", nullable=True)
    flop_low: float = field("Lower end of the stated FLOP.", unit="flop", nullable=True)
    flop_high: float = field("Upper end of the stated FLOP.", unit="flop", nullable=True)
    flop_median: float = field(
        "Median of the log-normal, if the stated ends are its 90% interval.", unit="flop", nullable=True
    )
    flop_mean: float = field("Its mean, which is above the median.", unit="flop", nullable=True)
    rental_usd_per_gpu_hour: float = field("Rent: the run's own source's, else assumed.", unit=PER_HOUR, nullable=True)
    own_rent_fact_id: str = field("The cost whose source assumed the rent.", nullable=True, references="facts.fact")
    committed_usd_per_gpu_hour: float = field("Price under a 3-year commitment.", unit=PER_HOUR, nullable=True)
    committed_price_kind: str = field("The terms that it was stated on.", nullable=True)
    committed_priced_on: Instant = field("When that price was seen.", nullable=True)
    committed_price_is_later: bool = field("Whether that was after the chips were taken.", nullable=True)
    committed_fact_id: str = field("That price.", nullable=True, references="facts.fact")
    chip_price_usd: float = field("Purchase price as stated.", unit="USD per GPU", nullable=True)
    sold_as: str = field("Of the chip alone, or in a server.", nullable=True)
    server_overhead: float = field("What a server costs over its chips.", unit="ratio", nullable=True)
    purchase_usd_per_gpu: float = field("Purchase price with its share of a server.", unit="USD per GPU", nullable=True)
    purchase_price_is_later: bool = field("Whether it was seen after training started.", nullable=True)
    purchase_fact_id: str = field("That price.", nullable=True, references="facts.fact")
    days_in_use_at_start: float = field(
        "Days from when the chip could be had (availability_lag after its release, or its pricing if later) to the "
        "start of training, at least 0.",
        unit="day",
        nullable=True,
    )
    start_value_usd_per_gpu: float = field(
        "Purchase price x 10^(-hardware_progress x years in use).", unit="USD per GPU", nullable=True
    )
    hardware_usd_per_gpu_hour: float = field(
        "Value at the start x hardware_progress ln 10 / 8766.", unit=PER_HOUR, nullable=True
    )
    interconnect_usd_per_gpu_hour: float = field(
        "That x interconnect_share / (1 - interconnect_share).", unit=PER_HOUR, nullable=True
    )
    tdp_watt: float = field("Thermal design power of the chip.", unit="watt", nullable=True)
    server_power_multiple: float = field("Power of a server over that of its chips.", unit="ratio", nullable=True)
    average_power_share: float = field("Average over design power.", unit="ratio", nullable=True)
    power_usage_effectiveness: float = field("Power of the data centre over its servers'.", unit="ratio", nullable=True)
    usd_per_kwh: float = field("Price of electricity in the year of publication.", unit="USD per kWh", nullable=True)
    energy_usd_per_gpu_hour: float = field("kW x multiples x price of electricity.", unit=PER_HOUR, nullable=True)
    interconnect_share: float = field("Share of interconnect in the cost of a cluster.", unit="ratio", nullable=True)
    purchase_sigma: float = field(
        "Standard deviation of the logarithm of what hardware costs: chips, price, server and interconnect.",
        nullable=True,
    )
    run_fact_ids: Texts = field("The facts about the run; empty where only costs are stated.")

    class Config:
        name = "marts.training_cost_input"
        metadata = {"key": ("model_id",)}


class TrainingCostByMethod(Derived):
    """What a model's run costs by each method, nominal and in the money of any year of the producer price index. Two
    methods count different things: never rank one against the other."""

    model_id: str = field("The model.", references="ref.model")
    method: str = field("The method, and the basis of the cost.", references="ref.cost_basis", values=METHODS)
    price_year: int = field("The year whose money it is; NULL is nominal, of the month of publication.", nullable=True)
    price_month: Instant = field("The month of the index: December, or the newest of the last year.", nullable=True)
    stage: str = field("The full run where it is known, else the longest stage that is.")
    usd: float = field("The cost; NULL where an input is missing.", unit="USD", nullable=True)
    usd_low: float = field(
        "Lower end of the interval. Of hardware, 90% for chips, price, server and interconnect as Epoch AI gives them; "
        "its own interval of an amortised cost, with the time of training too, is wider (0.34x to 3.7x). Of a rent, "
        "the cost itself where hours and rent are exact, else NULL.",
        unit="USD",
        nullable=True,
    )
    usd_high: float = field("Upper end of the interval.", unit="USD", nullable=True)
    gpu_count: float = field("Chips used.", unit="gpu", nullable=True)
    gpu_hours: float = field("Hours of the run.", unit="gpu_hour", nullable=True)
    gpu_hours_basis: str = field("Whether stated, counted as chips x time, or from FLOP.", nullable=True, values=HOURS)
    usd_per_gpu_hour: float = field("Cost of an hour; NULL for a purchase.", unit=PER_HOUR, nullable=True)
    usd_per_gpu: float = field("Cost of a chip with server and interconnect.", unit="USD per GPU", nullable=True)
    hardware_usd: float = field("Of an amortised cost: chips and servers.", unit="USD", nullable=True)
    interconnect_usd: float = field("Of an amortised cost: interconnect.", unit="USD", nullable=True)
    energy_usd: float = field("Of an amortised cost: energy.", unit="USD", nullable=True)
    deflator: float = field(
        "Index of the price month over that of the month of publication.", unit="ratio", nullable=True
    )
    inputs: str = field("What went into it, with values; NULL where nothing is known.", nullable=True, prose=True)
    missing: str = field("Which inputs are not known; NULL where none is missing.", nullable=True, prose=True)

    class Config:
        name = "marts.training_cost_by_method"
        metadata = {"key": ("model_id", "method", "price_year")}


class TrainingCostDecomposition(Derived):
    """A factor of why two costs of training differ: the values of one pair of costings multiply to `ratio`. Without
    FLOP of both, and between two costings of one model, GPU-hours stay whole."""

    subject_id: str = field("The model.", references="ref.model")
    cost_basis: str = field("Method of its cost.", references="ref.cost_basis", values=METHODS)
    gpu_hours_basis: str = field("Which GPU-hours its cost counts.", nullable=True, values=HOURS)
    base_subject_id: str = field("The model it is set against.", references="ref.model")
    base_cost_basis: str = field("Method of the base's cost.", references="ref.cost_basis", values=METHODS)
    base_gpu_hours_basis: str = field("Which GPU-hours the base's cost counts.", nullable=True, values=HOURS)
    factor: str = field(
        "training_flop: work; other_stages: hours beyond those that did that work; utilization: of the BF16 peak, the "
        "base's over the subject's; peak_flop_per_second: of the chip, likewise; the others are plain ratios.",
        values=(
            "training_flop",
            "other_stages",
            "utilization",
            "peak_flop_per_second",
            "gpu_hours",
            "usd_per_gpu_hour",
            "gpu_count",
            "usd_per_gpu",
        ),
    )
    place: int = field("Order of the factor in its product.")
    value: float = field("The factor; above 1 it makes the subject dearer.", unit="ratio")
    usd: float = field("The cost, nominal.", unit="USD")
    base_usd: float = field("The base's cost, nominal.", unit="USD")
    ratio: float = field("usd / base_usd.", unit="ratio")
    comparable: bool = field("Whether both are of one basis and stage; if not, never average or rank the ratio.")
    reason: str = field("Why not; NULL where they are comparable.", nullable=True)

    class Config:
        name = "marts.training_cost_decomposition"
        metadata = {
            "key": (
                "subject_id",
                "cost_basis",
                "gpu_hours_basis",
                "base_subject_id",
                "base_cost_basis",
                "base_gpu_hours_basis",
                "factor",
            )
        }
