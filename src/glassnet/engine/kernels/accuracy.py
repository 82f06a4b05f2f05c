"""Accuracies: for each prediction 1 where it hits the target, else 0, and their running weighted mean."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, TOTALS, columns, compiled, inline, vector
from glassnet.engine.kernels.running import add_weighted, weights_of

PRED, TARGET, WEIGHTS, VALUES, ROWS, CLASSES, TARGET_CLASSES, WEIGHT_ROWS = columns(8)


@inline
def argmax(values, start, n):
    """Index of the largest of n values from `start` on: the first of equal ones; the first NaN where there is one."""
    best, index = values[start], 0
    for i in range(1, n):
        v = values[start + i]
        better = not (v <= best) and best == best
        best = v if better else best
        index = i if better else index
    return index


@inline
def in_top_k(p, start, n, target, k):
    """Whether fewer than k of n predictions are larger than that of the class `target`; ties with it do not count."""
    if not (0 <= target < n):
        return False
    own = p[start + int(target)]
    own = own if own == own else p.dtype.type(-np.inf)  # a class that is predicted as NaN ranks last
    larger = 0
    for i in range(n):
        larger += p[start + i] > own
    return larger < k


def accuracy(name, hit):
    """The operation that writes whether each prediction hits.

    Arguments:
        name: Of the operation.
        hit: Function of the predictions `p`, the targets `t`, the number `n` of the row, its classes `C`, and the
            operation's constants `c`, which begin at `k`.

    Reads y_pred (B, R, C), target (B, R, C) or (B, R), weights (B, W) where W is not 0; writes values (B, R).
    Totals: sum of weight * mean value of each example, sum of weights.
    """
    hit = inline(hit)

    def forward(row, run, m):
        B, R, C = run[BATCH], row[ROWS], row[CLASSES]
        N = B * R
        p, t = vector(m.acts, row[PRED], N * C), vector(m.acts, row[TARGET], N * row[TARGET_CLASSES])
        values = vector(m.acts, row[VALUES], N)
        c, k = m.consts, row[CONSTS]
        for n in range(N):
            values[n] = hit(p, t, n, C, c, k)
        W = row[WEIGHT_ROWS]
        add_weighted(vector(m.totals, row[TOTALS], 2), values, weights_of(row, m, WEIGHTS, B, W), B, R, W, R)

    return Operation(name, compiled(forward, f"{name}_forward"))


EQUAL = accuracy("accuracy", lambda p, t, n, C, c, k: p[n] == t[n])
"""Predictions that equal the target; C = 1."""

BINARY = accuracy("binary_accuracy", lambda p, t, n, C, c, k: type(p[n])(p[n] > c[k]) == t[n])
"""Probabilities on the target's side of the threshold, the first constant; C = 1."""

CATEGORICAL = accuracy("categorical_accuracy", lambda p, t, n, C, c, k: argmax(p, n * C, C) == argmax(t, n * C, C))
"""The most probable class is the largest of a one-hot target."""

SPARSE = accuracy("sparse_categorical_accuracy", lambda p, t, n, C, c, k: argmax(p, n * C, C) == t[n])
"""The most probable class is the target's number."""

TOP_K = accuracy("top_k_accuracy", lambda p, t, n, C, c, k: in_top_k(p, n * C, C, argmax(t, n * C, C), c[k]))
"""The class of a one-hot target is among the k (first constant) most probable."""

SPARSE_TOP_K = accuracy("sparse_top_k_accuracy", lambda p, t, n, C, c, k: in_top_k(p, n * C, C, t[n], c[k]))
"""The class of a target's number is among the k (first constant) most probable."""


def _among_first(p, t, n, C, c, k):
    found = False
    for i in range(min(C, int(c[k]))):
        found |= p[n * C + i] == t[n]
    return found


SORTED_TOP_K = accuracy("sorted_top_k_accuracy", _among_first)
"""The target's number is among the first k (first constant) numbers of classes, which the predictions are."""
