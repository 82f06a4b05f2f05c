"""Names for the parts of a flat array: the network is one vector, and every number in it has a name."""

import math
from collections.abc import Mapping

import numpy as np

VECTOR = 16
"""Elements to which tensors are aligned, and up to which they have room behind: the float32 numbers of a cache line."""


class Layout:
    """`name -> (offset, shape)` over a flat array, in the order of `add`.

    Arguments:
        alignment: Offsets are multiples of it, counted in elements. 1 leaves no gaps.

    >>> layout = Layout()
    >>> layout.add("dense/kernel", (2, 3)), layout.add("dense/bias", (3,)), layout.size
    (0, 6, 9)
    """

    def __init__(self, alignment=1):
        self.alignment = alignment
        self.entries = {}
        self.size = 0

    def add(self, name, shape):
        """Appends an entry and returns its offset. Raises `ValueError` where the name is taken."""
        if name in self.entries:
            raise ValueError(f"Expected a new name, but {name!r} is in the layout already. Give each layer its own name.")
        offset = -(-self.size // self.alignment) * self.alignment
        self.entries[name] = (offset, tuple(shape))
        self.size = offset + math.prod(shape)
        return offset

    def offset(self, name):
        return self.entries[name][0]


class Vector(Mapping):
    """A flat array and its layout: `vector["dense/kernel"]` is a view on it, never a copy.

    Arguments:
        layout: A `Layout`.
        dtype: Type of the elements.
        array: The flat array to look at; a new one of zeros where none is given.

    >>> layout = Layout(); _ = layout.add("w", (2, 2)); _ = layout.add("b", (2,))
    >>> vector = Vector(layout, "float32")
    >>> vector["w"][0, 1] = 5
    >>> vector.array
    array([0., 5., 0., 0., 0., 0.], dtype=float32)
    """

    def __init__(self, layout, dtype, array=None):
        self.layout = layout
        room = -(-layout.size // layout.alignment) * layout.alignment  # behind the last entry, too
        self.array = aligned_zeros(room, dtype) if array is None else array

    def __getitem__(self, name):
        if name not in self.layout.entries:
            raise KeyError(f"Expected one of {', '.join(self.layout.entries)}. Received: {name!r}.")
        offset, shape = self.layout.entries[name]
        return self.array[offset : offset + math.prod(shape)].reshape(shape)

    def __iter__(self):
        return iter(self.layout.entries)

    def __len__(self):
        return len(self.layout.entries)


def aligned_zeros(size, dtype):
    """A flat array of zeros that starts on a 64-byte boundary, so that vector loads do not straddle cache lines.

    Behind it lie another 64 readable bytes, because tiles read b in whole vectors.
    """
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(size * itemsize + 128, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * itemsize].view(dtype)
