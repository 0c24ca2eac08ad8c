"""The price index of tokens, from the reconciled prices and the scores."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import polars.selectors as cs

from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.index_marts import PriceIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipelines.methods.index_numbers import Matrix

#: An index of fewer items tells of them rather than of a market.
LEAST_MATCHED = 4
#: A year and the same month of the year before.
GEKS_WINDOW = 13
BENCHMARK = "gpqa-diamond"
#: Clustered errors need clusters.
LEAST_MODELS = 10
#: How long a model counts as new. A price list keeps models that few still buy.
NEW = "12mo"
CONFIDENCE = 0.9
BLEND = "blend_3_1"
PUBLISHED = {column.name: column.dtype for column in columns(PriceIndex)}
HEDONIC = {
    name: dtype
    for name, dtype in PUBLISHED.items()
    if "hedonic" in name or name in ("token_class", "period", "benchmark_id", "variant")
}
MATCHED = {
    name: dtype
    for name, dtype in PUBLISHED.items()
    if name not in (*HEDONIC, "fact_ids") or name in ("token_class", "period")
}
HEDONIC_LEVELS = {
    name: PUBLISHED[name]
    for name in (
        "period",
        "hedonic_base_period",
        "hedonic",
        "hedonic_low",
        "hedonic_high",
        "hedonic_corrected",
        "hedonic_error",
    )
}
ITEM = ("provider_id", "sku", "model_id")
LEVELS = ("jevons", "fisher", "tornqvist", "geks", "jevons_direct", "fisher_direct", "tornqvist_direct")


def price_index(frames: Frames) -> pl.DataFrame:
    """An item is a SKU of a provider that develops models, in one token class, for as long as its name means one model:
    its list in US dollars, of the standard tier, the shortest context, no region and no hours. Its price in a month is
    the rate in force at the month's first instant, as known now; months end with the newest knowledge. A fact stands in
    the first month that it enters."""
    listed = monthly_rates(frames["marts.api_price"], frames["ref.model"]["organization_id"])
    scored = model_prices(listed, model_scores(frames["facts.capability_score"], frames["ref.model"]))
    of_class = ["token_class"]
    matched = [matched_models(rates) for _, rates in listed.group_by(of_class, maintain_order=True)]
    adjusted = [quality_adjusted(rates) for _, rates in scored.group_by(of_class, maintain_order=True)]
    return (
        pl.concat([pl.DataFrame(schema=MATCHED), *matched])
        .join(pl.concat([pl.DataFrame(schema=HEDONIC), *adjusted]), on=["token_class", "period"], how="left")
        .join(entering_facts(listed, scored), on=["token_class", "period"], how="left")
        .with_columns(
            pl.col("n_hedonic", "n_hedonic_listed").fill_null(0),
            fact_ids=pl.col("fact_ids").fill_null([]),
            suppressed_reason=pl.concat_str(
                "suppressed_reason",
                pl.when(pl.col("hedonic").is_null()).then(
                    pl.lit(f"hedonic: fewer than {LEAST_MATCHED} new models with a score, or {LEAST_MODELS} in all")
                ),
                separator="; ",
                ignore_nulls=True,
            ).replace("", None),
        )
        .select(PUBLISHED.keys())
    )


def monthly_rates(prices: pl.DataFrame, developers: pl.Series) -> pl.DataFrame:
    """A row an item, token class and month: the rate in force at the month's first instant. A name that came to
    mean another model is another item since; one that ends in -latest is none."""
    newest = prices["known_from"].max()
    after = pl.lit(newest, pl.Datetime("us")) + timedelta(microseconds=1)
    month = pl.col("valid_from").dt.truncate("1mo")
    first = pl.when(month == pl.col("valid_from")).then(month).otherwise(month.dt.offset_by("1mo"))
    monthly = (
        prices.filter(
            pl.col("known_to").is_null()
            & pl.col("valid_from").is_not_null()
            & pl.col("provider_id").is_in(developers.unique().to_list())
            & ~pl.col("sku").str.ends_with("-latest")
            & (pl.col("service_tier") == "standard")
            & (pl.col("context_over_tokens") == 0)
            & pl.col("price_window_id").is_null()
            & pl.col("region").is_null()
            & (pl.col("currency") == "USD")
            & (pl.col("unit") == "currency_per_mtok")
        )
        .select(
            *ITEM,
            "token_class",
            "valid_from",
            pl.col("amount").cast(pl.Float64).alias("price"),
            pl.concat_list("fact_id").alias("fact_ids"),
            pl.datetime_ranges(first, pl.min_horizontal("valid_to", after), "1mo", closed="left").alias("period"),
        )
        .explode("period")
        .drop_nulls("period")
    )
    blended = (
        monthly.filter(pl.col("token_class") == "input")
        .join(monthly.filter(pl.col("token_class") == "output"), on=["provider_id", "sku", "period"], suffix="_output")
        .with_columns(
            token_class=pl.lit(BLEND),
            model_id=pl.when(pl.col("valid_from") < pl.col("valid_from_output"))
            .then("model_id_output")
            .otherwise("model_id"),
            price=(3 * pl.col("price") + pl.col("price_output")) / 4,
            fact_ids=pl.concat_list("fact_ids", "fact_ids_output"),
        )
        .select(monthly.columns)
    )
    return pl.concat([monthly, blended]).sort("token_class", "provider_id", "sku", "period")


def matched_models(listed: pl.DataFrame) -> pl.DataFrame:
    """The index numbers of one token class, a row a month that has an item, and the weights."""
    from pipelines.methods import index_numbers

    months, items, prices = price_matrix(listed)
    counts = index_numbers.matched(prices)
    runs = unbroken(np.diagonal(counts, offset=1) >= LEAST_MATCHED)
    shared = month_counts(listed, months, prices, counts, runs).hstack(largest_steps(items, prices))
    jevons = index_numbers.jevons(prices)
    made = []
    for weights, quantities in (("equal_expenditure", 1 / prices), ("equal_tokens", np.ones_like(prices))):
        comparisons = {
            "jevons": jevons,
            "fisher": index_numbers.fisher(prices, quantities),
            "tornqvist": index_numbers.tornqvist(prices, quantities),
        }
        levels = {name: np.full(len(months), np.nan) for name in LEVELS}
        for run in runs:
            for name, comparison in comparisons.items():
                supported = index_numbers.where_matched(comparison[run, run], counts[run, run], LEAST_MATCHED)
                levels[name][run] = index_numbers.chained(supported)
                levels[f"{name}_direct"][run] = supported[0]
                if name == "fisher":
                    levels["geks"][run] = index_numbers.rolling_geks(supported, GEKS_WINDOW)
        made.append(
            # BLAS libraries differ in the last digits; the table's content must not.
            pl.DataFrame({name: (100 * level).round(9) for name, level in levels.items()}, nan_to_null=True)
            .with_columns(weights=pl.lit(weights))
            .hstack(shared)
        )
    return pl.concat(made).filter(pl.col("n_items") + pl.col("n_free") > 0).select(MATCHED.keys())


def month_counts(
    listed: pl.DataFrame, months: list[datetime], prices: "Matrix", counts: "Matrix", runs: list[slice]
) -> pl.DataFrame:
    """What is known of each month whatever the weights: its base, how many items there are, and what is suppressed."""
    priced = ~np.isnan(prices)
    changed = priced[:, 1:] & priced[:, :-1] & (prices[:, 1:] != prices[:, :-1])
    free = dict(listed.filter(pl.col("price") == 0).group_by("period").len().iter_rows())
    bases: list[datetime | None] = [None] * len(months)
    direct, in_windows = np.zeros((2, len(months)), dtype=np.int64)
    for run in runs:
        bases[run] = [months[run.start]] * (run.stop - run.start)
        direct[run] = counts[run.start, run]
        in_windows[run] = in_window(priced[:, run])
    return pl.DataFrame(
        {
            "token_class": [listed["token_class"][0]] * len(months),
            "period": months,
            "base_period": pl.Series(bases, dtype=pl.Datetime("us")),
            "geks_window": [GEKS_WINDOW] * len(months),
            "n_matched": np.concatenate([[0], np.diagonal(counts, offset=1)]).astype(np.int64),
            "n_matched_direct": direct,
            "n_geks": in_windows,
            "n_items": priced.sum(axis=0),
            "n_changed": np.concatenate([[0], changed.sum(axis=0)]),
            "n_free": [free.get(month, 0) for month in months],
        }
    ).with_columns(
        suppressed_reason=pl.when(pl.col("base_period").is_null())
        .then(pl.lit(f"matched: fewer than {LEAST_MATCHED} SKUs are priced here and in a neighbouring month"))
        .when(pl.col("n_matched_direct") < LEAST_MATCHED)
        .then(pl.lit(f"direct: fewer than {LEAST_MATCHED} SKUs of the base period are left"))
    )


def largest_steps(items: list[str], prices: "Matrix") -> pl.DataFrame:
    """Of each month the relative to the month before that is farthest from 1, and whose it is."""
    relatives = prices[:, 1:] / prices[:, :-1]
    distances = np.nan_to_num(np.abs(np.log(relatives)))
    farthest = distances.argmax(axis=0)
    steps = [
        (relatives[item, link].round(9), items[item]) if distances[item, link] else (None, None)
        for link, item in enumerate(farthest)
    ]
    schema = {name: PUBLISHED[name] for name in ("largest_step", "largest_step_sku")}
    return pl.DataFrame([(None, None), *steps], schema=schema, orient="row")


def price_matrix(listed: pl.DataFrame) -> tuple[list[datetime], list[str], "Matrix"]:
    """The months without a hole between them, the items by name, and their prices above zero: a row an item, a column a
    month."""
    months = (
        listed.select(pl.datetime_range(pl.col("period").min(), pl.col("period").max(), "1mo")).to_series().to_list()
    )
    priced = listed.filter(pl.col("price") > 0).select(
        pl.concat_str("provider_id", pl.lit("/"), "sku").alias("name"),
        pl.struct(ITEM).rle_id().cast(pl.Int64).alias("item"),
        (pl.col("period").dt.year().cast(pl.Int64) * 12 + pl.col("period").dt.month()).alias("month"),
        "price",
    )
    prices = np.full((priced["item"].n_unique(), len(months)), np.nan)
    first = months[0].year * 12 + months[0].month
    prices[priced["item"].to_numpy(), priced["month"].to_numpy() - first] = priced["price"].to_numpy()
    return months, priced.unique("item", maintain_order=True)["name"].to_list(), prices


def unbroken(links: "NDArray[np.bool_]") -> list[slice]:
    """The runs of periods in which a link leads from each to the next."""
    runs, start = [], None
    for period, linked in enumerate([*links, False]):
        if linked and start is None:
            start = period
        elif not linked and start is not None:
            runs.append(slice(start, period + 1))
            start = None
    return runs


def in_window(priced: "NDArray[np.bool_]") -> "NDArray[np.int64]":
    """How many items of each period are priced in another period of its window too."""
    size = priced.shape[1]
    until = np.concatenate([np.zeros((len(priced), 1), dtype=np.int64), priced.cumsum(axis=1)], axis=1)
    first = np.maximum(np.arange(size) - GEKS_WINDOW + 1, 0)
    last = np.minimum(np.maximum(np.arange(size) + 1, GEKS_WINDOW), size)
    counts: NDArray[np.int64] = (priced & (until[:, last] - until[:, first] > 1)).sum(axis=0)
    return counts


def model_scores(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """A model's score at the benchmark: the median of its runs of the most used variant. Models that reason, or of
    which that is unknown, are left out: their tokens for a task are others."""
    stated = scores.filter(
        (pl.col("benchmark_id") == BENCHMARK)
        & (pl.col("status") == "active")
        & (pl.col("modality") == "observed")
        & pl.col("known_to").is_null()
        & pl.col("model_id").is_not_null()
    )
    variants = stated.group_by("variant").len().sort("len", "variant", descending=True)["variant"]
    return (
        stated.filter(pl.col("variant").is_in(variants.head(1).to_list()))
        .join(models.filter(~pl.col("is_reasoning")).select("model_id", "released_on"), on="model_id")
        .group_by("model_id", "released_on", "variant", maintain_order=True)
        .agg(pl.col("score").median(), pl.col("fact_id").alias("score_fact_ids"))
    )


def model_prices(listed: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """A row a token class, month and scored model: the median of its SKUs' rates, and whether the model is new."""
    return (
        listed.filter(pl.col("price") > 0)
        .join(scores, on="model_id")
        .group_by("token_class", "period", "model_id")
        .agg(pl.col("price").median(), pl.col("score", "released_on", "variant", "score_fact_ids").first())
        .with_columns(is_new=pl.col("period") < pl.col("released_on").dt.offset_by(NEW))
        .sort("token_class", "period", "model_id")
    )


def quality_adjusted(scored: pl.DataFrame) -> pl.DataFrame:
    """The time-dummy hedonic index of one token class, a row a month of `scored`: of new models, and of all listed."""
    new = scored.filter(pl.col("is_new"))
    return (
        scored.group_by("token_class", "period", "variant", maintain_order=True)
        .agg(n_hedonic=pl.col("is_new").sum().cast(pl.Int64), n_hedonic_listed=pl.len().cast(pl.Int64))
        .with_columns(benchmark_id=pl.lit(BENCHMARK))
        .join(hedonic_levels(new), on="period", how="left")
        .join(
            hedonic_levels(scored).select(
                "period",
                hedonic_listed="hedonic",
                hedonic_listed_error="hedonic_error",
                hedonic_listed_base_period="hedonic_base_period",
            ),
            on="period",
            how="left",
        )
        .select(HEDONIC.keys())
    )


def hedonic_levels(scored: pl.DataFrame) -> pl.DataFrame:
    """100 x exp(effect) of each month that has enough models, with what is known of its error."""
    from pipelines.methods.hedonic import time_dummy

    sample = scored.filter(pl.len().over("period") >= LEAST_MATCHED)
    if sample["model_id"].n_unique() < LEAST_MODELS:
        return pl.DataFrame(schema=HEDONIC_LEVELS)
    months = sample["period"].unique().sort()
    fitted = time_dummy(
        np.log(sample["price"].to_numpy()),
        sample["score"].to_numpy(),
        sample["period"].rle_id().cast(pl.Int64).to_numpy(),
        groups=sample["model_id"].rank("dense").cast(pl.Int64).to_numpy(),
    )
    low, high = fitted.interval(CONFIDENCE)
    return pl.DataFrame(
        {
            "period": months,
            "hedonic_base_period": [months[0]] * len(months),
            "hedonic": 100 * fitted.levels(),
            "hedonic_low": 100 * low,
            "hedonic_high": 100 * high,
            "hedonic_corrected": 100 * fitted.corrected(),
            "hedonic_error": fitted.errors,
        },
        schema=HEDONIC_LEVELS,
    ).with_columns(cs.float().round(9))


def entering_facts(listed: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """The facts by the first month that they enter."""
    return (
        pl.concat(
            [
                listed.select("token_class", "period", pl.col("fact_ids").alias("fact_id")).explode("fact_id"),
                scored.select("token_class", "period", pl.col("score_fact_ids").alias("fact_id")).explode("fact_id"),
            ]
        )
        .group_by("token_class", "fact_id")
        .agg(pl.col("period").min())
        .group_by("token_class", "period")
        .agg(pl.col("fact_id").sort().alias("fact_ids"))
    )


METHOD = Method(
    "marts.price_index",
    reads={
        "marts.api_price": (
            "provider_id",
            "sku",
            "token_class",
            "valid_from",
            "valid_to",
            "known_from",
            "known_to",
            "service_tier",
            "context_over_tokens",
            "price_window_id",
            "region",
            "currency",
            "unit",
            "amount",
            "model_id",
            "fact_id",
        ),
        "facts.capability_score": (
            "model_id",
            "benchmark_id",
            "variant",
            "score",
            "status",
            "modality",
            "known_to",
            "fact_id",
        ),
        "ref.model": ("model_id", "organization_id", "released_on", "is_reasoning"),
    },
    make=price_index,
)
