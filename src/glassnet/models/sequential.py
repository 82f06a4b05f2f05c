"""A stack of layers, each fed by the one before."""

from glassnet.layers.input import InputLayer
from glassnet.layers.keras_tensor import KerasTensor
from glassnet.layers.layer import Layer, layers
from glassnet.layers.shapes import batch_shape
from glassnet.models.model import Model, models
from glassnet.models.sharing import shared_resolved, with_shared


@layers.add()
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
        self._tensors = []  # symbolic: the input, then what each layer makes of the one before
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self):
        """The layers without the input."""
        first = 1 if self._layers and isinstance(self._layers[0], InputLayer) else 0
        return self._layers[first:]

    @property
    def built(self):
        return len(self._tensors) > 1

    @property
    def inputs(self):
        """The symbolic input, in a list; None where its shape is not known yet."""
        return self._tensors[:1] or None

    @property
    def outputs(self):
        """The symbolic output, in a list; None where its shape is not known yet."""
        return self._tensors[-1:] or None

    def add(self, layer):
        """Appends a layer. Raises `ValueError` where its name is taken or it does not fit behind the others."""
        if isinstance(layer, KerasTensor) and isinstance(layer.layer, InputLayer):
            layer = layer.layer
        if isinstance(layer, type) or not isinstance(layer, Layer):
            raise TypeError(f"Expected a layer, such as layers.Dense(10). Received: {layer!r}.")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"Expected a layer with a name of its own. {layer.name!r} is in model '{self.name}' already.")
        if isinstance(layer, InputLayer) and self._layers:
            raise ValueError(f"Expected the input as the first layer of model '{self.name}'.")
        if self._tensors:
            self._tensors.append(self._one_output(layer, self._tensors[-1]))
        elif not self._layers:
            self._begin(layer)
        self._layers.append(layer)
        self._changed()

    def _begin(self, layer):
        """The symbolic input, where the first layer says its shape."""
        if isinstance(layer, InputLayer):
            self._tensors = [layer.output]
            return
        argument = layer.input_shape_argument
        shape = layer.input_shape if layer.built else None if argument is None else (None, *argument)
        if shape is not None:
            start = KerasTensor(shape, layer.dtype, "input")
            self._tensors = [start, self._one_output(layer, start)]

    def _one_output(self, layer, tensor):
        output = layer(tensor)
        if not isinstance(output, KerasTensor):
            raise ValueError(
                f"Model '{self.name}' expected layers of one output. Received: {type(layer).__name__} '{layer.name}', which has "
                f"{len(output)}. Use Model(inputs, outputs)."
            )
        return output

    def pop(self):
        """Removes the last layer and returns it."""
        if not self.layers:
            raise ValueError(f"Model '{self.name}' has no layer to remove.")
        if self.training_runs and self.built:
            self.training_runs[-1].note_popped(self, self._layers[-1])
        layer = self._layers.pop()
        self._tensors = self._tensors[:-1] if len(self._tensors) > 2 or self._layers else []
        self._changed()
        return layer

    def _changed(self):
        self._programs.clear()
        self._resolved = None

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
        if self.built:
            self.build_for(shape)
            return
        tensors = self._tensors[:1] or [KerasTensor(shape, self.layers[0].dtype, "input")]
        for layer in self.layers:
            tensors.append(self._one_output(layer, tensors[-1]))
        self._tensors = tensors
        self._changed()

    def plan_with_penalties(self, graph, x):
        """Adds the layers' operations to a graph, behind the tensor `x`. Returns the output tensor."""
        for layer in self.layers:
            x = layer.plan_with_penalties(graph, x)
        return x

    def _first_layer(self):
        layer = next((layer for layer in self.layers), None)
        return f"{type(layer).__name__} '{layer.name}'" if layer else f"Model '{self.name}'"

    def get_config(self):
        """Name and layers as plain data."""
        config = {
            "name": self.name,
            "layers": [layers.serialize(layer) for layer in self._layers],
            "input_shape": None if self.input_shape is None else list(self.input_shape[1:]),
        }
        return with_shared(self, config)

    @classmethod
    def from_config(cls, config):
        """A model with new weights from what `get_config` returned."""
        try:
            config = shared_resolved(config)
            model = cls([layers.deserialize(layer) for layer in config["layers"]], name=config.get("name"))
            if config.get("input_shape") is not None and not model.built:
                model.build((None, *config["input_shape"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"Expected the configuration of a Sequential model. Received: {config!r}.") from error
        return model

    def __repr__(self):
        return f"<Sequential '{self.name}': {', '.join(layer.name for layer in self._layers)}>"
