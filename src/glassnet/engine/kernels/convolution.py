"""Convolution of images."""

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, SCRATCH, SKIP, compiled, half_of_batch, inline_view, matrix, vector
from glassnet.engine.kernels.geometry import ROWS_AT_ONCE, kernel_size, widened
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


@compiled
def widen_kernel(row, run, m):
    """The kernel and bias of neighbouring positions that are computed as one."""
    plan = plan_of(row)
    if plan.TOGETHER > 1:
        g = geometry_of(row)
        widen(row, m, g, plan.TOGETHER, g.O if row[BIAS] >= 0 else 0)


@compiled
def forward(row, run, m):
    """z[p, q, o] = sum over kh, kw, c of x[p * SH + kh * DH - TOP, q * SW + kw * DW - LEFT, c] * kernel[kh, kw, c, o] + bias[o].

    Reads x (B, H, W, C), 0 outside of the image, kernel (KH, KW, C, O), bias (O,) where there is one; writes z (B, P, Q, O). With
    groups, each group of the outputs sees one group of the channels. Source: LeCun et al. (1989), "Backpropagation Applied to
    Handwritten Zip Code Recognition".
    """
    g, plan = geometry_of(row), plan_of(row)
    w = widened(g, plan.TOGETHER)
    begin, end = half_of_batch(row, run, 1)
    room = room_of_half(row, m, g, plan, g.O)
    if plan.TOGETHER > 1:
        kernel = address(vector(m.scratch, row[SCRATCH], 1))
        bias = address(vector(m.scratch, row[SCRATCH] + kernel_size(w), 1))
    else:
        kernel, bias = address(vector(m.params, row[KERNEL], 1)), address(vector(m.params, max(row[BIAS], 0), 1))
    if row[BIAS] < 0:
        bias = np.int64(0)
    if plan.PADDED:
        clear(room.images)
    for b in range(begin, end, plan.AT_ONCE):
        n = min(plan.AT_ONCE, end - b)
        images = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        z = vector(m.acts, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if plan.PADDED:
            pad(images, n, g, plan, room.images)
            images = room.images
        convolve(run, w, images, plan, n, kernel, bias, 0, z)


@compiled
def turn(row, run, m):
    """The kernel (KH, KW, C of a group, O) as a matrix (O, KH * KW * C of a group), as the way back needs it."""
    if row[DX] != SKIP:
        g = geometry_of(row)
        patch = g.KH * g.KW * (g.C // g.GROUPS)
        transpose(matrix(m.params, row[KERNEL], patch, g.O), matrix(m.scratch, row[SCRATCH], g.O, patch))


@inline_view
def _by_inputs(row, run, m, g, begin, end):
    """dx of the images from `begin` to `end`: each position's gradient goes to its patch."""
    kernel, at_once = address(vector(m.scratch, row[SCRATCH], 1)), max(1, ROWS_AT_ONCE // g.P)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        dx = vector(m.act_grads, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        if row[DX] != ADD:
            clear(dx)
        spread(run, g, vector(m.act_grads, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O), n, kernel, dx)


@compiled
def backward(row, run, m):
    """dkernel[kh, kw, c, o] = sum of x * dz over all positions that see x by this number of the kernel, dbias = sum of dz, and
    dx = sum over the positions that see it of kernel * dz. The first two as sums over this half, in scratch."""
    g, plan = geometry_of(row), plan_of(row)
    begin, end = half_of_batch(row, run, 1)
    room = room_of_half(row, m, g, plan, g.O)
    begin_sums(row, m, plan, room)
    if plan.PADDED:
        clear(room.images)
    for b in range(begin, end, plan.AT_ONCE):
        n = min(plan.AT_ONCE, end - b)
        images = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        dz = vector(m.act_grads, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if row[DKERNEL] != SKIP:
            if plan.PADDED:
                pad(images, n, g, plan, room.images)
                images = room.images
            weigh(run, widened(g, plan.TOGETHER), images, plan, n, dz, room.dkernel)
        if row[BIAS] >= 0 and row[DBIAS] != SKIP:
            add_rows(room.dbias, dz, room.sums)
    if row[DX] != SKIP:
        _by_inputs(row, run, m, g, begin, end)


@compiled
def add_up(row, run, m):
    """dkernel and dbias from the sums over the two halves."""
    end_sums(row, m, geometry_of(row).O)


CONVOLUTION = Operation("convolution", (widen_kernel, Halves(forward)), (turn, Halves(backward), add_up), patches=True)
