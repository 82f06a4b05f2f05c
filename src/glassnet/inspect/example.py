"""One example or a batch of them: which of the two was given, for models of one input or several."""

import numpy as np


def as_batch(model, x, y=None, sample_weight=None):
    """`(x, y, sample_weight)` with an axis for the batch, where x is a single example; else as they are.

    Arguments:
        model: A model.
        x: One example, shaped as the model's input, or a batch; of several inputs a list, tuple or dictionary, as for `fit`.
        y, sample_weight: Labels and weights; of several outputs a list, tuple or dictionary; None where there are none.

    >>> from glassnet import layers
    >>> from glassnet.models import Model
    >>> left, right = layers.Input((2,), name="left"), layers.Input((1,), name="right")
    >>> model = Model([left, right], layers.Concatenate()([left, right]))
    >>> as_batch(model, ([1.0, 2.0], [3.0]))[0]
    [array([[1., 2.]]), array([[3.]])]
    """
    if not model.built or not _is_single(model, x):
        return x, y, sample_weight
    x = _each(_with_axis, x, model.input_names)
    return x, *(_each(_with_axis, given, model.output_names) for given in (y, sample_weight))


def _is_single(model, x):
    names = model.input_names
    shapes = [tuple(shape[1:]) for shape in (model.input_shape if len(names) > 1 else [model.input_shape])]
    if isinstance(x, dict):
        return set(x) == set(names) and all(np.shape(x[name]) == shape for name, shape in zip(names, shapes, strict=True))
    if len(names) == 1:
        return np.shape(x) == shapes[0]
    if not isinstance(x, list | tuple) or len(x) != len(names):
        return False
    return all(np.shape(part) == shape for part, shape in zip(x, shapes, strict=True))


def _each(function, given, names):
    """What a function makes of the data for each input or output, in the structure that they are given in."""
    if isinstance(given, dict):
        return {name: function(part) for name, part in given.items()}
    several = len(names) > 1 and isinstance(given, list | tuple)
    return [function(part) for part in given] if several else function(given)


def _with_axis(part):
    return None if part is None else np.asarray(part)[None]
