"""Shapes with the batch axis in front, of one input or of several."""

import numpy as np


def batch_shape(input_shape):
    """A shape with the batch axis in front, as `(None, 784)`; checks that each size is a positive integer."""
    shape = tuple(input_shape)
    if any(not isinstance(size, int | np.integer) or size < 1 for size in shape[1:]):
        raise ValueError(f"Expected a shape of positive integers behind the batch axis, as (None, 784). Received: {shape}.")
    return shape


def mapped_shapes(function, shapes):
    """What a function makes of a shape, or of each shape in a list or dictionary.

    >>> mapped_shapes(len, (None, 3)), mapped_shapes(len, [(None, 3), (None, 4, 5)])
    (2, [2, 3])
    """
    if isinstance(shapes, dict):
        return {key: mapped_shapes(function, shape) for key, shape in shapes.items()}
    shapes = tuple(shapes)
    if all(isinstance(shape, tuple | list) for shape in shapes) and shapes:
        return [mapped_shapes(function, shape) for shape in shapes]
    return function(shapes)
