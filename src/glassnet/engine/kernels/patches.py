"""What convolutions are made of: products of patches of images with kernels, in the three ways that a layer needs."""

from collections import namedtuple

import numpy as np

from glassnet.engine.kernel import ADD, PART, PATCHES, SCRATCH, SECOND_HALF, SKIP, WHOLE, call, columns, inline_view, vector
from glassnet.engine.kernels.geometry import BLOCK, SUM_WIDTH, Geometry, Plan, kernel_size, widened

# Columns of an operation's row: the tensors' and variables' offsets, a `Geometry`, a `Plan`, modes of gradients.
X, Z, KERNEL, BIAS, FIRST_SIZE, *_REST, DX, DKERNEL, DBIAS = columns(4 + len(Geometry._fields) + len(Plan._fields) + 3)


@inline_view
def geometry_of(row):
    s = FIRST_SIZE
    return Geometry(
        row[s], row[s + 1], row[s + 2], row[s + 3], row[s + 4], row[s + 5], row[s + 6], row[s + 7],
        row[s + 8], row[s + 9], row[s + 10], row[s + 11], row[s + 12], row[s + 13], row[s + 14],
    )  # fmt: skip


@inline_view
def plan_of(row):
    s = FIRST_SIZE + 15
    return Plan(row[s], row[s + 1], row[s + 2], row[s + 3], row[s + 4], row[s + 5], row[s + 6])


Room = namedtuple("Room", "dkernel dbias sums images")
"""The parts of a half's scratch: arrays. The gradient is that of the kernel of `widened`."""


@inline_view
def room_of_half(row, m, g, plan, outputs):
    """The `Room` of the half that row[PART] stands for; before both lies room for a kernel that is laid out differently."""
    at, size = row[SCRATCH] + plan.SHARED + (plan.HALF if row[PART] == SECOND_HALF else 0), kernel_size(widened(g, plan.TOGETHER))
    images = at + size + 2 * outputs + SUM_WIDTH
    return Room(
        vector(m.scratch, at, size),
        vector(m.scratch, at + size, outputs),
        vector(m.scratch, at + size + outputs, outputs + SUM_WIDTH),
        vector(m.scratch, images, row[SCRATCH] + plan.SHARED + (2 if row[PART] == SECOND_HALF else 1) * plan.HALF - images),
    )


@inline_view
def address(array):
    return np.int64(array.ctypes.data)


@inline_view
def widen(row, m, g, together, bias_size):
    """Writes to the scratch the kernel, and behind it the bias, of several neighbouring positions as one: that of each begins at
    its own place."""
    w, inner = widened(g, together), g.C // g.GROUPS
    kernel = vector(m.params, row[KERNEL], kernel_size(g))
    wide = vector(m.scratch, row[SCRATCH], kernel_size(w) + w.O)
    clear(wide)
    for position in range(together):
        for kh in range(g.KH):
            for i in range(g.KW * inner):
                at, source = ((kh * w.KW + position * g.SW) * inner + i) * w.O + position * g.O, (kh * g.KW * inner + i) * g.O
                for o in range(g.O):
                    wide[at + o] = kernel[source + o]
        for o in range(bias_size):
            wide[kernel_size(w) + position * g.O + o] = m.params[row[BIAS] + o]


@inline_view
def _narrow(first, second, g, together, dkernel):
    """dkernel += what the gradients of a wider kernel, sums of two halves, say of each of its numbers."""
    w, inner = widened(g, together), g.C // g.GROUPS
    rows, numbers = (g.KW * inner, g.O) if together > 1 else (1, g.KW * inner * g.O)
    for position in range(together):
        for kh in range(g.KH):
            for i in range(rows):
                at = ((kh * w.KW + position * g.SW) * inner + i) * w.O + position * g.O
                target = kh * g.KW * inner * g.O + i * g.O
                for o in range(numbers):
                    dkernel[target + o] += first[at + o] + second[at + o]


@inline_view
def pad(source, n, g, plan, target):
    """Copies n images (H, W, C) into the middle of larger ones, of whose borders it writes nothing."""
    rows, numbers = min(g.H, plan.HEIGHT - g.TOP), min(g.W, plan.WIDTH - g.LEFT) * g.C
    for i in range(n):
        for h in range(rows):
            from_row = vector(source, (i * g.H + h) * g.W * g.C, numbers)
            to_row = vector(target, ((i * plan.HEIGHT + g.TOP + h) * plan.WIDTH + g.LEFT) * g.C, numbers)
            for j in range(numbers):
                to_row[j] = from_row[j]


@inline_view
def convolve(run, g, images, plan, n, kernel, bias, add, out):
    """out (n, P, Q, O) = bias or += patches of the images @ kernel.

    Arguments:
        images: (n * plan.HEIGHT * plan.WIDTH * C,).
        kernel: Address of (KH, KW, C of a group, O).
        bias: Address of (O,); 0 for nothing.
        add: Whether to add to `out` instead.
        out: (n * P * Q * O,).
    """
    s = out.itemsize
    pixel, line = g.C * s, plan.WIDTH * g.C * s
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    for group in range(g.GROUPS):
        shift = group * outer * s
        # Neighbouring pixels of all channels are one run of numbers.
        loops = (1, g.KH, g.KW * g.C) if g.DW == 1 and g.GROUPS == 1 else (g.KH, g.KW, inner)
        steps = (0, g.DH * line, s) if g.DW == 1 and g.GROUPS == 1 else (g.DH * line, g.DW * pixel, s)
        job = (
            address(images) + group * inner * s, g.Q, g.SW * pixel, g.P, g.SH * line, plan.HEIGHT * line,
            loops[0], loops[1], loops[2], steps[0], steps[1], steps[2],
            kernel + shift, g.O * s, bias + shift if bias != 0 else bias, add,
            address(out) + shift, g.O * s, g.Q * g.O * s, g.P * g.Q * g.O * s, n * g.P * g.Q, outer,
        )  # fmt: skip
        call(run[PATCHES], (job, out))


@inline_view
def weigh(run, g, images, plan, n, positions, dkernel):
    """dkernel (KH, KW, C of a group, O) += patches of the images, transposed, @ positions (n, P, Q, O)."""
    s = dkernel.itemsize
    pixel, line = g.C * s, plan.WIDTH * g.C * s
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    lines = g.P if g.P * g.Q <= BLOCK else max(1, BLOCK // g.Q)
    for group in range(g.GROUPS):
        shift = group * outer * s
        for p in range(0, g.P, lines):
            job = (
                address(images) + group * inner * s + p * g.SH * line, inner, s, g.KW, g.DW * pixel, g.DH * line,
                n, min(lines, g.P - p), g.Q, plan.HEIGHT * line, g.SH * line, g.SW * pixel,
                address(positions) + shift + p * g.Q * g.O * s, g.O * s, 0, 1,
                address(dkernel) + shift, g.O * s, inner * g.O * s, g.KW * inner * g.O * s, g.KH * g.KW * inner, outer,
            )  # fmt: skip
            call(run[PATCHES], (job, dkernel))


@inline_view
def _inside(positions, stride, before, size):
    """(begin, end) of the positions for which position * stride - before lies in a side of `size` pixels, or of the places in a
    kernel for which place * dilation - before does."""
    begin = (max(before, 0) + stride - 1) // stride
    return begin, min(positions, (size - 1 + before) // stride + 1)


@inline_view
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


@inline_view
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
            first, last = _inside(g.KW, g.DW, -left, g.W)
            # Neighbouring pixels of all channels are one run of numbers.
            together = max(1, last - first) if g.DW == 1 and g.GROUPS == 1 else 1
            for kw in range(first, last, together):
                _lay_down(run, g, positions, n, kernel, images, p, p_end, q, kh, kw, together)


@inline_view
def transpose(matrix, turned):
    """turned (N, M) = matrix (M, N).T"""
    M, N = matrix.shape
    for j in range(N):
        for i in range(M):
            turned[j, i] = matrix[i, j]


@inline_view
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


@inline_view
def clear(array):
    for i in range(array.size):
        array[i] = 0


@inline_view
def begin_sums(row, m, plan, room):
    """Sets this half's sums of the gradients of kernel and bias to 0; those of both halves where it is the whole."""
    clear(room.dkernel)
    clear(room.dbias)
    if row[PART] == WHOLE:
        clear(vector(m.scratch, row[SCRATCH] + plan.SHARED + plan.HALF, room.dkernel.size + room.dbias.size))


@inline_view
def end_sums(row, m, outputs):
    """dkernel and dbias (outputs,) from the sums of both halves."""
    g, plan = geometry_of(row), plan_of(row)
    size, first = kernel_size(widened(g, plan.TOGETHER)), row[SCRATCH] + plan.SHARED
    second = first + plan.HALF
    if row[DKERNEL] != SKIP:
        dkernel = vector(m.grads, row[KERNEL], kernel_size(g))
        if row[DKERNEL] != ADD:
            clear(dkernel)
        _narrow(vector(m.scratch, first, size), vector(m.scratch, second, size), g, plan.TOGETHER, dkernel)
    if row[BIAS] >= 0 and row[DBIAS] != SKIP:
        dbias = vector(m.grads, row[BIAS], outputs)
        if row[DBIAS] != ADD:
            clear(dbias)
        for o in range(outputs):
            dbias[o] += m.scratch[first + size + o] + m.scratch[second + size + o]
