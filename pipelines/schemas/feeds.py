"""What feeds bring, typed: the tables that SQL starts from. They stay in the build and are not published."""

from pipelines.schemas.base import Instant, Money, Rate, Table, field
from pipelines.schemas.envelope import PRECISIONS, VALID_FROM_BASES
from pipelines.schemas.prices import MATCH_KINDS

STATES = ("present", "dated")
#: Why a value was set aside.
REASONS = (
    "other_unit", "zero", "no_number", "duplicate_key", "corrected", "no_base", "unknown_field", "failed_run",
    "wrong_unit", "other_seller",
)  # fmt: skip


class EcbRate(Table):
    """A euro reference rate of the European Central Bank on a day. Days without a fixing carry the last one."""

    currency: str = field("ISO 4217 code.")
    on_date: Instant = field("The day, UTC.")
    units_per_eur: Rate = field("Units of the currency for one euro.")
    fixed_on: Instant = field("The day of the fixing.")

    class Config:
        name = "feeds.ecb_rate"
        metadata = {"key": ("currency", "on_date")}


class FeedEntry(Table):
    """A feed, as the registry in `pipelines/feeds` describes it. What only price feeds have is NULL for others."""

    feed: str = field("The feed.")
    source_id: str = field("The source that its facts cite.")
    namespace: str = field("Whose names it uses.", nullable=True)
    states: str = field("Whether a snapshot states its present or a dated history.", nullable=True, values=STATES)
    hole_after_days: int = field(
        "A longer silence is a hole: what was carried over it is not known. NULL where no silence is one.",
        unit="days",
        nullable=True,
    )
    asked: str = field("When it is asked, as a cron expression in UTC.")
    stale_after_days: int = field("After so long without anything new somebody should look.", unit="days")
    knows: str = field("What it can know.")
    lacks: str = field("What it cannot know.")

    class Config:
        name = "feeds.feed"
        metadata = {"key": ("feed",)}


class ObservedKeys(Table):
    """What every row of an observations file is held against as it comes: its keys. The rest of it is used, and held
    against `Observation`, where a run begins."""

    statement_key: int = field("Hash of the source's series and the stated beginning: one value a snapshot.")
    value_key: int = field("Hash of what is stated: the amount, its kind and its stated end.")


class Observation(ObservedKeys):
    """A rate as one snapshot of a price file states it: one row of an observations file. Names are the source's; the
    amount is exact, per million tokens."""

    amount: Rate = field("The rate.", gt=0)
    source_series_key: int = field("Hash of the source's series: all that tells one of its rates from another.")
    source_provider: str = field("The provider, as the source spells it.")
    source_sku: str = field("The id, as the source writes it.")
    sku: str = field("The vendor's API id in it.")
    match_kind: str = field(
        "How the id was read: as written, without a prefix, without a region, or from a pattern of names.",
        values=MATCH_KINDS,
    )
    token_class: str = field("What the rate is charged for.")
    service_tier: str = field("Level of service.")
    context_over_tokens: int = field("The rate of requests with strictly more input tokens than this.", ge=0)
    source_window: str = field("Hours in which it applies, in the source's terms; NULL is always.", nullable=True)
    region: str = field("Where it applies; NULL is everywhere.", nullable=True)
    currency: str = field("Currency of the list.")
    unit: str = field("What the rate is for.", values=("currency_per_mtok", "currency_per_mtok_hour"))
    amount_text: str = field("The rate as the source writes it.")
    amount_basis: str = field("Printed, or computed from another by a stated multiple.", values=("printed", "computed"))
    price_kind: str = field("List price, or a promotion with an end.", values=("list", "promo"))
    field_name: str = field("The field, key or path that states it.")
    source_url: str = field("The page that the source itself cites.", nullable=True)
    valid_from: Instant = field("Since when, as the source states it, UTC; NULL where it does not.", nullable=True)
    valid_to: Instant = field("Until when, as the source states it, exclusive, UTC.", nullable=True)
    valid_precision: str = field("How finely `valid_from` is stated.", nullable=True, values=PRECISIONS)
    valid_from_basis: str = field(
        "How the source knows it; NULL where it states none.", nullable=True, values=VALID_FROM_BASES
    )
    said_from: Instant = field("Since when the source said so, where it keeps a record of that, UTC.", nullable=True)
    said_to: Instant = field("Until when, where it keeps a record of that, exclusive, UTC.", nullable=True)
    stated_conversion_amount: Rate = field("The source's own conversion of the rate.", nullable=True)
    stated_conversion_currency: str = field("Its currency.", nullable=True)

    class Config:
        name = "feeds.observation"
        metadata = {"key": ("statement_key",), "in_files": True}


class PriceRun(Observation):
    """A statement that stands unchanged in snapshots that follow one another, with the first and last of them."""

    feed: str = field("The feed.")
    first_no: int = field("Number of the first content that states it.")
    last_no: int = field("Number of the last content that does, without a break.")

    class Config:
        name = "feeds.price_run"
        metadata = {"key": ("feed", "statement_key", "first_no")}


class ScoreObservation(Table):
    """A score as one snapshot states it: one row of a file of scores. Names are the source's."""

    place: str = field("Where in the file it stands: what tells it from every other score there.")
    benchmark_id: str = field("The benchmark or board.")
    variant: str = field("What must agree for two scores to compare, beyond the benchmark.")
    source_model: str = field("The model, as the source names it.")
    api_name: str = field(
        "The name by which an API would know it; NULL where the source's is no such name.", nullable=True
    )
    harness: str = field("What the model was run in.", nullable=True)
    effort: str = field("The reasoning effort or thinking budget asked for.", nullable=True)
    score: float = field("The score, on the scale of the benchmark.")
    score_low: float = field("Lower end of its interval.", nullable=True)
    score_high: float = field("Upper end of its interval.", nullable=True)
    interval_level: float = field("Confidence of the interval.", unit="ratio", nullable=True)
    votes: int = field("Votes behind a rating.", nullable=True)
    tasks: int = field("Tasks in the run.", nullable=True)
    cost_to_run_usd: Money = field("What the whole run cost; NULL is unknown.", unit="USD", nullable=True)
    input_tokens: int = field("Input tokens of the whole run.", unit="token", nullable=True)
    output_tokens: int = field("Output tokens of the whole run.", unit="token", nullable=True)
    valid_from: Instant = field("Day of the run or the board, as the source states it, UTC.", nullable=True)
    said_from: Instant = field("Since when the source says so, where its own date tells, UTC.", nullable=True)

    class Config:
        name = "feeds.score_observation"
        metadata = {"key": ("place", "variant", "valid_from"), "in_files": True}


class ScoreRun(ScoreObservation):
    """A score that stands unchanged in contents that follow one another, with since when and until when the source said
    so."""

    fact_id: str = field("Stable id of the statement.")
    feed: str = field("The feed.")
    source_id: str = field("The source that the score cites.")
    namespace: str = field("Whose names of models the source uses.")
    valid_from_basis: str = field("How the day is known.", values=VALID_FROM_BASES)
    known_from: Instant = field("Since when the source says so, UTC.")
    known_to: Instant = field("Until when it did, exclusive, UTC; NULL is still.", nullable=True)
    last_confirmed_at: Instant = field("When it was last seen to say so, UTC.")

    class Config:
        name = "feeds.score_run"
        metadata = {"key": ("fact_id",)}


class ScoreStatement(ScoreRun):
    """A score that a feed states and nobody has written down from the same board."""

    class Config:
        name = "feeds.score_statement"
        metadata = {"key": ("fact_id",)}


class Content(Table):
    """A distinct content of a feed, in the order of its source's time. Snapshots of equal bytes that follow one another
    are one content; numbers leave out one where the feed has a hole."""

    feed: str = field("The feed.")
    first_at: Instant = field("When its source published it first, UTC.")
    last_at: Instant = field("When its source was last seen to publish the same, UTC.")
    version: str = field("The source's name for its first release.")
    sha256: str = field("Hash of its bytes.")
    file_name: str = field("The observations file: the hash of its bytes, and the version of the code that read them.")
    content_no: int = field("Its number; NULL where it was refused.", nullable=True)
    row_count: int = field("Its observations.")
    refused_because: str = field("Why nothing of it was taken.", nullable=True)

    class Config:
        name = "feeds.content"
        metadata = {"key": ("feed", "first_at")}


class SnapshotEntry(Table):
    """A snapshot: the bytes of one release of a feed, or of one day, as they were fetched."""

    feed: str = field("The feed.")
    version: str = field("The source's name for it, or when it was fetched.")
    source_time: Instant = field("When its source published it, UTC.")
    fetched_at: Instant = field("When it was fetched, UTC.")
    address: str = field("Where it was fetched from.")
    sha256: str = field("Hash of its bytes.")
    size: int = field("Its bytes, uncompressed.")
    problem: str = field("Why it could not be read; NULL where it could.", nullable=True)

    class Config:
        name = "feeds.snapshot"
        metadata = {"key": ("feed", "version")}


class SetAsideEntry(Table):
    """What the newest content of a feed states and no rate or score was made of."""

    feed: str = field("The feed.")
    source_provider: str = field("The provider, as the source spells it.")
    source_sku: str = field("The id, as the source writes it.")
    field_name: str = field("The field, key or path.")
    value: str = field("What it says.")
    reason: str = field("Why it was not read.")

    class Config:
        name = "feeds.set_aside_entry"
        metadata = {"key": ("feed", "source_provider", "source_sku", "field_name", "value")}


class SetAside(Table):
    """What a snapshot states and no observation was made of. Of a score the provider is the board."""

    source_provider: str = field("The provider, as the source spells it.")
    source_sku: str = field("The id, as the source writes it.")
    field_name: str = field("The field, key or path.")
    value: str = field("What it says.")
    reason: str = field(
        "Why it was not read: another unit than tokens, a zero that is not said to be free, no number, a key that "
        "occurs twice, a value that the source corrected from its first sight on, a multiple without its base, a field "
        "that is not known, a run that failed, a rate of a token below that of one of its characters, or a price that "
        "the source itself calls another seller's.",
        values=REASONS,
    )

    class Config:
        name = "feeds.set_aside"
        metadata = {"key": ("source_provider", "source_sku", "field_name", "value"), "in_files": True}
