"""`marts.price_decline`: the yearly rate of each path of `marts.price_to_reach`, by every estimator."""

import polars as pl

from pipelines.methods import trends
from pipelines.methods.method import Frames, Method
from pipelines.schemas.base import columns
from pipelines.schemas.trend_marts import PriceDecline, ToReach

LEAST_STEPS = 4
PATH = [name for name in ToReach.to_schema().columns if name != "fact_ids"]


def price_decline(frames: Frames) -> pl.DataFrame:
    """One row a path and estimator. Fewer than four steps give no rate, and the row says so. The slope is that of
    log10 price on the day, the factor 10^(-slope x 365), as Epoch AI reckons it; bootstraps draw 10,000 samples from
    numpy's generator seeded with 20250312."""
    paths = frames["marts.price_to_reach"].sort(*PATH, "on_date")
    rows, known = [], {}
    for key, path in paths.group_by(PATH, maintain_order=True):
        first, last = path.row(0, named=True), path.row(-1, named=True)
        shared = {
            **dict(zip(PATH, key, strict=True)),
            "n": path.height,
            "start_date": first["on_date"],
            "end_date": last["on_date"],
            "start_usd_per_mtok": first["usd_per_mtok"],
            "end_usd_per_mtok": last["usd_per_mtok"],
            "fact_ids": path["fact_ids"].explode().unique().sort().to_list(),
        }
        steps = tuple(path["on_date"].dt.epoch("d")), tuple(path["usd_per_mtok"])
        if steps not in known:  # many variants of a threshold come to the same path
            known[steps] = {name: _rate(name, *steps) for name in trends.ESTIMATORS}
        rows += [shared | {"estimator": name} | rate for name, rate in known[steps].items()]
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in columns(PriceDecline)}, orient="row")


def _rate(estimator: str, days: tuple[int, ...], prices: tuple[float, ...]) -> dict[str, object]:
    if len(days) < LEAST_STEPS:
        steps = "step" if len(days) == 1 else "steps"
        return {"suppressed_reason": f"{len(days)} {steps}, of which a rate needs {LEAST_STEPS}"}
    import numpy as np

    rate = trends.ESTIMATORS[estimator](np.array(days, dtype=float), np.log10(prices))
    return {"factor_per_year": rate.factor, "ci90_low": rate.low, "ci90_high": rate.high, "r2": rate.r2}


METHOD = Method(
    "marts.price_decline", {"marts.price_to_reach": (*PATH, "on_date", "usd_per_mtok", "fact_ids")}, price_decline
)
