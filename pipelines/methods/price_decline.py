"""`marts.price_decline`: the yearly rate of each path of `marts.price_to_reach`, by every estimator."""

import hashlib
import json

import numpy as np
import polars as pl

from pipelines.methods import trends
from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.trend_marts import PriceDecline, ToReach

LEAST_STEPS = 4
DAYS_OF_A_RATE = 365
#: What the steps alone tell: it is the same for every path of the same steps, now or the last time.
RATE = ("steps_id", "estimator", "factor_per_year", "ci90_low", "ci90_high", "r2", "suppressed_reason")
PATH = [name for name in ToReach.to_schema().columns if name != "fact_ids"]


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
    found = paths.select("days", "prices").rows()
    steps_ids = [_steps_id(*steps) for steps in found]
    steps = dict(zip(steps_ids, found, strict=True))
    told = frames["marts.price_decline"]
    untold = steps.keys() - set(told["steps_id"])
    schema = {column.name: column.dtype for column in columns(PriceDecline)}
    rates = pl.DataFrame(
        [{"steps_id": steps_id} | rate for steps_id in untold for rate in _rates(*steps[steps_id])],
        schema={name: schema[name] for name in RATE},
    )
    return (
        paths.with_columns(
            steps_id=pl.Series(steps_ids, dtype=pl.String),
            span_days=(pl.col("end_date") - pl.col("start_date")).dt.total_days(),
        )
        .with_columns(is_extrapolated=pl.col("span_days") < DAYS_OF_A_RATE)
        .join(pl.concat([told.select(RATE), rates]), on="steps_id")
        .select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    )


def _steps_id(days: list[int], prices: list[float]) -> str:
    return hashlib.sha256(json.dumps([days, prices]).encode()).hexdigest()[:32]


def _rates(days: list[int], prices: list[float]) -> list[dict[str, object]]:
    if len(days) < LEAST_STEPS:
        steps = "step" if len(days) == 1 else "steps"
        reason = f"{len(days)} {steps}, of which a rate needs {LEAST_STEPS}"
        return [{"estimator": name, "suppressed_reason": reason} for name in trends.ESTIMATORS]
    return [
        {"estimator": name, "factor_per_year": rate.factor, "ci90_low": rate.low, "ci90_high": rate.high, "r2": rate.r2}
        for name, rate in trends.rates(np.array(days, dtype=float), np.log10(prices)).items()
    ]


METHOD = Method(
    "marts.price_decline",
    {"marts.price_to_reach": (*PATH, "on_date", "usd_per_mtok", "fact_ids")},
    price_decline,
    reuses=RATE,
)
