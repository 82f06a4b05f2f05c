"""Softmax and its logarithm: activations that act on all numbers along an axis together."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, columns, compiled, inline, matrix, vector
from glassnet.engine.kernels.exponential import exp, log

Z, A, ROWS, CLASSES, STRIDE, DZ = columns(6)
"""The numbers of one distribution lie `STRIDE` apart; an example holds ROWS * STRIDE distributions of CLASSES
numbers."""


@inline
def largest(z):
    """The largest of z (C,)."""
    top = z[0]
    for i in range(1, z.size):
        top = max(top, z[i])
    return top


@inline
def powers_of_rows(z, out, flat):
    """out (rows, C) = e**(z - the largest of its row), so that nothing overflows.

    `flat` is the memory of `out` as a vector: all exponentials are taken in one loop, because rows of ten are too short
    to fill vector registers.
    """
    rows, C = z.shape
    for r in range(rows):
        z_r, out_r = z[r], out[r]
        top = largest(z_r)
        for i in range(C):
            out_r[i] = z_r[i] - top
    for i in range(rows * C):
        flat[i] = exp(flat[i])


@compiled
def softmax_forward(row, run, m):
    """a_i = e**(z_i - max z) / sum over j of e**(z_j - max z), along the last axis (STRIDE 1).

    Reads z (B, ..., C); writes a alike.
    Source: Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.
    """
    rows, C = run[BATCH] * row[ROWS], row[CLASSES]
    a = matrix(m.acts, row[A], rows, C)
    powers_of_rows(matrix(m.acts, row[Z], rows, C), a, vector(m.acts, row[A], rows * C))
    for r in range(rows):
        a_r = a[r]
        total = a.dtype.type(0)
        for i in range(C):
            total += a_r[i]
        share = a.dtype.type(1) / total
        for i in range(C):
            a_r[i] *= share


@compiled
def softmax_backward(row, run, m):
    """dz_i = a_i (da_i - sum over j of a_j da_j)."""
    rows, C = run[BATCH] * row[ROWS], row[CLASSES]
    a, da = matrix(m.acts, row[A], rows, C), matrix(m.act_grads, row[A], rows, C)
    dz = matrix(m.act_grads, row[Z], rows, C)
    add = row[DZ] == ADD
    for r in range(rows):
        a_r, da_r, dz_r = a[r], da[r], dz[r]
        mean = a.dtype.type(0)
        for i in range(C):
            mean += a_r[i] * da_r[i]
        if add:
            for i in range(C):
                dz_r[i] += a_r[i] * (da_r[i] - mean)
        else:
            for i in range(C):
                dz_r[i] = a_r[i] * (da_r[i] - mean)


@compiled
def softmax_along_forward(row, run, m):
    """As `softmax_forward`, along any axis but the batch's. Reads z (B, ..., C, ...); writes a alike."""
    rows, C, stride = run[BATCH] * row[ROWS], row[CLASSES], row[STRIDE]
    n = rows * C * stride
    z, a = vector(m.acts, row[Z], n), vector(m.acts, row[A], n)
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            top = z[first]
            for i in range(1, C):
                top = max(top, z[first + i * stride])
            total = a.dtype.type(0)
            for i in range(C):
                power = exp(z[first + i * stride] - top)
                a[first + i * stride] = power
                total += power
            for i in range(C):
                a[first + i * stride] /= total


@compiled
def softmax_along_backward(row, run, m):
    """As `softmax_backward`."""
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
            for i in range(C):
                j = first + i * stride
                slope = a[j] * (da[j] - mean)
                dz[j] = dz[j] + slope if add else slope


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
    add = row[DZ] == ADD
    for r in range(rows):
        for s in range(stride):
            first = r * C * stride + s
            total = a.dtype.type(0)
            for i in range(C):
                total += da[first + i * stride]
            for i in range(C):
                j = first + i * stride
                slope = da[j] - exp(a[j]) * total
                dz[j] = dz[j] + slope if add else slope


SOFTMAX = Operation("softmax", softmax_forward, softmax_backward)
SOFTMAX_ALONG = Operation("softmax_along", softmax_along_forward, softmax_along_backward)
LOG_SOFTMAX = Operation("log_softmax", log_softmax_forward, log_softmax_backward)
