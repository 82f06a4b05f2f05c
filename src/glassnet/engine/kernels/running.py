"""Running sums of metrics: weighted means and sums of values, one or more for each example."""

import numba

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, TOTALS, columns, compiled, vector

VALUES, WEIGHTS, ROWS, WEIGHT_ROWS = columns(4)

ordered = numba.njit(error_model="numpy")
"""For sums over examples: without reordering, so that the result is the same however examples are cut into batches."""


@ordered
def add_weighted(m, first, values, weights_at, B, R, W, divisor):
    """Adds weight * sum of values / divisor of each example to `m.totals[first]`, and its weight to `m.totals[first + 1]`.

    Arguments:
        m: `Memory`.
        first: Where the two totals lie.
        values: (B * R,), the R values of each example.
        weights_at: Offset of the weights (B, W) in `m.acts`, -1 for weights of 1. W divides R: a weight counts for R / W values.
        divisor: R for the mean of an example's values, 1 for their sum.
    """
    total, count = m.totals[first], m.totals[first + 1]
    if weights_at < 0:
        for b in range(B):
            value = 0.0
            for r in range(R):
                value += values[b * R + r]
            total += value / divisor
        count += B
    else:
        weights, V = vector(m.acts, weights_at, B * W), R // W
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
    m.totals[first], m.totals[first + 1] = total, count


@compiled
def mean_forward(row, run, m):
    """Totals: sum of weight * mean value of each example, sum of weights.

    Reads values (B, R) and, where there are any, weights (B, W).
    """
    B, R = run[BATCH], row[ROWS]
    add_weighted(m, row[TOTALS], vector(m.acts, row[VALUES], B * R), row[WEIGHTS], B, R, row[WEIGHT_ROWS], R)


@compiled
def sum_forward(row, run, m):
    """Totals: sum of weight * sum of the values of each example, sum of weights.

    Reads values (B, R) and, where there are any, weights (B, W).
    """
    B, R = run[BATCH], row[ROWS]
    add_weighted(m, row[TOTALS], vector(m.acts, row[VALUES], B * R), row[WEIGHTS], B, R, row[WEIGHT_ROWS], 1)


RUNNING_MEAN = Operation("running_mean", mean_forward)
RUNNING_SUM = Operation("running_sum", sum_forward)
