"""Portkey's price files, one a provider, read together: a JSON object of provider to the file's text. Prices are US
cents per token. They state the present.

A model's `pricing_config` has prices to pay as you go and in batches; `custom_pricing` repeats them by region, mode of
execution and length of context. Where the two differ, `pricing_config` is believed.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.exact_json import Number
from pipelines.feeds.readers.price_list import PriceList, class_for, tokens_of

#: Cents per token to USD per million tokens.
CENTS = Decimal(10_000)
#: No token costs a tenth of a cent. What costs more is the price of a minute of audio in a field for tokens, as the 0.6
#: of `whisper-1`.
DEAREST_TOKEN = Decimal("0.1")
TOKEN_CLASSES = {
    "request_token": "input",
    "request_text_token": "input",
    "response_token": "output",
    "response_text_token": "output",
    "cache_read_input_token": "cache_read",
    "cache_read_text_input_token": "cache_read",
    "cached_text_input_token": "cache_read",
    "cache_write_input_token": "cache_write",
    "cache_write_1h": "cache_write_1h",
    "request_audio_token": "input_audio",
    "response_audio_token": "output_audio",
    "cache_read_audio_input_token": "cache_read_audio",
    "request_image_token": "input_image",
    "response_image_token": "output_image",
    "cache_read_image_input_token": "cache_read_image",
    "cached_image_input_token": "cache_read_image",
    "image_token": "output_image",
    "output_video_token": "output_video",
}
#: Google's models are listed twice, for prompts up to a length and above it, whether or not the price differs.
LENGTH = re.compile(r"(?P<sku>.+)-(?P<side>lte|gt)-(?P<thousands>\d+)k")


def read(data: bytes) -> Parsed:
    """The rates of all files. `default` is what Portkey takes for models it does not know, and no model.

    Raises:
        UnreadableSnapshot: it is no JSON object of texts, or one of them is no JSON object of models.
    """
    files = exact_json.loads(data)
    if not isinstance(files, dict) or not files or not all(isinstance(text, str) for text in files.values()):
        raise UnreadableSnapshot("expected an object of providers, each with the text of its file")
    prices = PriceList()
    for provider, text in files.items():
        models = exact_json.loads(text.encode())
        if not isinstance(models, dict) or not models:
            raise UnreadableSnapshot(f"{provider}: expected an object of models")
        for key, model in models.items():
            if key != "default":
                _read_model(prices, provider, key, model, model == models.get(key.replace("-gt-", "-lte-")))
    return prices.parsed()


def _read_model(prices: PriceList, provider: str, key: str, model: Any, same_at_any_length: bool) -> None:
    config = model.get("pricing_config") if isinstance(model, dict) else None
    if not isinstance(config, dict):
        prices.set_aside(provider, key, "pricing_config", model, "unknown_field")
        return
    identity: dict[str, Any] = {"source_provider": provider, "source_sku": key, "sku": key}
    over = 0
    if length := LENGTH.fullmatch(key):
        identity |= {"sku": length["sku"], "match_kind": "matcher"}
        over = 0 if same_at_any_length else int(length["thousands"]) * 1000
    if isinstance(config.get("currency"), str):
        identity["currency"] = config["currency"].upper()
    for name, group in config.items():
        path = f"pricing_config.{name}"
        if name in ("pay_as_you_go", "batch_config"):
            tier = "batch" if name == "batch_config" else "standard"
            _read_group(prices, identity | {"service_tier": tier, "context_over_tokens": over}, path, group)
        elif name not in ("calculate", "currency"):
            for where, value in _leaves(path, group):
                prices.set_aside(provider, key, where, value, "other_unit")
    _read_custom(prices, identity, over, model.get("custom_pricing"))


def _read_custom(prices: PriceList, identity: dict[str, Any], over: int, custom: Any) -> None:
    """Prices by region, mode and length of context; the modes have the names of service tiers."""
    if not isinstance(custom, dict):
        prices.set_aside(identity["source_provider"], identity["source_sku"], "custom_pricing", custom, "unknown_field")
        return
    names = _object(custom, "context_tier_map")
    lengths = {str(name): bound for tokens, name in names.items() if (bound := tokens_of(tokens)) is not None}
    for place, by_mode in _object(custom, "regions").items():
        region = None if place == "default" else place.replace(",", "-")
        for mode, settings in _object(by_mode, "execution_modes").items():
            path = f"custom_pricing.{place}.{mode}"
            where = identity | {"service_tier": mode, "region": region}
            contexts = {"": settings} | _object(settings, "context_tiers")
            for name, context in contexts.items():
                group = _object(_object(context, "pricing_config"), "pay_as_you_go")
                if name and name not in lengths:
                    for leaf, value in _leaves(f"{path}.{name}", group):
                        prices.set_aside(
                            identity["source_provider"], identity["source_sku"], leaf, value, "unknown_field"
                        )
                    continue
                length = {"context_over_tokens": lengths.get(name, over)}
                _read_group(prices, where | length, f"{path}.{name}" if name else path, group)


def _read_group(prices: PriceList, rate: dict[str, Any], path: str, group: Any) -> None:
    """Prices of one kind of use. Units beside tokens, as searches, seconds and images, are set aside."""
    for where, value in _leaves(path, group):
        name = where.rsplit(".", 1)[-1]
        token_class = TOKEN_CLASSES.get(name)
        if token_class is None or ".image." in where:
            reason = "unknown_field" if name.endswith("_token") else "other_unit"
        elif isinstance(value, Number) and value > DEAREST_TOKEN:
            reason = "other_unit"
        else:
            token_class = class_for(token_class, rate["sku"])
            prices.add_first(value, times=CENTS, **rate, token_class=token_class, field_name=where)
            continue
        prices.set_aside(rate["source_provider"], rate["source_sku"], where, value, reason)


def _leaves(path: str, node: Any) -> Iterator[tuple[str, Any]]:
    """The prices in a tree of names, each with its path."""
    if isinstance(node, dict) and "price" not in node:
        for name, child in node.items():
            yield from _leaves(f"{path}.{name}", child)
    else:
        yield path, node["price"] if isinstance(node, dict) else node


def _object(node: Any, key: str) -> dict[str, Any]:
    child = node.get(key) if isinstance(node, dict) else None
    return child if isinstance(child, dict) else {}
