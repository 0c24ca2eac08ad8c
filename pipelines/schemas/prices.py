"""API prices: what a rate is for and when, the statements of rates and caching rules, and what follows from them.
`facts.api_price` holds one source's statement of one rate; `marts.api_price` the rate that results.
"""

import polars as pl

from pipelines.schemas.base import SLUG, Instant, Rate, Table, Texts, field
from pipelines.schemas.envelope import PRECISIONS, Fact, Measured, rule
from pipelines.schemas.marts import Derived
from pipelines.schemas.ref import ORIGIN


class TokenClass(Table):
    """What a rate is charged for."""

    token_class: str = field("Name of the class.", str_matches=r"^[a-z][a-z0-9_]*$")
    direction: str = field("Which side of a request it is on.", values=("input", "output", "storage"))
    unit: str = field("What one unit of it is.", values=("mtok", "mtok_hour"))
    description: str = field("What is charged.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.token_class"
        metadata = {"key": ("token_class",), "seed": "token_classes.csv"}


class ServiceTier(Table):
    """A level of service at its own rates."""

    service_tier: str = field("Name of the tier.", str_matches=r"^[a-z][a-z0-9_]*$")
    description: str = field("What it means for a request.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.service_tier"
        metadata = {"key": ("service_tier",), "seed": "service_tiers.csv"}


class PriceWindow(Table):
    """A span of the day, on some weekdays, in which a rate applies. A window may have several spans, one row each; a
    span whose end is not after its start runs past midnight and belongs to the day on which it begins. A window with
    `complement_of` is the time outside all spans of the other window."""

    price_window_id: str = field("Slug of the window.", str_matches=SLUG)
    span: int = field("Number of the span within its window.", ge=1)
    provider_id: str = field("Whose window it is.", references="ref.organization")
    time_zone: str = field("IANA time zone in which the span is stated.", str_matches=r"^[A-Za-z_]+(/[A-Za-z_]+)*$")
    weekdays: str = field("ISO weekdays on which it begins, 1 is Monday: 12345.", str_matches=r"^[1-7]{1,7}$")
    start_time: str = field("Beginning, HH:MM.", nullable=True, str_matches=r"^([01]\d|2[0-3]):[0-5]\d$")
    end_time: str = field("End, exclusive, HH:MM.", nullable=True, str_matches=r"^([01]\d|2[0-3]):[0-5]\d$")
    holiday_calendar: str = field("Days of this calendar have no span.", nullable=True, str_matches=SLUG)
    complement_of: str = field("The window outside of which this one is.", nullable=True, str_matches=SLUG)
    valid_from: Instant = field("Since when the window applies, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    valid_precision: str = field("How finely that is known.", nullable=True, values=PRECISIONS, filled_by="reader")
    known_from: Instant = field("Since when the source says so, UTC.")
    known_to: Instant = field("Until when the source said so, exclusive, UTC; NULL is still.", nullable=True)
    source_id: str = field("The source.", references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.price_window"
        metadata = {"key": ("price_window_id", "span", "known_from"), "seed": "price_windows.csv"}

    @rule("start_time: a window has a span or is the complement of another | fill both times, or complement_of")
    def has_a_span_or_complements(cls) -> pl.Expr:
        spans = pl.col("start_time").is_not_null() & pl.col("end_time").is_not_null()
        empty = pl.col("start_time").is_null() & pl.col("end_time").is_null()
        return (spans & pl.col("complement_of").is_null()) | (empty & pl.col("complement_of").is_not_null())


class Holiday(Table):
    """A day on which a holiday calendar suspends windows."""

    holiday_calendar: str = field("Slug of the calendar.", str_matches=SLUG)
    on_date: Instant = field("The day, in the window's time zone.")
    name: str = field("Name of the holiday.", prose=True)
    source_id: str = field("The source.", references="ref.source")
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.holiday"
        metadata = {"key": ("holiday_calendar", "on_date"), "seed": "holidays.csv"}


class SeriesKey(Table):
    """What tells one price series from another."""

    provider_id: str = field("Who charges it, as models.dev spells providers.", references="ref.organization")
    sku: str = field("The vendor's own API id.", prose=True)
    token_class: str = field("What the rate is charged for.", references="ref.token_class")
    service_tier: str = field("Level of service.", references="ref.service_tier")
    context_over_tokens: int = field("The rate of requests with strictly more input tokens than this.", ge=0)
    price_window_id: str = field("When it applies; NULL is always.", nullable=True, references="ref.price_window")
    region: str = field("Where it applies; NULL is everywhere.", nullable=True, str_matches=SLUG)


class PriceSeries(SeriesKey):
    """A price series: one rate of one SKU through time. A SKU's input and output have a series even where no source
    states a rate, so that the gap can be seen."""

    series_id: int = field("Number of the series in this release.")
    currency: str = field("Currency of the list.", references="ref.currency")
    unit: str = field("What the rate is for.", values=("currency_per_mtok", "currency_per_mtok_hour"))

    class Config:
        name = "ref.price_series"
        metadata = {"key": ("series_id",)}


class ApiPrice(Measured, SeriesKey):
    """One source's statement of one rate. A promotion and the list price are one series; output tokens have no cache
    dimension; a rate in another currency is another list, never a conversion."""

    series_id: int = field("The series.", filled_by="sql", references="ref.price_series")
    source_sku: str = field("The id that the source uses, where it differs.", nullable=True, prose=True)
    model_id: str = field("The model behind the SKU at that time.", nullable=True, references="ref.model")
    amount_low: Rate = field("The least the statement allows, per million tokens.", nullable=True)
    amount: Rate = field("The stated rate, per million tokens.", nullable=True)
    amount_high: Rate = field("The most the statement allows, per million tokens.", nullable=True)
    price_kind: str = field("List price, or a promotion with an end.", values=("list", "promo"))
    amount_basis: str = field(
        "Whether the source prints the rate, or it follows from another by a stated multiple.",
        values=("printed", "computed"),
    )
    amount_text: str = field("The rate as the source prints it.", nullable=True, prose=True)
    source_url: str = field("The page that the source itself cites.", nullable=True, str_matches=r"^https?://\S+$")
    stated_conversion_low: Rate = field("Least amount that the source's own conversion rounds from.", nullable=True)
    stated_conversion_amount: Rate = field("The source's own conversion into another currency.", nullable=True)
    stated_conversion_high: Rate = field("Amount below which it rounds from.", nullable=True)
    stated_conversion_currency: str = field("Its currency.", nullable=True, references="ref.currency")
    stated_conversion_qualifier: str = field("How it is meant.", nullable=True, values=("exact", "approximate"))

    class Config:
        name = "facts.api_price"
        metadata = {"lead": (SeriesKey,), "key": ("fact_id",), "seed": "api_prices.csv", "plausible_by": "token_class"}

    @rule("unit: a rate is money per million tokens | use currency_per_mtok, for storage currency_per_mtok_hour")
    def a_rate_is_per_mtok(cls) -> pl.Expr:
        storage = pl.col("token_class").str.starts_with("cache_storage")
        return pl.col("unit") == pl.when(storage).then(pl.lit("currency_per_mtok_hour")).otherwise(
            pl.lit("currency_per_mtok")
        )

    @rule("price_kind: a promotion ends | fill valid_to, or use list")
    def a_promotion_ends(cls) -> pl.Expr:
        return (pl.col("price_kind") != "promo") | pl.col("valid_to").is_not_null()

    @rule(
        "stated_conversion_currency: a conversion has a currency and a qualifier, another than the rate's | fill both"
    )
    def a_conversion_is_complete(cls) -> pl.Expr:
        stated = pl.col("stated_conversion_amount").is_not_null()
        complete = pl.col("stated_conversion_qualifier").is_not_null() & (
            pl.col("stated_conversion_currency").ne_missing(pl.col("currency"))
        )
        return stated == (complete & pl.col("stated_conversion_currency").is_not_null())


class CacheRule(Fact):
    """A provider's rule of caching for a time and a time to live. Multiples are of the uncached input price."""

    rule_id: str = field("Slug of the rule; its successive versions share it.", str_matches=SLUG)
    provider_id: str = field("Whose rule it is.", references="ref.organization")
    applies_to: str = field("Which SKUs or models, as the source says it.", prose=True)
    sku_prefix: str = field("SKUs that begin so are under it; several are separated by a space.", nullable=True)
    mechanism: str = field("Whether the provider caches by itself or is asked to.", values=("automatic", "explicit"))
    ttl_minutes: float = field(
        "How long a prefix lives unread; NULL is not stated.", unit="minute", nullable=True, gt=0
    )
    ttl_text: str = field("The time to live as the source says it.", nullable=True, prose=True)
    read_multiple: float = field("A read's price; NULL is not stated.", unit="ratio", nullable=True, ge=0)
    write_multiple: float = field("A write's price; NULL is not stated.", unit="ratio", nullable=True, ge=0)
    min_tokens: int = field("Shortest prefix that is cached; NULL is not stated.", unit="token", nullable=True, ge=0)
    step_tokens: int = field("Steps in which a prefix grows; NULL is not stated.", unit="token", nullable=True, ge=1)
    storage_amount: Rate = field("Rent per million tokens and hour; NULL is not stated.", nullable=True)
    storage_currency: str = field("Currency of the rent.", nullable=True, references="ref.currency")
    storage_text: str = field("The rent as the source says it, where it is not per hour.", nullable=True, prose=True)

    class Config:
        name = "facts.cache_rule"
        metadata = {"key": ("fact_id",), "seed": "cache_rules.csv"}

    @rule("storage_currency: a rent has a currency | fill both or neither")
    def a_rent_has_a_currency(cls) -> pl.Expr:
        return pl.col("storage_amount").is_null() == pl.col("storage_currency").is_null()


class FxRate(Table):
    """A currency's rate on a day. Days without a fixing carry the last one."""

    currency: str = field("ISO 4217 code.", references="ref.currency")
    on_date: Instant = field("The day, UTC.")
    usd_per_unit: Rate = field("US dollars for one unit.", unit="USD", nullable=False)
    is_carried: bool = field("Whether the day had no fixing, and the last one stands.")
    fixed_on: Instant = field("The day of the fixing.")
    source_id: str = field("The source.", references="ref.source")

    class Config:
        name = "facts.fx_rate"
        metadata = {"key": ("currency", "on_date")}


class Spanned(Table):
    """A stretch of both time axes."""

    valid_from: Instant = field(
        "Since when it is true in the world, UTC; NULL is since ever or unknown.", nullable=True
    )
    valid_to: Instant = field("Until when it is true, exclusive, UTC; NULL is open.", nullable=True)
    known_from: Instant = field("Since when that is known, UTC.")
    known_to: Instant = field("Until when it was believed, exclusive, UTC; NULL is still.", nullable=True)


class ApiPriceCandidate(Derived, Spanned):
    """A statement that speaks for a stretch of a series in both time axes, ranked among those that do. `place` 1 is the
    rate that is taken."""

    series_id: int = field("The series.", references="ref.price_series")
    fact_id: str = field("The statement.", references="facts.api_price")
    amount: Rate = field("Its rate, in the series' currency and unit.")
    place: int = field("Its rank in this stretch, from 1.")
    chosen_by: str = field("The rule by which it has this rank.")

    class Config:
        name = "marts.api_price_candidate"
        metadata = {"key": ("series_id", "valid_from", "known_from", "fact_id")}


class ReconciledPrice(Derived, Spanned, SeriesKey):
    """The rate of a SKU, for a stretch of both time axes, from the statement that was chosen."""

    series_id: int = field("The series.", references="ref.price_series")
    currency: str = field("Currency of the list.", references="ref.currency")
    unit: str = field("What the rate is for.")
    amount: Rate = field("The rate in its own currency.")
    usd_per_mtok: Rate = field(
        "The rate in US dollars, at the European Central Bank's rate of the day it began; NULL where there is none.",
        unit="USD per million tokens",
        nullable=True,
    )
    price_kind: str = field("List price, or a promotion with an end.")
    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    valid_precision: str = field("How finely `valid_from` is known.", nullable=True)
    valid_from_basis: str = field("How `valid_from` is known.")
    source_id: str = field("The source that was chosen.", references="ref.source")
    fact_id: str = field("The statement that was chosen.", references="facts.api_price")
    chosen_by: str = field("The rule by which it was chosen.")
    confidence: str = field("Confidence of the chosen statement.")

    class Config:
        name = "marts.api_price"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "known_from")}


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
        values=(
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
        ),
    )
    evidence: str = field("Why it is called so.")

    class Config:
        name = "marts.api_price_change"
        metadata = {"lead": (SeriesKey,), "key": ("series_id", "valid_from", "change_kind", "new")}


class ApiPriceGap(Derived, Spanned, SeriesKey):
    """A stretch of both time axes in which a series has no rate, and why."""

    series_id: int = field("The series.", references="ref.price_series")
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


class CacheEconomics(Derived, SeriesKey):
    """A SKU's effective input price at a hit rate under a caching rule, for a time, as known at the release. Every miss
    is written to the cache."""

    rule_fact_id: str = field("The version of the rule.", references="facts.cache_rule")
    rule_id: str = field("The rule.")
    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    currency: str = field("Currency of the list.")
    ttl_minutes: float = field("How long a prefix lives unread; NULL is not stated.", unit="minute", nullable=True)
    valid_from: Instant = field("Since when rates and rule hold, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    hit_rate: float = field("Share of the input read from the cache.", unit="ratio")
    input_rate: Rate = field("The uncached rate, in the list's currency.")
    read_multiple: float = field("A read's price over the uncached rate.", unit="ratio", nullable=True)
    write_multiple: float = field("A write's price over the uncached rate.", unit="ratio", nullable=True)
    multiples_from: str = field("Whether the multiples come from the SKU's own rates or from the rule.")
    effective_multiple: float = field("Price of an input token over the uncached rate.", unit="ratio", nullable=True)
    effective_per_mtok: float = field("Price of a million input tokens, in the list's currency.", nullable=True)
    effective_usd_per_mtok: float = field("The same in US dollars.", unit="USD per million tokens", nullable=True)
    saving_share: float = field("Share saved against no caching; negative is a loss.", unit="ratio", nullable=True)
    note: str = field("What is missing; NULL where nothing is.", nullable=True)

    class Config:
        name = "marts.cache_economics"
        metadata = {
            "lead": (SeriesKey,),
            "key": (
                "provider_id",
                "sku",
                "service_tier",
                "context_over_tokens",
                "price_window_id",
                "region",
                "currency",
                "rule_fact_id",
                "valid_from",
                "hit_rate",
            ),
        }


class CacheBreakEven(Derived):
    """When caching pays under a rule: uses of one prefix, hit rate, and reads per hour that pay a rent. n* = (w - r) /
    (1 - r); h* = (w - 1) / (w - r); reads per hour = rent / (input rate x (1 - r))."""

    rule_fact_id: str = field("The version of the rule.", references="facts.cache_rule")
    rule_id: str = field("The rule.")
    provider_id: str = field("Whose rule it is.", references="ref.organization")
    sku: str = field("For a rule with a rent, the SKU whose input rate it is set against.", nullable=True)
    applies_to: str = field("Which SKUs or models, as the source says it.")
    ttl_minutes: float = field("How long a prefix lives unread; NULL is not stated.", unit="minute", nullable=True)
    valid_from: Instant = field("Since when, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    read_multiple: float = field("A read's price over the uncached rate.", unit="ratio", nullable=True)
    write_multiple: float = field("A write's price over the uncached rate.", unit="ratio", nullable=True)
    break_even_uses: float = field("Uses at which caching costs as much as not caching.", nullable=True)
    min_uses: int = field("Least whole number of uses for which caching pays.", nullable=True)
    break_even_hit_rate: float = field("Hit rate at which it costs as much.", unit="ratio", nullable=True)
    storage_reads_per_hour: float = field("Reads of the whole prefix per hour that pay its rent.", nullable=True)
    note: str = field("What is missing; NULL where nothing is.", nullable=True)

    class Config:
        name = "marts.cache_break_even"
        metadata = {"key": ("rule_fact_id", "sku", "valid_from")}
