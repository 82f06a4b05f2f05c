"""The weights of a layer: made, set, frozen, and given learning rates of their own."""

import contextlib
import contextvars
from numbers import Real

import numpy as np

from glassnet import initializers, regularizers
from glassnet.engine.variable import Variable

_weights_from_file = contextvars.ContextVar("weights_from_file", default=False)


@contextlib.contextmanager
def weights_from_file():
    """Context in which layers are built without initial values, because a file will give them."""
    token = _weights_from_file.set(True)
    try:
        yield
    finally:
        _weights_from_file.reset(token)


class LayerWeights:
    """The part of a layer that has to do with its weights. It expects of the layer: `name`, `dtype`, `built`, `weights`,
    `trainable_flag`, `sublayers`."""

    def add_weight(self, shape, initializer="glorot_uniform", trainable=True, regularizer=None, name="weight"):
        """A new variable of the layer, `self.weights[-1]`; trained unless `trainable` is False."""
        # np.zeros takes no memory before it is written to: a hostile file that claims a huge layer is refused in time.
        make = np.zeros if _weights_from_file.get() else initializers.get(initializer)
        value = make(tuple(shape), dtype=self.dtype)
        variable = Variable(
            value,
            name,
            trainable,
            self.dtype,
            path=f"{self.name}/{name}",
            regularizer=regularizers.get(regularizer),
            copy=None,
        )
        self.weights.append(variable)
        return variable

    @property
    def trainable(self):
        """Whether training changes the layer's weights."""
        return self.trainable_flag

    @trainable.setter
    def trainable(self, value):
        self.trainable_flag = bool(value)
        for variable in self.weights:
            variable.trainable = variable.is_parameter and self.trainable_flag
        for layer in self.sublayers:
            layer.trainable = value

    @property
    def learning_rate_multiplier(self):
        """By how much the learning rate of the optimizer is multiplied for this layer's weights: 0.1 lets it learn slowly."""
        return self._learning_rate_multiplier

    @learning_rate_multiplier.setter
    def learning_rate_multiplier(self, factor):
        if not isinstance(factor, Real) or not 0 <= factor < np.inf:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected learning_rate_multiplier as a number of at least 0. "
                f"Received: {factor!r}."
            )
        self._learning_rate_multiplier = float(factor)

    @property
    def trainable_weights(self):
        return [variable for variable in self.weights if variable.trainable]

    @property
    def non_trainable_weights(self):
        return [variable for variable in self.weights if not variable.trainable]

    variables = property(lambda self: list(self.weights))
    trainable_variables = trainable_weights

    def get_weights(self):
        """Copies of the weights as a list of NumPy arrays. States that a recurrent layer keeps are none, as in Keras."""
        return [variable.numpy() for variable in self.weights if variable.is_weight]

    def set_weights(self, weights):
        """Sets the weights from a list of arrays. Raises `ValueError` where number or shapes differ."""
        own = [variable for variable in self.weights if variable.is_weight]
        if len(weights) != len(own):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {len(own)} weight arrays "
                f"({', '.join(f'{v.name} {v.shape}' for v in own) or 'none'}), got {len(weights)}. "
                + ("Build the layer first, by calling it or by layer.build(shape)." if not self.built else "")
            )
        arrays = [np.asarray(array) for array in weights]
        for variable, array in zip(own, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(f"Expected shape {variable.shape} for {variable.path}. Received: shape {array.shape}.")
        for variable, array in zip(own, arrays, strict=True):
            variable.assign(array)

    def count_params(self):
        """The number of numbers in the weights."""
        return sum(variable.size for variable in self.weights if variable.is_weight)
