"""API prices as they are stated: what a rate is for and when, sources' statements of rates and of caching rules, and
exchange rates. What follows from them is in `price_marts`.
"""

import polars as pl

from pipelines.schemas.base import SLUG, Instant, Rate, Table, field
from pipelines.schemas.envelope import BLENDS, PRECISIONS, VALID_FROM_BASES, Fact, Measured, rule
from pipelines.schemas.ref import ORIGIN

END_REASONS = ("removed", "field_absent", "restated", "retired", "feed_gap")
MATCH_KINDS = ("exact", "prefix", "region", "matcher")
#: A number in a text, without the commas of its thousands.
NUMBER = r"\d*\.?\d+(?:[eE]-?\d+)?"
#: What a printed number is to the rate per million, as a power of ten: the same, cents, per thousand, per token.
POWERS_AS_PRINTED = (0.0, 2.0, -3.0, -6.0)


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
    match_kind: str = field(
        "How a feed's id was read: as written, without a prefix, without a region, or as a pattern of names.",
        nullable=True,
        values=MATCH_KINDS,
        filled_by="sql",
    )
    model_id: str = field("The model behind the SKU at that time.", nullable=True, references="ref.model")
    model_match: str = field(
        "How that is known: written down with the rate, by the provider's dated alias, or guessed from what the name "
        "means at other providers.",
        nullable=True,
        values=("curated", "alias", "same_name"),
        filled_by="sql",
    )
    amount_low: Rate = field("The least the statement allows, per million tokens.", nullable=True)
    amount: Rate = field("The stated rate, per million tokens.", nullable=True)
    amount_high: Rate = field("The most the statement allows, per million tokens.", nullable=True)
    price_kind: str = field("List price, or a promotion with an end.", values=("list", "promo"))
    valid_to_known_from: Instant = field(
        "Since when the end is known, UTC; NULL is as long as the rate: a promotion's end is announced with it.",
        nullable=True,
    )
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
    end_reason: str = field(
        "How the end was seen, where a feed saw it: the model was gone, the field was, the source restated the rate, "
        "its retirement had a date, or the feed has a hole.",
        nullable=True,
        values=END_REASONS,
        filled_by="sql",
    )

    class Config:
        name = "facts.api_price"
        metadata = {"lead": (SeriesKey,), "key": ("fact_id",), "seed": "api_prices.csv", "plausible_by": "token_class"}

    @rule("unit: a rate is money per million tokens | use currency_per_mtok, for storage currency_per_mtok_hour")
    def a_rate_is_per_mtok(cls) -> pl.Expr:
        storage = pl.col("token_class").str.starts_with("cache_storage")
        return pl.col("unit") == pl.when(storage).then(pl.lit("currency_per_mtok_hour")).otherwise(
            pl.lit("currency_per_mtok")
        )

    @rule("amount: no number of amount_text, per million, thousand or one token, or in cents | correct one of them")
    def a_printed_amount_is_as_printed(cls) -> pl.Expr:
        """Of what people write: the readers of feeds are held against the files themselves."""
        numbers = pl.col("amount_text").str.replace_all(",", "").str.extract_all(NUMBER).cast(pl.List(pl.Float64))
        power = (numbers / pl.col("amount").cast(pl.Float64)).list.eval(pl.element().log10())
        is_printed = power.list.eval(
            ((pl.element() - pl.element().round()).abs() < 1e-9) & pl.element().round().is_in(POWERS_AS_PRINTED)
        ).list.any()
        written = (pl.col("amount_basis") == "printed") & ~pl.col("origin").str.starts_with("feed:")
        return ~written | pl.col("amount_text").is_null() | (pl.col("amount") == 0) | is_printed

    @rule("price_kind: a promotion ends | fill valid_to, or use list")
    def a_promotion_ends(cls) -> pl.Expr:
        return (pl.col("price_kind") != "promo") | pl.col("valid_to").is_not_null()

    @rule("valid_to_known_from: there is no such end, or it was known no later than the rate | empty it")
    def an_end_learnt_later_is_an_end(cls) -> pl.Expr:
        is_end = pl.col("valid_to").is_not_null()
        later = pl.col("known_from").is_null() | (pl.col("valid_to_known_from") > pl.col("known_from"))
        return pl.col("valid_to_known_from").is_null() | (is_end & later)

    @rule(
        "stated_conversion_currency: a conversion has a currency and a qualifier, another than the rate's | fill both"
    )
    def a_conversion_is_complete(cls) -> pl.Expr:
        stated = pl.col("stated_conversion_amount").is_not_null()
        complete = pl.col("stated_conversion_qualifier").is_not_null() & (
            pl.col("stated_conversion_currency").ne_missing(pl.col("currency"))
        )
        return stated == (complete & pl.col("stated_conversion_currency").is_not_null())


class ProviderName(Table):
    """What price files call a provider, by the files whose names they are."""

    namespace: str = field("Whose names they are: a feed, or the one it copies.", str_matches=SLUG)
    source_provider: str = field("The provider, as written there.", prose=True)
    provider_id: str = field("The provider, as models.dev spells it.", str_matches=SLUG)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.provider_name"
        metadata = {"key": ("namespace", "source_provider"), "seed": "provider_names.csv"}


class PriceWindowName(Table):
    """Which window the hours mean that a price file writes beside a rate."""

    namespace: str = field("Whose writing it is: a feed, or the one it copies.", str_matches=SLUG)
    source_provider: str = field("The provider, as written there.", prose=True)
    source_window: str = field("The hours, as the reader of the file gives them.", prose=True)
    price_window_id: str = field(
        "The window they mean; NULL is the list as it stands.", nullable=True, str_matches=SLUG
    )
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.price_window_name"
        metadata = {
            "key": ("namespace", "source_provider", "source_window"),
            "seed": "price_window_names.csv",
        }


class SourceCopy(Table):
    """A source that copies another: the two count once where sources are weighed."""

    source_id: str = field("The one that copies.", references="ref.source")
    copies_source_id: str = field("What it copies.", references="ref.source")
    note: str = field("How that is known.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.source_copy"
        metadata = {"key": ("source_id",), "seed": "source_copies.csv"}


class FeedCorrection(Table):
    """A known error of a feed: an amount that it states for a SKU's class, or a day on which it says that a SKU ends,
    which is set aside wherever it stands. A check tells when the feed states it no more."""

    correction_id: str = field("Slug of the correction.", str_matches=SLUG)
    feed: str = field("The feed.", str_matches=SLUG)
    source_sku: str = field("The id, as the feed writes it.", prose=True)
    token_class: str = field(
        "The class whose amount is wrong; NULL where the day is.", nullable=True, references="ref.token_class"
    )
    expected_amount: Rate = field("The wrong amount, per million tokens, that is expected there.", nullable=True, gt=0)
    expected_valid_to: Instant = field("The wrong day that is expected there, UTC.", nullable=True)
    reason: str = field("What is wrong, and what is right.", prose=True)
    source_id: str = field("Who says what is right.", references="ref.source")
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.feed_correction"
        metadata = {"key": ("correction_id",), "seed": "feed_corrections.csv"}

    @rule("expected_amount: an error is an amount or a day | fill expected_amount or expected_valid_to, not both")
    def an_error_is_of_one_kind(cls) -> pl.Expr:
        return pl.col("expected_amount").is_null() != pl.col("expected_valid_to").is_null()

    @rule("token_class: an amount is of a class, and a day of the whole SKU | fill it with expected_amount alone")
    def an_amount_has_a_class(cls) -> pl.Expr:
        return pl.col("expected_amount").is_null() == pl.col("token_class").is_null()


class FeedAcceptance(Table):
    """A content of a feed that was refused because it changed too much, and that a person has looked at and found
    right."""

    feed: str = field("The feed.", str_matches=SLUG)
    version: str = field("The content's first release, as `meta.feed_snapshot` has it.")
    reason: str = field("Why it is right.", prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.feed_acceptance"
        metadata = {"key": ("feed", "version"), "seed": "feed_acceptances.csv"}


class PriceStatement(SeriesKey):
    """A rate that a feed states, with when it holds and since when the feed says so."""

    fact_id: str = field("Stable id of the statement.")
    source_id: str = field("The feed.")
    source_locator: str = field("Release, id and field.")
    source_provider: str = field("The provider, as the feed spells it.")
    source_sku: str = field("The id, as the feed writes it.")
    match_kind: str = field("How the id was read.", values=MATCH_KINDS)
    currency: str = field("Currency of the list.")
    unit: str = field("What the rate is for.")
    amount: Rate = field("The rate.")
    amount_text: str = field("The rate as the feed writes it.")
    amount_basis: str = field("Printed, or computed from another.")
    price_kind: str = field("List price, or a promotion.")
    source_url: str = field("The page that the feed cites.", nullable=True)
    stated_conversion_amount: Rate = field("The feed's own conversion.", nullable=True)
    stated_conversion_currency: str = field("Its currency.", nullable=True)
    valid_from: Instant = field("Since when, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC.", nullable=True)
    valid_to_known_from: Instant = field("Since when the end is known, UTC.", nullable=True)
    valid_precision: str = field("How finely the beginning is known.", nullable=True, values=PRECISIONS)
    valid_from_basis: str = field("How it is known.", values=VALID_FROM_BASES)
    known_from: Instant = field("Since when the feed says so, UTC.")
    known_to: Instant = field("Until when it did, exclusive, UTC.", nullable=True)
    last_confirmed_at: Instant = field("When it was last seen to say so, UTC.")
    end_reason: str = field("How the end was seen.", nullable=True, values=END_REASONS)
    correction_id: str = field("The known error that its amount is.", nullable=True)
    correction_reason: str = field("What is wrong with it.", nullable=True)
    end_correction_id: str = field("The known error that the end was which the feed states.", nullable=True)
    end_correction_reason: str = field("What is wrong with that.", nullable=True)
    is_plausible: bool = field("Whether the rate lies within what is plausible for its class.")

    class Config:
        name = "feeds.price_statement"
        metadata = {"lead": (SeriesKey,), "key": ("fact_id",)}


class CacheRule(Fact):
    """A provider's rule of caching for a time and a time to live. Multiples are of the uncached input price."""

    rule_id: str = field("Slug of the rule; its successive versions share it.", str_matches=SLUG)
    provider_id: str = field("Whose rule it is.", references="ref.organization")
    applies_to: str = field("Which SKUs or models, as the source says it.", prose=True)
    sku_prefix: str = field(
        "SKUs that begin so are under it; several are separated by a space, and one that ends in $ is that SKU alone.",
        nullable=True,
    )
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


class Retirement(Fact):
    """What a vendor says of the end of a SKU: since `valid_from` it is served no more, at any rate of any class, tier,
    region or hour. A day before which it will not end is no such statement. Where the day was put off, the later
    statement supersedes the earlier one."""

    provider_id: str = field("Whose list it was on.", references="ref.organization")
    sku: str = field("The SKU, by the vendor's own id or the one that feeds give it.", prose=True)

    class Config:
        name = "facts.retirement"
        metadata = {"key": ("fact_id",), "seed": "retirements.csv"}

    @rule("valid_from: a retirement has its day | give the first day on which the SKU is served no more")
    def a_retirement_has_its_day(cls) -> pl.Expr:
        return pl.col("valid_from").is_not_null()

    @rule("valid_to: a SKU that returns is a new rate, not the end of its retirement | leave it empty")
    def a_retirement_does_not_end(cls) -> pl.Expr:
        return pl.col("valid_to").is_null()


BILLED = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


class StatedBill(Measured):
    """What a source says that an amount of traffic costs, at rates that it names. A bill that its own tokens and rates
    do not make is refused: a stated sum is worth nothing without its working."""

    provider_id: str = field("Whose rates they are.", references="ref.organization")
    sku: str = field("The SKU, by the vendor's own id.")
    traffic: str = field("What was sent and received.", prose=True)
    input_tokens: int = field("Input tokens read anew; NULL is none.", unit="token", nullable=True, ge=0)
    cache_read_tokens: int = field("Those read from a cache.", unit="token", nullable=True, ge=0)
    cache_write_5m_tokens: int = field("Those written to a cache of five minutes.", unit="token", nullable=True, ge=0)
    cache_write_1h_tokens: int = field("Those written to a cache of an hour.", unit="token", nullable=True, ge=0)
    output_tokens: int = field("Output tokens.", unit="token", nullable=True, ge=0)
    input_rate: Rate = field("The rate of input that the source uses, per million tokens.", nullable=True)
    cache_read_rate: Rate = field("That of a read.", nullable=True)
    cache_write_5m_rate: Rate = field("That of a write for five minutes.", nullable=True)
    cache_write_1h_rate: Rate = field("That of a write for an hour.", nullable=True)
    output_rate: Rate = field("That of output.", nullable=True)

    class Config:
        name = "facts.stated_bill"
        metadata = {"key": ("fact_id",), "seed": "stated_bills.csv"}

    @rule("unit: a bill is money | use currency")
    def a_bill_is_money(cls) -> pl.Expr:
        return pl.col("unit") == "currency"

    @rule("input_tokens: tokens of a class go with its rate | fill both or neither, for each class")
    def tokens_have_a_rate(cls) -> pl.Expr:
        return pl.all_horizontal(pl.col(f"{c}_tokens").is_null() == pl.col(f"{c}_rate").is_null() for c in BILLED)

    @rule("amount_high: bounds further apart than 1% of the amount | give what rounding allows, and no more")
    def bounds_are_those_of_rounding(cls) -> pl.Expr:
        return pl.col("amount_high") - pl.col("amount_low") <= pl.col("amount") / 100

    @rule("amount: not what its tokens times its rates make | correct the row; a wrong statement is no fact to load")
    def tokens_times_rates_make_the_amount(cls) -> pl.Expr:
        parts = [pl.col(f"{c}_tokens") * pl.col(f"{c}_rate").cast(pl.Float64) / 1e6 for c in BILLED]
        made = pl.sum_horizontal(parts)
        low = pl.coalesce("amount_low", "amount").cast(pl.Float64)
        high = pl.coalesce("amount_high", "amount").cast(pl.Float64)
        return (made > low - 1e-6) & (made < high + 1e-6)


class UsageField(Table):
    """How a field of an API's usage counts into a class of tokens: the one conversion between what the APIs call input.
    Tokens of a class are the sum of its fields by their sign; a field that a response lacks is zero."""

    api: str = field("The API, by its vendor and its form.", str_matches=SLUG)
    usage_field: str = field("The field as a JSON path in the usage object.", str_matches=r"^\$(\.\w+)+$")
    token_class: str = field("The class it counts into.", references="ref.token_class")
    sign: int = field("1 where it is added, -1 where it is taken away.", isin=[-1, 1])
    provider_id: str = field("Whose API it is.", references="ref.organization")
    source_id: str = field("Where this comes from.", references="ref.source")
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    origin: str = field(ORIGIN, filled_by="reader")

    class Config:
        name = "ref.usage_field"
        metadata = {"key": ("api", "usage_field", "token_class"), "seed": "usage_fields.csv"}


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


class BlendedPrice(Measured):
    """A price of a model as a data set compiled it, input and output in one figure. What a vendor charges is
    `facts.api_price`; this is what an analyst reckoned with, and stamped on which day."""

    source_model: str = field("The model as the source names it.", prose=True)
    blend: str = field("Parts of input tokens to parts of output tokens.", values=BLENDS)
    amount_low: Rate = field("The least the statement allows, per million tokens.", nullable=True)
    amount: Rate = field("The stated price, per million tokens.", nullable=True)
    amount_high: Rate = field("The most the statement allows, per million tokens.", nullable=True)

    class Config:
        name = "facts.blended_price"
        metadata = {"key": ("fact_id",), "seed": "blended_prices.csv", "plausible_by": "blend"}
