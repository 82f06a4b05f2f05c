"""What convolutions are made of: products of patches of images with kernels, in the three ways that a layer needs.

An *image* (H, W, C) has a patch (KH, KW, C) at each *position* (P, Q). A convolution takes images to positions, its backward pass
and a transposed convolution take positions to images. The numbers of a patch lie `dilation` pixels apart, patches `strides`.
"""

from collections import namedtuple

import numpy as np

from glassnet.engine.kernel import ADD, PART, PATCHES, SCRATCH, SECOND_HALF, SKIP, WHOLE, call, columns, inline, vector
from glassnet.engine.patch_tile import add_run

BLOCK = 192
"""Positions that are worked on at a time: several images where they are small, so that their patches stay in the cache."""
SUM_WIDTH = 64
"""Numbers that are summed side by side; see `add_rows`."""

Geometry = namedtuple("Geometry", "H W C P Q O KH KW SH SW DH DW TOP LEFT GROUPS")
"""Image, positions, kernel, strides, dilation, padding above and to the left, groups of channels."""

# Columns of an operation's row: the tensors' and variables' offsets, a `Geometry`, scratch of each half, modes of gradients.
X, Z, KERNEL, BIAS, FIRST_SIZE, *_REST, HALF_ROOM, DX, DKERNEL, DBIAS = columns(4 + len(Geometry._fields) + 4)


@inline
def geometry_of(row):
    s = FIRST_SIZE
    return Geometry(
        row[s], row[s + 1], row[s + 2], row[s + 3], row[s + 4], row[s + 5], row[s + 6], row[s + 7],
        row[s + 8], row[s + 9], row[s + 10], row[s + 11], row[s + 12], row[s + 13], row[s + 14],
    )  # fmt: skip


@inline
def _span(positions, stride, kernel, dilation):
    """Pixels from the first that a patch reads to the last, both counted."""
    return (positions - 1) * stride + (kernel - 1) * dilation + 1


@inline
def padded_size(g):
    """(height, width) of what the patches of an image reach."""
    return _span(g.P, g.SH, g.KH, g.DH), _span(g.Q, g.SW, g.KW, g.DW)


@inline
def needs_padding(g):
    height, width = padded_size(g)
    return g.TOP > 0 or g.LEFT > 0 or height > g.H or width > g.W


@inline
def images_at_once(g):
    return max(1, BLOCK // (g.P * g.Q))


@inline
def kernel_size(g):
    """Numbers in a kernel (KH, KW, C of a group, O)."""
    return g.KH * g.KW * (g.C // g.GROUPS) * g.O


def room_needed(g, scattered):
    """Elements of scratch of each of two halves: sums of gradients, padded images, and what goes back to the images: patches of
    some rows of positions where these are `scattered`, else positions with a border all round."""
    height, width = max(_span(g.P, g.SH, g.KH, g.DH), g.TOP + g.H), max(_span(g.Q, g.SW, g.KW, g.DW), g.LEFT + g.W)
    images = max(1, BLOCK // (g.P * g.Q))
    back = images * (g.H + (g.KH - 1) * g.DH) * (g.W + (g.KW - 1) * g.DW) * g.O
    if scattered:
        back = max(1, BLOCK // g.Q) * g.Q * g.KH * g.KW * (g.C // g.GROUPS)
    size = g.KH * g.KW * (g.C // g.GROUPS) * g.O + 2 * max(g.C, g.O) + SUM_WIDTH + images * height * width * g.C + back
    return -(-size // 16) * 16


Room = namedtuple("Room", "dkernel dbias sums images back")
"""The parts of a half's scratch: arrays."""


@inline
def room_of_half(row, m, g, outputs):
    """The `Room` of the half that row[PART] stands for; before both lies room for a kernel that is turned round."""
    at = row[SCRATCH] + kernel_size(g) + (row[HALF_ROOM] if row[PART] == SECOND_HALF else 0)
    sums, images = at + kernel_size(g) + outputs, at + kernel_size(g) + 2 * outputs + SUM_WIDTH
    height, width = padded_size(g)
    padded = images_at_once(g) * max(height, g.TOP + g.H) * max(width, g.LEFT + g.W) * g.C
    end = at + row[HALF_ROOM]
    return Room(
        vector(m.scratch, at, kernel_size(g)),
        vector(m.scratch, at + kernel_size(g), outputs),
        vector(m.scratch, sums, outputs + SUM_WIDTH),
        vector(m.scratch, images, padded),
        vector(m.scratch, images + padded, end - images - padded),
    )


@inline
def address(array):
    return np.int64(array.ctypes.data)


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
def convolve(run, g, images, width, height, n, kernel, start, start_row, out):
    """out (n, P, Q, O) = start + patches of the images @ kernel.

    Arguments:
        images: (n * height * width * C,), padded.
        kernel: Address of (KH, KW, C of a group, O).
        start, start_row: Address of what is added to: a bias (start_row 0), or an array like `out`; 0 for nothing.
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
            kernel + shift, g.O * s, start + shift if start != 0 else start, start_row, address(out) + shift, g.O * s,
            n * g.P * g.Q, outer,
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
                address(positions) + shift + p * g.Q * g.O * s, g.O * s, address(dkernel) + shift, g.O * s,
                address(dkernel) + shift, g.O * s, g.KH * g.KW * inner, outer,
            )  # fmt: skip
            call(run[PATCHES], (job, dkernel))


@inline
def scatter(run, g, positions, kernel, patches, image, width):
    """Adds to a padded image, at each of its patches, what its position (P, Q, O) makes of it.

    Arguments:
        positions: (P * Q * O,).
        kernel: Address of (O, KH, KW, C of a group).
        patches: Scratch for the patches of some rows of positions.
        image: (height * width * C,).
    """
    s = patches.itemsize
    inner, outer = g.C // g.GROUPS, g.O // g.GROUPS
    patch, together = g.KH * g.KW * inner, g.DW == 1 and g.GROUPS == 1
    # Neighbouring pixels of all channels are one run of numbers, in the patch as in the image.
    runs, run_length = (1, g.KW * inner) if together else (g.KW, inner)
    lines, into = max(1, BLOCK // g.Q), address(image)
    for first in range(0, g.P, lines):
        count = min(lines, g.P - first)
        for group in range(g.GROUPS):
            job = (
                address(positions) + (first * g.Q * g.O + group * outer) * s, count * g.Q, g.O * s, 1, 0, 0,
                1, 1, outer, 0, 0, s,
                kernel + group * outer * patch * s, patch * s, 0, 0, address(patches), patch * s, count * g.Q, patch,
            )  # fmt: skip
            call(run[PATCHES], (job, patches))
            for p in range(count):
                for kh in range(g.KH):
                    line = ((first + p) * g.SH + kh * g.DH) * width
                    for q in range(g.Q):
                        for kw in range(runs):
                            start = (line + q * g.SW + kw * g.DW) * g.C + group * inner
                            at = (p * g.Q + q) * patch + (kh * g.KW + kw) * inner
                            add_run(patches.dtype.type, into + start * s, address(patches) + at * s, run_length)


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
def unpad(source, H, W, C, target, height, width, top, left, add):
    """Copies the middle of a padded image to (H, W, C), or adds it; what lies outside of the padded image is 0."""
    zero = target.dtype.type(0)
    for h in range(H):
        for w in range(W):
            inside = top + h < height and left + w < width
            at = ((top + h) * width + left + w) * C
            to = target[(h * W + w) * C : (h * W + w + 1) * C]
            for c in range(C):
                value = source[at + c] if inside else zero
                to[c] = to[c] + value if add else value


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
