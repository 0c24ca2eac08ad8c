"""Marts of what caching costs and saves, through time: the rates and rules that meet, the effective price, break-even,
the choice of a time to live, an agent's loop, the history of discounts, and stated bills worked out again.

Multiples are of the uncached input rate: r of a read, w of a write. Formulas are those of the notes on methods.
"""

from pipelines.schemas.base import Instant, Money, Rate, field
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


class CacheTtlChoice(Derived):
    """Which time to live is cheapest for a prefix that is used n times with gaps in a range: no cache, the short one or
    the long one of the two that a provider offered for a time. Costs are in units of the prefix sent uncached."""

    provider_id: str = field("Whose rules they are.", references="ref.organization")
    short_rule_fact_id: str = field("The rule of the shorter time to live.", references="facts.cache_rule")
    long_rule_fact_id: str = field(
        "The rule of the longer one; NULL where there was but one.", nullable=True, references="facts.cache_rule"
    )
    short_ttl_minutes: float = field("How long the short cache lives unread.", unit="minute")
    long_ttl_minutes: float = field("How long the long cache lives unread.", unit="minute", nullable=True)
    valid_from: Instant = field("Since when the choice was there, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    gap_over_minutes: float = field("Gaps between uses are longer than this.", unit="minute")
    gap_up_to_minutes: float = field("And no longer than this; NULL is unbounded.", unit="minute", nullable=True)
    uses: int = field("How often the prefix is used.")
    cost_none: float = field("Cost without a cache: the uses.")
    cost_short: float = field("Cost with the short cache.")
    cost_long: float = field("Cost with the long cache.", nullable=True)
    cheapest: str = field("The cheapest; no cache where it costs no more.", values=("none", "short", "long"))

    class Config:
        name = "marts.cache_ttl_choice"
        metadata = {"key": ("short_rule_fact_id", "long_rule_fact_id", "valid_from", "gap_over_minutes", "uses")}


class AgentLoopCost(Cached):
    """What an agent's loop of T turns costs with and without a cache, on a SKU's standard list under a caching rule,
    for a time: 10,000 tokens of system prompt and tools, 1,000 new input and 500 output tokens a turn, a cache of
    prefixes that no gap outlives. The macro agent_loop prices any other loop."""

    turns: int = field("Turns of the loop.")
    input_tokens: int = field("Input tokens of all its turns.", unit="token")
    written_tokens: int = field("Those written to the cache, each once: the last prompt.", unit="token")
    output_tokens: int = field("Output tokens of all its turns.", unit="token")
    hit_rate: float = field("Share of the input tokens read from the cache.", unit="ratio")
    output_rate: Rate = field("The rate of output, in the list's currency.")
    usd_uncached: float = field("Cost without a cache.", unit="USD", nullable=True)
    usd_cached: float = field("Cost with it.", unit="USD", nullable=True)
    first_profitable_turn: int = field(
        "Least number of turns, up to 100, for which the cache is cheaper; NULL is none, or unknown.", nullable=True
    )

    class Config:
        name = "marts.agent_loop_cost"
        metadata = {"lead": (SeriesKey,), "key": (*LIST_KEY, "rule_fact_id", "ttl_minutes", "valid_from", "turns")}


class CacheHistory(Derived, SeriesKey):
    """The ratio of a cache hit's rate to the uncached rate on a SKU's list, for a time, as known at the release."""

    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    currency: str = field("Currency of the list.")
    valid_from: Instant = field("Since when both rates stand, UTC.", nullable=True)
    valid_to: Instant = field("Until when, exclusive, UTC; NULL is open.", nullable=True)
    input_rate: Rate = field("The uncached rate, in the list's currency.")
    read_rate: Rate = field("The rate of a cache hit, in the list's currency.")
    read_multiple: float = field("Hit / miss.", unit="ratio")
    previous_read_multiple: float = field(
        "That of the list's stretch just before; NULL where there is none.", unit="ratio", nullable=True
    )

    class Config:
        name = "marts.cache_history"
        metadata = {"lead": (SeriesKey,), "key": (*LIST_KEY, "valid_from")}


class StatedBillCheck(Derived):
    """A stated bill of an amount of traffic, worked out again at the source's rates, without a cache, and at the rates
    in force when the traffic began."""

    fact_id: str = field("The stated bill.", references="facts.stated_bill")
    provider_id: str = field("Whose rates they are.", references="ref.organization")
    sku: str = field("The SKU.")
    traffic: str = field("What was sent and received.")
    currency: str = field("Currency of the amounts.")
    valid_from: Instant = field("When the traffic began, UTC.", nullable=True)
    valid_to: Instant = field("When it ended, exclusive, UTC.", nullable=True)
    input_tokens: int = field("All input tokens, cached or not.", unit="token", nullable=True)
    output_tokens: int = field("Output tokens.", unit="token", nullable=True)
    hit_rate: float = field("Share of the input tokens read from the cache.", unit="ratio", nullable=True)
    stated_amount: Money = field("The sum as stated.", nullable=True)
    computed_amount: float = field("Its tokens times its rates.", nullable=True)
    difference_share: float = field("stated / computed - 1: what rounding did.", unit="ratio", nullable=True)
    uncached_amount: float = field("The same with all input at the uncached rate.", nullable=True)
    saving_share: float = field("Share that the cache saved.", unit="ratio", nullable=True)
    effective_input_per_mtok: float = field("What a million input tokens cost.", nullable=True)
    amount_in_force: float = field(
        "The same tokens at the rates in force; NULL where one of them is unknown.", nullable=True
    )

    class Config:
        name = "marts.stated_bill"
        metadata = {"key": ("fact_id",)}
