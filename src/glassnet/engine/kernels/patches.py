"""What convolutions are made of: products of patches of images with kernels, in the three ways that a layer needs."""

from collections import namedtuple

import numpy as np

from glassnet.engine.kernel import ADD, PART, PATCHES, SCRATCH, SECOND_HALF, SKIP, WHOLE, call, columns, inline, vector
from glassnet.engine.kernels.geometry import BLOCK, SUM_WIDTH, Geometry, images_size, kernel_size, wide_size, widened

# Columns of an operation's row: the tensors' and variables' offsets, a `Geometry`, scratch of each half, modes of gradients.
X, Z, KERNEL, BIAS, FIRST_SIZE, *_REST, HALF_ROOM, DX, DKERNEL, DBIAS = columns(4 + len(Geometry._fields) + 4)


@inline
def geometry_of(row):
    s = FIRST_SIZE
    return Geometry(
        row[s], row[s + 1], row[s + 2], row[s + 3], row[s + 4], row[s + 5], row[s + 6], row[s + 7],
        row[s + 8], row[s + 9], row[s + 10], row[s + 11], row[s + 12], row[s + 13], row[s + 14],
    )  # fmt: skip


Room = namedtuple("Room", "dkernel dbias sums images wide")
"""The parts of a half's scratch: arrays."""


@inline
def room_of_half(row, m, g, outputs):
    """The `Room` of the half that row[PART] stands for; before both lies room for a kernel that is turned round."""
    at = row[SCRATCH] + kernel_size(g) + (row[HALF_ROOM] if row[PART] == SECOND_HALF else 0)
    sums, images = at + kernel_size(g) + outputs, at + kernel_size(g) + 2 * outputs + SUM_WIDTH
    return Room(
        vector(m.scratch, at, kernel_size(g)),
        vector(m.scratch, at + kernel_size(g), outputs),
        vector(m.scratch, sums, outputs + SUM_WIDTH),
        vector(m.scratch, images, images_size(g)),
        vector(m.scratch, images + images_size(g), wide_size(g)),
    )


@inline
def address(array):
    return np.int64(array.ctypes.data)


@inline
def widen(kernel, bias, g, together, wide):
    """Writes to `wide` the kernel, and behind it the bias, of several neighbouring positions as one: that of each begins at its
    own place. Returns the address of either; that of the bias is 0 where there is none (`bias` is empty)."""
    w = widened(g, together)
    clear(wide)
    for position in range(together):
        for kh in range(g.KH):
            for i in range(g.KW * g.C):
                at = ((kh * w.KW + position * g.SW) * g.C + i) * w.O + position * g.O
                for o in range(g.O):
                    wide[at + o] = kernel[(kh * g.KW * g.C + i) * g.O + o]
        for o in range(bias.size):
            wide[kernel_size(w) + position * g.O + o] = bias[o]
    return address(wide), address(wide[kernel_size(w) :]) if bias.size > 0 else np.int64(0)


@inline
def narrow(dwide, g, together, dkernel):
    """dkernel += what the gradient of a wider kernel says of each of its numbers."""
    w = widened(g, together)
    for position in range(together):
        for kh in range(g.KH):
            for i in range(g.KW * g.C):
                at = ((kh * w.KW + position * g.SW) * g.C + i) * w.O + position * g.O
                for o in range(g.O):
                    dkernel[(kh * g.KW * g.C + i) * g.O + o] += dwide[at + o]


@inline
def pad(source, n, H, W, C, target, height, width, top, left):
    """Copies n images (H, W, C) into the middle of larger ones, of whose borders it writes nothing."""
    rows, numbers = min(H, height - top), min(W, width - left) * C
    for i in range(n):
        for h in range(rows):
            from_row = source[((i * H + h) * W) * C : ((i * H + h) * W) * C + numbers]
            start = ((i * height + top + h) * width + left) * C
            to_row = target[start : start + numbers]
            for j in range(numbers):
                to_row[j] = from_row[j]


@inline
def convolve(run, g, images, width, height, n, kernel, bias, add, out):
    """out (n, P, Q, O) = bias or += patches of the images @ kernel.

    Arguments:
        images: (n * height * width * C,), padded.
        kernel: Address of (KH, KW, C of a group, O).
        bias: Address of (O,); 0 for nothing.
        add: Whether to add to `out` instead.
        out: (n * P * Q * O,).
    """
    s = out.itemsize
    pixel, line = g.C * s, width * g.C * s
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    for group in range(g.GROUPS):
        shift = group * outer * s
        # Neighbouring pixels of all channels are one run of numbers.
        loops = (1, g.KH, g.KW * g.C) if g.DW == 1 and g.GROUPS == 1 else (g.KH, g.KW, inner)
        steps = (0, g.DH * line, s) if g.DW == 1 and g.GROUPS == 1 else (g.DH * line, g.DW * pixel, s)
        job = (
            address(images) + group * inner * s, g.Q, g.SW * pixel, g.P, g.SH * line, height * line,
            loops[0], loops[1], loops[2], steps[0], steps[1], steps[2],
            kernel + shift, g.O * s, bias + shift if bias != 0 else bias, add,
            address(out) + shift, g.O * s, g.Q * g.O * s, g.P * g.Q * g.O * s, n * g.P * g.Q, outer,
        )  # fmt: skip
        call(run[PATCHES], (job, out))


@inline
def weigh(run, g, images, width, height, n, positions, dkernel):
    """dkernel (KH, KW, C of a group, O) += patches of the images, transposed, @ positions (n, P, Q, O)."""
    s = dkernel.itemsize
    pixel, line = g.C * s, width * g.C * s
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    lines = g.P if g.P * g.Q <= BLOCK else max(1, BLOCK // g.Q)
    for group in range(g.GROUPS):
        shift = group * outer * s
        for p in range(0, g.P, lines):
            job = (
                address(images) + group * inner * s + p * g.SH * line, inner, s, g.KW, g.DW * pixel, g.DH * line,
                n, min(lines, g.P - p), g.Q, height * line, g.SH * line, g.SW * pixel,
                address(positions) + shift + p * g.Q * g.O * s, g.O * s, 0, 1,
                address(dkernel) + shift, g.O * s, inner * g.O * s, g.KW * inner * g.O * s, g.KH * g.KW * inner, outer,
            )  # fmt: skip
            call(run[PATCHES], (job, dkernel))


@inline
def _inside(positions, stride, before, size):
    """(begin, end) of the positions for which position * stride - before lies in a side of `size` pixels."""
    begin = (max(before, 0) + stride - 1) // stride
    return begin, min(positions, (size - 1 + before) // stride + 1)


@inline
def _lay_down(run, g, positions, n, kernel, images, p, p_end, q, kh, kw, width):
    """Adds to the images what the positions of the rows from p to p_end, in column q, make of `width` places of the kernel.

    Such positions have no pixel in common, so that each is a row of one product.
    """
    s = images.itemsize
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    patch, line = g.KH * g.KW * inner, g.W * g.C * s
    h, w = p * g.SH + kh * g.DH - g.TOP, q * g.SW + kw * g.DW - g.LEFT
    for group in range(g.GROUPS):
        job = (
            address(positions) + ((p * g.Q + q) * g.O + group * outer) * s, p_end - p, g.Q * g.O * s,
            n, g.P * g.Q * g.O * s, 0,
            1, 1, outer, 0, 0, s,
            kernel + (group * outer * patch + (kh * g.KW + kw) * inner) * s, patch * s, 0, 1,
            address(images) + h * line + (w * g.C + group * inner) * s, g.SH * line, g.H * line, 0,
            n * (p_end - p), width * inner,
        )  # fmt: skip
        call(run[PATCHES], (job, images))


@inline
def spread(run, g, positions, n, kernel, images):
    """Adds to n images, at each of their patches, what its position makes of it; what falls beside an image is not computed.

    Arguments:
        positions: (n * P * Q * O,).
        kernel: Address of (O, KH, KW, C of a group).
        images: (n * H * W * C,).
    """
    for kh in range(g.KH):
        p, p_end = _inside(g.P, g.SH, g.TOP - kh * g.DH, g.H)
        if p >= p_end:
            continue
        for q in range(g.Q):
            left = q * g.SW - g.LEFT
            if g.DW == 1 and g.GROUPS == 1:  # neighbouring pixels of all channels are one run of numbers
                kw, kw_end = max(0, -left), min(g.KW, g.W - left)
                if kw < kw_end:
                    _lay_down(run, g, positions, n, kernel, images, p, p_end, q, kh, kw, kw_end - kw)
            else:
                for kw in range(g.KW):
                    if 0 <= left + kw * g.DW < g.W:
                        _lay_down(run, g, positions, n, kernel, images, p, p_end, q, kh, kw, 1)


@inline
def transpose(matrix, turned):
    """turned (N, M) = matrix (M, N).T"""
    M, N = matrix.shape
    for j in range(N):
        for i in range(M):
            turned[j, i] = matrix[i, j]


@inline
def add_rows(total, rows, room):
    """total (O,) += the sum of rows (n * O,). Several rows are summed side by side in `room`, where they are short."""
    O = total.size
    width = (SUM_WIDTH + O - 1) // O * O
    whole = rows.size // width * width
    sums = room[:width]
    for i in range(width):
        sums[i] = 0
    for start in range(0, whole, width):
        part = rows[start : start + width]
        for i in range(width):
            sums[i] += part[i]
    for start in range(0, width, O):
        for o in range(O):
            total[o] += sums[start + o]
    for start in range(whole, rows.size, O):
        for o in range(O):
            total[o] += rows[start + o]


@inline
def clear(array):
    for i in range(array.size):
        array[i] = 0


@inline
def begin_sums(row, m, g, room):
    """Sets this half's sums of the gradients of kernel and bias to 0; those of both halves where it is the whole."""
    clear(room.dkernel)
    clear(room.dbias)
    if row[PART] == WHOLE:
        size = kernel_size(g) + room.dbias.size
        clear(vector(m.scratch, row[SCRATCH] + kernel_size(g) + row[HALF_ROOM], size))


@inline
def _add_halves(m, offset, size, mode, first, second):
    sums, more, gradient = vector(m.scratch, first, size), vector(m.scratch, second, size), vector(m.grads, offset, size)
    if mode == ADD:
        for i in range(size):
            gradient[i] += sums[i] + more[i]
    else:
        for i in range(size):
            gradient[i] = sums[i] + more[i]


@inline
def end_sums(row, m, g, outputs):
    """dkernel and dbias (outputs,) from the sums of both halves."""
    size = kernel_size(g)
    first = row[SCRATCH] + size
    second = first + row[HALF_ROOM]
    if row[DKERNEL] != SKIP:
        _add_halves(m, row[KERNEL], size, row[DKERNEL], first, second)
    if row[BIAS] >= 0 and row[DBIAS] != SKIP:
        _add_halves(m, row[BIAS], outputs, row[DBIAS], first + size, second + size)
