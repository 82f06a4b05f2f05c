"""Windows of an image along one of its axes: what convolutions and pooling see from where.

Position p sees pixel h by place k of its window where h = p * stride + k * dilation - before.
"""

import numpy as np


def of_position(p, pixels, positions, size, stride, dilation, before):
    """Pairs (pixel, place in the window) of what position p sees within the image.

    >>> of_position(0, 5, 5, 3, 1, 1, 1)
    [(0, 1), (1, 2)]
    """
    seen = [(p * stride + k * dilation - before, k) for k in range(size)]
    return [(h, k) for h, k in seen if 0 <= h < pixels]


def of_pixel(h, pixels, positions, size, stride, dilation, before):
    """Pairs (position, place in its window) of those that see pixel h.

    >>> of_pixel(2, 5, 5, 3, 1, 1, 1)
    [(3, 0), (2, 1), (1, 2)]
    """
    steps = [(divmod(h + before - k * dilation, stride), k) for k in range(size)]
    return [(p, k) for (p, rest), k in steps if rest == 0 and 0 <= p < positions]


def of_weight(k, pixels, positions, size, stride, dilation, before):
    """Pairs (pixel, position) that see each other by place k of the window.

    >>> of_weight(0, 5, 5, 3, 1, 1, 1)
    [(0, 1), (1, 2), (2, 3), (3, 4)]
    """
    seen = [(p * stride + k * dilation - before, p) for p in range(positions)]
    return [(h, p) for h, p in seen if 0 <= h < pixels]


def cut(places):
    """Python for the slice of places that are equally far apart, from the first to the last.

    >>> cut([3, 4, 5]), cut([6, 4, 2]), cut([7])
    ('3:6', '2:7:2', '7:8')
    """
    first, *rest = sorted(places)
    step = rest[0] - first if rest else 1
    return f"{first}:{(rest or [first])[-1] + 1}" + (f":{step}" if step > 1 else "")


def unravelled(flat, shape):
    """The index of a number in an array of `shape`, as plain integers."""
    return tuple(map(int, np.unravel_index(flat, shape)))
