"""What all layers have in common: a name, a dtype, weights, and the operations that they add to a graph."""

import contextlib
import contextvars
import inspect
import itertools

import numpy as np

from glassnet import config, initializers, regularizers
from glassnet.engine.eager import run
from glassnet.engine.graph import Graph
from glassnet.engine.variable import Variable
from glassnet.registry import Configurable, Registry, snake_case

layers = Registry("layer")

_names = {}
_weights_from_file = contextvars.ContextVar("weights_from_file", default=False)


@contextlib.contextmanager
def weights_from_file():
    """Context in which layers are built without initial values, because a file will give them."""
    token = _weights_from_file.set(True)
    try:
        yield
    finally:
        _weights_from_file.reset(token)


def unique_name(prefix):
    """`dense`, then `dense_1`, `dense_2`, ... until `clear_session`."""
    count = _names[prefix] = _names.get(prefix, -1) + 1
    return f"{prefix}_{count}" if count else prefix


def clear_session():
    """Lets automatic names begin anew: the next Dense layer is `dense` again."""
    _names.clear()


def batch_shape(input_shape):
    """A shape with the batch axis in front, as `(None, 784)`; checks that each size is a positive integer."""
    shape = tuple(input_shape)
    if any(not isinstance(size, int | np.integer) or size < 1 for size in shape[1:]):
        raise ValueError(f"Expected a shape of positive integers behind the batch axis, as (None, 784). Received: {shape}.")
    return shape


class Layer(Configurable):
    """A step of a network: what it is called, which weights it has, which operations it makes.

    Arguments:
        activity_regularizer: Penalty on the output, or None.
        trainable: Whether training changes the weights.
        dtype: `"float32"`, `"float64"` or None for the default (`config.floatx()`).
        name: Its name in the network; made from the class where none is given.
        input_shape, input_dim: Shape of one example, where the layer is the first of a network.

    A subclass gives `build` (makes the weights), `compute_output_shape` and `plan` (adds tensors and operations to a graph).
    """

    least_axes = 1
    """How many axes an input has at least, with that of the batch."""

    passes_mask = False
    """Whether the steps that count in the output are those that count in the input; else nothing is known of them behind it."""

    def __init__(self, *, activity_regularizer=None, trainable=True, dtype=None, name=None, input_shape=None, input_dim=None):
        self.name = name or unique_name(snake_case(type(self).__name__))
        if not isinstance(self.name, str) or "/" in self.name:
            raise ValueError(f"Expected a layer name without '/'. Received: {self.name!r}.")
        self.trainable_flag = bool(trainable)
        self.dtype = config.check_dtype(dtype or config.floatx())
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_shape_argument = (input_dim,) if input_dim is not None else input_shape
        if self.input_shape_argument is not None:
            self.input_shape_argument = batch_shape((None, *self.input_shape_argument))[1:]
        self.built = False
        self.input_shape = None
        self.weights = []
        self._calls = itertools.count()

    # -- weights ---------------------------------------------------------------------------------------------------------

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

    @property
    def trainable_weights(self):
        return [variable for variable in self.weights if variable.trainable]

    @property
    def non_trainable_weights(self):
        return [variable for variable in self.weights if not variable.trainable]

    variables = property(lambda self: list(self.weights))
    trainable_variables = trainable_weights

    def get_weights(self):
        """Copies of the weights as a list of NumPy arrays."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights):
        """Sets the weights from a list of arrays. Raises `ValueError` where number or shapes differ."""
        if len(weights) != len(self.weights):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {len(self.weights)} weight arrays "
                f"({', '.join(f'{v.name} {v.shape}' for v in self.weights) or 'none'}), got {len(weights)}. "
                + ("Build the layer first, by calling it or by layer.build(shape)." if not self.built else "")
            )
        arrays = [np.asarray(array) for array in weights]
        for variable, array in zip(self.weights, arrays, strict=True):
            if variable.shape != array.shape:
                raise ValueError(f"Expected shape {variable.shape} for {variable.path}. Received: shape {array.shape}.")
        for variable, array in zip(self.weights, arrays, strict=True):
            variable.assign(array)

    def count_params(self):
        """The number of numbers in the weights."""
        return sum(variable.size for variable in self.weights)

    # -- building and calling --------------------------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the weights for inputs of `input_shape` (with the batch axis). A subclass extends this."""
        self.input_shape = batch_shape(input_shape)
        self.built = True
        self.trainable = self.trainable_flag

    def compute_output_shape(self, input_shape):
        """Shape of the output, with the batch axis, for inputs of `input_shape`."""
        return tuple(input_shape)

    def plan(self, graph, x):
        """Adds the layer's tensors and operations to `graph`; `x` is the input tensor. Returns the output tensor."""
        raise TypeError(f"{type(self).__name__} is not a layer that can run: it has no plan(graph, x).")

    def plan_with_penalties(self, graph, x):
        """`plan`, and the penalties of the regularizers behind it. Returns the output tensor."""
        output = self.plan(graph, x)
        if self.passes_mask and output.mask is None:
            output.mask = x.mask
        for variable in self.weights:
            if variable.regularizer is not None:
                variable.regularizer.plan(graph, variable, f"{variable.path}/penalty")
        if self.activity_regularizer is not None:
            self.activity_regularizer.plan_activity(graph, output, f"{self.name}/activity_penalty")
        return output

    def __call__(self, inputs, training=False):
        """The layer's output for an array, by the operations that a model runs.

        Arguments:
            inputs: Array (B, ...).
            training: Whether to behave as in training (Dropout and noise).
        """
        inputs = np.asarray(inputs)
        if inputs.ndim < self.least_axes or inputs.dtype.kind not in "buif":
            expected = "(batch, ..., features)" if self.least_axes == 2 else "(batch, ...)"
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected numbers of shape {expected}. "
                f"Received: shape {inputs.shape}, dtype {inputs.dtype}."
                + (" For one example, write x.reshape(1, -1)." if inputs.ndim == 1 else "")
            )
        if len(inputs) == 0:
            raise ValueError(f"{type(self).__name__} '{self.name}' expected at least one example. Received: none.")
        shape = (None, *inputs.shape[1:])
        if not self.built:
            self.build(shape)
        graph = Graph()
        x = graph.tensor("input", inputs.shape[1:])
        output = self.plan(graph, x)
        program = run(graph, {"input": inputs}, self.dtype, training=training, step=next(self._calls))
        if isinstance(output, list):
            return [np.array(program.value(tensor)[: len(inputs)]) for tensor in output]
        return np.array(program.value(output)[: len(inputs)])

    # -- configuration ---------------------------------------------------------------------------------------------------

    def get_config(self):
        """The arguments of `__init__` as plain data."""
        settings = {"name": self.name, "trainable": self.trainable_flag, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            settings["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return settings

    def __repr__(self):
        known = set(inspect.signature(type(self).__init__).parameters)
        settings = ", ".join(f"{k}={v!r}" for k, v in self.get_config().items() if k in known or k == "name")
        return f"{type(self).__name__}({settings})"


get = layers.get
serialize = layers.serialize
deserialize = layers.deserialize
