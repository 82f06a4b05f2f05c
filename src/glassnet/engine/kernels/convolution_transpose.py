"""Transposed convolution: the way back through a convolution, as a way forward."""

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, SCRATCH, SKIP, compiled, half_of_batch, matrix, vector
from glassnet.engine.kernels.geometry import ROWS_AT_ONCE, widened
from glassnet.engine.kernels.patches import (
    BIAS,
    DBIAS,
    DKERNEL,
    DX,
    KERNEL,
    X,
    Z,
    add_rows,
    address,
    begin_sums,
    clear,
    convolve,
    end_sums,
    geometry_of,
    pad,
    plan_of,
    room_of_half,
    spread,
    transpose,
    weigh,
    widen,
)

# The geometry is that of the convolution from z to x: z is the image (H, W, C), x the positions (P, Q, O).


@compiled
def turn(row, run, m):
    """The kernel (KH, KW, C, O) as a matrix (O, KH * KW * C)."""
    g = geometry_of(row)
    patch = g.KH * g.KW * g.C
    transpose(matrix(m.params, row[KERNEL], patch, g.O), matrix(m.scratch, row[SCRATCH], g.O, patch))


@compiled
def forward(row, run, m):
    """z = sum over the positions that see it of kernel * x, + bias: what the backward pass of a convolution does.

    Reads x (B, P, Q, O), kernel (KH, KW, C, O), bias (C,) where there is one; writes z (B, H, W, C). Source: Zeiler et al.,
    "Deconvolutional Networks" (2010).
    """
    g = geometry_of(row)
    begin, end = half_of_batch(row, run, 1)
    kernel, at_once = address(vector(m.scratch, row[SCRATCH], 1)), max(1, ROWS_AT_ONCE // g.P)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        z = vector(m.acts, row[Z] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        if row[BIAS] >= 0:
            bias = vector(m.params, row[BIAS], g.C)
            for i in range(0, z.size, g.C):
                for c in range(g.C):
                    z[i + c] = bias[c]
        else:
            clear(z)
        spread(run, g, vector(m.acts, row[X] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O), n, kernel, z)


@compiled
def widen_kernel(row, run, m):
    """The kernel of neighbouring positions that are computed as one, as the way back needs it."""
    plan = plan_of(row)
    if plan.TOGETHER > 1 and row[DX] != SKIP:
        widen(row, m, geometry_of(row), plan.TOGETHER, 0)


@compiled
def backward(row, run, m):
    """dx is the convolution of dz with the kernel, dkernel that of dz weighed by x, dbias = sum of dz."""
    g, plan = geometry_of(row), plan_of(row)
    w = widened(g, plan.TOGETHER)
    begin, end = half_of_batch(row, run, 1)
    room = room_of_half(row, m, g, plan, g.C)
    kernel = vector(m.scratch, row[SCRATCH], 1) if plan.TOGETHER > 1 else vector(m.params, row[KERNEL], 1)
    begin_sums(row, m, plan, room)
    if plan.PADDED:
        clear(room.images)
    for b in range(begin, end, plan.AT_ONCE):
        n = min(plan.AT_ONCE, end - b)
        x = vector(m.acts, row[X] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        dx = vector(m.act_grads, row[X] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        dz = vector(m.act_grads, row[Z] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        images = dz
        if plan.PADDED:
            pad(dz, n, g, plan, room.images)
            images = room.images
        if row[DKERNEL] != SKIP:
            weigh(run, w, images, plan, n, x, room.dkernel)
        if row[BIAS] >= 0 and row[DBIAS] != SKIP:
            add_rows(room.dbias, dz, room.sums)
        if row[DX] != SKIP:
            convolve(run, w, images, plan, n, address(kernel), np.int64(0), 1 if row[DX] == ADD else 0, dx)


@compiled
def add_up(row, run, m):
    """dkernel and dbias from the sums over the two halves."""
    end_sums(row, m, geometry_of(row).C)


BACKWARD = (widen_kernel, Halves(backward), add_up)
CONVOLUTION_TRANSPOSE = Operation("convolution_transpose", (turn, Halves(forward)), BACKWARD, patches=True)
