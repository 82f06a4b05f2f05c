"""Bringing features to mean 0 and variance 1, with a mean and variance that are known beforehand."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, columns, compiled, inline, vector

X, A, MEAN, VARIANCE, OUTER, FEATURES, INNER, INVERT, DX = columns(9)


@inline
def _deviation(variance, invert):
    """What a feature is multiplied by: one by its standard deviation, or for the way back that itself."""
    deviation = max(type(variance)(math.sqrt(variance)), type(variance)(1e-7))
    return deviation if invert else type(variance)(1) / deviation


@compiled
def forward(row, run, m):
    """a = (x - mean) / sqrt(variance); inverted, a = x * sqrt(variance) + mean.

    Reads x (B, OUTER, F, INNER), mean (F,), variance (F,); writes a alike.
    """
    F, inner = row[FEATURES], row[INNER]
    mean, variance = vector(m.state, row[MEAN], F), vector(m.state, row[VARIANCE], F)
    for r in range(run[BATCH] * row[OUTER]):
        for f in range(F):
            at = (r * F + f) * inner
            x, a = vector(m.acts, row[X] + at, inner), vector(m.acts, row[A] + at, inner)
            factor, centre = _deviation(variance[f], row[INVERT]), mean[f]
            if row[INVERT]:
                for i in range(inner):
                    a[i] = x[i] * factor + centre
            else:
                for i in range(inner):
                    a[i] = (x[i] - centre) * factor


@compiled
def backward(row, run, m):
    """dx = da / sqrt(variance); inverted, dx = da * sqrt(variance)."""
    F, inner = row[FEATURES], row[INNER]
    variance = vector(m.state, row[VARIANCE], F)
    for r in range(run[BATCH] * row[OUTER]):
        for f in range(F):
            at = (r * F + f) * inner
            dx, da = vector(m.act_grads, row[X] + at, inner), vector(m.act_grads, row[A] + at, inner)
            factor = _deviation(variance[f], row[INVERT])
            for i in range(inner):
                change = da[i] * factor
                dx[i] = dx[i] + change if row[DX] == ADD else change


NORMALIZE = Operation("normalize", forward, backward)
