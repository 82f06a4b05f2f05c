"""Which connections of a network matter for one example: weight times activation, and the way down from an answer."""

import numpy as np

from glassnet.inspect.element import one_to_one

CONNECTION = np.dtype(
    [("layer", np.int32), ("source", np.int32), ("target", np.int32), ("value", np.float64), ("share", np.float64)]
)
"""One connection: number of its dense layer (from 0), the neurons or inputs that it joins, what it brings (weight times
activation), and that as a share of the strongest of its layer, from -1 to 1."""


class Connections:
    """What each connection between the dense layers of a network brings for one example. Made by `connections`.

    Attributes:
        layers: Names of the dense layers that weigh one row of numbers, in order.
        values: For each of them float64 (I, O): weight times activation below.
        bound: For each of them whether its inputs are the neurons of the one before, each in its place.
    """

    def __init__(self, layers, values, bound):
        self.layers, self.values, self.bound = layers, values, bound
        self._strongest = [float(np.abs(v).max(initial=0.0)) or 1.0 for v in values]

    def strongest(self, most=40):
        """The strongest connections of each layer, `CONNECTION` (N,), layer by layer, each the strongest first."""
        return self._joined(self._of(number, *_largest(values, most)) for number, values in enumerate(self.values))

    def path(self, output, fan=3):
        """How an answer comes about: the `fan` strongest connections to an output of the last layer, those to the neurons
        they come from, and so on down.

        Returns: `CONNECTION` (N,), the last layer first. Raises `IndexError` where there is no such output.
        """
        if not self.values:
            return np.empty(0, CONNECTION)
        units = self.values[-1].shape[1]
        if not 0 <= output < units:
            raise IndexError(f"Expected an output from 0 to {units - 1}. Received: {output!r}.")
        found, targets = [], [int(output)]
        for number in reversed(range(len(self.values))):
            here = []
            for target in targets:
                sources, _ = _largest(self.values[number][:, [target]], fan)
                here.append(self._of(number, sources, np.full(len(sources), target)))
            found += here
            if not self.bound[number]:
                break
            targets = sorted({int(source) for part in here for source in part["source"]})
        return self._joined(found)

    def around(self, layer, unit, most=40):
        """The strongest connections into and out of one neuron, `CONNECTION` (N,).

        Arguments:
            layer: Name of its layer.
            unit: Its number.
        """
        if layer not in self.layers:
            raise KeyError(f"Expected one of the dense layers {', '.join(self.layers)}. Received: {layer!r}.")
        number = self.layers.index(layer)
        sources, _ = _largest(self.values[number][:, [unit]], most)
        parts = [self._of(number, sources, np.full(len(sources), unit))]
        if number + 1 < len(self.layers) and self.bound[number + 1]:
            _, targets = _largest(self.values[number + 1][[unit]], most)
            parts.append(self._of(number + 1, np.full(len(targets), unit), targets))
        return self._joined(parts)

    def _of(self, number, sources, targets):
        found = np.empty(len(sources), CONNECTION)
        found["layer"], found["source"], found["target"] = number, sources, targets
        found["value"] = self.values[number][sources, targets]
        found["share"] = found["value"] / self._strongest[number]
        return found

    @staticmethod
    def _joined(parts):
        return np.concatenate([np.empty(0, CONNECTION), *parts])


def connections(trace, example=0):
    """What each connection between a network's dense layers brings for one example.

    Arguments:
        trace: `Trace`.
        example: Its number in the batch; None for the weights themselves, as if every activation were 1.

    Returns: `Connections`.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(2, name="hidden"), layers.Dense(1, name="out")])
    >>> model.set_weights([[[1.0, 2.0], [0.0, -1.0]], [0.0, 0.0], [[1.0], [10.0]], [0.5]])
    >>> found = connections(model.trace([1.0, 3.0]))
    >>> found.values[0].tolist(), found.values[1].tolist()
    ([[1.0, 2.0], [0.0, -3.0]], [[1.0], [-10.0]])
    >>> [(int(c["layer"]), int(c["source"]), float(c["value"])) for c in found.path(0, fan=1)]
    [(1, 1, -10.0), (0, 1, -3.0)]
    """
    size = trace.batch_size
    if example is not None and not 0 <= example < size:
        raise IndexError(f"Expected an example from 0 to {size - 1}, or None for the weights. Received: {example!r}.")
    names, values, bound, before = [], [], [], None
    for node in trace.graph.nodes:
        if node.phase != "forward":
            continue
        below = node.inputs[0].name if node.inputs else None
        if node.operation.name == "dense" and trace[below][0].size == node.variables[0].shape[0]:
            kernel = trace[node.variables[0].path].astype(np.float64)
            names.append(node.layer)
            values.append(kernel if example is None else kernel * trace[below][example].reshape(-1, 1))
            bound.append(below == before)
            before = node.outputs[0].name
        elif below is not None and below == before:
            before = node.outputs[0].name if one_to_one(node) else None
    return Connections(names, values, bound)


def _largest(values, most):
    """Rows and columns of the largest numbers of either sign, the largest first."""
    sizes = np.abs(values).ravel()
    most = min(most, sizes.size)
    chosen = np.argpartition(-sizes, most - 1)[:most] if most else np.empty(0, int)
    chosen = chosen[np.argsort(-sizes[chosen], kind="stable")]
    return np.unravel_index(chosen[sizes[chosen] > 0], values.shape)
