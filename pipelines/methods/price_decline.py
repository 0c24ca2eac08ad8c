"""`marts.price_decline`: the yearly rate of each path of `marts.price_to_reach`, by every estimator."""

import numpy as np
import polars as pl

from pipelines.methods import trends
from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.trend_marts import PriceDecline, ToReach

LEAST_STEPS = 4
DAYS_OF_A_RATE = 365
FOUND = ("estimator", "factor_per_year", "ci90_low", "ci90_high", "r2", "suppressed_reason")
PATH = [name for name in ToReach.to_schema().columns if name != "fact_ids"]
#: The days and prices of a path.
Steps = tuple[tuple[int, ...], tuple[float, ...]]


def price_decline(frames: Frames) -> pl.DataFrame:
    """One row a path and estimator. Fewer than four steps give no rate, and the row says so. The slope is that of
    log10 price on the day, the factor 10^(-slope x 365), as Epoch AI reckons it, who reckons it of paths of a few
    months too: a path shorter than that is said to be extrapolated. Bootstraps draw 10,000 samples from numpy's
    generator seeded with 20250312."""
    paths = (
        frames["marts.price_to_reach"]
        .sort(*PATH, "on_date")
        .group_by(PATH, maintain_order=True)
        .agg(
            n=pl.len(),
            start_date=pl.col("on_date").first(),
            end_date=pl.col("on_date").last(),
            start_usd_per_mtok=pl.col("usd_per_mtok").first(),
            end_usd_per_mtok=pl.col("usd_per_mtok").last(),
            days=pl.col("on_date").dt.epoch("d"),
            prices=pl.col("usd_per_mtok"),
            fact_ids=pl.col("fact_ids").explode().unique().sort(),
        )
    )
    numbers: dict[Steps, int] = {}  # many variants of a threshold come to the same steps
    steps = [
        numbers.setdefault((tuple(days), tuple(prices)), len(numbers))
        for days, prices in paths.select("days", "prices").iter_rows()
    ]
    rates = [{"steps": number} | rate for found, number in numbers.items() for rate in _rates(*found)]
    schema = {column.name: column.dtype for column in columns(PriceDecline)}
    return (
        paths.with_columns(
            steps=pl.Series(steps, dtype=pl.Int64),
            span_days=(pl.col("end_date") - pl.col("start_date")).dt.total_days(),
        )
        .with_columns(is_extrapolated=pl.col("span_days") < DAYS_OF_A_RATE)
        .join(pl.DataFrame(rates, schema={"steps": pl.Int64} | {name: schema[name] for name in FOUND}), on="steps")
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    )


def _rates(days: tuple[int, ...], prices: tuple[float, ...]) -> list[dict[str, object]]:
    if len(days) < LEAST_STEPS:
        steps = "step" if len(days) == 1 else "steps"
        reason = f"{len(days)} {steps}, of which a rate needs {LEAST_STEPS}"
        return [{"estimator": name, "suppressed_reason": reason} for name in trends.ESTIMATORS]
    return [
        {"estimator": name, "factor_per_year": rate.factor, "ci90_low": rate.low, "ci90_high": rate.high, "r2": rate.r2}
        for name, rate in trends.rates(np.array(days, dtype=float), np.log10(prices)).items()
    ]


METHOD = Method(
    "marts.price_decline", {"marts.price_to_reach": (*PATH, "on_date", "usd_per_mtok", "fact_ids")}, price_decline
)
