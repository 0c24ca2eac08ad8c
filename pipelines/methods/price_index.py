"""The price index of tokens, from the reconciled prices and the scores."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.index_marts import PriceIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipelines.methods.index_numbers import Matrix

#: An index of fewer items tells of them rather than of a market.
LEAST_MATCHED = 4
#: A year and the same month of the year before.
GEKS_WINDOW = 13
BENCHMARK = "gpqa-diamond"
CONFIDENCE = 0.9
BLEND = "blended_3_1"
PUBLISHED = {column.name: column.dtype for column in columns(PriceIndex)}
HEDONIC = {name: dtype for name, dtype in PUBLISHED.items() if "hedonic" in name or name in ("period", "benchmark_id")}
FORMULAS = ("jevons", "fisher", "tornqvist")


def price_index(frames: Frames) -> pl.DataFrame:
    """An item is a provider's SKU in one token class: its list in US dollars, of the standard tier, the shortest
    context, no region and no hours. Its price in a month is the rate in force at the month's first instant, as known
    now; months end with the newest knowledge. A fact stands in the first month that it enters."""
    rates = monthly_rates(frames["marts.api_price"], frames["ref.model"])
    scores = model_scores(frames["facts.capability_score"], frames["ref.model"])
    made = [pl.DataFrame(schema=PUBLISHED)]
    for scope, listed in (("first_party", rates.filter("is_first_party")), ("all", rates)):
        scored = model_prices(listed, scores)
        matched = [matched_models(of_class) for _, of_class in listed.group_by("token_class", maintain_order=True)]
        adjusted = [quality_adjusted(of_class) for _, of_class in scored.group_by("token_class", maintain_order=True)]
        if not matched:
            continue
        made.append(
            pl.concat(matched)
            .join(pl.concat([pl.DataFrame(schema=HEDONIC), *adjusted]), on=["token_class", "period"], how="left")
            .join(entering_facts(listed, scored), on=["token_class", "period"], how="left")
            .with_columns(
                scope=pl.lit(scope),
                n_hedonic=pl.col("n_hedonic").fill_null(0),
                fact_ids=pl.col("fact_ids").fill_null([]),
                suppressed_reason=pl.concat_str(
                    "suppressed_reason",
                    pl.when(pl.col("hedonic").is_null()).then(
                        pl.lit(f"hedonic: fewer than {LEAST_MATCHED} models with a score and a rate")
                    ),
                    separator="; ",
                    ignore_nulls=True,
                ).replace("", None),
            )
            .select(PUBLISHED.keys())
        )
    return pl.concat(made)


def monthly_rates(prices: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """A row a provider, SKU, token class and month: the rate in force at its first instant."""
    listed = prices.filter(
        pl.col("known_to").is_null()
        & pl.col("valid_from").is_not_null()
        & (pl.col("provider_id") != "")
        & (pl.col("service_tier") == "standard")
        & (pl.col("context_over_tokens") == 0)
        & pl.col("price_window_id").is_null()
        & pl.col("region").is_null()
        & (pl.col("currency") == "USD")
        & (pl.col("unit") == "currency_per_mtok")
    )
    newest = prices["known_from"].max()
    after = pl.lit(newest, pl.Datetime("us")) + timedelta(microseconds=1)
    month = pl.col("valid_from").dt.truncate("1mo")
    first = pl.when(month == pl.col("valid_from")).then(month).otherwise(month.dt.offset_by("1mo"))
    monthly = (
        listed.select(
            "provider_id",
            "sku",
            "model_id",
            "token_class",
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
            price=(3 * pl.col("price") + pl.col("price_output")) / 4,
            fact_ids=pl.concat_list("fact_ids", "fact_ids_output"),
        )
        .select(monthly.columns)
    )
    return (
        pl.concat([monthly, blended])
        .with_columns(is_first_party=pl.col("provider_id").is_in(models["organization_id"].unique().to_list()))
        .sort("token_class", "provider_id", "sku", "period")
    )


def matched_models(listed: pl.DataFrame) -> pl.DataFrame:
    """The index numbers of one token class, a row a month that has an item, and the weights."""
    import numpy as np

    from pipelines.methods import index_numbers

    months, prices = price_matrix(listed)
    counts = index_numbers.matched(prices)
    runs = unbroken(np.diagonal(counts, offset=1) >= LEAST_MATCHED)
    priced = ~np.isnan(prices)
    changed = priced[:, 1:] & priced[:, :-1] & (prices[:, 1:] != prices[:, :-1])
    free = dict(listed.filter(pl.col("price") == 0).group_by("period").len().iter_rows())
    months_in_runs = pl.Series([False] * len(months))
    bases: list[datetime | None] = [None] * len(months)
    whole = {name: np.zeros(len(months), dtype=np.int64) for name in ("n_matched_direct", "n_geks")}
    for run in runs:
        bases[run] = [months[run.start]] * (run.stop - run.start)
        whole["n_matched_direct"][run] = counts[run.start, run]
        whole["n_geks"][run] = in_window(priced[:, run])
    unweighted = pl.DataFrame(
        {
            "token_class": [listed["token_class"][0]] * len(months),
            "period": months,
            "base_period": bases,
            "geks_window": [GEKS_WINDOW] * len(months),
            "n_matched": [0, *np.diagonal(counts, offset=1).astype(np.int64)],
            "n_items": priced.sum(axis=0),
            "n_changed": [0, *changed.sum(axis=0)],
            "n_free": [free.get(month, 0) for month in months],
            **whole,
        },
    )
def price_matrix(listed: pl.DataFrame) -> tuple[list[datetime], "Matrix"]:
    """The months without a hole between them, and the prices above zero: a row an item, a column a month."""
    import numpy as np

    months = (
        listed.select(pl.datetime_range(pl.col("period").min(), pl.col("period").max(), "1mo")).to_series().to_list()
    )
    priced = listed.filter(pl.col("price") > 0).select(
        pl.struct("provider_id", "sku").rle_id().cast(pl.Int64).alias("item"),
        (pl.col("period").dt.year().cast(pl.Int64) * 12 + pl.col("period").dt.month()).alias("month"),
        "price",
    )
    prices = np.full((priced["item"].n_unique(), len(months)), np.nan)
    first = months[0].year * 12 + months[0].month
    prices[priced["item"].to_numpy(), priced["month"].to_numpy() - first] = priced["price"].to_numpy()
    return months, prices


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


def in_window(prices: "Matrix", window: int) -> "NDArray[np.int64]":
    """How many items of each period are priced in another period of its window too."""
    import numpy as np

    priced = ~np.isnan(prices)
    counts = []
    for period in range(priced.shape[1]):
        first = max(0, period - window + 1)
        inside = priced[:, first : max(period + 1, window)]
        counts.append(int((priced[:, period] & (inside.sum(axis=1) > 1)).sum()))
    return np.array(counts)


def model_scores(scores: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """A model's score at the benchmark: the median of those that stand. Models that reason are left out: their tokens
    for a task are others."""
    return (
        scores.filter((pl.col("benchmark_id") == BENCHMARK) & (pl.col("status") == "active"))
        .join(models.filter(pl.col("is_reasoning").is_not_null() & ~pl.col("is_reasoning")), on="model_id", how="semi")
        .group_by("model_id", maintain_order=True)
        .agg(pl.col("score").median(), pl.col("fact_id").alias("score_fact_ids"))
    )


def model_prices(listed: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """A row a month and scored model: the median of its SKUs' rates. Months of too few models are left out."""
    return (
        listed.filter(pl.col("price") > 0)
        .join(scores, on="model_id")
        .group_by("period", "model_id")
        .agg(pl.col("price").median(), pl.col("score", "score_fact_ids").first())
        .filter(pl.len().over("period") >= LEAST_MATCHED)
        .sort("period", "model_id")
    )


def quality_adjusted(scored: pl.DataFrame) -> pl.DataFrame:
    """The time-dummy hedonic index, a row a month of `scored`: what a model of one score costs, 100 in the first."""
    import numpy as np

    from pipelines.methods.hedonic import time_dummy

    if scored["score"].n_unique() < 2:
        return pl.DataFrame(schema=HEDONIC)
    months = scored["period"].unique().sort()
    fitted = time_dummy(
        np.log(scored["price"].to_numpy()),
        scored["score"].to_numpy(),
        scored["period"].rle_id().cast(pl.Int64).to_numpy(),
        groups=scored["model_id"].rank("dense").cast(pl.Int64).to_numpy(),
    )
    low, high = fitted.interval(CONFIDENCE)
    levels = {
        "hedonic": fitted.levels(),
        "hedonic_low": low,
        "hedonic_high": high,
        "hedonic_corrected": fitted.corrected(),
    }
    return pl.DataFrame(
        {
            "period": months,
            **{name: (100 * values).round(9) for name, values in levels.items()},
            "hedonic_error": fitted.errors.round(9),
            "hedonic_base_period": [months[0]] * len(months),
            "benchmark_id": [BENCHMARK] * len(months),
            "n_hedonic": scored.group_by("period", maintain_order=True).len()["len"].cast(pl.Int64),
        },
        schema=HEDONIC,
    )


def entering_facts(listed: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """The facts by the first month that they enter."""
    return (
        pl.concat(
            [
                listed.select("period", pl.col("fact_ids").alias("fact_id")).explode("fact_id"),
                scored.select("period", pl.col("score_fact_ids").alias("fact_id")).explode("fact_id"),
            ]
        )
        .group_by("fact_id")
        .agg(pl.col("period").min())
        .group_by("period")
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
        "facts.capability_score": ("model_id", "benchmark_id", "score", "status", "fact_id"),
        "ref.model": ("model_id", "organization_id", "is_reasoning"),
    },
    make=price_index,
)
