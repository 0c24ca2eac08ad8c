"""Rates of decline: the slope of log10 price on the day, by several estimators, each with its 90% interval. What they
are drawn from is no concern of this module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

LEVEL = 0.90
DAYS_PER_YEAR = 365
RESAMPLES = 10_000
SEED = 20250312


@dataclass(frozen=True)
class Rate:
    """A factor of decline per year, with its interval; `r2` where a line of least squares is behind it."""

    factor: float
    low: float | None = None
    high: float | None = None
    r2: float | None = None


def factor(slope: float) -> float:
    """The factor of decline per year of a slope in log10 price per day."""
    return float(10 ** (-slope * DAYS_PER_YEAR))


def ols(days: "ndarray", logs: "ndarray") -> Rate:
    """Least squares; the interval is Student's, with n - 2 degrees of freedom."""
    from scipy import stats

    line = stats.linregress(days, logs)
    reach = stats.t.ppf((1 + LEVEL) / 2, len(days) - 2) * line.stderr
    return Rate(factor(line.slope), factor(line.slope + reach), factor(line.slope - reach), float(line.rvalue**2))


def theil_sen(days: "ndarray", logs: "ndarray") -> Rate:
    """The median of the slopes of all pairs, with Sen's interval."""
    from scipy import stats

    slope, _, low, high = stats.theilslopes(logs, days, LEVEL)
    return Rate(factor(slope), factor(high), factor(low))


def pairs_bootstrap(days: "ndarray", logs: "ndarray") -> Rate:
    """Least squares, with the percentiles of the slopes of resampled steps; a sample of one day alone has no slope."""
    chosen = _samples(len(days))
    return _with_percentiles(days, logs, days[chosen], logs[chosen])


def residual_bootstrap(days: "ndarray", logs: "ndarray") -> Rate:
    """Least squares, with the percentiles of the slopes of the line plus resampled residuals."""
    import numpy as np
    from scipy import stats

    line = stats.linregress(days, logs)
    fitted = line.intercept + line.slope * days
    chosen = _samples(len(days))
    return _with_percentiles(days, logs, np.broadcast_to(days, chosen.shape), fitted + (logs - fitted)[chosen])


def end_points(days: "ndarray", logs: "ndarray") -> Rate:
    """The first and the last step alone."""
    return Rate(factor((logs[-1] - logs[0]) / (days[-1] - days[0])))


ESTIMATORS: dict[str, Callable[["ndarray", "ndarray"], Rate]] = {
    "ols": ols,
    "theil_sen": theil_sen,
    "pairs_bootstrap": pairs_bootstrap,
    "residual_bootstrap": residual_bootstrap,
    "end_points": end_points,
}


@cache
def _samples(n: int) -> "ndarray":
    """Which of n steps each sample draws, a row a sample: of one seed, so that any two paths of n steps share them."""
    import numpy as np

    return np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))


def _with_percentiles(days: "ndarray", logs: "ndarray", sample_days: "ndarray", sample_logs: "ndarray") -> Rate:
    import numpy as np

    centred = sample_days - sample_days.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1)
    told = spread > 0
    slopes = (centred * sample_logs).sum(axis=1)[told] / spread[told]
    steepest, flattest = np.percentile(slopes, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    line = ols(days, logs)
    return Rate(line.factor, factor(flattest), factor(steepest), line.r2)
