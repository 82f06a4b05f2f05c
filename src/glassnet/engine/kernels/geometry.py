"""The geometry of a convolution: what a planner and the kernels both work out from it.

An *image* (H, W, C) has a patch (KH, KW, C) at each *position* (P, Q). A convolution takes images to positions, its backward pass
and a transposed convolution take positions to images. The numbers of a patch lie `dilation` pixels apart, patches `strides`.
"""

from collections import namedtuple

from numba.extending import register_jitable

from glassnet.engine.kernel import INLINED
from glassnet.engine.tile import VECTOR_BYTES

BLOCK = 192
"""Positions that are worked on at a time: several images where they are small, so that their patches stay in the cache."""
ROWS_AT_ONCE = 64
"""Rows of positions whose gradients go back to their images at a time: a product of many tiles, with images in the cache."""
SUM_WIDTH = 64
"""Numbers that are summed side by side; see `patches.add_rows`."""
LANES = VECTOR_BYTES // 4
"""Numbers of a vector of the processor, in float32."""

Geometry = namedtuple("Geometry", "H W C P Q O KH KW SH SW DH DW TOP LEFT GROUPS")
"""Image, positions, kernel, strides, dilation, padding above and to the left, groups of channels."""

both = register_jitable(**INLINED)
"""For functions that are plain Python where a network is planned, and part of their callers in a kernel."""


@both
def span(positions, stride, kernel, dilation):
    """Pixels from the first that a patch reads to the last, both counted."""
    return (positions - 1) * stride + (kernel - 1) * dilation + 1


@both
def padded_size(g):
    """(height, width) of what the patches of an image reach."""
    return span(g.P, g.SH, g.KH, g.DH), span(g.Q, g.SW, g.KW, g.DW)


@both
def needs_padding(g):
    height, width = padded_size(g)
    return g.TOP > 0 or g.LEFT > 0 or height > g.H or width > g.W


@both
def images_at_once(g):
    return max(1, BLOCK // (g.P * g.Q))


@both
def images_spread_at_once(g):
    return max(1, ROWS_AT_ONCE // g.P)


@both
def kernel_size(g):
    """Numbers in a kernel (KH, KW, C of a group, O)."""
    return g.KH * g.KW * (g.C // g.GROUPS) * g.O


@both
def images_size(g):
    """Numbers of the images that are padded at a time."""
    height, width = padded_size(g)
    return images_at_once(g) * max(height, g.TOP + g.H) * max(width, g.LEFT + g.W) * g.C


@both
def _row_cost(g, together):
    """Vectors that are multiplied along a row of positions, for each row and channel of the kernel."""
    vectors = (together * g.O + LANES - 1) // LANES
    return (g.KW + (together - 1) * g.SW) * vectors * (g.Q // together)


@both
def positions_together(g):
    """How many neighbouring positions are worth computing as one: so few channels leave most of a vector empty.

    The positions' outputs are neighbours in memory, and so are their patches of the image. As one patch, which a wider kernel
    takes to several times the channels, they fill the vector; what this costs is the zeros in the wider kernel.

    >>> positions_together(Geometry(28, 28, 1, 28, 28, 64, 5, 5, 1, 1, 1, 1, 2, 2, 1))
    1
    """
    best = 1
    if g.GROUPS == 1 and g.DW == 1:
        for together in range(2, min(g.Q, 2 * LANES // g.O) + 1):
            if g.Q % together == 0 and _row_cost(g, together) < _row_cost(g, best):
                best = together
    return best


@both
def widened(g, together):
    """The geometry of the same convolution with so many neighbouring positions as one."""
    return Geometry(
        g.H, g.W, g.C, g.P, g.Q // together, together * g.O, g.KH, g.KW + (together - 1) * g.SW,
        g.SH, together * g.SW, g.DH, g.DW, g.TOP, g.LEFT, g.GROUPS,
    )  # fmt: skip


@both
def wide_size(g):
    """Numbers in the wider kernel and its bias; 0 where there is none."""
    together = positions_together(g)
    return kernel_size(widened(g, together)) + together * g.O if together > 1 else 0


def room_needed(g):
    """Elements of scratch of each of two halves: sums of gradients, padded images, a wider kernel."""
    size = kernel_size(g) + 2 * max(g.C, g.O) + SUM_WIDTH + images_size(g) + wide_size(g)
    return -(-size // 16) * 16
