"""Images made larger or smaller without anything to learn: borders put on or cut off, pixels repeated or blended."""

import math

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, columns, compiled, half_of_batch, inline, inline_view, vector
from glassnet.engine.kernels.patches import clear

X, A, H, W, C, P, Q, TOP, LEFT, FRAME_DX = columns(10)
*_, BILINEAR, UPSAMPLE_DX = columns(9)


@inline_view
def _part(array, b, row, rows, width, i, j):
    """The channels of one pixel."""
    at = ((b * rows + i) * width + j) * row[C]
    return array[at : at + row[C]]


@inline
def _images(source, offset, row, run, rows, width):
    """Number of examples of this half, and their images."""
    begin, end = half_of_batch(row, run, 1)
    size = rows * width * row[C]
    return end - begin, vector(source, offset + begin * size, (end - begin) * size)


@compiled
def frame_forward(row, run, m):
    """a[p, q] = x[p - TOP, q - LEFT], 0 outside of the image: a border for TOP, LEFT > 0, a cut for TOP, LEFT < 0.

    Reads x (B, H, W, C); writes a (B, P, Q, C).
    """
    B, x = _images(m.acts, row[X], row, run, row[H], row[W])
    _, a = _images(m.acts, row[A], row, run, row[P], row[Q])
    channels = row[C]
    for b in range(B):
        for p in range(row[P]):
            for q in range(row[Q]):
                h, w = p - row[TOP], q - row[LEFT]
                a_pq = _part(a, b, row, row[P], row[Q], p, q)
                if 0 <= h < row[H] and 0 <= w < row[W]:
                    x_hw = _part(x, b, row, row[H], row[W], h, w)
                    for c in range(channels):
                        a_pq[c] = x_hw[c]
                else:
                    clear(a_pq)


@compiled
def frame_backward(row, run, m):
    """dx[h, w] = da[h + TOP, w + LEFT], 0 for what was cut off."""
    B, dx = _images(m.act_grads, row[X], row, run, row[H], row[W])
    _, da = _images(m.act_grads, row[A], row, run, row[P], row[Q])
    channels = row[C]
    if row[FRAME_DX] != ADD:
        clear(dx)
    for b in range(B):
        for p in range(max(0, row[TOP]), min(row[P], row[H] + row[TOP])):
            for q in range(max(0, row[LEFT]), min(row[Q], row[W] + row[LEFT])):
                dx_hw = _part(dx, b, row, row[H], row[W], p - row[TOP], q - row[LEFT])
                da_pq = _part(da, b, row, row[P], row[Q], p, q)
                for c in range(channels):
                    dx_hw[c] += da_pq[c]


FRAME = Operation("frame", Halves(frame_forward), Halves(frame_backward))


@inline
def _sources(i, size, factor, bilinear, like):
    """(two pixels, share of the second) that pixel i of a side that was made `factor` times as long is made of."""
    if not bilinear:
        return i // factor, i // factor, like.dtype.type(0)
    at = (i + 0.5) / factor - 0.5
    before = math.floor(at)
    return max(before, 0), min(before + 1, size - 1), like.dtype.type(at - before)


@compiled
def upsample_forward(row, run, m):
    """a[p, q] = the pixel of x that lies there when it is stretched over a, or the four around there by their nearness.

    Reads x (B, H, W, C); writes a (B, P, Q, C).
    """
    B, x = _images(m.acts, row[X], row, run, row[H], row[W])
    _, a = _images(m.acts, row[A], row, run, row[P], row[Q])
    channels, one = row[C], x.dtype.type(1)
    for b in range(B):
        for p in range(row[P]):
            h0, h1, down = _sources(p, row[H], row[P] // row[H], row[BILINEAR], x)
            for q in range(row[Q]):
                w0, w1, right = _sources(q, row[W], row[Q] // row[W], row[BILINEAR], x)
                a_pq = _part(a, b, row, row[P], row[Q], p, q)
                x00, x01 = _part(x, b, row, row[H], row[W], h0, w0), _part(x, b, row, row[H], row[W], h0, w1)
                if row[BILINEAR]:
                    x10, x11 = _part(x, b, row, row[H], row[W], h1, w0), _part(x, b, row, row[H], row[W], h1, w1)
                    for c in range(channels):
                        upper, lower = (one - right) * x00[c] + right * x01[c], (one - right) * x10[c] + right * x11[c]
                        a_pq[c] = (one - down) * upper + down * lower
                else:
                    for c in range(channels):
                        a_pq[c] = x00[c]


@compiled
def upsample_backward(row, run, m):
    """dx[h, w] = the sum of da over the pixels that it went to, by its share in them."""
    B, dx = _images(m.act_grads, row[X], row, run, row[H], row[W])
    _, da = _images(m.act_grads, row[A], row, run, row[P], row[Q])
    channels, one = row[C], dx.dtype.type(1)
    if row[UPSAMPLE_DX] != ADD:
        clear(dx)
    for b in range(B):
        for p in range(row[P]):
            h0, h1, down = _sources(p, row[H], row[P] // row[H], row[BILINEAR], dx)
            for q in range(row[Q]):
                w0, w1, right = _sources(q, row[W], row[Q] // row[W], row[BILINEAR], dx)
                da_pq = _part(da, b, row, row[P], row[Q], p, q)
                for h, vertical in ((h0, one - down), (h1, down)):
                    for w, horizontal in ((w0, one - right), (w1, right)):
                        share = vertical * horizontal
                        if share > 0:
                            dx_hw = _part(dx, b, row, row[H], row[W], h, w)
                            for c in range(channels):
                                dx_hw[c] += share * da_pq[c]


UPSAMPLE = Operation("upsample", Halves(upsample_forward), Halves(upsample_backward))
