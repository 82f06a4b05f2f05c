"""What each neuron wants of an example, and the three ways to get it: its bias, its weights, the activations below."""

from dataclasses import dataclass

import numpy as np

from glassnet.inspect.names import DERIVATIVE, joined, suggestion
from glassnet.layers.structure import flatten


@dataclass(frozen=True)
class Nudge:
    """One wish.

    Attributes: `name` of the number, `strength` (minus the derivative of the loss: how much the loss would fall for
    each unit that the number grows).
    """

    name: str
    strength: float

    @property
    def direction(self):
        """`"up"`, `"down"` or `"stay"`."""
        return "up" if self.strength > 0 else "down" if self.strength < 0 else "stay"

    def __str__(self):
        return f"{self.name} {self.direction} {abs(self.strength):.4g}"


class LayerNudges:
    """What the neurons of one dense layer want, as arrays: of one example, or the mean over a batch.

    Attributes:
        layer: Name.
        neurons (..., O): What each neuron wants its weighted sum to do.
        bias (O,): The first way: the bias, by as much (None where there is none).
        kernel (I, O): The second: each weight in proportion to the activation below it.
        inputs (..., I, O): The third: each activation below in proportion to the weight.
        below (..., I): What the layer below is asked for: the third summed over all neurons.
    """

    def __init__(self, layer, names, neurons, bias, kernel, inputs):
        self.layer, self._names = layer, names
        self.neurons, self.bias, self.kernel, self.inputs = neurons, bias, kernel, inputs
        self.below = inputs.sum(axis=-1)

    def ranked(self, way, most=None):
        """The strongest `Nudge`s of one of `"neurons"`, `"bias"`, `"kernel"`, `"below"`, the strongest first."""
        if way not in self._names:
            raise ValueError(f"Expected one of {', '.join(map(repr, self._names))}. Received: {way!r}.")
        return ranked(self._names[way], getattr(self, way), most)

    def ways(self, neuron, most=None):
        """The three ways of one neuron: `{"bias": [...], "kernel": [...], "inputs": [...]}` of ranked `Nudge`s.

        Raises `IndexError` where there is no such neuron.
        """
        units = self.kernel.shape[1]
        if not -units <= neuron < units:
            raise IndexError(f"Expected a neuron from 0 to {units - 1} of layer {self.layer!r}. Received: {neuron!r}.")
        neuron %= units
        kernel = [
            Nudge(joined(self._names["kernel"], (i, neuron)), float(v)) for i, v in enumerate(self.kernel[:, neuron])
        ]
        bias = [] if self.bias is None else [Nudge(joined(self._names["bias"], (neuron,)), float(self.bias[neuron]))]
        return {
            "bias": bias,
            "kernel": sorted(kernel, key=_strength)[:most],
            "inputs": ranked(self._names["below"], self.inputs[..., neuron], most),
        }


class Nudges:
    """What a network's outputs want, and what that asks of each dense layer. Made by `trace.nudges()`.

    `nudges["dense_1"]` is a `LayerNudges`; iterating gives the layers' names, the last layer first. Of a layer that is called
    several times each call is one, `nudges["dense_1_call_1"]` the second.

    Attributes: `example` (None for the mean over the batch), `outputs` (ranked `Nudge`s).
    """

    def __init__(self, example, outputs, layers):
        self.example, self.outputs, self._layers = example, outputs, layers

    def __getitem__(self, layer):
        if layer not in self._layers:
            near = suggestion(layer, self._layers)
            raise KeyError(f"Expected one of the dense layers {', '.join(self._layers)}. Received: {layer!r}.{near}")
        return self._layers[layer]

    def __iter__(self):
        return iter(self._layers)

    def __len__(self):
        return len(self._layers)

    def __str__(self):
        of = "the mean of all examples" if self.example is None else f"example {self.example}"
        lines = [f"What {of} wants, the strongest first", "  outputs:  " + _listed(self.outputs[:5])]
        for name, layer in self._layers.items():
            lines.append(f"{name}:")
            ways = {"neurons": "neurons", "bias": "1. bias", "kernel": "2. weights", "below": "3. inputs"}
            lines += [
                f"  {label}:  {_listed(layer.ranked(way, 5))}" for way, label in ways.items() if way in layer._names
            ]
        return "\n".join(lines)


def nudges(trace, example=None):
    """What one example wants of a network: each output up or down, and the three ways to get it, layer by layer.

    Arguments:
        trace: `Trace` with labels.
        example: Its number in the batch; None for the mean of the wishes of all, which is minus the gradient.

    Returns: `Nudges`. Strengths are minus the derivative of the example's own share of the loss, times the batch size.

    >>> from glassnet import layers
    >>> from glassnet.inspect.trace import trace
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron")])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> model.compile("sgd", "sum_of_squares")
    >>> wishes = trace(model, [1.0, 0.5], [5.0]).nudges(0)
    >>> [str(nudge) for nudge in wishes["neuron"].ranked("kernel")]
    ['neuron/kernel[0, 0] up 0.5', 'neuron/kernel[1, 0] up 0.25']
    """
    if "loss" not in trace:
        raise ValueError("Expected a trace with labels: without them nothing is wanted. Use trace(x, y).")
    size = trace.batch_size
    if example is not None and not (isinstance(example, int | np.integer) and -size <= example < size):
        raise IndexError(f"Expected an example from 0 to {size - 1}, or None for the mean. Received: {example!r}.")
    chosen = slice(None) if example is None else slice(example % size, example % size + 1)
    layers = {}
    for node in trace.backward_nodes():
        # Not those of attention, whose kernels are one for each head.
        if node.operation.name == "dense" and node.variables[0].ndim == 2 and DERIVATIVE + node.outputs[0].name in trace:
            layers[node.outputs[0].name.removesuffix("/z")] = _layer(trace, node, chosen)
    outputs = [tensor.name for tensor in flatten(trace.output) if DERIVATIVE + tensor.name in trace]
    wishes = [nudge for name in outputs for nudge in ranked(name, _wish(trace, name, chosen))]
    return Nudges(example, sorted(wishes, key=_strength), layers)


def _wish(trace, name, chosen):
    """Minus the derivative by a tensor, of one example (times the batch size) or the mean of all."""
    derivative = trace.gradient(name)[chosen].astype(np.float64)
    return -trace.batch_size * derivative.mean(axis=0)


def _layer(trace, node, chosen):
    (x, z), (kernel, bias) = (node.inputs[0].name, node.outputs[0].name), node.variables
    _, inputs, units = node.sizes
    scale = -trace.batch_size / len(trace[z][chosen])
    below = trace[x][chosen].astype(np.float64).reshape(-1, inputs)
    wishes = scale * trace.gradient(z)[chosen].astype(np.float64).reshape(-1, units)
    neurons = _wish(trace, z, chosen)
    by_kernel = below.T @ wishes - _penalty(trace, kernel)
    by_bias = None if bias is None else wishes.sum(axis=0) - _penalty(trace, bias)
    by_inputs = neurons[..., None, :] * trace[kernel.path].astype(np.float64)
    # Behind Flatten the numbers below have a second name, under which they lie in a row as here.
    flat = (name for name, tensor in trace.tensors.items() if tensor.name == x and tensor.shape[-1:] == (inputs,))
    names = {"neurons": z, "bias": bias.path if bias else None, "kernel": kernel.path, "below": next(flat, x)}
    names = {way: name for way, name in names.items() if name is not None}
    return LayerNudges(node.layer, names, neurons, by_bias, by_kernel, by_inputs)


def _penalty(trace, variable):
    """The derivative of a variable's own penalty, which every example feels alike."""
    total = np.zeros(variable.shape)
    for node in trace.backward_nodes():
        if node.operation.name == "penalty" and node.variables[0] is variable and trace.backward_targets(node):
            total += trace.local(node)(variable.path, {})
    return total


def ranked(name, strengths, most=None):
    """`Nudge`s of all numbers of an array, the strongest first."""
    order = np.argsort(-np.abs(strengths), axis=None, kind="stable")[:most]
    places = (tuple(map(int, np.unravel_index(k, strengths.shape))) for k in order)
    return [Nudge(joined(name, at), float(strengths[at])) for at in places]


def _strength(nudge):
    return -abs(nudge.strength)


def _listed(found):
    return ", ".join(map(str, found))
