"""What a hidden neuron answers to: its weights as an image, its strongest real examples, how often it is active."""

from dataclasses import dataclass

import numpy as np

from glassnet.inspect.names import split, suggestion
from glassnet.inspect.probe import Probe

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
        weights: Its incoming weights, the last axis of its layer's kernel taken at it: (I,), a copy.
        image: The same shaped like one example of the input, where its layer is the first that has weights; else None.
        bias: Float; None where there is none.
        activations: (N,) its activation for each example; of a neuron with several places the largest of them.
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
        x: Examples (N, ...) to show it.
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
    x, _, _ = model._checked(x, need_y=False)
    probe = Probe(model, min(batch_size, len(x)))
    layer, unit = place(model, reference)
    tensors = {**probe.graph.tensors, **probe.graph.aliases}
    a = tensors[f"{layer}/a"]
    z = tensors.get(f"{layer}/z", a)
    sums, activations = np.empty((2, len(x)), model.dtype)
    for part in probe.batches(x):
        for tensor, found in ((z, sums), (a, activations)):
            values = probe.program.value(tensor)[: part.stop - part.start, ..., unit]
            found[part] = values.reshape(len(values), -1).max(axis=1)
    kernel, bias = _weights(model, layer)
    weights = kernel.value[..., unit].copy()
    at_first = _is_first(probe, kernel) and weights.size == np.prod(model.input_shape[1:])
    image = weights.reshape(model.input_shape[1:]) if at_first else None
    return Neuron(f"{layer}[{unit}]", weights, image, None if bias is None else float(bias.value[unit]), sums, activations)


def neurons(model):
    """How many neurons each layer has that weighs its inputs: `{layer name: units}`, in order."""
    found = {}
    for layer in model.layers:
        if layer.weights and layer.weights[0].is_parameter and layer.weights[0].ndim >= 2:
            found[layer.name] = layer.compute_output_shape(layer.input_shape)[-1]
    return found


def place(model, reference):
    """Layer name and number of a neuron called `"dense[5]"` or `("dense", 5)`. Raises `ValueError` or `IndexError`.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> place(Sequential([layers.Input((2,)), layers.Dense(4, name="dense")]), "dense[-1]")
    ('dense', 3)
    """
    if not model.built:
        raise ValueError(f"Expected a model that knows its input. Call build((None, ...)) on '{model.name}' first.")
    known = neurons(model)
    listed = ", ".join(f"{name}[0..{units - 1}]" for name, units in known.items())
    layer, index = (reference[0], tuple(reference[1:])) if isinstance(reference, tuple) else split(reference)
    if layer not in known:
        raise ValueError(f"Expected a neuron of {listed}. Received: {reference!r}.{suggestion(layer, known)}")
    if len(index) != 1 or not isinstance(index[0], int | np.integer) or not -known[layer] <= index[0] < known[layer]:
        raise IndexError(f"Expected a neuron of {listed}. Received: {reference!r}.")
    return layer, int(index[0]) % known[layer]


def _weights(model, layer):
    """Kernel and bias (or None) of a layer."""
    parameters = [variable for variable in model.get_layer(layer).weights if variable.is_parameter]
    return parameters[0], parameters[1] if len(parameters) > 1 and parameters[1].ndim == 1 else None


def _is_first(probe, kernel):
    """Whether nothing stands between the input and this kernel but what leaves each input in its place."""
    for node in probe.graph.nodes:
        if kernel in node.variables:
            return True
        if node.operation.name not in PASSING_ON:
            return False
    return False
