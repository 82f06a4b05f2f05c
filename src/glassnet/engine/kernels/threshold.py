"""Counting right and wrong decisions at many thresholds at once, in one pass over the predictions."""

import math

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, TOTALS, columns, compiled, inline, vector
from glassnet.engine.kernels.exponential import sigmoid
from glassnet.engine.kernels.running import weights_of

PRED, TARGET, WEIGHTS, ROWS, CLASSES, WEIGHT_ROWS, THRESHOLDS, SPACING, TOP_K, CLASS, LABELS, FROM_LOGITS = columns(12)

# row[SPACING]: any thresholds; evenly spaced from 0 to 1; evenly spaced, but the outer ones just under 0 and over 1.
ANY, EVEN, EVEN_WIDENED = range(3)
NOT_IN_TOP_K = -1e10


@inline
def kth_largest(p, start, n, k):
    """The k-th largest of n values and its index; of equal ones the first is the larger."""
    value, index = p.dtype.type(np.inf), -1
    for _ in range(min(k, n)):
        best, at = value, -1
        for i in range(n):
            v = p[start + i]
            after = v < value or (v == value and i > index)
            if after and (at < 0 or v > best):
                best, at = v, i
        if at < 0:
            break
        value, index = best, at
    return value, index


@inline
def thresholds_below(x, c, k, T, spacing):
    """How many of the T thresholds, at `k` in the constants, are smaller than x; none for NaN."""
    if spacing == ANY:
        below = 0
        for i in range(T):
            below += x > c[k + i]
        return below
    if x != x:
        return 0
    below = math.ceil(min(max(x, type(x)(0)), type(x)(1)) * type(x)(T - 1))
    return max(int(below), 1) if spacing == EVEN_WIDENED else int(below)


@compiled
def count_forward(row, run, m):
    """Adds each weight to one of the totals: (target is not 0 or is, number of thresholds that are smaller, label).

    Reads y_pred (B, R, C), target (B, R, C), weights (B, W) where W is not 0; constants: T thresholds, then a weight
    for each of the C classes. Totals: positives (T + 1, L), negatives (T + 1, L), where L is C, or 1 where labels are
    counted together.
    With `row[TOP_K]` predictions count as -1e10 unless they are among the k largest of their row.
    """
    B, R, C, T, L, W = run[BATCH], row[ROWS], row[CLASSES], row[THRESHOLDS], row[LABELS], row[WEIGHT_ROWS]
    p, t = vector(m.acts, row[PRED], B * R * C), vector(m.acts, row[TARGET], B * R * C)
    c, k = m.consts, row[CONSTS]
    V = R * C // max(W, 1)
    first, last = (0, C) if row[CLASS] < 0 else (row[CLASS], row[CLASS] + 1)
    from_logits, top, spacing = row[FROM_LOGITS] != 0, row[TOP_K], row[SPACING]
    weights, totals = weights_of(row, m, WEIGHTS, B, W), vector(m.totals, row[TOTALS], 2 * (T + 1) * L)
    low, low_at = p.dtype.type(0), 0
    for n in range(B * R):
        if top > 0:
            low, low_at = kth_largest(p, n * C, C, top)
        for j in range(first, last):
            i = n * C + j
            x = sigmoid(p[i]) if from_logits else p[i]
            if top > 0 and not (x > low or (x == low and j <= low_at)):
                x = p.dtype.type(NOT_IN_TOP_K)
            below = thresholds_below(x, c, k, T, spacing)
            weight = c[k + T + j] * (weights[i // V] if W > 0 else type(c[k])(1))
            label = j if L > 1 else 0
            at = below if t[i] != 0 else below + T + 1
            totals[at * L + label] += weight


THRESHOLD_COUNTS = Operation("threshold_counts", count_forward)
