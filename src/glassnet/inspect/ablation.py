"""What happens without a neuron, or a head of attention: its weights are taken away in place, and put back bit for bit."""

import contextlib
from dataclasses import dataclass

import numpy as np

from glassnet import layers
from glassnet.compilation import CompiledNetwork
from glassnet.engine.graph import Graph
from glassnet.examples import count, of_each
from glassnet.inspect.element import one_to_one
from glassnet.inspect.names import suggestion
from glassnet.inspect.neuron import incoming, neurons, outputs_of, place
from glassnet.layers.recurrent import Recurrent
from glassnet.layers.structure import flatten

KEEPING_GATES = layers.GRU | layers.LSTM
"""Layers with a gate, z or f, by which a neuron keeps its state."""

CLOSED = -1000
"""A sum at which a gate is 0 exactly, by any sigmoid."""

CHANNEL_BY_CHANNEL = (
    "max_pooling", "average_pooling", "mean_of_steps", "upsample", "frame", "batch_normalization", "gaussian_dropout",
    "alpha_dropout", "random_affine", "elastic_distortion", "random_contrast",
)  # fmt: skip
"""Operations that make of a neuron's outputs at several places others, but mix it with no other neuron."""


class NotSilenced(ValueError):  # noqa: N818 - as Python's own
    """A neuron cannot be without effect."""


@contextlib.contextmanager
def ablate(model, reference):
    """Context in which a hidden neuron, or a head of attention, is without effect: the weights that lead from it on are 0.

    Where something stands between a neuron and these weights that mixes neurons, and in a recurrent layer, whose neurons read
    each other a step later, its incoming weights and its bias are 0 instead, if its activation then is 0. A recurrent neuron that
    is given a state to begin with forgets it at its first step that is not masked: its bias closes the gate that would keep it.

    Arguments:
        model: A model.
        reference: `"dense[5]"` or `("dense", 5)`; a head is called as a neuron is: `"multi_head_attention[1]"`.

    On leaving, also by an exception, the weights are what they were, bit for bit. Raises `ValueError` where the neuron is
    the output, or cannot be silenced.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(2, name="hidden"), layers.Dense(1, name="out")])
    >>> model.set_weights([[[1.0, 2.0]], [0.0, 0.0], [[1.0], [10.0]], [0.5]])
    >>> with ablate(model, "hidden[1]"):
    ...     without = model.predict([[1.0]])
    >>> without, model.predict([[1.0]])
    (array([[1.5]], dtype=float32), array([[21.5]], dtype=float32))
    """
    layer, unit = place(model, reference, units(model), "a neuron, or a head of attention,")
    found = next(part for part in model.every_layer() if part.name == layer)
    if isinstance(found, layers.MultiHeadAttention):
        parts = [(found.projections["attention_output"][0], slice(unit, unit + 1), 0)]
    else:
        parts = _outgoing(model, layer, unit)
        if not parts or isinstance(found, Recurrent):
            parts = [*_incoming(model, found, unit), *_forgetting(model, found, unit)]
    kept = [variable.value[index].copy() for variable, index, _ in parts]
    try:
        for variable, index, value in parts:
            variable.value[index] = value
        yield
    finally:
        for (variable, index, _), values in zip(parts, kept, strict=True):
            variable.value[index] = values


def units(model):
    """How many units each layer has that can be left out: its neurons, or its heads of attention. `{layer name: units}`."""
    known = neurons(model)
    known.update({part.name: part.num_heads for part in model.every_layer() if isinstance(part, layers.MultiHeadAttention)})
    return {part.name: known[part.name] for part in model.every_layer() if part.name in known}


def _outgoing(model, layer, unit):
    """`[(variable, index, 0)]` of all weights that read a neuron; empty where not all of its readers are weighted sums."""
    graph = Graph()
    outputs = {tensor.name for tensor in flatten(model.plan(graph)[1])}
    starts = outputs_of(graph, layer)
    waiting, seen, found = [tensor.name for tensor in starts], set(), []
    count = starts[0].shape[-1]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in outputs:
            hidden = ", ".join(_hidden(model)) or "none"
            raise ValueError(f"Expected a neuron of a hidden layer ({hidden}). Received: '{layer}[{unit}]', which is an output.")
        for node in graph.nodes:
            if node.phase == "forward" and any(tensor is not None and tensor.name == name for tensor in node.inputs):
                index = _weighing(node, unit, count)
                if index is not None:
                    found.append((node.variables[0], index, 0))
                elif one_to_one(node) or node.operation.name in CHANNEL_BY_CHANNEL:
                    waiting.append(node.outputs[0].name)
                else:
                    return []
    return found


def _weighing(node, unit, units):
    """Where in its kernel a weighted sum weighs the neuron `unit` of so many; None for any other operation."""
    operation, shape = node.operation.name, node.variables[0].shape if any(node.variables) else ()
    if operation == "dense" and shape[0] % units == 0:
        return slice(unit, None, units)  # behind Flatten the neuron has a weight for each of its places, `units` apart
    if operation in ("convolution", "depthwise") and shape[-2] == units:
        return ..., slice(unit, unit + 1), slice(None)
    return (..., slice(unit, unit + 1)) if operation == "convolution_transpose" and shape[-1] == units else None


def _incoming(model, layer, unit):
    """`[(variable, index, 0)]` of the weights and the bias that make a neuron, where it is 0 without them."""
    activation = getattr(layer, "activation", None)
    if activation is None or np.any(activation(np.zeros((1, 2), model.dtype)) != 0):
        raise NotSilenced(
            f"Expected a neuron read by Dense layers, or one whose activation of 0 is 0, such as relu. Received: "
            f"'{layer.name}[{unit}]'."
        )
    return [(variable, index, 0) for variable, index in incoming(model, layer.name, unit)]


def _forgetting(model, layer, unit):
    """`[(variable, index, value)]` that let a recurrent neuron, and those beside it, forget the state that it begins with; empty
    where that is 0 anyway."""
    graph = Graph()
    model.plan(graph)
    if not isinstance(layer, Recurrent) or not any(
        layer.recurrent_kernel in node.variables and any(tensor is not None for tensor in node.inputs[1:3])
        for node in graph.nodes
    ):
        return []
    read = (layer.recurrent_kernel, slice(unit, unit + 1), 0)  # by the neurons beside it
    if not isinstance(layer, KEEPING_GATES):
        return [read]
    gate = layer.units * (1 if isinstance(layer, layers.LSTM) else 0) + unit
    closed = [value for value in (0, CLOSED) if not layer.recurrent_activation(np.full((1, 2), value, model.dtype)).any()]
    if not closed or (closed[0] and layer.bias is None):
        raise NotSilenced(
            f"Expected a gate that a bias can close, so that '{layer.name}[{unit}]' forgets the state that it is given to begin "
            f"with. Received: {layer!r}. Give the layer a bias and a recurrent_activation such as sigmoid."
        )
    return [read, *([(layer.bias, (..., slice(gate, gate + 1)), closed[0])] if closed[0] else [])]


def _hidden(model):
    """Names of the layers with neurons that are no output, neither one itself nor behind its last activation, or with heads. Of
    a layer around others, such as Bidirectional, these are named."""
    graph = Graph()
    _, outputs = model.plan(graph)
    writers, last = {node.writes: node for node in graph.nodes}, set()
    for name in [tensor.name for tensor in flatten(outputs)]:
        while name in writers and not any(writers[name].variables) and len(writers[name].inputs) == 1:
            name = writers[name].inputs[0].name
            name = graph.aliases[name].name if name in graph.aliases else name
        last |= {writers[name].layer} if name in writers else set()
    known, found = neurons(model), units(model)
    wrapping = {layer.name for layer in model.every_layer() if any(part.name in found for part in layer.sublayers)}
    return [name for name in found if name not in wrapping and (name not in last or name not in known)]


@dataclass(frozen=True)
class Effect:
    """What a network is without one neuron or head of attention.

    Attributes: `neuron` (such as `"dense[5]"`), `logs` (`{"loss": ..., metric: ...}` without it), `changes` (the same minus
    what it is with it).
    """

    neuron: str
    logs: dict
    changes: dict


class Ablation:
    """The effects of all neurons. Made by `ablation`.

    Attributes: `logs` (loss and metrics of the whole network), `effects` (a list of `Effect`, in the network's order), `kept`
    (`{layer: why}` of layers whose neurons cannot be left out).
    """

    def __init__(self, logs, effects, kept):
        self.logs, self.effects, self.kept = logs, effects, kept

    def ranked(self, most=None):
        """The effects, the neuron whose loss is felt most first."""
        return sorted(self.effects, key=lambda effect: -effect.changes["loss"])[:most]

    def __str__(self):
        width = max([len("all neurons"), *(len(effect.neuron) for effect in self.effects)]) + 2
        lines = ["".join(["without".ljust(width), *(f"{name:>16}{'change':>12}" for name in self.logs)])]
        lines.append("".join(["none".ljust(width), *(f"{value:>16.6g}{'':>12}" for value in self.logs.values())]))
        for effect in self.ranked():
            cells = (f"{effect.logs[name]:>16.6g}{effect.changes[name]:>+12.4g}" for name in self.logs)
            lines.append("".join([effect.neuron.ljust(width), *cells]))
        lines += [f"Not left out: {layer}. {why}" for layer, why in self.kept.items()]
        return "\n".join(line.rstrip() for line in lines)


def ablation(model, x, y, layer=None, batch_size=256):
    """Evaluates a network without each of its hidden neurons, and heads of attention, in turn.

    Arguments:
        model: A compiled model; its metrics are the columns.
        x, y: Examples and labels, as for `fit`.
        layer: Name of the layer whose neurons to leave out; all hidden layers where None.
        batch_size: Examples at once.

    Returns: `Ablation`. Raises `ValueError` where there is no such hidden layer, or its neurons cannot be left out. The model's
    weights stay what they are.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(2, name="hidden"), layers.Dense(1, name="out")])
    >>> model.set_weights([[[1.0, 2.0]], [0.0, 0.0], [[1.0], [10.0]], [0.0]])
    >>> model.compile("sgd", "mean_absolute_error")
    >>> print(ablation(model, [[1.0]], [[21.0]]))
    without                  loss      change
    none                        0
    hidden[1]                  20         +20
    hidden[0]                   1          +1
    """
    model._need_compile()
    data = model._data(x, y)
    hidden = _hidden(model)
    if not hidden:
        raise ValueError(f"Expected a model with a hidden layer that has neurons, or heads of attention. Received: {model!r}.")
    if layer is not None and layer not in hidden:
        raise ValueError(f"Expected a hidden layer, of {', '.join(hidden)}. Received: {layer!r}.{suggestion(layer, hidden)}")
    # A program of its own: that of `model.evaluate` may be the one of a training that is under way.
    examples = count(data[0])
    dtypes = (of_each(lambda array: array.dtype.name, part) for part in data)
    compiled = CompiledNetwork(model, min(batch_size, examples), *dtypes)
    compiled.read(*data)
    whole, effects, kept = _evaluate(compiled, examples), [], {}
    for name in hidden if layer is None else [layer]:
        try:
            for unit in range(units(model)[name]):
                with ablate(model, (name, unit)):
                    without = _evaluate(compiled, examples)
                changes = {key: without[key] - whole[key] for key in whole}
                effects.append(Effect(f"{name}[{unit}]", without, changes))
        except NotSilenced as error:  # none of the layer's, or the first would not be either
            if layer is not None or len(hidden) == 1:
                raise
            kept[name] = str(error)
    return Ablation(whole, effects, kept)


def _evaluate(compiled, examples):
    """Loss and metrics of a `CompiledNetwork` on the data that it reads."""
    compiled.begin(np.arange(examples), 0)
    program = compiled.program
    program.steps(program.evaluation, np.zeros(-(-examples // program.batch_size)), training=False)
    return compiled.logs()
