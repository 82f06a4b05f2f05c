"""Running sums of metrics: weighted means and sums of values, one or more for each example."""

import numba

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, OPTIONS, TOTALS, columns, compiled, inline_view, vector

VALUES, WEIGHTS, ROWS, WEIGHT_ROWS = columns(4)

ordered = numba.njit(**{**OPTIONS, "fastmath": False})
"""For sums over examples: without reordering, so that the result is the same however examples are cut into batches."""


@ordered
def add_weighted(totals, values, weights, B, R, W, divisor):
    """Adds weight * sum of values / divisor of each example to the first of the totals, and its weight to the second.

    Arguments:
        totals: (2,).
        values: (B * R,), the R values of each example.
        weights: (B * W,); W divides R, and each weight counts for R / W values. With W = 0 all weights are 1.
        divisor: R for the mean of an example's values, 1 for their sum.
    """
    total, count = totals[0], totals[1]
    if W == 0:
        for b in range(B):
            value = 0.0
            for r in range(R):
                value += values[b * R + r]
            total += value / divisor
        count += B
    else:
        V = R // W
        for b in range(B):
            value, weight = 0.0, 0.0
            for j in range(b * W, (b + 1) * W):
                part = 0.0
                for r in range(j * V, (j + 1) * V):
                    part += values[r]
                value += weights[j] * part
                weight += weights[j]
            total += value / divisor
            count += weight / W
    totals[0], totals[1] = total, count


@inline_view
def weights_of(row, m, column, B, W):
    """View of the weights (B * W,) at the offset in a column of the row: without elements where there are none."""
    return vector(m.acts, max(row[column], 0), B * W)


@compiled
def mean_forward(row, run, m):
    """Totals: sum of weight * mean value of each example, sum of weights.

    Reads values (B, R) and, where W is not 0, weights (B, W).
    """
    B, R, W = run[BATCH], row[ROWS], row[WEIGHT_ROWS]
    values, weights = vector(m.acts, row[VALUES], B * R), weights_of(row, m, WEIGHTS, B, W)
    add_weighted(vector(m.totals, row[TOTALS], 2), values, weights, B, R, W, R)


@compiled
def sum_forward(row, run, m):
    """Totals: sum of weight * sum of the values of each example, sum of weights.

    Reads values (B, R) and, where W is not 0, weights (B, W).
    """
    B, R, W = run[BATCH], row[ROWS], row[WEIGHT_ROWS]
    values, weights = vector(m.acts, row[VALUES], B * R), weights_of(row, m, WEIGHTS, B, W)
    add_weighted(vector(m.totals, row[TOTALS], 2), values, weights, B, R, W, 1)


RUNNING_MEAN = Operation("running_mean", mean_forward)
RUNNING_SUM = Operation("running_sum", sum_forward)
