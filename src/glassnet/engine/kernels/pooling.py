"""Pooling: the largest or the mean number of each window of an image, channel by channel."""

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import ADD, columns, compiled, half_of_batch, inline_view, vector
from glassnet.engine.kernels.patches import clear
from glassnet.engine.lanes import added, lanes_of, larger, load, nothing, scaled, store, where_equal

X, A, H, W, C, P, Q, KH, KW, SH, SW, TOP, LEFT, DX = columns(14)


@inline_view
def _span(p, side):
    """(begin, end) of what window p covers of a side: (stride, padding before, pixels, size of a window)."""
    stride, before, size, kernel = side
    begin = p * stride - before
    return max(begin, 0), min(begin + kernel, size)


@inline_view
def _in_quarters(row):
    """Whether the windows are the usual ones of 2 x 2 that fill the image side by side."""
    squares = row[KH] == 2 and row[KW] == 2 and row[SH] == 2 and row[SW] == 2 and row[TOP] == 0 and row[LEFT] == 0
    return squares and 2 * row[P] <= row[H] and 2 * row[Q] <= row[W]


@inline_view
def _bounds(row):
    """The sides down and across, as `_span` takes them, and the positions down and across."""
    down, across = (row[SH], row[TOP], row[H], row[KH]), (row[SW], row[LEFT], row[W], row[KW])
    return down, across, row[P], row[Q]


@inline_view
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
    channels, line, many, quarters = row[C], row[W] * row[C], lanes_of(x), _in_quarters(row)
    down, across, positions_down, positions_across = _bounds(row)
    to = 0
    for b in range(B):
        for p in range(positions_down):
            top, bottom = _span(p, down)
            for q in range(positions_across):
                left, right = _span(q, across)
                start, width = (b * down[2] + top) * line + left * channels, (right - left) * channels
                for c in range(0, channels, many):
                    count, at = min(many, channels - c), start + c
                    if quarters:
                        upper = larger(load(x, at, count), load(x, at + channels, count))
                        lower = larger(load(x, at + line, count), load(x, at + line + channels, count))
                        store(a, to + c, count, larger(upper, lower))
                        continue
                    largest = load(x, at, count)
                    for begin in range(at, at + (bottom - top) * line, line):
                        for pixel in range(begin, begin + width, channels):
                            largest = larger(largest, load(x, pixel, count))
                    store(a, to + c, count, largest)
                to += channels


@compiled
def max_backward(row, run, m):
    """dx[h, w, c] = the sum of da over the windows whose largest number it is; the first one where several are equal."""
    B, x, a = _arrays(row, run, m.acts, m.acts)
    _, dx, da = _arrays(row, run, m.act_grads, m.act_grads)
    channels, line, many = row[C], row[W] * row[C], lanes_of(x)
    quarters, whole = _in_quarters(row) and row[DX] != ADD, 2 * row[P] == row[H] and 2 * row[Q] == row[W]
    if row[DX] != ADD and not (quarters and whole):
        clear(dx)
    down, across, positions_down, positions_across = _bounds(row)
    to = 0
    for b in range(B):
        for p in range(positions_down):
            top, bottom = _span(p, down)
            for q in range(positions_across):
                left, right = _span(q, across)
                start, width = (b * down[2] + top) * line + left * channels, (right - left) * channels
                for c in range(0, channels, many):
                    count, at = min(many, channels - c), start + c
                    largest, rest = load(a, to + c, count), load(da, to + c, count)
                    zero = nothing(rest)
                    if quarters:  # no pixel is in two windows, so that nothing is added up
                        for pixel in (at, at + channels, at + line):
                            found = load(x, pixel, count)
                            store(dx, pixel, count, where_equal(found, largest, rest, zero))
                            rest = where_equal(found, largest, zero, rest)
                        store(dx, at + line + channels, count, rest)
                        continue
                    for begin in range(at, at + (bottom - top) * line, line):
                        for pixel in range(begin, begin + width, channels):
                            found, before = load(x, pixel, count), load(dx, pixel, count)
                            store(dx, pixel, count, added(before, where_equal(found, largest, rest, zero)))
                            rest = where_equal(found, largest, zero, rest)
                to += channels


MAX_POOLING = Operation("max_pooling", Halves(max_forward), Halves(max_backward))


@compiled
def average_forward(row, run, m):
    """a[p, q, c] = the mean of x[h, w, c] over the window at (p, q); what lies outside of the image does not count.

    Reads x (B, H, W, C); writes a (B, P, Q, C). Source: LeCun et al. (1998), "Gradient-Based Learning Applied to Document
    Recognition", section II.B.
    """
    B, x, a = _arrays(row, run, m.acts, m.acts)
    channels, line, many, number = row[C], row[W] * row[C], lanes_of(x), x.dtype.type
    down, across, positions_down, positions_across = _bounds(row)
    to = 0
    for b in range(B):
        for p in range(positions_down):
            top, bottom = _span(p, down)
            for q in range(positions_across):
                left, right = _span(q, across)
                start, width = (b * down[2] + top) * line + left * channels, (right - left) * channels
                share = number(1) / number((bottom - top) * (right - left))
                for c in range(0, channels, many):
                    count, at = min(many, channels - c), start + c
                    total = nothing(load(x, at, count))
                    for begin in range(at, at + (bottom - top) * line, line):
                        for pixel in range(begin, begin + width, channels):
                            total = added(total, load(x, pixel, count))
                    store(a, to + c, count, scaled(total, share))
                to += channels


@compiled
def average_backward(row, run, m):
    """dx[h, w, c] = the sum over the windows that cover it of da, divided by how many pixels they cover."""
    B, dx, da = _arrays(row, run, m.act_grads, m.act_grads)
    channels, line, many, number = row[C], row[W] * row[C], lanes_of(dx), dx.dtype.type
    if row[DX] != ADD:
        clear(dx)
    down, across, positions_down, positions_across = _bounds(row)
    to = 0
    for b in range(B):
        for p in range(positions_down):
            top, bottom = _span(p, down)
            for q in range(positions_across):
                left, right = _span(q, across)
                start, width = (b * down[2] + top) * line + left * channels, (right - left) * channels
                share = number(1) / number((bottom - top) * (right - left))
                for c in range(0, channels, many):
                    count, at = min(many, channels - c), start + c
                    part = scaled(load(da, to + c, count), share)
                    for begin in range(at, at + (bottom - top) * line, line):
                        for pixel in range(begin, begin + width, channels):
                            store(dx, pixel, count, added(load(dx, pixel, count), part))
                to += channels


AVERAGE_POOLING = Operation("average_pooling", Halves(average_forward), Halves(average_backward))
