"""What all initializers share."""

import numpy as np

from glassnet.config import floatx
from glassnet.registry import Configurable, Registry

initializers = Registry("initializer")


def standard(shape, dtype):
    """`shape` as a tuple of integers and `dtype` as a NumPy dtype, `floatx()` where none is given."""
    sizes = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if not all(isinstance(size, int | np.integer) and size >= 0 for size in sizes):
        raise ValueError(f"Expected a shape of non-negative integers. Received: shape={shape!r}.")
    return tuple(int(size) for size in sizes), np.dtype(floatx() if dtype is None else dtype)


class Initializer(Configurable):
    """The base of all initializers. One of your own overrides `__call__` and, to be saved, `get_config`.

    >>> class Ramp(Initializer):
    ...     def __call__(self, shape, dtype="float32"):
    ...         return np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    >>> Ramp()((2, 2))
    array([[0., 1.],
           [2., 3.]], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        """A new array of this shape and dtype; without a dtype, of `floatx()`."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define __call__(self, shape, dtype). Do so.")

    def clone(self):
        """An initializer with the same configuration; without a seed of its own, it draws another one."""
        return self.from_config(self.get_config())
