"""models.dev's `api.json`: providers by id, their models by id, each with a `cost` in USD per million tokens. It states
the present. Keys that are none of its schema occur, misspelled ones among them (`cache_input`, `cached_input`,
`cached_write`, `citation`): they are set aside, not guessed.
"""

from typing import Any

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.price_list import PriceList, class_for, tokens_of

TOKEN_CLASSES = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "reasoning": "output_reasoning",
    "input_audio": "input_audio",
    "output_audio": "output_audio",
}
PER_ITEM = ("image", "request")


def read(data: bytes) -> Parsed:
    """The rates of all models that have a cost.

    Raises:
        UnreadableSnapshot: it is not JSON, or no object of providers with models.
    """
    providers = exact_json.loads(data)
    if not isinstance(providers, dict) or not any(_models(provider) for provider in providers.values()):
        raise UnreadableSnapshot("expected an object of providers, each with an object of models")
    prices = PriceList()
    for provider_id, provider in providers.items():
        if not _models(provider):
            prices.set_aside(provider_id, "", provider_id, provider, "unknown_field")
            continue
        page = provider.get("doc")
        for sku, model in _models(provider).items():
            cost = model.get("cost") if isinstance(model, dict) else model
            identity = {
                "source_provider": provider_id,
                "source_sku": sku,
                "sku": sku,
                "source_url": page if isinstance(page, str) else None,
            }
            if isinstance(cost, dict):
                _read_cost(prices, identity, cost)
            else:
                prices.set_aside(provider_id, sku, "cost", cost, "unknown_field")
    return prices.parsed()


def _models(provider: Any) -> dict[str, Any]:
    models = provider.get("models") if isinstance(provider, dict) else None
    return models if isinstance(models, dict) else {}


def _read_cost(prices: PriceList, identity: dict[str, Any], cost: dict[str, Any]) -> None:
    """Prices of a model. `context_over_200k` is an older way to write a tier: where both are there, tiers win."""
    _read_rates(prices, identity, {key: cost[key] for key in cost if key not in ("tiers", "context_over_200k")})
    tiers = cost.get("tiers", [])
    for index, tier in enumerate(tiers if isinstance(tiers, list) else [tiers]):
        path = f"tiers[{index}]"
        over = _context(tier)
        if over is None:
            prices.set_aside(identity["source_provider"], identity["source_sku"], path, tier, "unknown_field")
        else:
            _read_rates(prices, identity, {key: tier[key] for key in tier if key != "tier"}, path + ".", over)
    older = cost.get("context_over_200k")
    if isinstance(older, dict):
        _read_rates(prices, identity, older, "context_over_200k.", 200_000)
    else:
        prices.set_aside(
            identity["source_provider"], identity["source_sku"], "context_over_200k", older, "unknown_field"
        )


def _context(tier: Any) -> int | None:
    """The number of input tokens above which a tier applies."""
    bound = tier.get("tier") if isinstance(tier, dict) else None
    if not isinstance(bound, dict) or bound.get("type", "context") != "context":
        return None
    return tokens_of(bound.get("size"))


def _read_rates(
    prices: PriceList, identity: dict[str, Any], rates: dict[str, Any], path: str = "", over: int = 0
) -> None:
    for key, value in rates.items():
        token_class = TOKEN_CLASSES.get(key)
        if token_class is None:
            reason = "other_unit" if key in PER_ITEM else "unknown_field"
            prices.set_aside(identity["source_provider"], identity["source_sku"], path + key, value, reason)
            continue
        token_class = class_for(token_class, identity["sku"])
        prices.add_first(value, **identity, token_class=token_class, field_name=path + key, context_over_tokens=over)
