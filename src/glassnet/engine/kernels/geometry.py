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

Plan = namedtuple("Plan", "PADDED HEIGHT WIDTH AT_ONCE TOGETHER SHARED HALF")
"""What follows from a geometry: whether images are padded, height and width of what the patches read, images that are worked on
at a time, neighbouring positions that are computed as one (see `positions_together`), scratch for both halves of a batch, and for
each of them."""

both = register_jitable(**INLINED)
"""For functions that are plain Python where a network is planned, and part of their callers in a kernel."""


@both
def kernel_size(g):
    """Numbers in a kernel (KH, KW, C of a group, O)."""
    return g.KH * g.KW * (g.C // g.GROUPS) * g.O


@both
def widened(g, together):
    """The geometry of the same convolution with so many neighbouring positions as one."""
    return Geometry(
        g.H, g.W, g.C, g.P, g.Q // together, together * g.O, g.KH, g.KW + (together - 1) * g.SW,
        g.SH, together * g.SW, g.DH, g.DW, g.TOP, g.LEFT, g.GROUPS,
    )  # fmt: skip


def _row_cost(g):
    """Vectors that are multiplied along a row of positions, for each row and channel of the kernel."""
    return g.KW * -(-g.O // LANES) * g.Q


def positions_together(g):
    """How many neighbouring positions are worth computing as one, where so few channels leave most of a vector empty.

    The positions' outputs are neighbours in memory, and so are their patches of the image. As one patch, which a wider kernel
    takes to several times the channels, they fill the vector; what this costs is the zeros in the wider kernel.

    >>> image = Geometry(H=28, W=28, C=1, P=28, Q=28, O=6, KH=5, KW=5, SH=1, SW=1, DH=1, DW=1, TOP=2, LEFT=2, GROUPS=1)
    >>> positions_together(image._replace(O=64))
    1
    """
    if g.GROUPS > 1 or g.DW > 1:
        return 1
    most = max(1, min(g.Q, 2 * LANES // g.O))
    possible = [together for together in range(1, most + 1) if g.Q % together == 0]
    return min(possible, key=lambda together: _row_cost(widened(g, together)))


def planned(g, together):
    """The `Plan` of a convolution, with so many neighbouring positions as one."""
    height, width = ((n - 1) * stride + (k - 1) * d + 1 for n, stride, k, d in ((g.P, g.SH, g.KH, g.DH), (g.Q, g.SW, g.KW, g.DW)))
    padded = g.TOP > 0 or g.LEFT > 0 or height > g.H or width > g.W
    at_once, wide = max(1, BLOCK // (g.P * g.Q)), widened(g, together)
    images = at_once * max(height, g.TOP + g.H) * max(width, g.LEFT + g.W) * g.C if padded else 0
    half = kernel_size(wide) + 2 * max(g.C, g.O) + SUM_WIDTH + images
    shared, half = (-(-size // LANES) * LANES for size in (kernel_size(wide) + wide.O, half))
    return Plan(int(padded), *((height, width) if padded else (g.H, g.W)), at_once, together, shared, half)
