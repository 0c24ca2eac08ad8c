"""Index numbers of prices, as the CPI manual of the IMF and ILO defines them: pure functions of matrices.

A matrix of prices or quantities has a row an item and a column a period; NaN is no price. A comparison of periods is a
square matrix: row s, column t is the index of t with s as its base, over the items priced in both (matched models).
Levels are a vector, a value a period. Prices are above zero: a free item has no relative.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def matched(prices: Matrix) -> Matrix:
    """How many items are priced in both of two periods."""
    return _sums(_there(prices), _there(prices))


def jevons(prices: Matrix) -> Matrix:
    """The geometric mean of the price relatives: prod (p1/p0)^(1/n)."""
    sums = _sums(_there(prices), np.log(prices))
    with np.errstate(invalid="ignore"):
        return np.exp((sums - sums.T) / matched(prices))


def carli(prices: Matrix) -> Matrix:
    """The arithmetic mean of the price relatives. It fails time reversal: chained, it drifts upwards."""
    with np.errstate(invalid="ignore"):
        return _sums(1 / prices, prices) / matched(prices)


def dutot(prices: Matrix) -> Matrix:
    """The ratio of the mean prices."""
    return laspeyres(prices, np.ones_like(prices))


def laspeyres(prices: Matrix, quantities: Matrix) -> Matrix:
    """sum p1 q0 / sum p0 q0: what the basket of the base costs now."""
    bought = quantities * _there(prices)
    with np.errstate(invalid="ignore"):
        return _sums(bought, prices) / _sums(bought * prices, _there(prices))


def paasche(prices: Matrix, quantities: Matrix) -> Matrix:
    """sum p1 q1 / sum p0 q1: what the basket of now has become dearer by since the base."""
    return 1 / laspeyres(prices, quantities).T


def fisher(prices: Matrix, quantities: Matrix) -> Matrix:
    """The geometric mean of Laspeyres and Paasche, which is Laspeyres the other way round, turned over."""
    there = laspeyres(prices, quantities)
    return np.sqrt(there / there.T)


def tornqvist(prices: Matrix, quantities: Matrix) -> Matrix:
    """exp( sum (s0 + s1)/2 ln(p1/p0) ), s the shares in what is spent on the matched items."""
    spent, logs = prices * quantities, np.log(prices)
    with np.errstate(invalid="ignore"):
        # The mean of ln(p1/p0) by the shares of the base; its negative, turned over, is that by the shares of now.
        by_base = (_sums(spent, logs) - _sums(spent * logs, _there(prices))) / _sums(spent, _there(prices))
    return np.exp((by_base - by_base.T) / 2)


def where_matched(comparison: Matrix, counts: Matrix, least: int) -> Matrix:
    """The comparison without the pairs of periods that fewer than `least` items match."""
    return np.where(counts >= least, comparison, np.nan)


def chained(comparison: Matrix) -> Vector:
    """Levels, 1 in the first period: the product of the links from each period to the next. NaN from the first link
    that is missing. Chains follow items that enter and leave, but drift where prices bounce."""
    return np.cumprod(np.concatenate([[1.0], np.diagonal(comparison, offset=1)]))


def geks(comparison: Matrix) -> Vector:
    """Levels, 1 in the first period: the geometric mean of all indirect comparisons, l standing for every period, of
    I(s,l) I(l,t). Transitive, and so without drift.

    Where pairs are missing it is the least-squares solution of ln x_t - ln x_s = ln I(s,t) over the pairs that are
    there, which without missing ones is the same. NaN are the periods that no path of pairs joins to the last; the
    first period that is joined has the level 1. The comparison must pass time reversal, as Jevons, Fisher and Törnqvist
    do.
    """
    logs = np.log(comparison)
    there = ~np.isnan(logs)
    levels = logs.mean(axis=0)
    if not there.all():
        degrees = np.diag(there.sum(axis=0).astype(float)) - there
        levels, *_ = np.linalg.lstsq(degrees, _filled(logs).sum(axis=0), rcond=None)
        levels[~_joined_to_last(there)] = np.nan
    relative: Vector = levels - levels[np.argmax(~np.isnan(levels))]
    return np.exp(relative)


def rolling_geks(comparison: Matrix, window: int) -> Vector:
    """GEKS over the first `window` periods, then over each later window of as many, linked by the mean splice (Diewert
    and Fox): the level of a new period is the geometric mean, over the periods that the window shares with what is
    published, of the published level times the change since by the new window. What is published is never revised.
    """
    levels = geks(comparison[:window, :window])
    for last in range(window, len(comparison)):
        first = last - window + 1
        inside = np.log(geks(comparison[first : last + 1, first : last + 1]))
        links = np.log(levels[first:last]) + inside[-1] - inside[:-1]
        links = links[~np.isnan(links)]
        levels = np.append(levels, np.exp(links.mean()) if links.size else np.nan)
    return levels


def _joined_to_last(there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    joined = np.zeros(len(there), dtype=bool)
    joined[-1] = there[-1, -1]
    for _ in there:
        joined |= there[joined].any(axis=0)
    return joined


def _sums(left: Matrix, right: Matrix) -> Matrix:
    """For two periods s and t the sum, over the items, of left(s) x right(t); NaN counts as nothing."""
    return _filled(left).T @ _filled(right)


def _there(matrix: Matrix) -> Matrix:
    return (~np.isnan(matrix)).astype(float)


def _filled(matrix: Matrix) -> Matrix:
    return np.where(np.isnan(matrix), 0.0, matrix)
