"""The few functions that Keras keeps under this name."""

import numpy as np

from glassnet.layers.layer import clear_session
from glassnet.random import set_random_seed

__all__ = ["clear_session", "set_random_seed", "to_categorical"]


def to_categorical(x, num_classes=None):
    """Class numbers (N,) as one-hot rows (N, C).

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    x = np.asarray(x)
    if x.dtype.kind not in "bui" and not (x.dtype.kind == "f" and np.array_equal(x, x.astype(np.int64))):
        raise ValueError(f"Expected whole class numbers. Received: dtype {x.dtype}.")
    x = x.astype(np.int64)
    x = x[..., 0] if x.ndim > 1 and x.shape[-1] == 1 else x
    num_classes = int(x.max()) + 1 if num_classes is None else num_classes
    if x.size and (x.min() < 0 or x.max() >= num_classes):
        raise ValueError(f"Expected class numbers from 0 to {num_classes - 1}. Received: {x.min()} to {x.max()}.")
    return np.eye(num_classes)[x]
