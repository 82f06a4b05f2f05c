"""Losses of a distribution over classes whose targets are numbers of classes."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SCRATCH, columns, compiled, inline, matrix, vector
from glassnet.engine.kernels.constants import constants_reader
from glassnet.engine.kernels.exponential import log, power
from glassnet.engine.kernels.softmax import largest, powers_of_rows

PRED, TARGET, VALUES, MASK, ROWS, CLASSES, IGNORED, DPRED, DTARGET = columns(9)


def sparse(name, value, derivative, of_logits=False, constants=0):
    """The loss whose value is value(p, e, target, c) of the predictions p (C,) for all classes.

    Arguments:
        name: Of the operation.
        value: Function of p, e, the number of the true class and the operation's constants `c`. With `of_logits`,
            e = e**(p - largest p); else e is p.
        derivative: Function of the same, a factor and dp (C,), to which it adds the factor times the derivative.
        of_logits: Whether the predictions are logits.
        constants: How many constants the operation has.

    Reads y_pred (B, ..., C) and target (B, ...); writes values (B, ...) and, where the class IGNORED does not count,
    mask (B, ...): 0 for targets of this class, whose values are 0, else 1. A target that is no class gives NaN.
    Scratch: C for each value, with `of_logits`.
    """
    value, derivative, read_constants = inline(value), inline(derivative), constants_reader(constants)

    def forward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        p, t, values = matrix(m.acts, row[PRED], B, C), vector(m.acts, row[TARGET], B), vector(m.acts, row[VALUES], B)
        e = matrix(m.scratch, row[SCRATCH], B, C) if of_logits else p
        if of_logits:
            powers_of_rows(p, e, vector(m.scratch, row[SCRATCH], B * C))
        c = read_constants(m.consts, row[CONSTS])
        for b in range(B):
            target = np.int64(t[b])
            counts = row[MASK] < 0 or target != row[IGNORED]
            if row[MASK] >= 0:
                m.acts[row[MASK] + b] = counts
            if not counts:
                values[b] = 0
            elif 0 <= target < C:
                values[b] = value(p[b], e[b], target, c)
            else:
                values[b] = np.nan

    def backward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        p, t = matrix(m.acts, row[PRED], B, C), vector(m.acts, row[TARGET], B)
        dp, dvalues = matrix(m.act_grads, row[PRED], B, C), vector(m.act_grads, row[VALUES], B)
        e = matrix(m.scratch, row[SCRATCH], B, C) if of_logits else p
        if of_logits:
            powers_of_rows(p, e, vector(m.scratch, row[SCRATCH], B * C))
        c = read_constants(m.consts, row[CONSTS])
        if row[DPRED] != ADD:
            dp[:] = 0
        for b in range(B):
            target = np.int64(t[b])
            counts = row[MASK] < 0 or target != row[IGNORED]
            if counts and 0 <= target < C:
                derivative(p[b], e[b], target, c, dvalues[b], dp[b])

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


@inline
def _sum(p):
    total = p.dtype.type(0)
    for i in range(p.size):
        total += p[i]
    return total


@inline
def _clipped(q, c):
    return min(max(q, c[0]), type(q)(1) - c[0])


def _crossentropy(p, e, target, c):
    return -log(_clipped(p[target] / _sum(p), c))


def _crossentropy_derivative(p, e, target, c, factor, dp):
    total = _sum(p)
    q = p[target] / total
    if q == _clipped(q, c):
        share = factor / total
        for i in range(p.size):
            dp[i] += share
        dp[target] -= share / q


SPARSE_CATEGORICAL_CROSSENTROPY = sparse("sparse_categorical_crossentropy", _crossentropy, _crossentropy_derivative, constants=1)
"""-log of the true class's share in the sum of the predictions. Constants: epsilon, which clips the share."""


def _crossentropy_of_logits(z, e, target, c):
    return log(_sum(e)) - (z[target] - largest(z))


def _crossentropy_of_logits_derivative(z, e, target, c, factor, dz):
    share = factor / _sum(e)
    for i in range(z.size):
        dz[i] += share * e[i]
    dz[target] -= factor


SPARSE_CATEGORICAL_CROSSENTROPY_OF_LOGITS = sparse(
    "sparse_categorical_crossentropy_of_logits",
    _crossentropy_of_logits,
    _crossentropy_of_logits_derivative,
    of_logits=True,
)
"""log(sum of e**z) - z of the true class."""


def _generalized(p, e, target, c):
    return (type(p[0])(1) - power(p[target], c[0])) / c[0]


def _generalized_derivative(p, e, target, c, factor, dp):
    dp[target] -= factor * power(p[target], c[0] - type(p[0])(1))


GENERALIZED_CROSSENTROPY = sparse("generalized_crossentropy", _generalized, _generalized_derivative, constants=1)
"""(1 - p**q) / q of the true class. Constants: q."""
