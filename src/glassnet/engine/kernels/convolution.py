"""Convolution of images."""

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, SCRATCH, SKIP, compiled, half_of_batch, inline, matrix, vector
from glassnet.engine.kernels.geometry import (
    images_at_once,
    images_spread_at_once,
    kernel_size,
    needs_padding,
    padded_size,
    positions_together,
    widened,
)
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
    narrow,
    pad,
    room_of_half,
    spread,
    transpose,
    weigh,
    widen,
)


@compiled
def forward(row, run, m):
    """z[p, q, o] = sum over kh, kw, c of x[p * SH + kh * DH - TOP, q * SW + kw * DW - LEFT, c] * kernel[kh, kw, c, o] + bias[o].

    Reads x (B, H, W, C), 0 outside of the image, kernel (KH, KW, C, O), bias (O,) where there is one; writes z (B, P, Q, O). With
    groups, each group of the outputs sees one group of the channels. Source: LeCun et al. (1989), "Backpropagation Applied to
    Handwritten Zip Code Recognition".
    """
    g = geometry_of(row)
    begin, end = half_of_batch(row, run, 1)
    room, at_once = room_of_half(row, m, g, g.O), images_at_once(g)
    height, width = padded_size(g)
    padded = needs_padding(g)
    if padded:
        clear(room.images)
    values = vector(m.params, row[KERNEL], kernel_size(g))
    bias_values = vector(m.params, max(row[BIAS], 0), g.O if row[BIAS] >= 0 else 0)
    together = positions_together(g)
    if together > 1:
        kernel, bias = widen(values, bias_values, g, together, room.wide)
    else:
        kernel, bias = address(values), address(bias_values) if row[BIAS] >= 0 else np.int64(0)
    w = widened(g, together)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        x = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        z = vector(m.acts, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if padded:
            pad(x, n, g.H, g.W, g.C, room.images, height, width, g.TOP, g.LEFT)
            convolve(run, w, room.images, width, height, n, kernel, bias, 0, z)
        else:
            convolve(run, w, x, g.W, g.H, n, kernel, bias, 0, z)


@compiled
def turn(row, run, m):
    """The kernel (KH, KW, C of a group, O) as a matrix (O, KH * KW * C of a group), as the way back needs it."""
    if row[DX] != SKIP:
        g = geometry_of(row)
        patch = g.KH * g.KW * (g.C // g.GROUPS)
        transpose(matrix(m.params, row[KERNEL], patch, g.O), matrix(m.scratch, row[SCRATCH], g.O, patch))


@inline
def _by_inputs(row, run, m, g, begin, end):
    """dx of the images from `begin` to `end`: each position's gradient goes to its patch."""
    kernel, at_once = address(vector(m.scratch, row[SCRATCH], kernel_size(g))), images_spread_at_once(g)
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
    g = geometry_of(row)
    begin, end = half_of_batch(row, run, 1)
    room, at_once = room_of_half(row, m, g, g.O), images_at_once(g)
    height, width = padded_size(g)
    padded = needs_padding(g)
    begin_sums(row, m, g, room)
    together = positions_together(g)
    w, dkernel = widened(g, together), room.dkernel
    if together > 1:
        dkernel = vector(room.wide, 0, kernel_size(w))
        clear(dkernel)
    if padded:
        clear(room.images)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        x = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        dz = vector(m.act_grads, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if row[DKERNEL] != SKIP:
            if padded:
                pad(x, n, g.H, g.W, g.C, room.images, height, width, g.TOP, g.LEFT)
                weigh(run, w, room.images, width, height, n, dz, dkernel)
            else:
                weigh(run, w, x, g.W, g.H, n, dz, dkernel)
        if row[BIAS] >= 0 and row[DBIAS] != SKIP:
            add_rows(room.dbias, dz, room.sums)
    if together > 1:
        narrow(dkernel, g, together, room.dkernel)
    if row[DX] != SKIP:
        _by_inputs(row, run, m, g, begin, end)


@compiled
def add_up(row, run, m):
    """dkernel and dbias from the sums over the two halves."""
    g = geometry_of(row)
    end_sums(row, m, g, g.O)


CONVOLUTION = Operation("convolution", Halves(forward), (turn, Halves(backward), add_up), patches=True)
