"""Examples as they are given, of one input or several: alone or in a batch, and as one array to calculate with."""

import bisect
import itertools
import math

import numpy as np

from glassnet.examples import by_name, count
from glassnet.inspect.names import joined
from glassnet.layers.structure import flatten, refilled


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
        _refuse_shape(model, x)
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


def _refuse_shape(model, x):
    """Raises `ValueError` for what has the axes of one example but not its shape."""
    if len(model.input_names) == 1 and not isinstance(x, dict):
        shape = tuple(model.input_shape[1:])
        if np.ndim(x) == len(shape):
            batch = ", ".join(map(str, shape))
            raise ValueError(
                f"Model '{model.name}' expected one example of shape {shape}, or a batch of shape (examples, {batch}). "
                f"Received: shape {np.shape(x)}."
            )


def _each(function, given, names):
    """What a function makes of the data for each input or output, in the structure that they are given in."""
    if isinstance(given, dict):
        return {name: function(part) for name, part in given.items()}
    several = len(names) > 1 and isinstance(given, list | tuple)
    return [function(part) for part in given] if several else function(given)


def _with_axis(part):
    return None if part is None else np.asarray(part)[None]


def one_example(model, x):
    """x as a batch of one example, checked: (1, ...), or a tuple of them for several inputs. Raises `ValueError` for several."""
    x, _, _ = model._data(as_batch(model, x)[0], need_y=False)
    if count(x) != 1:
        shapes = ", ".join(str(tensor.shape[1:]) for tensor in flatten(model.inputs))
        raise ValueError(f"Expected one example of shape {shapes}. Received: {count(x)} of them. Give x[0].")
    return x


class Inputs:
    """What a model reads as one array: its input as it is, or the numbers of several inputs in a row.

    Argument: `model`, a built model.

    Attributes: `shape`, that of one example.

    >>> from glassnet import layers
    >>> from glassnet.models import Model
    >>> left, right = layers.Input((2,), name="left"), layers.Input((1,), name="right")
    >>> inputs = Inputs(Model([left, right], layers.Concatenate()([left, right])))
    >>> inputs.joined((np.array([[1.0, 2.0]]), np.array([[3.0]]))), inputs.name((2,))
    (array([[1., 2., 3.]], dtype=float32), 'right/input[0]')
    """

    def __init__(self, model):
        self._model, self._names = model, model.input_names
        self._shapes = [tuple(tensor.shape[1:]) for tensor in flatten(model.inputs)]
        self._ends = list(itertools.accumulate(math.prod(shape) for shape in self._shapes))
        self._alone = len(self._shapes) == 1
        self.shape = self._shapes[0] if self._alone else (self._ends[-1],)

    def joined(self, x):
        """Checked data as one array (N, *shape)."""
        if self._alone:
            return x
        return np.concatenate([part.reshape(len(part), -1) for part in x], axis=1, dtype=self._model.dtype)

    def parts(self, array):
        """The arrays of each input, in order, of one array (..., *shape)."""
        if self._alone:
            return [array]
        pieces = np.split(array, self._ends[:-1], axis=-1)
        return [piece.reshape(*array.shape[:-1], *shape) for piece, shape in zip(pieces, self._shapes, strict=True)]

    def apart(self, array):
        """The same, as the model's inputs are given: an array, a list or a dictionary."""
        return array if self._alone else refilled(self._model.inputs, self.parts(array))

    def spread(self, given, what):
        """A number, or what is shaped like one example, as one array of float64. Raises `ValueError` where it is neither.

        Arguments:
            given: Number or array; of several inputs a list, tuple or dictionary of them, or one number for all.
            what: It is, for the message.
        """
        if self._alone or not isinstance(given, list | tuple | dict):
            given = [given] * len(self._shapes)
        given = by_name(given, self._names, what, f"Model '{self._model.name}'")
        for part, shape in zip(given, self._shapes, strict=True):
            if np.ndim(part) and np.shape(part) not in (shape, (1, *shape)):
                raise ValueError(f"Expected {what} of shape {shape}, or one number. Received: shape {np.shape(part)}.")
        arrays = [np.asarray(part, np.float64) for part in given]
        arrays = [np.broadcast_to(array, (1, *shape))[0] for array, shape in zip(arrays, self._shapes, strict=True)]
        return arrays[0] if self._alone else np.concatenate([array.ravel() for array in arrays])

    def name(self, place):
        """What the number at a place of one example is called: `input[3]`, or `left/input[3]`."""
        if self._alone:
            return joined("input", place)
        number = bisect.bisect_right(self._ends, place[0])
        within = place[0] - (self._ends[number - 1] if number else 0)
        return joined(f"{self._names[number]}/input", tuple(map(int, np.unravel_index(within, self._shapes[number]))))


def output_number(model, name):
    """Which output is asked, counted from 0: the only one where the name is None. Raises `ValueError` that names them all."""
    names = model.output_names
    if name is None and len(names) == 1:
        return 0
    if name not in names:
        raise ValueError(f"Expected the name of an output of model '{model.name}': {', '.join(names)}. Received: {name!r}.")
    return names.index(name)
