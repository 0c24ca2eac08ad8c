"""The steps from stated API prices to the rate in force: tables that stay in the build. SQL says what each does."""

from pipelines.schemas.base import Instant, Rate, Table, field

EVENT_KINDS = ("ends", "anchor", "change", "first")


class Stretch(Table):
    """A stretch of knowledge of a series: between two instants at which something became known or ceased to be."""

    series_id: int = field("The series.", references="ref.price_series")
    known_from: Instant = field("Since when, UTC.")
    known_to: Instant = field("Until when, exclusive, UTC; NULL is still.", nullable=True)


class PriceKnown(Table):
    """A statement that may speak for a series, by number; that a SKU is retired speaks for all of its series."""

    statement_no: int = field("Number of the statement in this build.")
    series_id: int = field("The series.", references="ref.price_series")
    source_no: int = field("Number of its source, and of the id that the source uses.")
    fact_id: str = field("The statement.")
    lineage: str = field("The source, or the one that it copies.")
    amount: Rate = field("The rate; NULL where it says that there is none from then on.", nullable=True)
    confidence: str = field("Confidence of the statement.")
    end_reason: str = field("How its end was seen; NULL where people wrote it down.", nullable=True)
    valid_from_basis: str = field("How its beginning is known.")
    never_rules: bool = field("Whether it is disputed, and of unknown beginning or a feed's.")
    is_anchor: bool = field("Whether its beginning is documented, or a person wrote it down.")
    is_since_ever: bool = field("Whether only its end is known.")
    valid_start: Instant = field("When it begins, UTC.")
    valid_end: Instant = field("When it ends, UTC.")
    end_known_from: Instant = field("Since when its end is known, UTC.")
    confirmed_at: Instant = field("When its source was last seen to say so, UTC.")
    known_start: Instant = field("Since when it is known, UTC.")
    known_end: Instant = field("Until when it was known, UTC.")

    class Config:
        name = "work.price_known"
        metadata = {"key": ("statement_no",)}


class PriceStanding(Stretch):
    """A statement of a series in a stretch of knowledge in which its source made it."""

    statement_no: int = field("The statement.")
    amount: Rate = field("The rate; NULL where it says that there is none from then on.", nullable=True)
    valid_start: Instant = field("When it begins, UTC.")
    valid_end: Instant = field("When it ends, as known in the stretch, UTC.")
    slip: str = field("What kind of slip it was.", nullable=True, values=("correction", "reverted", "unit_fix"))
    before_no: int = field("The statement that its source made before it.", nullable=True)
    before_amount: Rate = field("Its rate.", nullable=True)
    before_start: Instant = field("When that began, UTC.", nullable=True)
    before_slip: str = field("What kind of slip that was.", nullable=True)
    follows: bool = field("Whether it begins where that ends.")
    is_followed: bool = field("Whether another of its source begins where it ends.")

    class Config:
        name = "work.price_standing"
        metadata = {"key": ("series_id", "known_from", "statement_no")}


class PriceEvent(Stretch):
    """What may begin or end a rate of a series, as known in a stretch."""

    place: int = field("Its place in the order of times.")
    happens_at: Instant = field("When it happens in the world, UTC.")
    kind: str = field("What it is.", values=EVENT_KINDS)
    amount: Rate = field("The rate that begins or ends; NULL where any does.", nullable=True)
    old_amount: Rate = field("The rate that the source stated before.", nullable=True)
    until: Instant = field("When the statement ends, as known in the stretch, UTC.")
    end_reason: str = field("How the end is known.", nullable=True)
    statement_no: int = field("The statement.")

    class Config:
        name = "work.price_event"
        metadata = {"key": ("series_id", "known_from", "place")}


class PriceStep(Stretch):
    """An event, what became of it, and the rate after it."""

    place: int = field("Its place in the order of times; 0 is before all.")
    happens_at: Instant = field("When it happens in the world, UTC.")
    verdict: str = field("What became of it.", nullable=True, values=("begins", "ends", "agrees", "ignored"))
    amount: Rate = field("The rate after it; NULL where there is none.", nullable=True)
    statement_no: int = field("The statement that began or ended it.", nullable=True)
    kind: str = field("What began or ended it.", nullable=True, values=EVENT_KINDS)
    end_reason: str = field("Why there is none.", nullable=True)
    since: Instant = field("Since when, UTC.", nullable=True)
    until: Instant = field("When the statement that began it ends, UTC.", nullable=True)

    class Config:
        name = "work.price_step"
        metadata = {"key": ("series_id", "known_from", "place")}


class PriceRegime(Stretch):
    """A stretch of both time axes of a series with its rate, or with why there is none."""

    valid_from: Instant = field("Since when in the world, UTC; NULL is since ever.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    amount: Rate = field("The rate; NULL where there is none.", nullable=True)
    fact_id: str = field("The statement that began or ended it.", nullable=True)
    kind: str = field("What began or ended it.", nullable=True, values=EVENT_KINDS)
    end_reason: str = field("Why there is none.", nullable=True)
    next_fact_id: str = field("The statement that ends it.", nullable=True)

    class Config:
        name = "work.price_regime"
        metadata = {"key": ("series_id", "valid_from", "known_from")}
