"""Softmax and its logarithm: activations that act on all numbers along an axis together."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, columns, compiled, vector
from glassnet.engine.kernels.exponential import exp, log

Z, A, ROWS, CLASSES, STRIDE, DZ = columns(6)
"""The numbers of one distribution lie `STRIDE` apart; an example holds ROWS * STRIDE distributions of CLASSES numbers."""


@compiled
def softmax_forward(row, run, m):
    """a_i = e**(z_i - max z) / sum over j of e**(z_j - max z).

    Reads z (B, ..., C, ...); writes a alike. The largest number is taken off first, so that nothing overflows.
    Source: Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.
    """
    rows, C, stride = run[BATCH] * row[ROWS], row[CLASSES], row[STRIDE]
    n = rows * C * stride
    z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            top = z[first]
            for i in range(1, C):
                top = max(top, z[first + i * stride])
            for i in range(C):
                a[first + i * stride] = z[first + i * stride] - top
    # All exponentials in one loop: rows of ten are too short to fill vector registers.
    for i in range(n):
        a[i] = exp(a[i])
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            total = a.dtype.type(0)
            for i in range(C):
                total += a[first + i * stride]
            share = a.dtype.type(1) / total
            for i in range(C):
                a[first + i * stride] *= share


@compiled
def softmax_backward(row, run, m):
    """dz_i = a_i (da_i - sum over j of a_j da_j)."""
    rows, C, stride = run[BATCH] * row[ROWS], row[CLASSES], row[STRIDE]
    n = rows * C * stride
    a, da, dz = vector(m.acts, row[A], n), vector(m.act_grads, row[A], n), vector(m.act_grads, row[Z], n)
    add = row[DZ] == ADD
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            mean = a.dtype.type(0)
            for i in range(C):
                mean += a[first + i * stride] * da[first + i * stride]
            if add:
                for i in range(C):
                    dz[first + i * stride] += a[first + i * stride] * (da[first + i * stride] - mean)
            else:
                for i in range(C):
                    dz[first + i * stride] = a[first + i * stride] * (da[first + i * stride] - mean)


@compiled
def log_softmax_forward(row, run, m):
    """a_i = z_i - max z - log(sum over j of e**(z_j - max z)).

    Reads z (B, ..., C, ...); writes a alike.
    """
    rows, C, stride = run[BATCH] * row[ROWS], row[CLASSES], row[STRIDE]
    n = rows * C * stride
    z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            top = a.dtype.type(-np.inf)
            for i in range(C):
                top = max(top, z[first + i * stride])
            total = a.dtype.type(0)
            for i in range(C):
                total += exp(z[first + i * stride] - top)
            logarithm = log(total)
            for i in range(C):
                a[first + i * stride] = (z[first + i * stride] - top) - logarithm


@compiled
def log_softmax_backward(row, run, m):
    """dz_i = da_i - e**a_i * sum over j of da_j."""
    rows, C, stride = run[BATCH] * row[ROWS], row[CLASSES], row[STRIDE]
    n = rows * C * stride
    a, da, dz = vector(m.acts, row[A], n), vector(m.act_grads, row[A], n), vector(m.act_grads, row[Z], n)
    keep = row[DZ] == ADD
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            total = a.dtype.type(0)
            for i in range(C):
                total += da[first + i * stride]
            for i in range(C):
                j = first + i * stride
                before = dz[j] if keep else a.dtype.type(0)
                dz[j] = before + da[j] - exp(a[j]) * total


SOFTMAX = Operation("softmax", softmax_forward, softmax_backward)
LOG_SOFTMAX = Operation("log_softmax", log_softmax_forward, log_softmax_backward)
