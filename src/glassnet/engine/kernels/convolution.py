"""Convolution of images."""

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, SCRATCH, SKIP, compiled, half_of_batch, inline, matrix, vector
from glassnet.engine.kernels.patches import (
    BIAS,
    DBIAS,
    DKERNEL,
    DX,
    KERNEL,
    Geometry,
    X,
    Z,
    add_rows,
    address,
    begin_sums,
    clear,
    convolve,
    end_sums,
    geometry_of,
    images_at_once,
    kernel_size,
    needs_padding,
    pad,
    padded_size,
    room_of_half,
    scatter,
    transpose,
    unpad,
    weigh,
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
    kernel = vector(m.params, row[KERNEL], kernel_size(g))
    bias = address(vector(m.params, row[BIAS], g.O)) if row[BIAS] >= 0 else np.int64(0)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        x = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        z = vector(m.acts, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if padded:
            pad(x, n, g.H, g.W, g.C, room.images, height, width, g.TOP, g.LEFT)
            convolve(run, g, room.images, width, height, n, address(kernel), bias, 0, z)
        else:
            convolve(run, g, x, g.W, g.H, n, address(kernel), bias, 0, z)


@compiled
def turn(row, run, m):
    """The kernel as the way back needs it. With strides of 1 that is a convolution, too, with the kernel turned by 180 degrees
    and its channels swapped; else each position's gradient goes to its patch by way of a matrix (O, KH * KW * C)."""
    if row[DX] == SKIP:
        return
    g = geometry_of(row)
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    kernel = matrix(m.params, row[KERNEL], g.KH * g.KW * inner, g.O)
    if g.SH > 1 or g.SW > 1:
        transpose(kernel, matrix(m.scratch, row[SCRATCH], g.O, g.KH * g.KW * inner))
        return
    turned = matrix(m.scratch, row[SCRATCH], g.KH * g.KW * outer, g.C)
    for k in range(g.KH * g.KW):
        opposite = (g.KH * g.KW - 1 - k) * inner
        for o in range(outer):
            turned_k = turned[k * outer + o]
            for group in range(g.GROUPS):
                for c in range(inner):
                    turned_k[group * inner + c] = kernel[opposite + c, group * outer + o]


@inline
def _back_by_convolving(row, run, m, g, room, b, n, dz):
    """dx of n images from b on: positions with a border all round are the images of another convolution."""
    H, W, C, O = g.H, g.W, g.C, g.O
    back = Geometry(g.P, g.Q, O, H, W, C, g.KH, g.KW, 1, 1, g.DH, g.DW, 0, 0, g.GROUPS)
    height, width = H + (g.KH - 1) * g.DH, W + (g.KW - 1) * g.DW
    dx = vector(m.act_grads, row[X] + b * H * W * C, n * H * W * C)
    start, start_row = (address(dx), C * dx.itemsize) if row[DX] == ADD else (np.int64(0), 0)
    turned = address(vector(m.scratch, row[SCRATCH], kernel_size(g)))
    if g.KH * g.KW == 1:
        convolve(run, back, dz, width, height, n, turned, start, start_row, dx)
    else:
        top, left = (g.KH - 1) * g.DH - g.TOP, (g.KW - 1) * g.DW - g.LEFT
        pad(dz, n, g.P, g.Q, O, room.back, height, width, top, left)
        convolve(run, back, room.back, width, height, n, turned, start, start_row, dx)


@inline
def _back_by_scattering(row, run, m, g, room, b, n, dz):
    """dx of n images from b on: each position's gradient goes to its patch."""
    height, width = padded_size(g)
    kernel = address(vector(m.scratch, row[SCRATCH], kernel_size(g)))
    for i in range(n):
        image, positions = room.images[: height * width * g.C], dz[i * g.P * g.Q * g.O : (i + 1) * g.P * g.Q * g.O]
        clear(image)
        scatter(run, g, positions, kernel, room.back, image, width)
        dx = vector(m.act_grads, row[X] + (b + i) * g.H * g.W * g.C, g.H * g.W * g.C)
        unpad(image, g.H, g.W, g.C, dx, height, width, g.TOP, g.LEFT, row[DX] == ADD)
    clear(room.images)


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
    clear(room.images)
    if row[DX] != SKIP and g.SH == g.SW == 1:
        clear(room.back)
    for b in range(begin, end, at_once):
        n = min(at_once, end - b)
        x = vector(m.acts, row[X] + b * g.H * g.W * g.C, n * g.H * g.W * g.C)
        dz = vector(m.act_grads, row[Z] + b * g.P * g.Q * g.O, n * g.P * g.Q * g.O)
        if row[DKERNEL] != SKIP:
            if padded:
                pad(x, n, g.H, g.W, g.C, room.images, height, width, g.TOP, g.LEFT)
                weigh(run, g, room.images, width, height, n, dz, room.dkernel)
            else:
                weigh(run, g, x, g.W, g.H, n, dz, room.dkernel)
        if row[BIAS] >= 0 and row[DBIAS] != SKIP:
            add_rows(room.dbias, dz, room.sums)
        if row[DX] != SKIP:
            if g.SH > 1 or g.SW > 1:
                _back_by_scattering(row, run, m, g, room, b, n, dz)
            else:
                _back_by_convolving(row, run, m, g, room, b, n, dz)


@compiled
def add_up(row, run, m):
    """dkernel and dbias from the sums over the two halves."""
    g = geometry_of(row)
    end_sums(row, m, g, g.O)


CONVOLUTION = Operation("convolution", Halves(forward), (turn, Halves(backward), add_up), patches=True)
