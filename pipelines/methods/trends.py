"""Rates of decline: the slope of log10 price on the day, by several estimators, each with its 90% interval. What they
are drawn from is no concern of this module.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy import ndarray

ESTIMATORS = ("ols", "theil_sen", "pairs_bootstrap", "residual_bootstrap", "end_points")
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


def rates(days: ndarray, logs: ndarray) -> dict[str, Rate]:
    """The rate of three or more steps in the order of their days, `logs` being log10 of the price, by every estimator.

    ols: least squares; the interval is Student's, with n - 2 degrees of freedom. theil_sen: the median of the slopes of
    all pairs, with Sen's interval. pairs_bootstrap, residual_bootstrap: least squares, with the percentiles of the
    slopes of resampled steps, or of the line plus resampled residuals. end_points: the first and the last step alone.
    """
    from scipy import stats

    sen, _, sen_low, sen_high = stats.theilslopes(logs, days, LEVEL)
    x, y = days - days.mean(), logs - logs.mean()
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    r2 = float(np.corrcoef(x, y)[0, 1] ** 2)
    reach = _students_quantile(len(days) - 2) * np.sqrt(covariance[0, 0])
    ends = (logs[-1] - logs[0]) / (days[-1] - days[0])
    return {
        "ols": Rate(factor(slope), factor(slope + reach), factor(slope - reach), r2),
        "theil_sen": Rate(factor(sen), factor(sen_high), factor(sen_low)),
        "pairs_bootstrap": Rate(factor(slope), *_interval(_slopes_of_samples(x, y)), r2),
        "residual_bootstrap": Rate(factor(slope), *_interval(_slopes_of_residuals(x, y, slope)), r2),
        "end_points": Rate(factor(ends)),
    }


def factor(slope: float) -> float:
    """The factor of decline per year of a slope in log10 price per day."""
    return float(10 ** (-slope * DAYS_PER_YEAR))


def _slopes_of_samples(x: ndarray, y: ndarray) -> ndarray:
    """The slope of each sample of steps; one that draws a single day has none. Days and logarithms are given less their
    means."""
    x_mean, y_mean, xy_mean, xx_mean = (_counts(len(x)) @ np.column_stack([x, y, x * y, x * x]) / len(x)).T
    spread = xx_mean - x_mean**2
    told = spread > 1e-9
    slopes: ndarray = (xy_mean - x_mean * y_mean)[told] / spread[told]
    return slopes


def _slopes_of_residuals(x: ndarray, y: ndarray, slope: float) -> ndarray:
    """The slope of the line plus each sample of its residuals. Days and logarithms are given less their means."""
    slopes: ndarray = slope + (y - slope * x)[_samples(len(x))] @ x / (x @ x)
    return slopes


def _interval(slopes: ndarray) -> tuple[float, float]:
    steepest, flattest = np.percentile(slopes, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return factor(flattest), factor(steepest)


@cache
def _students_quantile(degrees_of_freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))


@cache
def _samples(n: int) -> ndarray:
    """Which of n steps each sample draws, a row a sample: of one seed, so that any two paths of n steps share them."""
    return np.random.default_rng(SEED).integers(0, n, (RESAMPLES, n))


@cache
def _counts(n: int) -> ndarray:
    """How often each sample draws each of n steps."""
    return np.stack([(_samples(n) == step).sum(axis=1) for step in range(n)], axis=1).astype(float)
