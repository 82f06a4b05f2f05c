"""Pooling: the largest or the mean number of each window of an image, channel by channel."""

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, PART, SCRATCH, SECOND_HALF, columns, compiled, half_of_batch, inline, inline_view, vector
from glassnet.engine.kernels.patches import clear
from glassnet.engine.lanes import lanes_of, larger, load, nothing, store, where_equal

X, A, H, W, C, P, Q, KH, KW, SH, SW, TOP, LEFT, DX = columns(14)


@inline
def _span(p, stride, before, size, kernel):
    """(begin, end) of what window p covers of a side of `size` pixels."""
    begin = p * stride - before
    return max(begin, 0), min(begin + kernel, size)


@inline
def _in_quarters(row):
    """Whether the windows are the usual ones of 2 x 2 that fill the image side by side."""
    squares = row[KH] == 2 and row[KW] == 2 and row[SH] == 2 and row[SW] == 2 and row[TOP] == 0 and row[LEFT] == 0
    return squares and 2 * row[P] <= row[H] and 2 * row[Q] <= row[W]


@inline
def _few_max(x, a, b, p, row):
    """A row of positions of windows of 2 x 2, for so few channels that those of a pixel are one vector."""
    channels, line = row[C], row[W] * row[C]
    at, to = (b * row[H] + 2 * p) * line, (b * row[P] + p) * row[Q] * channels
    for _ in range(row[Q]):
        upper = larger(load(x, at, channels), load(x, at + channels, channels))
        lower = larger(load(x, at + line, channels), load(x, at + line + channels, channels))
        store(a, to, channels, larger(upper, lower))
        at += 2 * channels
        to += channels


@inline
def _few_max_back(x, a, dx, da, b, p, row):
    """The way back through the same."""
    channels, line = row[C], row[W] * row[C]
    at, to = (b * row[H] + 2 * p) * line, (b * row[P] + p) * row[Q] * channels
    for _ in range(row[Q]):
        largest, rest = load(a, to, channels), load(da, to, channels)
        zero = nothing(rest)
        for place in (at, at + channels, at + line):
            found = load(x, place, channels)
            store(dx, place, channels, where_equal(found, largest, rest, zero))
            rest = where_equal(found, largest, zero, rest)
        store(dx, at + line + channels, channels, rest)
        at += 2 * channels
        to += channels


@inline_view
def _quarter(array, b, row, p, q):
    """The four pixels of a window of 2 x 2, in the order of reading."""
    at, line = ((b * row[H] + 2 * p) * row[W] + 2 * q) * row[C], row[W] * row[C]
    channels = row[C]
    return (
        array[at : at + channels],
        array[at + channels : at + 2 * channels],
        array[at + line : at + line + channels],
        array[at + line + channels : at + line + 2 * channels],
    )


@inline_view
def _pixel(array, b, row, h, w):
    at = ((b * row[H] + h) * row[W] + w) * row[C]
    return array[at : at + row[C]]


@inline_view
def _position(array, b, row, p, q):
    at = ((b * row[P] + p) * row[Q] + q) * row[C]
    return array[at : at + row[C]]


@inline
def _arrays(row, run, x_source, a_source):
    """Number of examples of this half, and their part of x or dx, and of a or da."""
    begin, end = half_of_batch(row, run, 1)
    image, pooled = row[H] * row[W] * row[C], row[P] * row[Q] * row[C]
    x = vector(x_source, row[X] + begin * image, (end - begin) * image)
    return end - begin, x, vector(a_source, row[A] + begin * pooled, (end - begin) * pooled)


@compiled
def max_forward(row, run, m):
    """a[p, q, c] = the largest x[h, w, c] of the window at (p, q); what lies outside of the image does not count.

    Reads x (B, H, W, C); writes a (B, P, Q, C). Source: Riesenhuber and Poggio (1999), "Hierarchical Models of Object Recognition
    in Cortex".
    """
    B, x, a = _arrays(row, run, m.acts, m.acts)
    channels, quarters, few = row[C], _in_quarters(row), row[C] <= lanes_of(x)
    for b in range(B):
        for p in range(row[P]):
            if quarters and few:
                _few_max(x, a, b, p, row)
                continue
            for q in range(row[Q]):
                a_pq = _position(a, b, row, p, q)
                if quarters:
                    x0, x1, x2, x3 = _quarter(x, b, row, p, q)
                    for c in range(channels):
                        a_pq[c] = max(max(x0[c], x1[c]), max(x2[c], x3[c]))
                    continue
                top, bottom = _span(p, row[SH], row[TOP], row[H], row[KH])
                left, right = _span(q, row[SW], row[LEFT], row[W], row[KW])
                x_hw = _pixel(x, b, row, top, left)
                for c in range(channels):
                    a_pq[c] = x_hw[c]
                for h in range(top, bottom):
                    for w in range(left, right):
                        x_hw = _pixel(x, b, row, h, w)
                        for c in range(channels):
                            a_pq[c] = max(a_pq[c], x_hw[c])


@compiled
def max_backward(row, run, m):
    """dx[h, w, c] = the sum of da over the windows whose largest number it is; the first one where several are equal.

    Scratch: (C,) for each half.
    """
    B, x, a = _arrays(row, run, m.acts, m.acts)
    _, dx, da = _arrays(row, run, m.act_grads, m.act_grads)
    channels, quarters, few, adding = row[C], _in_quarters(row), row[C] <= lanes_of(x), row[DX] == ADD
    rest = vector(m.scratch, row[SCRATCH] + (channels if row[PART] == SECOND_HALF else 0), channels)
    zero = x.dtype.type(0)
    if not adding and not (quarters and 2 * row[P] == row[H] and 2 * row[Q] == row[W]):
        clear(dx)
    for b in range(B):
        for p in range(row[P]):
            if quarters and few and not adding:
                _few_max_back(x, a, dx, da, b, p, row)
                continue
            for q in range(row[Q]):
                a_pq, da_pq = _position(a, b, row, p, q), _position(da, b, row, p, q)
                if quarters:
                    x0, x1, x2, _ = _quarter(x, b, row, p, q)
                    d0, d1, d2, d3 = _quarter(dx, b, row, p, q)
                    if adding:
                        for c in range(channels):
                            largest, d = a_pq[c], da_pq[c]
                            first = d if x0[c] == largest else zero
                            d = zero if x0[c] == largest else d
                            second = d if x1[c] == largest else zero
                            d = zero if x1[c] == largest else d
                            third = d if x2[c] == largest else zero
                            d0[c] += first
                            d1[c] += second
                            d2[c] += third
                            d3[c] += zero if x2[c] == largest else d
                    else:
                        for c in range(channels):
                            largest, d = a_pq[c], da_pq[c]
                            d0[c] = d if x0[c] == largest else zero
                            d = zero if x0[c] == largest else d
                            d1[c] = d if x1[c] == largest else zero
                            d = zero if x1[c] == largest else d
                            d2[c] = d if x2[c] == largest else zero
                            d3[c] = zero if x2[c] == largest else d
                    continue
                for c in range(channels):
                    rest[c] = da_pq[c]
                top, bottom = _span(p, row[SH], row[TOP], row[H], row[KH])
                left, right = _span(q, row[SW], row[LEFT], row[W], row[KW])
                for h in range(top, bottom):
                    for w in range(left, right):
                        x_hw, dx_hw = _pixel(x, b, row, h, w), _pixel(dx, b, row, h, w)
                        for c in range(channels):
                            largest = x_hw[c] == a_pq[c]
                            dx_hw[c] += rest[c] if largest else zero
                            rest[c] = zero if largest else rest[c]


MAX_POOLING = Operation("max_pooling", Halves(max_forward), Halves(max_backward))


@compiled
def average_forward(row, run, m):
    """a[p, q, c] = the mean of x[h, w, c] over the window at (p, q); what lies outside of the image does not count.

    Reads x (B, H, W, C); writes a (B, P, Q, C). Source: LeCun et al. (1998), "Gradient-Based Learning Applied to Document
    Recognition", section II.B.
    """
    B, x, a = _arrays(row, run, m.acts, m.acts)
    channels, quarters, number = row[C], _in_quarters(row), x.dtype.type
    for b in range(B):
        for p in range(row[P]):
            top, bottom = _span(p, row[SH], row[TOP], row[H], row[KH])
            for q in range(row[Q]):
                a_pq = _position(a, b, row, p, q)
                if quarters:
                    x0, x1, x2, x3 = _quarter(x, b, row, p, q)
                    for c in range(channels):
                        a_pq[c] = ((x0[c] + x1[c]) + (x2[c] + x3[c])) * number(0.25)
                    continue
                left, right = _span(q, row[SW], row[LEFT], row[W], row[KW])
                clear(a_pq)
                for h in range(top, bottom):
                    for w in range(left, right):
                        x_hw = _pixel(x, b, row, h, w)
                        for c in range(channels):
                            a_pq[c] += x_hw[c]
                share = number(1) / number((bottom - top) * (right - left))
                for c in range(channels):
                    a_pq[c] *= share


@compiled
def average_backward(row, run, m):
    """dx[h, w, c] = the sum over the windows that cover it of da, divided by how many pixels they cover."""
    B, dx, da = _arrays(row, run, m.act_grads, m.act_grads)
    channels, number = row[C], dx.dtype.type
    if row[DX] != ADD:
        clear(dx)
    for b in range(B):
        for p in range(row[P]):
            top, bottom = _span(p, row[SH], row[TOP], row[H], row[KH])
            for q in range(row[Q]):
                left, right = _span(q, row[SW], row[LEFT], row[W], row[KW])
                share = number(1) / number((bottom - top) * (right - left))
                da_pq = _position(da, b, row, p, q)
                for h in range(top, bottom):
                    for w in range(left, right):
                        dx_hw = _pixel(dx, b, row, h, w)
                        for c in range(channels):
                            dx_hw[c] += da_pq[c] * share


AVERAGE_POOLING = Operation("average_pooling", Halves(average_forward), Halves(average_backward))
