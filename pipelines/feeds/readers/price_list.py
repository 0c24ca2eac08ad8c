"""What readers of price files share: exact amounts out of a file's values, and the list in which rates and values that
are none are written down. What a file looks like is in its reader.
"""

from dataclasses import dataclass, field
from decimal import Context, Decimal, InvalidOperation, Overflow
from typing import Any

from pipelines.feeds.observation import STEP, Parsed, Rate, Unread, parsed
from pipelines.feeds.readers.exact_json import Number, Repeated
from pipelines.values import NUMBER

ONE = Decimal(1)
MILLION = Decimal(1_000_000)
_TOO_LARGE = Decimal(10) ** 12
_MOST_TOKENS = 10**9
_EXACT = Context(prec=60, traps=[InvalidOperation, Overflow])
#: What floating point leaves behind a rate (0.13999999999999999) is less than this share of it.
_DUST = Decimal("1e-9")


class NoAmount(Exception):
    """A value that no rate can be made of, and why: a reason of `feeds.set_aside`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def number_of(value: object) -> Decimal | None:
    """The number that a value is, or that its text is from end to end; None where it is no number."""
    if isinstance(value, Decimal):
        return value
    return Number(value) if isinstance(value, str) and NUMBER.fullmatch(value) else None


def amount_of(value: object, times: Decimal = ONE) -> Decimal:
    """The value times a scale, with the decimals of a rate: exactly, but for the dust of floating point.

    Raises:
        NoAmount: it is zero, negative, no number, not expressible in the decimals of a rate, or stated twice.
    """
    number = number_of(value)
    if number is None:
        raise NoAmount(_why_no_number(value))
    if number == 0:
        raise NoAmount("zero")
    try:
        exact = _EXACT.multiply(number, times)
        scaled = _EXACT.quantize(exact, STEP)
    except (InvalidOperation, Overflow):
        raise NoAmount("no_number") from None
    if not 0 < scaled < _TOO_LARGE or abs(scaled - exact) > _DUST * exact:
        raise NoAmount("no_number")
    return scaled


def tokens_of(value: object) -> int | None:
    """A number of tokens; None where it is none, or more than any context holds."""
    number = number_of(value)
    return int(number) if number is not None and 0 <= number < _MOST_TOKENS and number % 1 == 0 else None


def _why_no_number(value: object) -> str:
    if isinstance(value, Repeated):
        return "duplicate_key"
    return "no_number" if isinstance(value, str) else "unknown_field"


def text_of(value: object) -> str:
    """The value as the file writes it, where it is a number or a text."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Repeated):
        return " | ".join(map(text_of, value.values))
    return str(value)


def class_for(token_class: str, sku: str) -> str:
    """The token class of a model's price: cache writes of Claude live five minutes where no other time is said."""
    five_minutes = token_class == "cache_write" and "claude" in sku.lower()  # noqa: S105 - a class of tokens
    return "cache_write_5m" if five_minutes else token_class


@dataclass
class PriceList:
    """The rates read so far, and what was set aside. Of a value that is absent (`None`) nothing is written down."""

    rates: list[Rate] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    _stated: dict[tuple[object, ...], Decimal] = field(default_factory=dict)

    def add(self, value: object, *, times: Decimal = ONE, text: str | None = None, **rate: Any) -> None:
        """Write a value down as a rate, whose other fields are given by name; or set it aside. `text` is how the source
        writes the rate, where that is not how it writes the value."""
        if value is None:
            return
        try:
            self.rates.append(Rate(amount=amount_of(value, times), amount_text=text or text_of(value), **rate))
        except NoAmount as problem:
            self.set_aside(rate["source_provider"], rate["source_sku"], rate["field_name"], value, problem.reason)

    def add_first(self, value: object, *, times: Decimal = ONE, **rate: Any) -> None:
        """As `add`, for files that state a rate in two places: the first place is believed, another amount in the
        second is set aside."""
        before = len(self.rates)
        self.add(value, times=times, **rate)
        if len(self.rates) == before:
            return
        new = self.rates[-1]
        series = (
            *(new.source_provider, new.source_sku, new.token_class),
            *(new.service_tier, new.context_over_tokens, new.region),
        )
        if self._stated.setdefault(series, new.amount) != new.amount:
            self.rates.pop()
            self.set_aside(new.source_provider, new.source_sku, new.field_name, value, "duplicate_key")

    def set_aside(self, provider: str, sku: str, field_name: str, value: object, reason: str) -> None:
        """Note a value that no rate is made of."""
        if value is not None:
            self.unread.append(Unread(provider, sku, field_name, text_of(value), reason))

    def parsed(self) -> Parsed:
        """All of it as frames.

        Raises:
            UnreadableSnapshot: one series has two rates from one beginning.
        """
        return parsed(self.rates, self.unread)
