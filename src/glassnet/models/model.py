"""Models: networks that can be trained, saved and looked into."""

import inspect
import itertools

from glassnet import config
from glassnet.layers.call_graph import CallGraph
from glassnet.layers.keras_tensor import KerasTensor
from glassnet.layers.layer import Layer, unique_name
from glassnet.layers.shapes import batch_shape, mapped_shapes
from glassnet.layers.structure import flatten, mapped, refilled
from glassnet.models.looking import Looking
from glassnet.models.saved import Saved
from glassnet.models.weights import Weights
from glassnet.random import draw_seed
from glassnet.registry import Registry, snake_case
from glassnet.training import Trainer

models = Registry("model")


class Model(Weights, Trainer, Looking, Saved, Layer):
    """What all models share: weights in one vector, saving, a summary. Training is in `Trainer`. A model is a layer, too.

    `Model(inputs, outputs)` is a `Functional` model: any graph of layers between symbolic tensors.

    A subclass gives `call`, which says what its layers make of the inputs. It is called once, on symbolic tensors, when the
    shape of the inputs is known: by `fit`, `predict`, `build((None, 784))`, or a call. A model of several inputs or outputs
    is built by `build` before `compile`. Its layers are found as its attributes; to be saved, it is registered by
    `saving.register_keras_serializable` and has, where its `__init__` takes arguments, a `get_config`.

    >>> from glassnet import layers
    >>> x = layers.Input((2,))
    >>> h = layers.Dense(2, activation="tanh")(x)
    >>> Model(x, layers.Dense(1)(layers.concatenate([x, h]))).output_shape
    (None, 1)
    >>> class Residual(Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden, self.last = layers.Dense(2, activation="tanh"), layers.Dense(1)
    ...
    ...     def call(self, x):
    ...         return self.last(layers.add([x, self.hidden(x)]))
    >>> model = Residual()
    >>> model.build((None, 2))
    >>> model.output_shape, model.count_params()
    ((None, 1), 9)
    """

    built = False
    inputs = outputs = None
    """Structures of symbolic tensors, which say the shapes; None where they are not known yet."""

    def __new__(cls, *args, **kwargs):
        if cls is Model:
            from glassnet.models.functional import Functional

            cls = Functional
        return super().__new__(cls)

    def __init__(self, name=None):
        super().__init__()
        self.name = name or unique_name(snake_case(type(self).__name__))
        if not isinstance(self.name, str):
            raise ValueError(f"Expected the name of a model as a text. Received: {self.name!r}.")
        self.seed = draw_seed()
        self.preprocessing = None
        self.activity_regularizer = self.input_shape_argument = self.first_call = self._network = None
        self._learning_rate_multiplier = 1.0
        self._calls = itertools.count()
        self._params = self._state = self._layers = None

    # -- building --------------------------------------------------------------------------------------------------------

    def build(self, input_shape=None):
        """Makes the weights of a model with a `call`, by calling it on symbolic tensors.

        Arguments:
            input_shape: With the batch axis, as `(None, 784)`; a list or dictionary of them for several inputs.
        """
        owner = f"{type(self).__name__} '{self.name}'"
        if not hasattr(self, "call"):
            raise TypeError(f"{owner} is not a model that can run: it has no call(x). Write one, or use Model(inputs, outputs).")
        if input_shape is None:
            raise ValueError(f"{owner} expected an input shape: build((None, 784)).")
        if self.built:
            self.build_for(input_shape)
            return
        inputs = mapped_shapes(lambda shape: KerasTensor(batch_shape(shape), config.floatx(), "input"), input_shape)
        network = self._traced([inputs])
        if self.compiled and len(flatten(network.outputs)) > 1:
            raise ValueError(
                f"{owner} expected to be built before it is compiled, as it has several outputs: build((None, 784))."
            )
        found = network.layers
        self._layers = list(dict.fromkeys([*(layer for layer in self.layers if layer in found), *found]))
        self._check_names()
        self._network, self.built = network, True
        self.inputs, self.outputs = (s if isinstance(s, list | dict) else flatten(s) for s in (inputs, network.outputs))
        self._programs.clear()
        self._resolved = None

    @property
    def layers(self):
        """All layers: those of a model with a `call` in the order of its attributes, as in Keras."""
        if self._layers is None:
            return [layer for layer in dict.fromkeys(flatten(list(vars(self).values()))) if isinstance(layer, Layer)]
        return self._layers

    def plan_with_penalties(self, graph, x):
        """Adds the layers' operations to a graph, behind the tensor (or tensors) `x`. Returns the output tensors."""
        return self._network.plan(graph, [x])

    def _check_names(self):
        """Refuses layers that have one name, for their weights would have."""
        names = [layer.name for layer in dict.fromkeys(self.every_layer())]
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise ValueError(
                f"Model '{self.name}' expected layers with names of their own, those of nested models included. Received: "
                f"{', '.join(map(repr, twice))} twice. Give one a name=..."
            )

    def _first_layer(self):
        return f"Model '{self.name}'"

    # -- as a network and as a layer of others -----------------------------------------------------------------------------

    @property
    def input(self):
        """The symbolic tensor, or structure of them, that the network begins with."""
        return _single(self.inputs)

    @property
    def output(self):
        """The symbolic tensor, or structure of them, that the network ends in."""
        return _single(self.outputs)

    @property
    def input_shape(self):
        """Shape of the input with the batch axis, a list of them for several, or None where it is not known yet."""
        return _shape(self.inputs)

    @property
    def output_shape(self):
        """Shape of the output with the batch axis; a list of them for several."""
        return _shape(self.outputs)

    @property
    def input_names(self):
        """Names of the inputs: their keys, where they are a dictionary, else those of the Input layers."""
        return _names(self.inputs)

    @property
    def output_names(self):
        """Names of the outputs: their keys, where they are a dictionary, else those of the layers that they come from, with a
        number behind a name that was there before."""
        return _names(self.outputs)

    @property
    def places(self):
        """Where the layers are called, and what they read, in the order of calculation: a list of `Place`.

        Empty before the model is built.
        """
        return CallGraph(self.inputs, self.outputs, f"Model '{self.name}'").places if self.built else []

    @property
    def several_inputs(self):
        return self.inputs is not None and len(flatten(self.inputs)) > 1

    def build_for(self, input_shape):
        """Builds the model for inputs of this shape (or list of shapes), or refuses it where it was built for another one."""
        if not self.built:
            self.build(input_shape)
        given, expected = ([s[1:] for s in _listed(shape)] for shape in (input_shape, self.input_shape))
        if given != expected:
            raise ValueError(
                f"Model '{self.name}' expected inputs of shape {', '.join(map(str, expected))}. "
                f"Received: {', '.join(map(str, given))}."
            )

    def compute_output_shape(self, input_shape):
        """Shape of the output, with the batch axis, for inputs of `input_shape`."""
        self.build_for(input_shape)
        return self.output_shape

    def plan(self, graph, x=None):
        """Adds the network to a graph. Returns its input and output tensors: one of each, or structures of them.

        Arguments:
            graph: `Graph`.
            x: Tensors to use as inputs, for a model that is a layer of another one; then only the outputs are returned.
        """
        if x is not None:
            return self.plan_with_penalties(graph, x)
        if not self.built:
            self.build()
        names = ["input"] if not self.several_inputs else [f"{name}/input" for name in self.input_names]
        tensors = [graph.tensor(name, t.shape[1:]) for name, t in zip(names, flatten(self.inputs), strict=True)]
        x = _single(refilled(self.inputs, tensors))
        return x, _single(self.plan_with_penalties(graph, x))

    # -- configuration ---------------------------------------------------------------------------------------------------------

    def serialize(self):
        """`{"class_name", "config"}`: the network without its weights, as plain data; for a model with a `call` also how to build
        it, as `"build_config"`."""
        return {**models.serialize(self), **({} if self._network is None else {"build_config": self.get_build_config()})}

    def get_build_config(self):
        """What a model with a `call` was built for, and the seeds that its layers drew, as plain data."""
        return {
            "input_shape": mapped(lambda tensor: list(tensor.shape), self.input),
            "seeds": [layer.seed for layer in self.every_layer() if hasattr(layer, "seed")],
        }

    def build_from_config(self, config):
        """Builds it as `get_build_config` says. Raises `ValueError` where the model is another one."""
        self.build(config["input_shape"])
        drawing = [layer for layer in self.every_layer() if hasattr(layer, "seed")]
        if len(config["seeds"]) != len(drawing):
            raise ValueError(f"Expected {len(config['seeds'])} layers that draw in {self!r}. Received: {len(drawing)}.")
        for layer, seed in zip(drawing, config["seeds"], strict=True):
            layer.seed = int(seed)

    def get_config(self):
        """The arguments of `__init__` as plain data. Raises `ValueError` where there are some that only a subclass knows."""
        parameters = set(inspect.signature(type(self).__init__).parameters) - {"self", "args", "kwargs"}
        if parameters - {"name"}:
            raise ValueError(
                f"Cannot save {type(self).__name__} '{self.name}': its __init__ takes {', '.join(sorted(parameters))}. "
                "Give it a get_config() that returns them as a dictionary."
            )
        takes_name = "name" in parameters or "kwargs" in inspect.signature(type(self).__init__).parameters
        return {"name": self.name} if takes_name else {}

    @classmethod
    def from_config(cls, config):
        """A model with new weights from what `get_config` of any kind of model returned."""
        if cls is not Model:
            return super().from_config(config)
        from glassnet.models.functional import Functional
        from glassnet.models.sequential import Sequential

        return (Functional if "calls" in config else Sequential).from_config(config)

    def __repr__(self):
        return f"<{type(self).__name__} '{self.name}': {', '.join(layer.name for layer in self.layers)}>"


def deserialize(description):
    """The model, with new weights, that `serialize` described."""
    model = models.deserialize(description)
    if "build_config" in description and not model.built:
        model.build_from_config(description["build_config"])
    return model


def _single(structure):
    """The one thing in a list of one; anything else as it is."""
    return structure[0] if isinstance(structure, list | tuple) and len(structure) == 1 else structure


def _listed(shapes):
    """One shape or a structure of shapes as a list of them."""
    found = []
    mapped_shapes(lambda shape: found.append(tuple(shape)), shapes)
    return found


def _shape(structure):
    shapes = [tensor.shape for tensor in flatten(structure)] if structure is not None else [None]
    return shapes[0] if len(shapes) == 1 else shapes


def _names(structure):
    if structure is None:
        return []
    given = list(structure) if isinstance(structure, dict) else [tensor.name for tensor in flatten(structure)]
    names = []
    for name in given:
        number = given[: len(names)].count(name)
        names.append(f"{name}_{number}" if number else name)
    return names
