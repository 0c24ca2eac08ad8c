"""pydantic's genai-prices: providers, their models, and each model's prices in USD per million tokens, under conditions
of date and of time of day. Its releases carry them as Python source, which is parsed and never run; its repository as
JSON of the same shape.

A date says when a price starts, or only when somebody looked: a date is `documented` where the file's comments name it
as the date of the price, else `first_observed`. Variants (batch, flex, fast) start on the day they were checked, unless
they change with the price itself. What the comments call OpenRouter's is no price of the provider, and is set aside.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pipelines.feeds.observation import Parsed, UnreadableSnapshot
from pipelines.feeds.readers import exact_json
from pipelines.feeds.readers.exact_json import Number
from pipelines.feeds.readers.price_list import ONE, NoAmount, PriceList, amount_of, class_for, number_of, tokens_of

TOKEN_CLASSES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "input_audio",
    "output_audio_mtok": "output_audio",
    "cache_audio_read_mtok": "cache_read_audio",
    "input_image_mtok": "input_image",
    "output_image_mtok": "output_image",
    "cache_image_read_mtok": "cache_read_image",
    "input_video_mtok": "input_video",
    "output_video_mtok": "output_video",
    "output_reasoning_mtok": "output_reasoning",
    "output_citation_mtok": "output_citation",
}
#: The constructors of the source whose arguments are read as an object's members.
CONSTRUCTORS = (
    *("Provider", "ModelInfo", "ClauseEquals", "ModelPrice", "TieredPrices", "Tier", "ConditionalPrice"),
    *("PriceVariant", "StartDateConstraint", "TimeOfDateConstraint"),
)
YUAN = re.compile(r"1 USD = (\d+(?:\.\d+)?) CNY")
YUAN_PRICE = re.compile(r"(\d+(?:\.\d+)?) CNY")
LONG_DATE = re.compile(
    r"(January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}"
)
#: What the comments of a price say that is OpenRouter's and was not found at the provider whose it is given as.
OPENROUTERS = re.compile(r"^(imported from|seen on) openrouter\b(?!.*\bverified against\b)", re.IGNORECASE | re.DOTALL)
#: Words of somebody who looked at a price, as opposed to one who announces it.
LOOKED = re.compile(r"\b(checked|check|verified|observed|first listed|listed|lists)\b", re.IGNORECASE)


def read_json(data: bytes) -> Parsed:
    """The rates of the repository's `data.json`.

    Raises:
        UnreadableSnapshot: it is not JSON, or no list of providers with models.
    """
    return _read(exact_json.loads(data))


def read_wheel(data: bytes) -> Parsed:
    """The rates of a release's `genai_prices/data.py`. Nothing of it is run: literals and calls of known constructors
    are read, and whatever else stands where a price should is set aside.

    Raises:
        UnreadableSnapshot: it is no Python, or assigns no list of providers with models.
    """
    return _read(_providers(data))


def _providers(data: bytes) -> Any:
    """What the source assigns to `providers`; its syntax tree, which is large, is not kept."""
    try:
        module = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnreadableSnapshot(f"not Python: {error}") from error
    for statement in module.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id="providers"), value=ast.expr() as providers):
                return _literal(providers)
    raise UnreadableSnapshot("expected an annotated assignment to `providers`")


@dataclass(frozen=True)
class _Unknown:
    """Source that is none of the known constructs."""

    node: ast.AST

    def __str__(self) -> str:
        return ast.unparse(self.node)


def _literal(node: ast.AST) -> Any:
    """The value that an expression of the source stands for, in the terms of the JSON."""
    match node:
        case ast.Constant(value=None | bool() | str()):
            return node.value
        case ast.Constant(value=int() | float()):
            return Number(repr(node.value))
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_literal(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            names = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            if len(names) == len(keys):
                return exact_json.object_of(list(zip(names, map(_literal, values), strict=True)))
        case ast.Call(func=ast.Name(id=name), args=[], keywords=members) if name in CONSTRUCTORS:
            return exact_json.object_of([(member.arg or "**", _literal(member.value)) for member in members])
        case ast.Call(func=ast.Name(id="Decimal"), args=[ast.Constant(value=str() as text)], keywords=[]):
            number = number_of(text)
            return _Unknown(node) if number is None else number
        case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime"), attr="date"), args=numbers, keywords=[]):
            return _moment(date, numbers) or _Unknown(node)
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="datetime"), attr="time"),
            args=numbers,
            keywords=[ast.keyword(arg="tzinfo", value=zone)],
        ) if ast.unparse(zone) in ("datetime.UTC", "datetime.timezone.utc"):
            return _moment(time, numbers) or _Unknown(node)
    return _Unknown(node)


def _moment(kind: Callable[..., date | time], arguments: list[ast.expr]) -> str | None:
    """A date, or a time in UTC, as the JSON writes it; None where the arguments make none."""
    try:
        return kind(*map(ast.literal_eval, arguments)).isoformat()
    except (TypeError, ValueError, OverflowError):
        return None


def _read(providers: Any) -> Parsed:
    if not isinstance(providers, list) or not any(_models(provider) for provider in providers):
        raise UnreadableSnapshot("expected a list of providers, each with an id and a list of models")
    prices = PriceList()
    for index, provider in enumerate(providers):
        if not _models(provider):
            prices.set_aside("", "", f"[{index}]", provider, "unknown_field")
            continue
        for model_index, model in enumerate(_models(provider)):
            sku = model.get("id") if isinstance(model, dict) else None
            if isinstance(sku, str):
                _Model(prices, provider, model).read()
            else:
                prices.set_aside(provider["id"], "", f"models[{model_index}]", model, "unknown_field")
    return prices.parsed()


def _models(provider: Any) -> list[Any]:
    if not isinstance(provider, dict) or not isinstance(provider.get("id"), str):
        return []
    models = provider.get("models")
    return models if isinstance(models, list) else []


@dataclass(frozen=True)
class _Entry:
    """Prices under one condition. `start` is a day in UTC, `window` hours of every day in UTC."""

    path: str
    prices: dict[str, Any]
    start: date | None = None
    window: str | None = None

    def values(self) -> Iterator[tuple[str, str, int, Any]]:
        """Each price: its path, its field, the number of input tokens above which it applies, and the value."""
        for key, price in self.prices.items():
            tiers = price.get("tiers") if isinstance(price, dict) else None
            if not isinstance(tiers, list):
                yield f"{self.path}.{key}", key, 0, price
                continue
            yield f"{self.path}.{key}", key, 0, price.get("base")
            for index, tier in enumerate(tiers):
                over = tokens_of(tier.get("start")) if isinstance(tier, dict) else None
                value = tier if over is None else tier.get("price")
                yield f"{self.path}.{key}.tiers[{index}]", key, over or 0, value


class _Model:
    """One model of a provider, on the way to its rates."""

    def __init__(self, prices: PriceList, provider: dict[str, Any], model: dict[str, Any]) -> None:
        self.prices = prices
        self.model = model
        urls = provider.get("pricing_urls")
        own_id = model.get("match") in (None, {"equals": model["id"]})
        self.identity: dict[str, Any] = {
            "source_provider": provider["id"],
            "source_sku": model["id"],
            "sku": model["id"],
            "match_kind": "exact" if own_id else "matcher",
            "source_url": urls[0] if isinstance(urls, list) and urls and isinstance(urls[0], str) else None,
        }
        comments = [text for text in (model.get("price_comments"), provider.get("price_comments")) if text]
        self.comments = " ".join(text for text in comments if isinstance(text, str))
        converted = YUAN.search(self.comments)
        self.yuan_per_dollar = Decimal(converted[1]) if converted else None

    def read(self) -> None:
        """Write down all prices of the model."""
        prices = self.model.get("prices")
        if isinstance(prices, dict):
            entries = self._entries({"prices": prices}, "prices", numbered=False)
        else:
            entries = self._entries(prices, "prices")
        self._read_conditional(entries)
        self._read_variants({entry.start for entry in entries if entry.start and self._documented(entry.start)})

    def _entries(self, stated: Any, path: str, *, numbered: bool = True) -> list[_Entry]:
        """The entries whose condition is known, in order. The prices of others are set aside."""
        entries: list[_Entry] = []
        for index, item in enumerate(stated if isinstance(stated, list) else [stated]):
            where = f"{path}[{index}]" if numbered else path
            prices = item.get("prices") if isinstance(item, dict) else None
            if not isinstance(prices, dict):
                self._set_aside(where, item, "unknown_field")
                continue
            try:
                entries.append(_Entry(where, prices, *_condition(item.get("constraint"))))
            except ValueError:
                self._set_aside_all(_Entry(where, prices), "unknown_field")
        return entries

    def _read_conditional(self, entries: list[_Entry]) -> None:
        """Of the entries whose condition holds the last one counts: an entry ends where a later one starts. Hours of
        the day come without a date, and count whatever the date. Hours with the same prices are one window; the other
        entries are for the hours outside of all windows."""
        windows = sorted({entry.window for entry in entries if entry.window})
        joined: list[dict[str, Any]] = []
        for index, entry in enumerate(entries):
            end = _first_start(other for other in entries[index + 1 :] if not other.window)
            if end and end <= (entry.start or date.min):
                self._set_aside_all(entry, "duplicate_key")
                continue
            window = f"outside: {','.join(windows)} UTC" if windows else None
            if entry.window:
                if entry.prices in joined:
                    continue
                joined.append(entry.prices)
                same = sorted(other.window for other in entries if other.window and other.prices == entry.prices)
                window = f"{','.join(same)} UTC"
            basis = "documented" if entry.start and self._documented(entry.start) else "first_observed"
            interval = _interval(entry.start, end, basis)
            for path, key, over, value in entry.values():
                self._add(value, key, field_name=path, context_over_tokens=over, source_window=window, **interval)

    def _read_variants(self, documented: set[date]) -> None:
        """Of the variants whose condition holds, the first that has a price counts, for each price by itself."""
        variants = self.model.get("price_variants") or []
        conditions: dict[str, Any] = {}
        earlier: dict[str, list[_Entry]] = {}
        for index, variant in enumerate(variants if isinstance(variants, list) else [variants]):
            when = variant.get("when") if isinstance(variant, dict) else None
            tier = _service_tier(when)
            for entry in self._entries(variant, f"price_variants[{index}]", numbered=False):
                if tier is None or entry.window or conditions.setdefault(tier, when) != when:
                    self._set_aside_all(entry, "unknown_field")
                    continue
                before = earlier.setdefault(tier, [])
                for path, key, over, value in entry.values():
                    end = _first_start(other for other in before if other.prices.get(key) is not None)
                    if end and end <= (entry.start or date.min):
                        self._set_aside(path, value, "duplicate_key")
                        continue
                    basis = "documented" if entry.start in documented else "first_observed"
                    interval = _interval(entry.start, end, basis)
                    self._add(value, key, field_name=path, context_over_tokens=over, service_tier=tier, **interval)
                before.append(entry)

    def _add(self, value: Any, key: str, **rate: Any) -> None:
        token_class = TOKEN_CLASSES.get(key)
        if token_class is None:
            reason = "unknown_field" if key.endswith("_mtok") else "other_unit"
            self._set_aside(rate["field_name"], value, reason)
            return
        if OPENROUTERS.match(self.comments):
            self._set_aside(rate["field_name"], value, "other_seller")
            return
        rate |= self.identity | {"token_class": class_for(token_class, self.identity["sku"])}
        try:
            dollars = amount_of(value)
        except NoAmount:
            self.prices.add(value, **rate)
            return
        if self.yuan_per_dollar is None:
            self.prices.add(value, **rate)
            return
        rate |= {
            "currency": "CNY",
            "amount_basis": "computed",
            "stated_conversion_amount": dollars,
            "stated_conversion_currency": "USD",
        }
        yuan = self._printed_yuan(value)
        self.prices.add(yuan or value, times=ONE if yuan else self.yuan_per_dollar, **rate)

    def _printed_yuan(self, dollars: Number) -> Number | None:
        """The yuan price in the comments that gives these dollars, rounded as they are."""
        rate = self.yuan_per_dollar or ONE
        decimals = max(0, -int(dollars.as_tuple().exponent))
        printed = map(Number, YUAN_PRICE.findall(self.comments))
        fitting = (yuan for yuan in printed if round(yuan / rate, decimals) == dollars)
        return min(fitting, key=lambda yuan: abs(yuan - dollars * rate), default=None)

    def _documented(self, start: date) -> bool:
        """Whether the comments name a day as the one on which a price starts, or the day before as the last of the
        price before, other than as the day on which somebody looked."""
        text = LONG_DATE.sub(lambda found: datetime.strptime(found[0], "%B %d, %Y").date().isoformat(), self.comments)
        last_day = f"through {start - timedelta(days=1)}"
        return any(
            (start.isoformat() in clause or last_day in clause) and not LOOKED.search(clause)
            for clause in re.split(r"[.,;]\s", text)
        )

    def _set_aside(self, path: str, value: Any, reason: str) -> None:
        self.prices.set_aside(self.identity["source_provider"], self.identity["source_sku"], path, value, reason)

    def _set_aside_all(self, entry: _Entry, reason: str) -> None:
        for path, _, _, value in entry.values():
            self._set_aside(path, value, reason)


def _condition(constraint: Any) -> tuple[date | None, str | None]:
    """The day from which a price applies, or the hours of the day.

    Raises:
        ValueError: it is another condition.
    """
    if constraint is None:
        return None, None
    stated = constraint if isinstance(constraint, dict) else {}
    texts = {key: value for key, value in stated.items() if isinstance(value, str)}
    if len(texts) == len(stated) and set(texts) == {"start_date"}:
        return date.fromisoformat(texts["start_date"]), None
    if len(texts) == len(stated) and set(texts) == {"start_time", "end_time"}:
        return None, f"{_utc_time(texts['start_time'])}-{_utc_time(texts['end_time'])}"
    raise ValueError("neither a start nor hours")


def _utc_time(text: str) -> str:
    """A time of day in hours and minutes UTC; one without an offset is UTC."""
    stated = datetime.combine(date(2000, 1, 1), time.fromisoformat(text))
    if stated.second:
        raise ValueError(f"{text} is finer than minutes")
    return (stated.astimezone(UTC) if stated.tzinfo else stated).strftime("%H:%M")


def _first_start(entries: Iterable[_Entry]) -> date | None:
    """The first day on which one of the entries applies; the first of all days where one is not dated."""
    return min((entry.start or date.min for entry in entries), default=None)


def _interval(start: date | None, end: date | None, basis: str) -> dict[str, Any]:
    return {
        "valid_from": datetime.combine(start, time()) if start else None,
        "valid_to": datetime.combine(end, time()) if end else None,
        "valid_precision": "day" if start else None,
        "valid_from_basis": basis if start else "unknown",
    }


def _service_tier(when: Any) -> str | None:
    """The service tier that a request's properties stand for, where they are of that kind."""
    match when:
        case {"service_tier": str() as tier} if len(when) == 1:
            return tier
        case {"processing": "batch"} if len(when) == 1:
            return "batch"
        case {"speed": "fast"} if len(when) == 1:
            return "fast"
    return None
