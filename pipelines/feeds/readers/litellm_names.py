"""How litellm names things: what a field's name prices, and which model, provider and region a key means. It says
nothing of values, which are read in `litellm`. The same names occur in the package itself, in tokencost's copies of its
file and in llmledger's events.

Field names are read by their parts, for these come together in any order
(`cache_creation_input_token_cost_above_1hr_above_200k_tokens`, `..._above_272k_tokens_batches`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipelines.feeds.observation import Unread
from pipelines.feeds.readers.price_list import text_of

#: The old name of `cache_read_input_token_cost`, still written beside it.
OLD_CACHE_READ = "input_cost_per_token_cache_hit"

_SERVICE_TIERS = {
    "batch_requests": "batch",
    "batches": "batch",
    "balanced": "balanced",
    "decisions": "decisions",
    "flex": "flex",
    "priority": "priority",
    "ultrafast": "ultrafast",
}
_PART = re.compile(
    r"_above_(?P<thousands>\d{1,6})k_tokens|_above_(?P<hours>\d{1,3})hr"
    rf"|_(?P<tier>{'|'.join(_SERVICE_TIERS)})(?=_|$)"
)
_TOKEN_KINDS = ("audio", "image", "video")
_TOKEN_CLASSES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "output_reasoning",
    "citation_cost_per_token": "output_citation",
    "cache_read_input_token_cost": "cache_read",
    "explicit_cache_read_input_token_cost": "explicit_cache_read",
    OLD_CACHE_READ: "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    **{f"input_cost_per_{kind}_token": f"input_{kind}" for kind in _TOKEN_KINDS},
    **{f"output_cost_per_{kind}_token": f"output_{kind}" for kind in _TOKEN_KINDS},
    **{f"cache_read_input_{kind}_token_cost": f"cache_read_{kind}" for kind in _TOKEN_KINDS},
    **{f"cache_read_input_token_cost_per_{kind}_token": f"cache_read_{kind}" for kind in _TOKEN_KINDS},
    **{f"cache_creation_input_{kind}_token_cost": f"cache_write_{kind}" for kind in _TOKEN_KINDS},
}
_PRICE_LIKE = re.compile(r"cost|pric|multiplier|^provider_specific_entry\.[a-z]+$")
#: Priced by something else than a token: `_per_second`, `_per_1k_tokens`, Databricks' own units, and multiples.
_OTHER_UNIT = re.compile(r"_per_(?!(?:[a-z]+_)?token)|(?:^|_)dbu?_cost_|multiplier|^provider_specific_entry\.")


class TokenPrice(NamedTuple):
    """What a field prices per token, in the terms of `feeds.observation`."""

    token_class: str
    service_tier: str = "standard"
    context_over_tokens: int = 0


def token_price(field_name: str, key: str = "") -> TokenPrice | None:
    """What a field of an entry prices; None where it is no price per token, or has a part that is not known.

    A cache write whose name gives no hours has the class `cache_write_5m` where the entry's key names a Claude model,
    whose caches live five minutes unless an hour is asked for, and `cache_write` elsewhere. It must not depend on the
    fields beside it: these come and go.
    """
    return _token_price(field_name, "claude" in key.lower())


@lru_cache(maxsize=4096)
def _token_price(field_name: str, claude: bool) -> TokenPrice | None:
    parts: dict[str, str] = {}
    for found in _PART.finditer(field_name):
        name = str(found.lastgroup)
        if name in parts:
            return None
        parts[name] = found[name]
    priced = _TOKEN_CLASSES.get(_PART.sub("", field_name))
    written = priced == "cache_write"
    if priced is None or ("hours" in parts and not written):
        return None
    if written and (lives := f"{parts['hours']}h" if "hours" in parts else "5m" if claude else ""):
        priced += f"_{lives}"
    return TokenPrice(
        priced, _SERVICE_TIERS.get(parts.get("tier", ""), "standard"), 1000 * int(parts.get("thousands", 0))
    )


@lru_cache(maxsize=4096)
def price_like(field_name: str) -> bool:
    """Whether the name says that a number in it is a price, or a multiple of one."""
    return _PRICE_LIKE.search(field_name) is not None


@lru_cache(maxsize=4096)
def why_unread(field_name: str) -> str:
    """Why a price-like field is no price per token: `other_unit`, or `unknown_field` where its unit is not clear."""
    return "other_unit" if _OTHER_UNIT.search(_PART.sub("", field_name)) else "unknown_field"


_REGION = re.compile(
    r"us|us-gov|eu|apac|au|jp|in|ca|uk|global|global-standard"  # what Bedrock and Azure call their geographies
    r"|[a-z]{2}(?:-gov|-iso[a-z]*)?-[a-z]+-?\d+"  # a cloud's region: us-gov-west-1, europe-west4
)
_GEOGRAPHY_BEFORE_VENDOR = re.compile(rf"(?P<region>{_REGION.pattern})\.(?P<sku>[a-z0-9-]+\..+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who offers what, where: the columns of `feeds.observation` of these names."""

    source_provider: str
    source_sku: str
    sku: str
    match_kind: str
    region: str | None

    def unread(self, field_name: str, value: object, reason: str) -> Unread:
        """A value of this entry that no rate was made of."""
        return Unread(self.source_provider, self.source_sku, field_name, text_of(value), reason)


def identity(key: str, provider: str | None) -> Identity:
    """What the key of an entry with this `litellm_provider` means. Early files have none: it is what stands before the
    first slash, else empty.

    - A first path segment that is the provider, or what its name begins with (`vertex_ai/` of
      `vertex_ai-language-models`, `azure/` of `azure_text`, `amazon-nova/` of `amazon_nova`), is a prefix.
    - A segment after the prefix that is a cloud's region or geography is the region (`azure/eu/`,
      `bedrock/us-east-1/`); `*` is every region. So is, at the providers of Bedrock, what stands with a dot before
      the vendor and the model (`us.anthropic.claude-...`, but not the vendor of `deepseek.v3.2`).
    - All else stays in the sku: commitments (`bedrock/*/1-month-commitment/...`), image sizes, `@` versions.
    """
    head, slash, rest = key.partition("/")
    if provider is None:
        provider = head if slash else ""
    sku, match_kind, region = key, "exact", None
    if slash and _begins(provider, head):
        sku, match_kind = rest, "prefix"
        segment, slash, rest = sku.partition("/")
        if slash and segment == "*":
            sku = rest
        elif slash and _REGION.fullmatch(segment):
            sku, match_kind, region = rest, "region", segment
    if region is None and provider.startswith("bedrock") and (found := _GEOGRAPHY_BEFORE_VENDOR.fullmatch(sku)):
        sku, match_kind, region = found["sku"], "region", found["region"]
    return Identity(provider, key, sku, match_kind, region)


def _begins(provider: str, head: str) -> bool:
    """Whether a provider's name is this, or begins with it at the end of a word."""
    name, beginning = provider.replace("-", "_"), head.replace("-", "_")
    return name == beginning or name.startswith(beginning + "_")
