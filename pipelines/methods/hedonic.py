"""A price index that holds quality fixed: the time-dummy hedonic regression."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class TimeDummy:
    """ln price = intercept + slope x score + the effect of the period. Effects and their standard errors are vectors, a
    value a period; the first period is the base and has the effect 0."""

    intercept: float
    slope: float
    slope_error: float
    effects: Vector
    errors: Vector
    r2: float
    observations: int
    degrees_of_freedom: int

    def levels(self) -> Vector:
        """exp(effect): the price of a score, as a multiple of the base's."""
        return np.exp(self.effects)

    def corrected(self) -> Vector:
        """exp(effect - error^2/2): without the upward bias of the exponential of an estimate."""
        return np.exp(self.effects - self.errors**2 / 2)

    def interval(self, confidence: float) -> tuple[Vector, Vector]:
        """The ends of the levels' interval, by Student's t."""
        from scipy.special import stdtrit

        reach = stdtrit(self.degrees_of_freedom, (1 + confidence) / 2) * self.errors
        return np.exp(self.effects - reach), np.exp(self.effects + reach)


def time_dummy(
    log_prices: Vector, scores: Vector, periods: NDArray[np.int64], groups: NDArray[np.int64] | None = None
) -> TimeDummy:
    """Least squares of ln price on the score and a dummy for each period after the first; `periods` counts from 0 and
    leaves none out.

    Standard errors are the ordinary ones. With `groups` (as the model that several observations are of) they allow for
    any dependence within a group: CR1, with as many degrees of freedom as groups less one.
    """
    count, dummies = len(log_prices), int(periods.max())
    design = np.column_stack([np.ones(count), scores, periods[:, None] == np.arange(1, dummies + 1)])
    coefficients, *_ = np.linalg.lstsq(design, log_prices, rcond=None)
    residuals = log_prices - design @ coefficients
    bread = np.linalg.inv(design.T @ design)
    spare = count - design.shape[1]
    if groups is None:
        degrees, covariance = spare, bread * (residuals @ residuals / spare)
    else:
        _, group = np.unique(groups, return_inverse=True)
        moments = np.zeros((group.max() + 1, design.shape[1]))
        np.add.at(moments, group, design * residuals[:, None])
        degrees = len(moments) - 1
        small_sample = len(moments) / degrees * (count - 1) / spare
        covariance = bread @ moments.T @ moments @ bread * small_sample
    # A variance of nothing comes out a rounding error below zero.
    errors = np.sqrt(np.maximum(np.diagonal(covariance), 0))
    deviations = log_prices - log_prices.mean()
    return TimeDummy(
        intercept=float(coefficients[0]),
        slope=float(coefficients[1]),
        slope_error=float(errors[1]),
        effects=np.concatenate([[0.0], coefficients[2:]]),
        errors=np.concatenate([[0.0], errors[2:]]),
        r2=float(1 - residuals @ residuals / (deviations @ deviations)),
        observations=count,
        degrees_of_freedom=degrees,
    )
