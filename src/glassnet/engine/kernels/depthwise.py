"""Depthwise convolution: each channel of an image by itself."""

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, SKIP, compiled, half_of_batch, inline, inline_view, vector
from glassnet.engine.kernels.geometry import kernel_size
from glassnet.engine.kernels.patches import (
    BIAS,
    DX,
    KERNEL,
    X,
    Z,
    add_rows,
    begin_sums,
    clear,
    end_sums,
    geometry_of,
    plan_of,
    room_of_half,
)


@inline
def _reach(g, p, q, kh, kw):
    """(row, column, whether it is inside) of the pixel that a position sees by one place of the kernel."""
    h, w = p * g.SH + kh * g.DH - g.TOP, q * g.SW + kw * g.DW - g.LEFT
    return h, w, 0 <= h < g.H and 0 <= w < g.W


@inline_view
def _part(array, at, size):
    return array[at * size : (at + 1) * size]


@compiled
def forward(row, run, m):
    """z[p, q, c * M + j] = sum over kh, kw of x[p * SH + kh * DH - TOP, q * SW + kw * DW - LEFT, c] * kernel[kh, kw, c, j],
    + bias[c * M + j].

    Reads x (B, H, W, C), 0 outside of the image, kernel (KH, KW, C, M), bias (C * M,) where there is one; writes z (B, P, Q,
    C * M). Source: Sifre and Mallat (2013), "Rotation, Scaling and Deformation Invariant Scattering for Texture Discrimination".
    """
    g = geometry_of(row)
    begin, end = half_of_batch(row, run, 1)
    x, z = vector(m.acts, row[X], end * g.H * g.W * g.C), vector(m.acts, row[Z], end * g.P * g.Q * g.O)
    kernel, M = vector(m.params, row[KERNEL], kernel_size(g)), g.O // g.C
    for b in range(begin, end):
        for p in range(g.P):
            for q in range(g.Q):
                z_pq = _part(z, (b * g.P + p) * g.Q + q, g.O)
                if row[BIAS] >= 0:
                    bias = vector(m.params, row[BIAS], g.O)
                    for o in range(g.O):
                        z_pq[o] = bias[o]
                else:
                    clear(z_pq)
                for kh in range(g.KH):
                    for kw in range(g.KW):
                        h, w, inside = _reach(g, p, q, kh, kw)
                        if not inside:
                            continue
                        x_hw, weights = _part(x, (b * g.H + h) * g.W + w, g.C), _part(kernel, kh * g.KW + kw, g.O)
                        if M == 1:
                            for c in range(g.C):
                                z_pq[c] += x_hw[c] * weights[c]
                        else:
                            for c in range(g.C):
                                for j in range(M):
                                    z_pq[c * M + j] += x_hw[c] * weights[c * M + j]


@compiled
def backward(row, run, m):
    """dkernel[kh, kw, c, j] = sum of x * dz over all positions that see x by this number, dbias = sum of dz, both over this half,
    in scratch; dx = sum over the positions that see it of kernel * dz."""
    g = geometry_of(row)
    begin, end = half_of_batch(row, run, 1)
    plan = plan_of(row)
    room = room_of_half(row, m, g, plan, g.O)
    x, dz = vector(m.acts, row[X], end * g.H * g.W * g.C), vector(m.act_grads, row[Z], end * g.P * g.Q * g.O)
    dx = vector(m.act_grads, row[X], end * g.H * g.W * g.C)
    kernel, M, back = vector(m.params, row[KERNEL], kernel_size(g)), g.O // g.C, row[DX] != SKIP
    begin_sums(row, m, plan, room)
    if back and row[DX] != ADD:
        clear(dx[begin * g.H * g.W * g.C :])
    for b in range(begin, end):
        add_rows(room.dbias, _part(dz, b, g.P * g.Q * g.O), room.sums)
        for p in range(g.P):
            for q in range(g.Q):
                dz_pq = _part(dz, (b * g.P + p) * g.Q + q, g.O)
                for kh in range(g.KH):
                    for kw in range(g.KW):
                        h, w, inside = _reach(g, p, q, kh, kw)
                        if not inside:
                            continue
                        at = (b * g.H + h) * g.W + w
                        x_hw, dweights = _part(x, at, g.C), _part(room.dkernel, kh * g.KW + kw, g.O)
                        dx_hw, weights = _part(dx, at, g.C), _part(kernel, kh * g.KW + kw, g.O)
                        if M == 1:
                            for c in range(g.C):
                                dweights[c] += x_hw[c] * dz_pq[c]
                            if back:
                                for c in range(g.C):
                                    dx_hw[c] += weights[c] * dz_pq[c]
                        else:
                            for c in range(g.C):
                                for j in range(c * M, (c + 1) * M):
                                    dweights[j] += x_hw[c] * dz_pq[j]
                                    if back:
                                        dx_hw[c] += weights[j] * dz_pq[j]


@compiled
def add_up(row, run, m):
    """dkernel and dbias from the sums over the two halves."""
    end_sums(row, m, geometry_of(row).O)


DEPTHWISE = Operation("depthwise", Halves(forward), (Halves(backward), add_up))
