"""What every fact carries: who says so, how sure, since when it is true and since when that was known; and, for facts
that measure something, the amount with its bounds. The rules a single row must keep stand beside the columns.

A rule's text is "column: what is wrong | what to do".
"""

from collections.abc import Callable
from typing import Any

import pandera.polars as pa
import polars as pl

from pipelines.schemas.base import FACT_ID, Instant, Money, Table, field
from pipelines.units import MONEY_UNITS, UNITS

CLAIMANT_CLASSES = ("primary_document", "vendor", "analyst", "named_person", "unnamed", "author")
CONFIDENCES = ("A", "B", "C", "D", "E", "X")
MODALITIES = ("observed", "possible", "conditional", "forecast")
QUALIFIERS = ("exact", "approximate", "at_most", "at_least", "range", "order_of_magnitude")
STATUSES = ("active", "superseded", "disputed", "retracted")
PRECISIONS = ("instant", "day", "month", "quarter", "year")
#: Input and output in one figure: parts of input tokens to parts of output tokens.
BLENDS = ("blend_3_1", "blend_1_1")
VALID_FROM_BASES = ("documented", "release_date", "first_observed", "inferred", "unknown")


def rule(error: str) -> Callable[[Callable[[Any], pl.Expr]], Any]:
    """Mark a method as a rule of a row: it returns the expression that must not be false."""

    def mark(expression: Callable[[Any], pl.Expr]) -> Any:
        def check(cls: type, data: pa.PolarsData) -> pl.LazyFrame:
            return data.lazyframe.select(expression(cls).fill_null(value=True))

        check.__name__ = expression.__name__
        return pa.dataframe_check(error=error)(check)

    return mark


class Fact(Table):
    """A fact of any kind: the envelope."""

    fact_id: str = field("Stable id of the fact; a corrected fact gets a new one.", str_matches=FACT_ID)
    source_id: str = field("The source that says so.", references="ref.source")
    source_locator: str = field("Where in the source: line, table, page or cell.", nullable=True, prose=True)
    claimant: str = field("Who claims it, as the source names them.", nullable=True, prose=True)
    claimant_class: str = field("What kind of voice the claimant is.", nullable=True, values=CLAIMANT_CLASSES)
    confidence: str = field(
        "A primary document, B named independent estimate, C named claim, D unnamed or author's claim, E rhetoric or "
        "vague, X wrong as printed.",
        values=CONFIDENCES,
    )
    modality: str = field("Whether it was observed, or is only possible, conditional or forecast.", values=MODALITIES)
    qualifier: str = field("How the amount is meant.", values=QUALIFIERS)
    status: str = field("Whether the fact stands; superseded follows from a row that supersedes it.", values=STATUSES)
    supersedes: str = field("The fact that this one corrects or replaces.", nullable=True, str_matches=FACT_ID)
    supersedes_reason: str = field("Why it replaces it.", nullable=True, prose=True)
    superseded_by: str = field("The fact that corrects or replaces this one.", nullable=True, filled_by="sql")
    quote: str = field("The source's own words, short.", nullable=True, prose=True)
    note: str = field("What a reader must know to use it.", nullable=True, prose=True)
    valid_from: Instant = field("Since when it is true in the world, UTC; NULL is unknown.", nullable=True)
    valid_to: Instant = field("Until when it is true, exclusive, UTC; NULL is open.", nullable=True)
    valid_precision: str = field(
        "How finely `valid_from` is known, read from the date as written.",
        nullable=True,
        values=PRECISIONS,
        filled_by="reader",
    )
    valid_from_basis: str = field("How `valid_from` is known.", values=VALID_FROM_BASES)
    known_from: Instant = field(
        "Since when the source says so, UTC; where the row does not say, the source's publication, else its reading.",
        nullable=True,
    )
    known_to: Instant = field("Until when the source said so, exclusive, UTC; NULL is still.", nullable=True)
    last_confirmed_at: Instant = field("When the source was last seen to say so, UTC.", nullable=True)
    origin: str = field("The file that carries the row: a shipped seed or an overlay.", filled_by="reader")

    @rule("valid_to: before valid_from or at it | give the later instant as valid_to, or leave it empty if open")
    def valid_interval_runs_forward(cls) -> pl.Expr:
        return pl.col("valid_to") > pl.col("valid_from")

    @rule("known_to: before known_from or at it | give the later instant as known_to, or leave it empty if open")
    def known_interval_runs_forward(cls) -> pl.Expr:
        return pl.col("known_to") > pl.col("known_from")

    @rule("valid_from_basis: unknown goes with an empty valid_from, and nothing else does | make the two agree")
    def unknown_start_is_said(cls) -> pl.Expr:
        return pl.col("valid_from").is_null() == (pl.col("valid_from_basis") == "unknown")

    @rule("supersedes_reason: a superseding row says why, and only such a row | fill both columns or neither")
    def superseding_says_why(cls) -> pl.Expr:
        return pl.col("supersedes").is_null() == pl.col("supersedes_reason").is_null()

    @rule("supersedes: a fact cannot supersede itself | name the older fact")
    def supersedes_another(cls) -> pl.Expr:
        return pl.col("supersedes") != pl.col("fact_id")


class Measured(Fact):
    """A fact that states an amount."""

    amount_low: Money = field("The least the statement allows; NULL is no stated bound.", nullable=True)
    amount: Money = field("The stated value; NULL where only bounds are stated.", nullable=True)
    amount_high: Money = field("The most the statement allows; NULL is no stated bound.", nullable=True)
    low_inclusive: bool = field("Whether amount_low itself is allowed.", nullable=True)
    high_inclusive: bool = field("Whether amount_high itself is allowed.", nullable=True)
    unit: str = field("Unit of the amount, scale in the name.", values=tuple(UNITS))
    currency: str = field("Currency of a money amount.", nullable=True, references="ref.currency")

    @rule("amount_low: above amount_high | swap the two bounds")
    def low_is_not_above_high(cls) -> pl.Expr:
        return pl.col("amount_low") <= pl.col("amount_high")

    @rule("amount: outside its bounds | the bounds must enclose the value")
    def amount_is_within_bounds(cls) -> pl.Expr:
        above = pl.col("amount_low").is_null() | (pl.col("amount_low") <= pl.col("amount"))
        below = pl.col("amount_high").is_null() | (pl.col("amount") <= pl.col("amount_high"))
        return above & below

    @rule("amount: negative | amounts are not below zero; say a decline in trend_claims.csv")
    def amounts_are_not_negative(cls) -> pl.Expr:
        return pl.min_horizontal("amount_low", "amount", "amount_high") >= 0

    @rule("amount: exact means one value | fill amount alone, or choose range or approximate")
    def exact_is_a_point(cls) -> pl.Expr:
        point = pl.col("amount").is_not_null()
        same = (pl.col("amount_low") == pl.col("amount")) & (pl.col("amount_high") == pl.col("amount"))
        return (pl.col("qualifier") != "exact") | (point & same)

    @rule("amount: approximate needs a value | fill amount")
    def approximate_has_a_point(cls) -> pl.Expr:
        return (pl.col("qualifier") != "approximate") | pl.col("amount").is_not_null()

    @rule("amount: a bound or an order of magnitude has no point value | move it to amount_low or amount_high")
    def bounds_have_no_point(cls) -> pl.Expr:
        bound = pl.col("qualifier").is_in(["at_most", "at_least", "order_of_magnitude"])
        return ~bound | pl.col("amount").is_null()

    @rule(
        "amount_high: at_most has an upper bound, and says whether it is included | fill amount_high and high_inclusive"
    )
    def at_most_has_its_bound(cls) -> pl.Expr:
        complete = pl.col("amount_high").is_not_null() & pl.col("high_inclusive").is_not_null()
        return (pl.col("qualifier") != "at_most") | complete

    @rule("amount_low: at_most has no lower bound | empty it, or choose range")
    def at_most_has_no_other_bound(cls) -> pl.Expr:
        return (pl.col("qualifier") != "at_most") | pl.col("amount_low").is_null()

    @rule("amount_low: at_least has a lower bound, and says whether it is included | fill amount_low and low_inclusive")
    def at_least_has_its_bound(cls) -> pl.Expr:
        complete = pl.col("amount_low").is_not_null() & pl.col("low_inclusive").is_not_null()
        return (pl.col("qualifier") != "at_least") | complete

    @rule("amount_high: at_least has no upper bound | empty it, or choose range")
    def at_least_has_no_other_bound(cls) -> pl.Expr:
        return (pl.col("qualifier") != "at_least") | pl.col("amount_high").is_null()

    @rule("amount_low: a range or an order of magnitude has two bounds | fill amount_low and amount_high")
    def ranges_have_two_bounds(cls) -> pl.Expr:
        two = pl.col("amount_low").is_not_null() & pl.col("amount_high").is_not_null()
        return ~pl.col("qualifier").is_in(["range", "order_of_magnitude"]) | two

    @rule("currency: money has a currency, and nothing else has | fill currency, or correct unit")
    def money_has_a_currency(cls) -> pl.Expr:
        return pl.col("unit").is_in(list(MONEY_UNITS)) == pl.col("currency").is_not_null()
