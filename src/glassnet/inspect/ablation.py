"""What happens without a neuron: its weights are taken away in place, and put back bit for bit."""

import contextlib
from dataclasses import dataclass

import numpy as np

from glassnet.compilation import CompiledNetwork
from glassnet.engine.graph import Graph
from glassnet.examples import count, of_each
from glassnet.inspect.element import one_to_one
from glassnet.inspect.neuron import incoming, neurons, outputs_of, place
from glassnet.layers.structure import flatten


@contextlib.contextmanager
def ablate(model, reference):
    """Context in which a hidden neuron is without effect: the weights that lead from it on are 0.

    Where something stands between it and these weights that mixes neurons, its incoming weights and its bias are 0 instead, if
    its activation then is 0.

    Arguments:
        model: A model.
        reference: `"dense[5]"` or `("dense", 5)`.

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
    layer, unit = place(model, reference)
    parts = _outgoing(model, layer, unit) or _incoming(model, layer, unit)
    kept = [variable.value[index].copy() for variable, index in parts]
    try:
        for variable, index in parts:
            variable.value[index] = 0
        yield
    finally:
        for (variable, index), values in zip(parts, kept, strict=True):
            variable.value[index] = values


def _outgoing(model, layer, unit):
    """`[(variable, index)]` of all weights that read a neuron; empty where not all of its readers are weighted sums."""
    graph = Graph()
    outputs = {tensor.name for tensor in flatten(model.plan(graph)[1])}
    starts = outputs_of(graph, layer)
    waiting, seen, found = [tensor.name for tensor in starts], set(), []
    units = starts[0].shape[-1]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in outputs:
            hidden = ", ".join(_hidden(model)) or "none"
            raise ValueError(f"Expected a neuron of a hidden layer ({hidden}). Received: '{layer}[{unit}]', which is an output.")
        for node in graph.nodes:
            if node.phase == "forward" and any(tensor is not None and tensor.name == name for tensor in node.inputs):
                if node.operation.name == "dense" and node.variables[0].shape[0] % units == 0:
                    # Behind Flatten the neuron has a weight for each of its places, `units` apart.
                    found.append((node.variables[0], slice(unit, None, units)))
                elif one_to_one(node):
                    waiting.append(node.outputs[0].name)
                else:
                    return []
    return found


def _incoming(model, layer, unit):
    """The weights and the bias that make a neuron, where it is 0 without them."""
    found = next(part for part in model.every_layer() if part.name == layer)
    activation = getattr(found, "activation", None)
    if activation is None or np.any(activation(np.zeros((1, 2), model.dtype)) != 0):
        raise ValueError(
            f"Expected a neuron read by Dense layers, or one whose activation of 0 is 0, such as relu. Received: "
            f"'{layer}[{unit}]'."
        )
    return incoming(model, layer, unit)


def _hidden(model):
    """Names of the layers with neurons that are no output: neither one itself, nor behind its last activation."""
    graph = Graph()
    _, outputs = model.plan(graph)
    writers, last = {node.writes: node for node in graph.nodes}, set()
    for name in [tensor.name for tensor in flatten(outputs)]:
        while name in writers and not any(writers[name].variables) and len(writers[name].inputs) == 1:
            name = writers[name].inputs[0].name
            name = graph.aliases[name].name if name in graph.aliases else name
        last |= {writers[name].layer} if name in writers else set()
    return [name for name in neurons(model) if name not in last]


@dataclass(frozen=True)
class Effect:
    """What a network is without one neuron.

    Attributes: `neuron` (such as `"dense[5]"`), `logs` (`{"loss": ..., metric: ...}` without it), `changes` (the same minus
    what it is with it).
    """

    neuron: str
    logs: dict
    changes: dict


class Ablation:
    """The effects of all neurons. Made by `ablation`.

    Attributes: `logs` (loss and metrics of the whole network), `effects` (a list of `Effect`, in the network's order).
    """

    def __init__(self, logs, effects):
        self.logs, self.effects = logs, effects

    def ranked(self, most=None):
        """The effects, the neuron whose loss is felt most first."""
        return sorted(self.effects, key=lambda effect: -effect.changes["loss"])[:most]

    def __str__(self):
        width = max(len("all neurons"), *(len(effect.neuron) for effect in self.effects)) + 2
        lines = ["".join(["without".ljust(width), *(f"{name:>16}{'change':>12}" for name in self.logs)])]
        lines.append("".join(["none".ljust(width), *(f"{value:>16.6g}{'':>12}" for value in self.logs.values())]))
        for effect in self.ranked():
            cells = (f"{effect.logs[name]:>16.6g}{effect.changes[name]:>+12.4g}" for name in self.logs)
            lines.append("".join([effect.neuron.ljust(width), *cells]))
        return "\n".join(line.rstrip() for line in lines)


def ablation(model, x, y, layer=None, batch_size=256):
    """Evaluates a network without each of its hidden neurons in turn.

    Arguments:
        model: A compiled model; its metrics are the columns.
        x, y: Examples and labels, as for `fit`.
        layer: Name of the layer whose neurons to leave out; all hidden layers where None.
        batch_size: Examples at once.

    Returns: `Ablation`. Raises `ValueError` where there is no such hidden layer. The model's weights stay what they are.

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
    if (layer is not None and layer not in hidden) or not hidden:
        raise ValueError(f"Expected a hidden layer, of {', '.join(hidden) or 'none'}. Received: {layer!r}.")
    # A program of its own: that of `model.evaluate` may be the one of a training that is under way.
    examples = count(data[0])
    dtypes = (of_each(lambda array: array.dtype.name, part) for part in data)
    compiled = CompiledNetwork(model, min(batch_size, examples), *dtypes)
    compiled.read(*data)
    whole, effects = _evaluate(compiled, examples), []
    for name in hidden if layer is None else [layer]:
        for unit in range(neurons(model)[name]):
            with ablate(model, (name, unit)):
                without = _evaluate(compiled, examples)
            changes = {key: without[key] - whole[key] for key in whole}
            effects.append(Effect(f"{name}[{unit}]", without, changes))
    return Ablation(whole, effects)


def _evaluate(compiled, examples):
    """Loss and metrics of a `CompiledNetwork` on the data that it reads."""
    compiled.begin(np.arange(examples), 0)
    program = compiled.program
    program.steps(program.evaluation, np.zeros(-(-examples // program.batch_size)), training=False)
    return compiled.logs()
