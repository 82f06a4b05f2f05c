"""Which inputs and which neurons made a number: weight times activation, exact by layer."""

from dataclasses import dataclass

import numpy as np

from glassnet.inspect.element import one_to_one
from glassnet.inspect.example import one_example
from glassnet.inspect.names import joined, split, suggestion, within
from glassnet.inspect.slopes import LocalBackward
from glassnet.inspect.trace import trace
from glassnet.layers.structure import flatten


@dataclass(frozen=True)
class Contribution:
    """One summand of a weighted sum.

    Attributes: `name` of the number below, the `weight` to it, its `activation`, and `value`, their product.
    """

    name: str
    weight: float
    activation: float

    @property
    def value(self):
        return self.weight * self.activation

    def __str__(self):
        return f"{self.name}  {self.weight:.4g} * {self.activation:.4g} = {self.value:+.4g}"


class Contributions:
    """How one weighted sum z of one example comes about: `bias + sum of values = total`. Made by `contributions`.

    Attributes:
        name: Of the sum, such as `"dense_1/z[0, 3]"`.
        source: Name of the tensor below.
        weights, activations, values: Float64 arrays shaped like one example of `source`; values = weights * activations.
        bias: Float, 0 where there is none.
        total: The sum as the network computed it.
        residual: `total` minus the sum of the parts: rounding, nothing else.
    """

    def __init__(self, found, node, index):
        self._trace = found
        z, self.source = node.outputs[0].name, node.inputs[0].name
        self.name, self.total = joined(z, index), float(found[z][index])
        # The operation's own backward pass says with which weight each number below counts.
        self.weights = LocalBackward(found, node).one(self.source, z, index)[0].astype(np.float64)
        self.activations = found[self.source][0].astype(np.float64)
        self.values = self.weights * self.activations
        bias = node.variables[1] if len(node.variables) > 1 else None
        self.bias = 0.0 if bias is None else float(found[bias.path][index[-1]])
        self.residual = self.total - self.bias - float(self.values.sum())
        self._weighed = np.ones(self.weights.size, bool) if node.operation.name == "dense" else self.weights.ravel() != 0

    def __len__(self):
        """How many summands there are: numbers below that the kernel does not reach are none."""
        return int(self._weighed.sum())

    def ranked(self, most=None):
        """The largest `Contribution`s of either sign, the largest first."""
        order = np.lexsort((-np.abs(self.values).ravel(), ~self._weighed))[: len(self)][:most]
        places = (tuple(map(int, np.unravel_index(k, self.values.shape))) for k in order)
        return [Contribution(joined(self.source, at), float(self.weights[at]), float(self.activations[at])) for at in places]

    def of(self, name):
        """The same for another number of the same example, such as a neuron that contributed: `Contributions`."""
        return _contributions(self._trace, name)

    def __str__(self):
        lines = [f"{self.name} = {self.total:.6g}, the largest parts first", f"  bias  {self.bias:+.4g}"]
        shown = self.ranked(10)
        rest = self.total - self.bias - sum(part.value for part in shown)
        lines += [f"  {part}" for part in shown]
        return "\n".join(lines + [f"  the other {len(self) - 10}  {rest:+.4g}"] * (len(self) > 10))


def contributions(model, x, name=None):
    """Which inputs and neurons made a prediction: the summands of a weighted sum, exact for the layer that makes it.

    Arguments:
        model: A model.
        x: One example.
        name: Whose summands: a weighted sum or its activation, such as `"dense_1/z[3]"` or `"dense/a[5]"`; None for the sum
            behind the largest output of a model that has one.

    Returns: `Contributions`; go down with `.of("dense/a[5]")`. Raises `ValueError` for what is no weighted sum.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron")])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> print(contributions(model, [1.0, -2.0]))
    neuron/z[0, 0] = -3, the largest parts first
      bias  +1
      input[1]  3 * -2 = -6
      input[0]  2 * 1 = +2
    """
    return _contributions(trace(model, one_example(model, x)), name)


def _contributions(found, name):
    writers = {node.writes: node for node in found.graph.nodes}
    sums = {tensor: node for tensor, node in writers.items() if _is_weighted_sum(node)}
    if not sums:
        raise ValueError(f"Expected a network with weighted sums, such as of Dense. Received: '{found.model.name}'.")
    if name is None and len(found.model.output_names) > 1:
        outputs = ", ".join(found.model.output_names)
        raise ValueError(
            f"Expected a weighted sum, because model '{found.model.name}' has several outputs ({outputs}): of {', '.join(sums)}, "
            f"such as '{next(reversed(sums))}[0]'. Received: None."
        )
    if name is None:
        tensor, (prediction,) = next(reversed(sums)), flatten(found.prediction)
        flat = int(prediction[0].argmax()) if found[tensor].size == prediction.size else 0
        return Contributions(found, sums[tensor], tuple(map(int, np.unravel_index(flat, found[tensor].shape))))
    given, index = split(name)
    tensor = found.tensors[given].name if given in found.tensors else given
    while tensor in writers and tensor not in sums and one_to_one(writers[tensor]):
        tensor = writers[tensor].inputs[0].name
    if tensor not in sums:
        names = [*found.tensors, *sums]
        raise ValueError(
            f"Expected a weighted sum or its activation, of {', '.join(sums)}. Received: {name!r}.{suggestion(given, names)}"
        )
    return Contributions(found, sums[tensor], within(index, found[tensor].shape, name, True))


def _is_weighted_sum(node):
    return bool(node.variables) and node.variables[0] is not None and node.variables[0].ndim >= 2 and len(node.inputs) == 1
