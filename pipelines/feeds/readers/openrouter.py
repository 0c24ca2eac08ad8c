"""OpenRouter's list of models, `/api/v1/models`: prices are decimal texts in USD per token. It states the present, and
of a model the rate of the host that it puts first. Conditional `overrides` of a price are set aside whole.
"""

from typing import Any

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.price_list import MILLION, PriceList, class_for

PROVIDER = "openrouter"
TOKEN_CLASSES = {
    "prompt": "input",
    "completion": "output",
    "internal_reasoning": "output_reasoning",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "audio": "input_audio",
    "audio_output": "output_audio",
    "input_audio_cache": "cache_read_audio",
    "image_token": "input_image",
}
#: Prices of an image, a request or a search, and a share of the price.
OTHER_UNITS = ("image", "image_output", "request", "web_search", "discount")


def read(data: bytes) -> Parsed:
    """The rates of all models. Of routers, whose price depends on where they send a request, it writes -1: no number.

    Raises:
        UnreadableSnapshot: it is not JSON, or no object with a list of models.
    """
    answer = exact_json.loads(data)
    models = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(models, list) or not models:
        raise UnreadableSnapshot("expected an object with `data`, a list of models")
    prices = PriceList()
    for index, model in enumerate(models):
        sku = model.get("id") if isinstance(model, dict) else None
        pricing = model.get("pricing") if isinstance(model, dict) else None
        if isinstance(sku, str) and isinstance(pricing, dict):
            _read_pricing(prices, sku, pricing)
        else:
            prices.set_aside(PROVIDER, sku if isinstance(sku, str) else "", f"data[{index}]", model, "unknown_field")
    return prices.parsed()


def _read_pricing(prices: PriceList, sku: str, pricing: dict[str, Any]) -> None:
    for key, value in pricing.items():
        token_class = TOKEN_CLASSES.get(key)
        if token_class is None:
            reason = "other_unit" if key in OTHER_UNITS else "unknown_field"
            prices.set_aside(PROVIDER, sku, key, value, reason)
            continue
        prices.add(
            value,
            times=MILLION,
            source_provider=PROVIDER,
            source_sku=sku,
            sku=sku,
            token_class=class_for(token_class, sku),
            field_name=key,
        )
