"""What all layers have in common: a name, a dtype, weights, and the operations that they add to a graph."""

import inspect
import itertools

import numpy as np

from glassnet import config, regularizers
from glassnet.engine.eager import run
from glassnet.engine.graph import Graph, Tensor
from glassnet.examples import check_limits
from glassnet.layers.call_graph import CallGraph
from glassnet.layers.keras_tensor import Call, KerasTensor, is_symbolic
from glassnet.layers.layer_weights import LayerWeights
from glassnet.layers.shapes import batch_shape, mapped_shapes
from glassnet.layers.structure import flatten, mapped
from glassnet.registry import Configurable, Registry, snake_case

layers = Registry("layer")

_names = {}


def unique_name(prefix):
    """`dense`, then `dense_1`, `dense_2`, ... until `clear_session`."""
    count = _names[prefix] = _names.get(prefix, -1) + 1
    return f"{prefix}_{count}" if count else prefix


def clear_session():
    """Lets automatic names begin anew: the next Dense layer is `dense` again."""
    _names.clear()


def _behind_batch(shapes):
    return mapped_shapes(lambda shape: shape[1:], shapes)


def _shapes(argument):
    """The shapes of symbolic tensors; one of a layer of several inputs is a list."""
    shapes = mapped(lambda thing: thing.shape if isinstance(thing, KerasTensor) else None, argument)
    return list(shapes) if isinstance(argument, tuple) else shapes


def _input(graph, shape):
    """A new tensor of a graph, for an input: `input`, `input_1`, ..."""
    count = len(graph.tensors)
    return graph.tensor(f"input_{count}" if count else "input", shape)


def _pass_mask(inputs, output):
    """Lets the steps that count in the output be those that count in the inputs, where these agree."""
    masks = {id(tensor.mask): tensor.mask for tensor in inputs}
    if output.mask is None and len(masks) == 1:
        (output.mask,) = masks.values()


def _planned(graph, arguments):
    """New tensors of a graph in place of symbolic ones."""
    return mapped(lambda thing: _input(graph, thing.shape[1:]) if isinstance(thing, KerasTensor) else thing, arguments)


class Layer(LayerWeights, Configurable):
    """A step of a network: what it is called, which weights it has, which operations it makes.

    Arguments:
        activity_regularizer: Penalty on the output, or None.
        trainable: Whether training changes the weights.
        dtype: `"float32"`, `"float64"` or None for the default (`config.floatx()`).
        learning_rate_multiplier: Factor of the optimizer's learning rate for its weights; read by `compile`.
        name: Its name in the network; made from the class where none is given.
        input_shape, input_dim: Shape of one example, where the layer is the first of a network.

    A subclass gives `build` (makes the weights), `compute_output_shape` and `plan` (adds tensors and operations to a graph); or
    `call`, which says what other layers make of its inputs:

    >>> from glassnet import layers
    >>> class Residual(Layer):
    ...     def build(self, input_shape):
    ...         self.dense = layers.Dense(input_shape[-1], activation="relu")
    ...         super().build(input_shape)
    ...
    ...     def call(self, x):
    ...         return layers.add([x, self.dense(x)])
    >>> Residual()(np.ones((1, 3))).shape
    (1, 3)
    """

    least_axes = 1
    """How many axes an input has at least, with that of the batch."""

    passes_mask = False
    """Whether the steps that count in the output are those that count in the input; else nothing is known of them behind it."""

    each_step_alone = False
    """Whether a step of the output depends on the same step of the input only, so that it needs no `TimeDistributed`."""

    one_shape = True
    """Whether a layer with weights takes inputs of only that shape which it was built for."""

    several_inputs = False
    """Whether it takes a list of inputs."""

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        learning_rate_multiplier=1.0,
        name=None,
        input_shape=None,
        input_dim=None,
    ):
        self.name = name or unique_name(snake_case(type(self).__name__))
        if not isinstance(self.name, str) or "/" in self.name:
            raise ValueError(f"Expected a layer name without '/'. Received: {self.name!r}.")
        self.trainable_flag = bool(trainable)
        self.dtype = config.check_dtype(dtype or config.floatx())
        self.learning_rate_multiplier = learning_rate_multiplier
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_shape_argument = (input_dim,) if input_dim is not None else input_shape
        if self.input_shape_argument is not None:
            self.input_shape_argument = batch_shape((None, *self.input_shape_argument))[1:]
        self.built = False
        self.input_shape = None
        self.weights = []
        self._calls = itertools.count()
        self._network = self.first_call = None

    # -- building and calling --------------------------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the weights for inputs of `input_shape` (with the batch axis; a list of shapes for a layer of several inputs).

        A subclass extends this.
        """
        self.input_shape = mapped_shapes(batch_shape, input_shape)
        self.built = True
        self.trainable = self.trainable_flag

    def build_for(self, *shapes):
        """Builds the layer for inputs of these shapes; a layer that is built already is checked for whether they fit."""
        if not self.built:
            self.build(*shapes)
            if hasattr(self, "call"):
                self._trace_call(shapes)
        elif self.weights and self.one_shape and _behind_batch(shapes[0]) != _behind_batch(self.input_shape):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs of shape {_behind_batch(self.input_shape)}, for which it "
                f"was built. Received: shape {_behind_batch(shapes[0])}. Use another layer for them."
            )

    def _traced(self, arguments):
        """What a subclass's `call` makes of symbolic tensors, as a `CallGraph`."""
        outputs = self.call(*arguments)
        if not is_symbolic(outputs):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected its call(...) to return what layers make of its inputs. "
                f"Received: {outputs!r}."
            )
        return CallGraph(arguments, outputs, f"{type(self).__name__} '{self.name}'")

    def _trace_call(self, shapes):
        """Calls a subclass's `call` once on symbolic tensors, to see which layers it is made of."""
        self._network = self._traced(
            [mapped_shapes(lambda shape: KerasTensor(shape, self.dtype, self.name), shape) for shape in shapes]
        )
        parts = [variable for layer in self._network.layers for variable in layer.weights]
        self.weights = list(dict.fromkeys([*self.weights, *parts]))
        self.trainable = self.trainable_flag

    @property
    def sublayers(self):
        """The layers that it is made of, where it is made of others."""
        return [] if self._network is None else self._network.layers

    def compute_output_shape(self, input_shape):
        """Shape of the output, with the batch axis, for inputs of `input_shape`."""
        if hasattr(self, "call"):
            self.build_for(input_shape)
            graph = Graph()
            outputs = self.plan(graph, _planned(graph, mapped_shapes(KerasTensor.of_shape, input_shape)))
            return mapped(lambda tensor: (None, *tensor.shape), outputs)
        return tuple(input_shape)

    def plan(self, graph, x):
        """Adds the layer's tensors and operations to `graph`; `x` is the input tensor. Returns the output tensor.

        A layer of several inputs gets a list of tensors, or more arguments; one of several outputs returns a list.
        """
        if self._network is None:
            raise TypeError(f"{type(self).__name__} is not a layer that can run: it has neither plan(graph, x) nor call(x).")
        return self._network.plan(graph, [x])

    def plan_with_penalties(self, graph, *arguments, **named):
        """`plan`, as one call of the layer, and the penalties of the regularizers behind it. Returns the output tensor."""
        with graph.call_of(self.name) as number:
            output = self.plan(graph, *arguments, **named)
            if self.passes_mask:
                _pass_mask(flatten(arguments), output)
            own = () if self._network is not None or number else self.weights  # a weight is punished once, however often used
            for variable in own:
                if variable.regularizer is not None:
                    variable.regularizer.plan(graph, variable, f"{variable.path}/penalty")
            if self.activity_regularizer is not None:
                for count, tensor in enumerate(flatten(output)):
                    name = f"{self.name}/activity_penalty" + (f"_{count}" if count else "")
                    self.activity_regularizer.plan_activity(graph, tensor, name)
        return output

    def __call__(self, inputs, *more, training=False, **named):
        """The layer's output for an array, by the operations that a model runs.

        Arguments:
            inputs: Array (B, ...); a list of them for a layer of several inputs. For symbolic tensors (`Input(...)`, or what
                other layers made of one) the output is symbolic, too: so networks are put together.
            more, named: Further inputs, where the layer takes some.
            training: Whether to behave as in training (Dropout and noise).
        """
        arguments = (inputs, *more)
        if isinstance(inputs, KerasTensor) or self._is_structure(inputs) and is_symbolic(inputs):
            return self._call_symbolic(arguments, named)
        arguments = tuple(self._arrays(argument) for argument in arguments)
        self.build_for(*(mapped(lambda array: (None, *array.shape[1:]), argument) for argument in arguments))
        graph, named = Graph(), mapped(lambda v: v if v is None or isinstance(v, bool) else np.asarray(v), named)
        planned = mapped(lambda a: _input(graph, a.shape[1:]) if isinstance(a, np.ndarray) else a, [arguments, named])
        output = self.plan(graph, *planned[0], **planned[1])
        arrays = [array for array in flatten([arguments, named]) if isinstance(array, np.ndarray)]
        fed = [tensor for tensor in flatten(planned) if isinstance(tensor, Tensor)]
        check_limits(fed, arrays)
        feeds = {tensor.name: array for tensor, array in zip(fed, arrays, strict=True)}
        program = run(graph, feeds, self.dtype, training=training, step=next(self._calls))
        return mapped(lambda tensor: np.array(program.value(tensor)[: len(arrays[0])]), output)

    def _is_structure(self, inputs):
        """Whether inputs are several; a list of numbers is one array."""
        return isinstance(inputs, dict) or isinstance(inputs, list | tuple) and (self.several_inputs or is_symbolic(inputs))

    def _arrays(self, inputs):
        """Inputs as arrays. Raises `ValueError` for what is none."""
        if self._is_structure(inputs):
            return mapped(self._arrays, inputs)
        if inputs is None or isinstance(inputs, bool):
            return inputs
        array = np.asarray(inputs)
        if array.ndim < self.least_axes or array.dtype.kind not in "buif":
            expected = "(batch, ..., features)" if self.least_axes == 2 else "(batch, ...)"
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected numbers of shape {expected}. "
                f"Received: shape {array.shape}, dtype {array.dtype}."
                + (" For one example, write x.reshape(1, -1)." if array.ndim == 1 else "")
            )
        if len(array) == 0:
            raise ValueError(f"{type(self).__name__} '{self.name}' expected at least one example. Received: none.")
        return array

    def _call_symbolic(self, arguments, named):
        """The symbolic outputs; shapes that cannot work are refused now, by a plan that is thrown away."""
        self.build_for(*(_shapes(argument) for argument in arguments))
        graph, call = Graph(), Call(self, arguments, named)
        outputs = self.plan_with_penalties(graph, *_planned(graph, arguments), **_planned(graph, named))
        batch = call.inputs[0].shape[0]
        call.outputs = mapped(lambda tensor: KerasTensor((batch, *tensor.shape), self.dtype, self.name, call), outputs)
        self.first_call = self.first_call or call
        return call.outputs

    @property
    def input(self):
        """The symbolic tensor (or tensors) that the layer was first called on."""
        inputs = self._the_call().arguments
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self):
        """The symbolic tensor (or tensors) that came of its first call: `Model(model.input, layer.output)`."""
        return self._the_call().outputs

    def _the_call(self):
        if self.first_call is None:
            raise AttributeError(
                f"{type(self).__name__} '{self.name}' has no input and output yet: it was not called on a symbolic tensor."
            )
        return self.first_call

    # -- configuration ---------------------------------------------------------------------------------------------------

    def get_config(self):
        """The arguments of `__init__` as plain data."""
        settings = {"name": self.name, "trainable": self.trainable_flag, "dtype": self.dtype}
        if self.learning_rate_multiplier != 1:
            settings["learning_rate_multiplier"] = self.learning_rate_multiplier
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
