"""Losses of a distribution over classes whose targets are numbers of classes."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, columns, compiled, matrix, vector
from glassnet.engine.kernels.exponential import exp, inline, log, power

PRED, TARGET, VALUES, MASK, ROWS, CLASSES, IGNORED, DPRED, DTARGET = columns(9)


def sparse(name, value, derivative):
    """The loss whose value is value(p, target, c, k), where p (C,) are the predictions for all classes.

    Arguments:
        name: Of the operation.
        value: Function of p, the number of the true class, the operation's constants `c` and where in `c` they begin (`k`).
        derivative: Function of p, the true class, `c`, `k`, a factor and dp (C,), to which it adds the factor times the derivative.

    Reads y_pred (B, ..., C) and target (B, ...); writes values (B, ...) and, where the class IGNORED does not count, mask (B, ...):
    0 for targets of this class, whose values are 0, else 1. A target that is no class gives NaN.
    """
    value, derivative = inline(value), inline(derivative)

    def forward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        p, t = matrix(m.acts, row[PRED], B, C), vector(m.acts, row[TARGET], B)
        values = vector(m.acts, row[VALUES], B)
        c, k = m.consts, row[CONSTS]
        for b in range(B):
            target = np.int64(t[b])
            counts = row[MASK] < 0 or target != row[IGNORED]
            if row[MASK] >= 0:
                m.acts[row[MASK] + b] = counts
            if not counts:
                values[b] = 0
            elif 0 <= target < C:
                values[b] = value(p[b], target, c, k)
            else:
                values[b] = np.nan

    def backward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        p, t = matrix(m.acts, row[PRED], B, C), vector(m.acts, row[TARGET], B)
        dp, dvalues = matrix(m.act_grads, row[PRED], B, C), vector(m.act_grads, row[VALUES], B)
        c, k = m.consts, row[CONSTS]
        if row[DPRED] != ADD:
            dp[:] = 0
        for b in range(B):
            target = np.int64(t[b])
            counts = row[MASK] < 0 or target != row[IGNORED]
            if counts and 0 <= target < C:
                derivative(p[b], target, c, k, dvalues[b], dp[b])

    return Operation(
        name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward")
    )


@inline
def _sum(p):
    total = p.dtype.type(0)
    for i in range(p.size):
        total += p[i]
    return total


@inline
def _clipped(q, c, k):
    return min(max(q, c[k]), type(q)(1) - c[k])


def _crossentropy(p, target, c, k):
    return -log(_clipped(p[target] / _sum(p), c, k))


def _crossentropy_derivative(p, target, c, k, factor, dp):
    total = _sum(p)
    q = p[target] / total
    if q == _clipped(q, c, k):
        share = factor / total
        for i in range(p.size):
            dp[i] += share
        dp[target] -= share / q


SPARSE_CATEGORICAL_CROSSENTROPY = sparse("sparse_categorical_crossentropy", _crossentropy, _crossentropy_derivative)
"""-log of the true class's share in the sum of the predictions. Constants: epsilon, which clips the share."""


@inline
def _largest_and_sum(z):
    """The largest of z, and the sum of e**(z - largest)."""
    top = z[0]
    for i in range(1, z.size):
        top = max(top, z[i])
    total = z.dtype.type(0)
    for i in range(z.size):
        total += exp(z[i] - top)
    return top, total


def _crossentropy_of_logits(z, target, c, k):
    top, total = _largest_and_sum(z)
    return log(total) - (z[target] - top)


def _crossentropy_of_logits_derivative(z, target, c, k, factor, dz):
    top, total = _largest_and_sum(z)
    share = factor / total
    for i in range(z.size):
        dz[i] += share * exp(z[i] - top)
    dz[target] -= factor


SPARSE_CATEGORICAL_CROSSENTROPY_OF_LOGITS = sparse(
    "sparse_categorical_crossentropy_of_logits", _crossentropy_of_logits, _crossentropy_of_logits_derivative
)
"""log(sum of e**z) - z of the true class."""


def _generalized(p, target, c, k):
    return (type(p[0])(1) - power(p[target], c[k])) / c[k]


def _generalized_derivative(p, target, c, k, factor, dp):
    dp[target] -= factor * power(p[target], c[k] - type(p[0])(1))


GENERALIZED_CROSSENTROPY = sparse("generalized_crossentropy", _generalized, _generalized_derivative)
"""(1 - p**q) / q of the true class. Constants: q."""
