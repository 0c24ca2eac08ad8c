"""`marts.price_decline`: the yearly rate of each path of `marts.price_to_reach`, by every estimator."""

import numpy as np
import polars as pl

from pipelines.methods import trends
from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.trend_marts import PriceDecline, ToReach

LEAST_STEPS = 4
DAYS_OF_A_RATE = 365
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
    rows: list[dict[str, object]] = []
    known: dict[tuple[tuple[float, ...], ...], list[dict[str, object]]] = {}
    for path in paths.iter_rows(named=True):
        steps = tuple(path.pop("days")), tuple(path.pop("prices"))
        if steps not in known:  # many variants of a threshold come to the same path
            known[steps] = _rates(*steps)
        span = steps[0][-1] - steps[0][0]
        path |= {"span_days": span, "is_extrapolated": span < DAYS_OF_A_RATE}
        rows += [path | rate for rate in known[steps]]
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in columns(PriceDecline)}, orient="row")


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
