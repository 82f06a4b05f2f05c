"""Models: networks that can be trained, saved and looked into."""

import numpy as np

from glassnet import config, losses, optimizers
from glassnet.engine.variable import pack
from glassnet.layers.input import InputLayer
from glassnet.layers.layer import Layer, batch_shape, layers, unique_name
from glassnet.random import draw_seed
from glassnet.registry import Configurable, Registry, snake_case
from glassnet.training import Trainer

models = Registry("model")


class Model(Trainer, Configurable):
    """What all models share: weights in one vector, saving, a summary. Training is in `Trainer`.

    A subclass has `layers`, `input_shape`, `output_shape`, `build` and `plan`.
    """

    def __init__(self, name=None):
        super().__init__()
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.seed = draw_seed()
        self.preprocessing = None
        self._params = self._state = None

    # -- weights ---------------------------------------------------------------------------------------------------------

    @property
    def weights(self):
        return [variable for layer in self.layers for variable in layer.weights]

    variables = weights

    @property
    def trainable_weights(self):
        return [variable for variable in self.weights if variable.trainable]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self):
        return [variable for variable in self.weights if not variable.trainable]

    @property
    def params_variables(self):
        """The variables that live in `params`: all but what layers keep without training it."""
        return [variable for variable in self.weights if variable.is_parameter]

    @property
    def state_variables(self):
        """The variables that live in `state`."""
        return [variable for variable in self.weights if not variable.is_parameter]

    @property
    def params(self):
        """The network as one vector: a `Vector` whose `array` is flat and whose names are views on it."""
        self._params = self._gathered(self._params, self.params_variables)
        return self._params

    @property
    def state(self):
        """What layers keep but do not train, as one vector."""
        self._state = self._gathered(self._state, self.state_variables)
        return self._state

    def _gathered(self, vector, variables):
        # Another model that shares a layer may have taken its variables into a vector of its own; then gather anew.
        if vector is None or len(vector) != len(variables) or any(v.vector is not vector for v in variables):
            vector = pack(variables, self.dtype)
        return vector

    @property
    def dtype(self):
        """The one dtype of all layers. Raises `ValueError` where they differ."""
        dtypes = {layer.dtype for layer in self.layers}
        if len(dtypes) > 1:
            raise ValueError(
                f"Model '{self.name}' expected layers of one dtype. Received: "
                + ", ".join(f"{layer.name} {layer.dtype}" for layer in self.layers)
            )
        return dtypes.pop() if dtypes else config.floatx()

    def get_weights(self):
        """Copies of all weights as a list of NumPy arrays."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, weights):
        """Sets all weights from a list of arrays. Raises `ValueError` where number or shapes differ."""
        weights = [np.asarray(array) for array in weights]
        if [array.shape for array in weights] != [variable.shape for variable in self.weights]:
            raise ValueError(
                f"Model '{self.name}' expected weights of shapes {[v.shape for v in self.weights]}. "
                f"Received: {[array.shape for array in weights]}."
            )
        for variable, array in zip(self.weights, weights, strict=True):
            variable.assign(array)

    def count_params(self):
        """The number of numbers in the network.

        >>> from glassnet import layers
        >>> Sequential([layers.Input((784,)), layers.Dense(16), layers.Dense(16), layers.Dense(10)]).count_params()
        13002
        """
        return sum(variable.size for variable in self.weights)

    @property
    def trainable(self):
        return all(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value):
        for layer in self.layers:
            layer.trainable = value

    def get_layer(self, name=None, index=None):
        """A layer by name or by index."""
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"Model '{self.name}' has no layer {name!r}. It has: {', '.join(layer.name for layer in self.layers)}.")

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

    def get_compile_config(self):
        """The arguments of `compile` as plain data, or None."""
        if not self.compiled:
            return None
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": losses.serialize(self.loss),
            "metrics": [_plain_metric(metric) for metric in self._metrics],
            "weighted_metrics": [_plain_metric(metric) for metric in self._weighted_metrics],
        }

    def compile_from_config(self, configuration):
        """Compiles with what `get_compile_config` returned."""
        from glassnet import metrics

        groups = {
            key: [metrics.deserialize(m) if isinstance(m, dict) else m for m in configuration.get(key) or ()]
            for key in ("metrics", "weighted_metrics")
        }
        self.compile(
            optimizer=optimizers.deserialize(configuration["optimizer"]),
            loss=losses.deserialize(configuration["loss"]),
            **groups,
        )


def _plain_metric(metric):
    from glassnet import metrics

    return metric if isinstance(metric, str) else metrics.serialize(metric)


@models.add()
class Sequential(Model):
    """A stack of layers, each fed by the one before.

    Arguments:
        layers: List of layers, or None to `add` them one by one.
        name: Name of the model.

    >>> from glassnet import layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3, activation="relu"), layers.Dense(1)])
    >>> model.output_shape, model.count_params()
    ((None, 1), 13)
    """

    def __init__(self, layers=None, *, name=None):
        super().__init__(name)
        self._layers = []
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self):
        """The layers without the input."""
        return [layer for layer in self._layers if not _is_input(layer)]

    @property
    def built(self):
        return bool(self.layers) and all(layer.built for layer in self.layers)

    @property
    def input_shape(self):
        """Shape of the input with the batch axis, or None where it is not known yet."""
        return self._layers[0].input_shape if self._layers and self._layers[0].built else None

    @property
    def output_shape(self):
        """Shape of the output with the batch axis."""
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(shape)
        return shape

    def add(self, layer):
        """Appends a layer. Raises `ValueError` where its name is taken or it does not fit behind the others."""
        if isinstance(layer, type) or not isinstance(layer, Layer):
            raise TypeError(f"Expected a layer, such as layers.Dense(10). Received: {layer!r}.")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"Expected a layer with a name of its own. {layer.name!r} is in model '{self.name}' already.")
        if _is_input(layer) and self._layers:
            raise ValueError(f"Expected the input as the first layer of model '{self.name}'.")
        if not self._layers and not layer.built and layer.input_shape_argument is not None:
            layer.build((None, *layer.input_shape_argument))
        elif self._layers and self._layers[-1].built:
            self._build_layer(layer, self.output_shape)
        self._layers.append(layer)
        self._changed()

    def pop(self):
        """Removes the last layer and returns it."""
        if not self.layers:
            raise ValueError(f"Model '{self.name}' has no layer to remove.")
        layer = self._layers.pop()
        self._changed()
        return layer

    def _changed(self):
        self._programs.clear()
        self._resolved = None

    def _build_layer(self, layer, shape):
        if not layer.built:
            layer.build(shape)
        elif layer.input_shape[1:] != shape[1:]:
            raise ValueError(
                f"{type(layer).__name__} '{layer.name}' expected inputs of shape {layer.input_shape[1:]}, "
                f"but the layer before gives {shape[1:]}."
            )

    def build(self, input_shape=None):
        """Makes the weights of all layers for inputs of `input_shape` (with the batch axis)."""
        shape = batch_shape(input_shape) if input_shape is not None else self.input_shape
        if shape is None or not self.layers:
            raise ValueError(
                f"Model '{self.name}' expected "
                + (
                    "at least one layer: model.add(layers.Dense(10))."
                    if not self.layers
                    else "an input shape: build((None, 784))."
                )
            )
        for layer in self._layers:
            self._build_layer(layer, shape)
            shape = layer.compute_output_shape(shape)
        self._changed()

    def plan(self, graph):
        """Adds the network to a graph. Returns its input and output tensors."""
        if not self.built:
            self.build()
        x = y = graph.tensor("input", self.input_shape[1:])
        for layer in self.layers:
            y = layer.plan_with_penalties(graph, y)
        return x, y

    def _first_layer(self):
        layer = next((layer for layer in self.layers), None)
        return f"{type(layer).__name__} '{layer.name}'" if layer else f"Model '{self.name}'"

    def __call__(self, inputs, training=False):
        """The output for an array of examples, layer by layer."""
        for layer in self.layers:
            inputs = layer(inputs, training=training)
        return inputs

    def get_config(self):
        """Name and layers as plain data."""
        return {
            "name": self.name,
            "layers": [layers.serialize(layer) for layer in self._layers],
            "input_shape": None if self.input_shape is None else list(self.input_shape[1:]),
        }

    @classmethod
    def from_config(cls, config):
        """A model with new weights from what `get_config` returned."""
        try:
            model = cls([layers.deserialize(layer) for layer in config["layers"]], name=config.get("name"))
            if config.get("input_shape") is not None and not model.built:
                model.build((None, *config["input_shape"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"Expected the configuration of a Sequential model. Received: {config!r}.") from error
        return model

    def __repr__(self):
        return f"<Sequential '{self.name}': {', '.join(layer.name for layer in self._layers)}>"


def _is_input(layer):
    return isinstance(layer, InputLayer)


def load_model(filepath):
    """A model from a file that `save` wrote, ready to predict and to train on. Raises `ValueError` for anything else.

    Nothing in the file is executed.
    """
    from glassnet.formats.safetensors import load_model

    return load_model(filepath)
