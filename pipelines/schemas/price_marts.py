"""What follows from stated API prices: the rate that results, its changes, gaps and conflicts."""

from pipelines.schemas.base import Instant, Rate, Table, Texts, field
from pipelines.schemas.envelope import VALID_FROM_BASES
from pipelines.schemas.marts import Derived
from pipelines.schemas.prices import SeriesKey

CHANGE_KINDS = (
    "price_change",
    "promo_end",
    "correction",
    "unit_fix",
    "reverted",
    "field_added",
    "alias_moved",
    "listed",
    "withdrawn",
    "window_change",
    "announcement_cancelled",
)


class Spanned(Table):
    """A stretch of both time axes."""

    valid_from: Instant = field(
        "Since when it is true in the world, UTC; NULL is since ever or unknown.", nullable=True
    )
    valid_to: Instant = field("Until when it is true, exclusive, UTC; NULL is open.", nullable=True)
    known_from: Instant = field("Since when that is known, UTC.")
    known_to: Instant = field("Until when it was believed, exclusive, UTC; NULL is still.", nullable=True)


class ReconciledPrice(Derived, Spanned, SeriesKey):
    """The rate of a SKU, for a stretch of both time axes, from the statement that was chosen."""

    series_id: int = field("The series.", references="ref.price_series")
    currency: str = field("Currency of the list.", references="ref.currency")
    unit: str = field("What the rate is for.")
    amount: Rate = field("The rate in its own currency.")
    usd_per_mtok: Rate = field(
        "The rate (of storage: for an hour) in US dollars, at the European Central Bank's rate of the day it began; "
        "NULL where there is none.",
        unit="USD per million tokens",
        nullable=True,
    )
    price_kind: str = field("List price, or a promotion with an end.")
    amount_basis: str = field("Whether the source prints the rate, or it follows from another by a stated multiple.")
    amount_text: str = field("The rate as the source prints it.", nullable=True)
    source_sku: str = field("The id that the source uses, where it differs.", nullable=True)
    source_url: str = field("The page that the source itself cites.", nullable=True)
    last_confirmed_at: Instant = field("When the source was last seen to say so, UTC.", nullable=True)
    stated_conversion_amount: Rate = field("The source's own conversion into another currency.", nullable=True)
    stated_conversion_currency: str = field("Its currency.", nullable=True)
    stated_conversion_qualifier: str = field("How it is meant.", nullable=True)
    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    model_match: str = field("How that is known: curated, alias, or guessed from the same name.", nullable=True)
    valid_precision: str = field("How finely `valid_from` is known.", nullable=True)
    valid_from_basis: str = field("How `valid_from` is known.")
    source_id: str = field("The source that was chosen.", references="ref.source")
    fact_id: str = field("The statement that was chosen.", references="facts.api_price")
    chosen_by: str = field("The rule by which it was chosen.")
    confidence: str = field("Confidence of the chosen statement.")

    class Config:
        name = "marts.api_price"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "known_from")}


class ApiPriceSighting(Derived, SeriesKey):
    """A step of one source from one rate to another, or to a rate that it lacked, and what it was: the change of a
    price, seen in time or late, the source putting itself right, or a field added."""

    fact_id: str = field("The statement after the step.", references="facts.api_price")
    series_id: int = field("The series.", references="ref.price_series")
    source_id: str = field("The source.", references="ref.source")
    source_sku: str = field("The id that the source uses; empty where it is the SKU.")
    currency: str = field("Currency of the list.")
    seen_at: Instant = field("When the source showed it, UTC.")
    old: Rate = field("The rate before; NULL where the source had none.", nullable=True)
    new: Rate = field("The rate after.")
    multiple: float = field("new / old; NULL where there was none, or it was free.", unit="ratio", nullable=True)
    change_kind: str = field("What kind of step it is.", values=CHANGE_KINDS)
    evidence: str = field("Why it is called so.")

    class Config:
        name = "marts.api_price_sighting"
        metadata = {"lead": (SeriesKey,), "key": ("fact_id",)}


class ApiPriceChange(Derived, SeriesKey):
    """A change of a rate, as known at the release; or a listing, a withdrawal, or a change announced and cancelled."""

    series_id: int = field("The series.", references="ref.price_series")
    currency: str = field("Currency of the list.")
    valid_from: Instant = field("When it took effect, UTC.")
    old: Rate = field("The rate before; NULL where there was none.", nullable=True)
    new: Rate = field("The rate after; NULL where there is none.", nullable=True)
    multiple: float = field("new / old.", unit="ratio", nullable=True)
    change_kind: str = field(
        "What kind of change it is.",
        values=CHANGE_KINDS,
    )
    valid_from_basis: str = field(
        "How the day is known: documented by somebody, or first observed, when it may have been earlier; NULL where a "
        "rate ends and none follows.",
        nullable=True,
        values=VALID_FROM_BASES,
    )
    new_stated_since: Instant = field(
        "Since when any source states the new rate, UTC: long before valid_from where the old one was an error of a "
        "source, or seen late to have gone.",
        nullable=True,
    )
    evidence: str = field("Why it is called so.")

    class Config:
        name = "marts.api_price_change"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "change_kind", "new")}


class ApiPriceGap(Derived, Spanned, SeriesKey):
    """A stretch of both time axes in which a series has no rate, and why."""

    series_id: int = field("The series.", references="ref.price_series")
    known_from: Instant = field("Since when that is known, UTC; NULL is since ever.", nullable=True)
    currency: str = field("Currency of the list.")
    reason: str = field(
        "Why there is none.",
        values=(
            "not_launched",
            "before_first_sight",
            "feed_gap",
            "removed",
            "retired",
            "field_absent",
            "conflict_unresolved",
        ),
    )

    class Config:
        name = "marts.api_price_gap"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "known_from")}


class ApiPriceConflict(Derived, Spanned, SeriesKey):
    """A stretch of both time axes for which statements differ, and which was chosen."""

    series_id: int = field("The series.", references="ref.price_series")
    currency: str = field("Currency of the list.")
    sources: Texts = field("The sources.")
    rates: Texts = field("Each source with its rate.")
    ratio: float = field("The greatest rate over the least.", unit="ratio", nullable=True)
    chosen_fact_id: str = field("The statement that was chosen.", references="facts.api_price")
    chosen_source_id: str = field("Its source.", references="ref.source")
    why: str = field("The rule by which it was chosen.")

    class Config:
        name = "marts.api_price_conflict"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "known_from")}


class UnresolvedName(Derived):
    """A name of the feeds that means nothing known yet: a SKU without a model, a provider in a source's own spelling,
    hours without a window, or a model of a board. `fact_ids` holds one of its rates or scores."""

    name_kind: str = field("What it should name.", values=("model", "provider", "window", "scored_model"))
    provider_id: str = field("The provider; of a board's model the namespace of its names.")
    name: str = field("The name.")
    place: int = field("Its rank by how much hangs on it, from 1.")
    lineages: int = field("Independent sources that use it.")
    rates: int = field("Rates, or scores, that hang on it.")
    sources: Texts = field("The sources.")
    first_seen_at: Instant = field("When it was first seen, UTC.")
    last_seen_at: Instant = field("When it was last seen, UTC.")

    class Config:
        name = "marts.unresolved_name"
        metadata = {"key": ("name_kind", "provider_id", "name")}


class StatedConversion(Derived):
    """A source's own conversion of a rate into another currency, beside the dated market rate."""

    fact_id: str = field("The statement.", references="facts.api_price")
    amount: Rate = field("The rate in its own currency.")
    currency: str = field("That currency.")
    stated_amount: Rate = field("The source's conversion.")
    stated_currency: str = field("Into which currency.")
    implied_rate_low: float = field("Least exchange rate that its rounding allows.", nullable=True)
    implied_rate: float = field("The exchange rate that it implies.")
    implied_rate_high: float = field("Exchange rate that its rounding stays below.", nullable=True)
    on_date: Instant = field("The day of the market rate: that of the statement.", nullable=True)
    market_rate: float = field("Units of the stated currency for one unit of the rate's own, that day.", nullable=True)
    difference_share: float = field("implied_rate / market_rate - 1.", unit="ratio", nullable=True)
    within_rounding: bool = field("Whether the market rate lies within what the rounding allows.", nullable=True)

    class Config:
        name = "marts.stated_conversion"
        metadata = {"key": ("fact_id",)}
