"""The few functions that Keras keeps under this name."""

from pathlib import Path

import numpy as np

from glassnet.layers.layer import clear_session
from glassnet.random import set_random_seed

__all__ = ["clear_session", "plot_model", "set_random_seed", "to_categorical"]


def plot_model(model, to_file="model.svg"):
    """Writes a drawing of a model's layers and what they read into an SVG file; see `Model.plot`.

    Arguments:
        model: A model, built.
        to_file: Path that ends in .svg.
    """
    path = Path(to_file)
    if path.suffix != ".svg":
        raise ValueError(f"Expected a file name that ends in .svg. Received: {str(to_file)!r}.")
    path.write_text(str(model.plot()), encoding="utf-8")


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
