"""Real price files, from the folder that AICOST_REAL_DATA names: all of them can be read, no value gets lost on the
way, and prices looked up by hand come out.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.feeds.observation import Parsed
from pipelines.feeds.readers import genai_prices, model_prices, models_dev, portkey

pytestmark = pytest.mark.skipif("AICOST_REAL_DATA" not in os.environ, reason="AICOST_REAL_DATA names no folder")

GENAI = ("genai-prices-0.2.3_2026-11-10.json", "data_v2_git_2026-08-21.json", "data_v1_git_2026-08-21.json")
MODEL_PRICES = "model-prices/model-prices-0.0.5_snapshot_2026-10-26.json.gz"
#: A value of a file: provider, model, path, and the number.
Leaf = tuple[str, str, str, Decimal]


def folder() -> Path:
    return Path(os.environ["AICOST_REAL_DATA"])


def models_dev_api() -> bytes:
    """The stored list of models in the shape of `api.json`."""
    providers: dict[str, Any] = {}
    for model in json.loads((folder() / "models.dev/snapshot_2026-07-02.json").read_text())["provider_models"]:
        provider = providers.setdefault(model["provider_id"], {"id": model["provider_id"], "models": {}})
        provider["models"][model["model_id"]] = {"id": model["model_id"], "cost": model.get("cost")}
    return json.dumps(providers).encode()


def portkey_files() -> bytes:
    return json.dumps({path.stem: path.read_text() for path in sorted((folder() / "portkey").glob("*.json"))}).encode()


def model_prices_snapshot() -> bytes:
    return gzip.decompress((folder() / MODEL_PRICES).read_bytes())


def numbers(node: Any, path: str, besides: tuple[str, ...]) -> Iterator[tuple[str, Decimal]]:
    """The numbers in a tree, without those under some keys."""
    if isinstance(node, dict):
        for key, child in node.items():
            if key not in besides:
                yield from numbers(child, f"{path}.{key}" if path else key, besides)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from numbers(child, f"{path}[{index}]", besides)
    elif isinstance(node, Decimal | int) and not isinstance(node, bool):
        yield path, Decimal(node)


def genai_leaves(data: bytes) -> Iterator[Leaf]:
    for provider in json.loads(data, parse_float=Decimal):
        for model in provider["models"]:
            priced = {key: model.get(key) for key in ("prices", "price_variants")}
            for path, number in numbers(priced, "", ("constraint", "when", "start")):
                yield provider["id"], model["id"], path, number


def models_dev_leaves(data: bytes) -> Iterator[Leaf]:
    for provider, content in json.loads(data, parse_float=Decimal).items():
        for sku, model in content["models"].items():
            for path, number in numbers(model["cost"], "", ("tier",)):
                yield provider, sku, path, number


def portkey_leaves(data: bytes) -> Iterator[Leaf]:
    for provider, text in json.loads(data).items():
        for sku, model in json.loads(text, parse_float=Decimal).items():
            if sku != "default":
                for path, number in numbers(model, "", ("calculate",)):
                    yield provider, sku, path, number


def model_prices_leaves(data: bytes) -> Iterator[Leaf]:
    for provider, models in json.loads(data, parse_float=Decimal)["prices"].items():
        for sku, tiers in models.items():
            for path, number in numbers(tiers, "", ("recorded", "above")):
                yield provider, sku, path, number


READERS: list[Any] = [
    *(
        pytest.param(lambda name=name: (folder() / "genai-prices" / name).read_bytes(), genai_prices.read_json,
                     genai_leaves, 1, id=name)
        for name in GENAI
    ),
    pytest.param(models_dev_api, models_dev.read, models_dev_leaves, 1, id="models.dev"),
    pytest.param(portkey_files, portkey.read, portkey_leaves, 10_000, id="portkey"),
    pytest.param(model_prices_snapshot, model_prices.read, model_prices_leaves, 1, id="model-prices"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "read", "leaves", "scale"), READERS)
def test_every_value_is_a_rate_or_set_aside(
    data: Callable[[], bytes],
    read: Callable[[bytes], Parsed],
    leaves: Callable[[bytes], Iterator[Leaf]],
    scale: int,
) -> None:
    """Values that are no rate of their own repeat one: the same amount of the same model."""
    content = data()
    result = read(content)
    amounts: dict[tuple[str, str], set[Decimal]] = {}
    for provider, sku, amount in result.rates.select("source_provider", "source_sku", "amount").rows():
        amounts.setdefault((provider, sku), set()).add(amount)
    aside = set(result.set_aside.select("source_provider", "source_sku", "value").rows())
    numbers_aside = {(provider, sku, Decimal(value)) for provider, sku, value in aside if is_number(value)}
    for provider, sku, dollars in (
        result.rates.filter(currency="CNY").select("source_provider", "source_sku", "stated_conversion_amount").rows()
    ):
        amounts[provider, sku].add(dollars)
    lost = [
        (provider, sku, path, number)
        for provider, sku, path, number in leaves(content)
        if not any(is_same(number * scale, amount) for amount in amounts.get((provider, sku), set()))
        and (provider, sku, number) not in numbers_aside
        and not path.endswith("cache_write_1h_multiple")
    ]
    assert not lost
    assert result.rates["statement_key"].n_unique() == result.rates.height > 2_000


def is_same(number: Decimal, amount: Decimal) -> bool:
    """But for what floating point leaves behind a number, less than a billionth of it."""
    return abs(number - amount) <= Decimal("1e-9") * number


def is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def price(read: Parsed, provider: str, sku: str, token_class: str, **where: Any) -> list[tuple[Any, ...]]:
    named = {"service_tier": "standard", "context_over_tokens": 0, "region": None} | where
    frame = read.rates.filter(source_provider=provider, source_sku=sku, token_class=token_class)
    for name, value in named.items():
        frame = frame.filter(pl.col(name).eq_missing(pl.lit(value)))
    return [
        (amount.normalize(), *rest)
        for amount, *rest in frame.sort("valid_from").select("amount", "valid_from", "valid_to").rows()
    ]


def test_genai_prices_knows_the_announced_rise_of_sonnet_5_and_then_its_withdrawal() -> None:
    september = datetime(2026, 9, 1)
    before = genai_prices.read_json((folder() / "genai-prices" / GENAI[1]).read_bytes())
    assert price(before, "anthropic", "claude-sonnet-5", "output") == [
        (Decimal(10), None, september),
        (Decimal(15), september, None),
    ]
    after = genai_prices.read_json((folder() / "genai-prices" / GENAI[0]).read_bytes())
    assert price(after, "anthropic", "claude-sonnet-5", "output") == [(Decimal(10), None, None)]


def test_genai_prices_of_o3_and_luna_were_cut_on_their_days() -> None:
    read = genai_prices.read_json((folder() / "genai-prices" / GENAI[0]).read_bytes())
    june, july = datetime(2025, 6, 10), datetime(2026, 7, 30)
    assert price(read, "openai", "o3", "input") == [(Decimal(10), None, june), (Decimal(2), june, None)]
    assert price(read, "openai", "gpt-5.6-luna", "input", context_over_tokens=272_000) == [
        (Decimal(2), None, july),
        (Decimal("0.4"), july, None),
    ]


def test_model_prices_knows_the_windows_of_deepseek() -> None:
    read = model_prices.read(model_prices_snapshot())
    peak, flash = datetime(2026, 8, 16, 16), datetime(2026, 9, 10, 4)
    window = "01:00-04:00,06:00-10:00 UTC 12345 holidays cn"
    assert price(read, "deepseek", "deepseek-v4-flash", "output", source_window=window) == [
        (Decimal("1.32"), peak, flash),
        (Decimal("1.2"), flash, None),
    ]
    assert price(read, "deepseek", "deepseek-reasoner", "output", source_window="16:30-00:30 UTC")[0][0] == Decimal(
        "0.5475"
    )


def test_model_prices_has_few_documented_beginnings() -> None:
    """218 entries say so; 81 of them have the time of a commit, and others that of an archived page."""
    read = model_prices.read(model_prices_snapshot())
    documented = read.rates.filter(valid_from_basis="documented")
    assert documented["valid_from"].dt.minute().unique().to_list() == [0]
    assert price(read, "deepseek", "deepseek-reasoner", "input", source_window=None)[1:] == [
        (Decimal("0.28"), datetime(2025, 9, 29), datetime(2026, 4, 25, 17, 28, 45)),
        (Decimal("0.14"), datetime(2026, 4, 25, 17, 28, 45), datetime(2026, 10, 26, 18, 46, 35)),
    ]


def test_the_present_of_models_dev_and_portkey() -> None:
    dev = models_dev.read(models_dev_api())
    assert price(dev, "deepseek", "deepseek-v4-flash", "cache_read") == [(Decimal("0.0028"), None, None)]
    assert price(dev, "openai", "gpt-5.4", "output", context_over_tokens=272_000) == [(Decimal("22.5"), None, None)]
    files = portkey.read(portkey_files())
    assert price(files, "anthropic", "claude-opus-4-6", "cache_write_1h") == [(Decimal(10), None, None)]
    assert price(files, "anthropic", "claude-opus-4-6", "output", service_tier="fast") == [(Decimal(150), None, None)]
    assert price(files, "deepseek", "deepseek-v4-flash", "cache_read") == [(Decimal("0.0028"), None, None)]
