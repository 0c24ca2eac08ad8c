"""Marts of what caching costs and saves, through time: the rates and rules that meet, the effective price, break-even,
the choice of a time to live, an agent's loop, the history of discounts, and stated bills worked out again.

Multiples are of the uncached input rate: r of a read, w of a write. Formulas are those of the notes on methods.
"""

from pipelines.schemas.base import Instant, Rate, Table, Texts, field
from pipelines.schemas.marts import Derived
from pipelines.schemas.prices import SeriesKey

LIST_KEY = (
    "provider_id",
    "sku",
    "service_tier",
    "context_over_tokens",
    "price_window_id",
    "region",
    "currency",
)


class Cached(Derived, SeriesKey):
    """A SKU's list under a caching rule, for a time, as known at the release."""

    rule_fact_id: str = field(
        "The version of the rule; NULL where no rule covers the SKU and its own rates say all.",
        nullable=True,
        references="facts.cache_rule",
    )
    rule_id: str = field("The rule.", nullable=True)
    ttl_minutes: float = field("How long a prefix lives unread; NULL is not stated.", unit="minute", nullable=True)
    valid_from: Instant = field("Since when rates and rule hold, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    currency: str = field("Currency of the list.")
    input_rate: Rate = field("The uncached rate, in the list's currency.")
    read_multiple: float = field("A read's price over the uncached rate.", unit="ratio", nullable=True)
    write_multiple: float = field("A write's price over the uncached rate.", unit="ratio", nullable=True)
    multiples_from: str = field("Whether the multiples come from the SKU's own rates or from the rule.")
    note: str = field("What is missing; NULL where nothing is.", nullable=True)


class CacheRate(Cached):
    """What reading and writing a cache costs on a SKU's list under a caching rule, for a time, as known at the
    release. A SKU that no rule covers is here where its list has the uncached, the read and a write rate."""

    mechanism: str = field("Whether the provider caches by itself or is asked to; NULL is not stated.", nullable=True)
    min_tokens: int = field("Shortest prefix that is cached; NULL is not stated.", unit="token", nullable=True)
    step_tokens: int = field("Steps in which a prefix grows; NULL is not stated.", unit="token", nullable=True)
    input_usd_per_mtok: Rate = field(
        "The uncached rate in US dollars, at the rate of the day it began; NULL where there is none.",
        unit="USD per million tokens",
        nullable=True,
    )
    storage_per_mtok_hour: Rate = field(
        "Rent of a million cached tokens for an hour, in the list's currency; NULL is none stated.", nullable=True
    )

    class Config:
        name = "marts.cache_rate"
        metadata = {"lead": (SeriesKey,), "key": (*LIST_KEY, "rule_fact_id", "ttl_minutes", "valid_from")}


class CacheEconomics(Cached):
    """A SKU's effective input price at a hit rate under a caching rule, for a time, as known at the release. Every miss
    is written to the cache: h r + (1 - h) w."""

    hit_rate: float = field("Share of the input tokens read from the cache.", unit="ratio")
    effective_multiple: float = field("Price of an input token over the uncached rate.", unit="ratio", nullable=True)
    effective_per_mtok: float = field("Price of a million input tokens, in the list's currency.", nullable=True)
    effective_usd_per_mtok: float = field("The same in US dollars.", unit="USD per million tokens", nullable=True)
    saving_share: float = field("Share saved against no caching; negative is a loss.", unit="ratio", nullable=True)

    class Config:
        name = "marts.cache_economics"
        metadata = {"lead": (SeriesKey,), "key": (*LIST_KEY, "rule_fact_id", "ttl_minutes", "valid_from", "hit_rate")}


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
