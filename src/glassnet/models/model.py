"""Models: networks that can be trained, saved and looked into."""

import itertools

from glassnet import losses, optimizers
from glassnet.layers.call_graph import CallGraph
from glassnet.layers.layer import Layer, mapped_shapes, unique_name
from glassnet.layers.structure import flatten, mapped, refilled
from glassnet.models.weights import Weights
from glassnet.random import draw_seed
from glassnet.registry import Registry, snake_case
from glassnet.training import Trainer

models = Registry("model")


class Model(Weights, Trainer, Layer):
    """What all models share: weights in one vector, saving, a summary. Training is in `Trainer`. A model is a layer, too.

    `Model(inputs, outputs)` is a `Functional` model: any graph of layers between symbolic tensors.

    A subclass has `layers`, `inputs`, `outputs` (structures of symbolic tensors, which say the shapes), `build` and
    `plan_with_penalties`.

    >>> from glassnet import layers
    >>> x = layers.Input((2,))
    >>> h = layers.Dense(2, activation="tanh")(x)
    >>> Model(x, layers.Dense(1)(layers.concatenate([x, h]))).output_shape
    (None, 1)
    """

    def __new__(cls, *args, **kwargs):
        if cls is Model:
            from glassnet.models.functional import Functional

            cls = Functional
        return super().__new__(cls)

    def __init__(self, name=None):
        super().__init__()
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.seed = draw_seed()
        self.preprocessing = None
        self.activity_regularizer = self.input_shape_argument = self.first_call = self._network = None
        self._learning_rate_multiplier = 1.0
        self._calls = itertools.count()
        self._params = self._state = None

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

    # -- looking inside ------------------------------------------------------------------------------------------------------

    def trace(self, x, y=None, sample_weight=None, training=False):
        """Runs examples forward, through the loss and backward, and gives every number by name; see `inspect.trace`."""
        from glassnet.inspect.trace import trace

        return trace(self, x, y, sample_weight, training)

    @property
    def why(self):
        """The why questions: `model.why.contributions(x)`, `model.why.neuron("dense[5]", x)`, ...; see `inspect.why`."""
        from glassnet.inspect.why import Why

        return Why(self)

    def landscape(self, x, y, directions="random", **options):
        """The loss along one or two directions through the parameters; see `inspect.landscape`."""
        from glassnet.inspect.landscape import landscape

        return landscape(self, x, y, directions, **options)

    def diagnose(self, x, y, validation_data=None):
        """Looks for what keeps the network from learning, and for cures; see `inspect.doctor`."""
        from glassnet.inspect.doctor import diagnose

        return diagnose(self, x, y, validation_data)

    def report(self, x, y, path, class_names=None, validation_data=None):
        """Writes one HTML file, without anything from elsewhere, on how the network was trained and how good it is."""
        from glassnet.inspect.report import report

        return report(self, x, y, path, class_names, validation_data)

    def to_python(self, data=None):
        """A Python script that rebuilds and retrains the model to the same bits; see `inspect.python_script`."""
        from glassnet.inspect.python_script import to_python

        return to_python(self, data)

    # -- showing and saving ----------------------------------------------------------------------------------------------

    def summary(self, line_length=None, *, print_fn=None):
        """Prints the layers with their output shapes and numbers of parameters."""
        from glassnet.summary import summary

        summary(self, line_length, print_fn)

    def plot(self):
        """The layers as boxes with their shapes, joined by arrows: shows itself in a notebook, and is SVG by `str`."""
        from glassnet.inspect.graph_picture import GraphPicture

        return GraphPicture(self)

    def _repr_html_(self):
        from glassnet.inspect.notebook import model_html

        return model_html(self)

    def save(self, filepath, overwrite=True):
        """Writes the whole model into one safetensors file: configuration, weights, optimiser, preprocessing, history."""
        from glassnet.formats.safetensors import save_model

        save_model(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True):
        """Writes the weights alone into a safetensors file."""
        from glassnet.formats.safetensors import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath):
        """Reads weights that `save_weights` or `save` wrote, by name. Raises `ValueError` where they do not fit."""
        from glassnet.formats.safetensors import load_weights

        load_weights(self, filepath)

    def serialize(self):
        """`{"class_name", "config"}`: the network without its weights, as plain data."""
        return models.serialize(self)

    @classmethod
    def from_config(cls, config):
        """A model with new weights from what `get_config` of any kind of model returned."""
        from glassnet.models.functional import Functional
        from glassnet.models.sequential import Sequential

        return (Functional if "calls" in config else Sequential).from_config(config)

    def get_compile_config(self):
        """The arguments of `compile` as plain data, or None."""
        if not self.compiled:
            return None
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": mapped(losses.serialize, self.loss),
            "metrics": mapped(_plain_metric, self._metrics),
            "weighted_metrics": mapped(_plain_metric, self._weighted_metrics),
            **({} if self.loss_weights is None else {"loss_weights": self.loss_weights}),
        }

    def compile_from_config(self, configuration):
        """Compiles with what `get_compile_config` returned."""
        from glassnet import metrics

        def metric(identifier):
            return (
                [metric(m) for m in identifier]
                if isinstance(identifier, list)
                else metrics.deserialize(identifier)
                if (isinstance(identifier, dict))
                else identifier
            )

        loss = configuration["loss"]
        self.compile(
            optimizer=optimizers.deserialize(configuration["optimizer"]),
            loss=[losses.deserialize(one) for one in loss] if isinstance(loss, list) else losses.deserialize(loss),
            loss_weights=configuration.get("loss_weights"),
            **{key: metric(configuration.get(key) or []) for key in ("metrics", "weighted_metrics")},
        )


def _plain_metric(metric):
    from glassnet import metrics

    return metric if isinstance(metric, str) else metrics.serialize(metrics.get(metric))


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
