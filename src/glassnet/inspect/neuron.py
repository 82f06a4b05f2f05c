"""What a hidden neuron answers to: its weights as an image, its strongest real examples, how often it is active."""

import math
import re
from dataclasses import dataclass

import numpy as np

from glassnet import layers
from glassnet.engine.graph import Graph
from glassnet.examples import count
from glassnet.inspect.names import split, suggestion
from glassnet.inspect.probe import Probe
from glassnet.layers.structure import flatten

PASSING_ON = ("rescale", "normalize", "dropout", "gaussian_noise")
"""Operations in front of a first layer that leave each input in its place."""


@dataclass(frozen=True)
class Strongest:
    """A real example that a neuron answers to. Attributes: `example` (its number in x), `activation`."""

    example: int
    activation: float


class Neuron:
    """What is known of one neuron. Made by `neuron`.

    Attributes:
        name: Such as `"dense[5]"`.
        weights: Its incoming weights, its part of its layer's kernel: (I,), or (I, G) for the G gates of a recurrent layer.
        image: The same shaped like one example of the input that it weighs, where nothing is before it; else None.
        bias: Float; None where there is none, or one for each gate.
        activations: (N,) its activation for each example; of a neuron with several places, or in a layer that is called several
            times, the largest of them.
        active: Share of examples for which its weighted sum is above 0.
    """

    def __init__(self, name, weights, image, bias, sums, activations):
        self.name, self.weights, self.image, self.bias = name, weights, image, bias
        self.activations, self.active = activations, float((sums > 0).mean())
        # Saturated activations are equal; then the sum before decides.
        self._order = np.lexsort((-sums, -activations))

    def strongest(self, most=10):
        """The examples with the largest activations, a list of `Strongest`."""
        return [Strongest(int(k), float(self.activations[k])) for k in self._order[:most]]

    def __str__(self):
        bias = "" if self.bias is None else f", bias {self.bias:.4g}"
        best = ", ".join(f"{s.example} ({s.activation:.4g})" for s in self.strongest(5))
        return (
            f"{self.name}: active for {100 * self.active:.1f} % of {len(self.activations)} examples\n"
            f"  weights: {self.weights.size}, from {self.weights.min():.4g} to {self.weights.max():.4g}{bias}\n"
            f"  strongest examples: {best}"
        )


def neuron(model, reference, x, batch_size=256):
    """What a neuron answers to.

    Arguments:
        model: A model.
        reference: `"dense[5]"`, or layer name and number: `("dense", 5)`.
        x: Examples (N, ...) to show it, as for `fit`.
        batch_size: Examples at once.

    Returns: `Neuron`. Raises `ValueError` or `IndexError` where there is no such neuron.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, activation="relu", name="dense")])
    >>> model.set_weights([[[1.0, -1.0], [0.0, 1.0]], [0.0, 0.5]])
    >>> print(neuron(model, "dense[1]", [[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]))
    dense[1]: active for 66.7 % of 3 examples
      weights: 2, from -1 to 1, bias 0.5
      strongest examples: 2 (2.5), 1 (1.5), 0 (0)
    """
    x, _, _ = model._data(x, need_y=False)
    layer, unit = place(model, reference)
    probe = Probe(model, min(batch_size, count(x)), output=model.output_names[0])
    x = probe.inputs.joined(x)
    a = outputs_of(probe.graph, layer)
    z = sums_of(probe.graph, layer) or a
    sums, activations = np.empty((2, len(x)), model.dtype)
    for part in probe.batches(x):
        for tensors, found in ((z, sums), (a, activations)):
            values = [probe.program.value(tensor)[: part.stop - part.start, ..., unit] for tensor in tensors]
            found[part] = np.max([array.reshape(len(array), -1).max(axis=1) for array in values], axis=0)
    (kernel, at), *others = incoming(model, layer, unit)
    weights = kernel.value[at].copy()
    weights = weights[..., 0] if weights.shape[-1] == 1 and weights.ndim == kernel.ndim else weights
    read = input_of(probe, kernel)
    image = weights.reshape(read.shape) if read is not None and weights.size == math.prod(read.shape) else None
    biases = [variable.value[place].ravel() for variable, place in others if variable.name == "bias"]
    bias = float(biases[0][0]) if biases and biases[0].size == 1 else None
    return Neuron(f"{layer}[{unit}]", weights, image, bias, sums, activations)


def neurons(model):
    """How many neurons each layer has that weighs its inputs, those within other layers and models included: `{layer name:
    units}`, in order."""
    graph, found = Graph(), {}
    model.plan(graph)
    tensors = {**graph.tensors, **graph.aliases}
    for layer in model.every_layer():
        a = tensors.get(f"{layer.name}/a", tensors.get(f"{layer.name}/h"))  # of a recurrent layer its state
        weighs = layer.weights and layer.weights[0].is_parameter and layer.weights[0].ndim >= 2
        if weighs and a is not None and not isinstance(layer, layers.Embedding | layers.PositionEmbedding):
            found[layer.name] = a.shape[-1]
    return found


def outputs_of(graph, layer):
    """The tensors of a graph that hold a layer's neurons, one for each time it is called; of a recurrent layer its states."""
    return _called(graph, layer, "a") or _called(graph, layer, "h")


def sums_of(graph, layer):
    """Those of its weighted sums; empty for a recurrent layer, whose neurons have several."""
    return _called(graph, layer, "z") if _called(graph, layer, "a") else []


def _called(graph, layer, part):
    tensors = {**graph.tensors, **graph.aliases}
    return [tensor for name, tensor in tensors.items() if re.fullmatch(rf"{re.escape(layer)}(_call_\d+)?/{part}", name)]


def incoming(model, name, unit):
    """`[(variable, index)]` of the weights that make a neuron: its part of the kernel first, then of what else its layer has.

    A neuron of a recurrent layer has a column for each gate; one of a transposed or depthwise convolution its own axis.
    """
    layer, units = next(layer for layer in model.every_layer() if layer.name == name), neurons(model)[name]
    every = (..., slice(unit, None, units))
    found = [(variable, every) for variable in layer.weights if variable.is_parameter]
    if isinstance(layer, layers.SeparableConv1D | layers.SeparableConv2D):  # the first kernel is of the channels below
        return found[1:]
    kernel = found[0][0]
    if isinstance(layer, layers.Conv1DTranspose | layers.Conv2DTranspose):
        return [(kernel, (..., slice(unit, unit + 1), slice(None))), *found[1:]]
    if isinstance(layer, layers.DepthwiseConv1D | layers.DepthwiseConv2D):
        channel, multiple = divmod(unit, kernel.shape[-1])
        return [(kernel, (..., slice(channel, channel + 1), slice(multiple, multiple + 1))), *found[1:]]
    return found


def place(model, reference, known=None, what="a neuron"):
    """Layer name and number of a neuron called `"dense[5]"` or `("dense", 5)`. Raises `ValueError` or `IndexError`.

    Arguments:
        model: A model.
        reference: The name.
        known: `{layer name: units}` that there are to choose from; the `neurons` where None.
        what: What these are, for messages.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> place(Sequential([layers.Input((2,)), layers.Dense(4, name="dense")]), "dense[-1]")
    ('dense', 3)
    """
    if not model.built:
        raise ValueError(f"Expected a model that knows its input. Call build((None, ...)) on '{model.name}' first.")
    known = neurons(model) if known is None else known
    listed = ", ".join(f"{name}[0..{units - 1}]" for name, units in known.items())
    layer, index = (reference[0], tuple(reference[1:])) if isinstance(reference, tuple) else split(reference)
    if layer not in known:
        owner = str(layer).rpartition("/")[0]
        meant = f" Did you mean '{owner}[{index[-1]}]'?" if owner in known and index else suggestion(layer, known)
        raise ValueError(f"Expected {what} of {listed}. Received: {reference!r}.{meant}")
    if len(index) != 1 or not isinstance(index[0], int | np.integer) or not -known[layer] <= index[0] < known[layer]:
        raise IndexError(f"Expected {what} of {listed}. Received: {reference!r}.")
    return layer, int(index[0]) % known[layer]


def input_of(probe, kernel):
    """The model's input that a kernel weighs, where nothing stands between but what leaves each number in its place; or None."""
    names = {alias: tensor.name for alias, tensor in probe.graph.aliases.items()}
    writers = {node.writes: node for node in probe.graph.nodes}
    node = next(node for node in probe.graph.nodes if kernel in node.variables)
    tensor = names.get(node.inputs[0].name, node.inputs[0].name)
    while tensor in writers and writers[tensor].operation.name in PASSING_ON:
        tensor = writers[tensor].inputs[0].name
        tensor = names.get(tensor, tensor)
    return next((read for read in flatten(probe.input) if read.name == tensor), None)
