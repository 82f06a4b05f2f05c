"""Symbolic tensors: what a layer gives when it is called on `Input(...)`, a shape and a memory of where it came from."""

import itertools

from glassnet.layers.structure import flatten

_numbers = itertools.count()


class KerasTensor:
    """A tensor that has no numbers yet: the output of a layer in a network that is being put together.

    Attributes:
        shape: With the batch axis, which is None: `(None, 784)`.
        dtype: `"float32"` or `"float64"`.
        name: That of the layer it comes from.
        call: The `Call` that gives it; None where a network begins.

    >>> from glassnet import layers
    >>> layers.Dense(3, name="hidden")(layers.Input((2,)))
    <KerasTensor shape=(None, 3), dtype=float32, name=hidden>
    """

    def __init__(self, shape, dtype, name, call=None):
        self.shape, self.dtype, self.name, self.call = tuple(shape), dtype, name, call

    @classmethod
    def of_shape(cls, shape):
        """A tensor that a network may begin with."""
        return cls(shape, "float32", "input")

    @property
    def layer(self):
        """The layer that gives it; None where a network begins without an Input layer."""
        return None if self.call is None else self.call.layer

    @property
    def ndim(self):
        return len(self.shape)

    def __array__(self, *_args, **_kwargs):
        raise TypeError(
            f"Expected an array of numbers. Received: {self!r}, which has none yet. Make a model of it by Model(inputs, outputs)."
        )

    def __bool__(self):
        raise TypeError(f"Expected something that is true or false. Received: {self!r}, which has no numbers yet.")

    def __iter__(self):
        raise TypeError(f"Expected something to iterate over. Received: {self!r}, which has no numbers yet.")

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class Call:
    """One call of a layer on symbolic tensors.

    Attributes: `layer`; `arguments` (tuple) and `named` (dictionary), structures of `KerasTensor`s; `outputs`, a structure of
    those that came of it; `number`, which grows from call to call.
    """

    def __init__(self, layer, arguments, named):
        self.layer, self.arguments, self.named = layer, arguments, named
        self.outputs = None
        self.number = next(_numbers)

    @property
    def inputs(self):
        """All tensors that the layer was called on, in order."""
        return [part for part in flatten([self.arguments, self.named]) if isinstance(part, KerasTensor)]


def is_symbolic(structure):
    """Whether there is a symbolic tensor among the things of a structure."""
    return any(isinstance(thing, KerasTensor) for thing in flatten(structure))
