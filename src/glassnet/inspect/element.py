"""Formulas of single numbers with the numbers put in: which symbol stands for which."""

import numpy as np

from glassnet.inspect import formula
from glassnet.inspect.slopes import flat_place
from glassnet.inspect.symbol import constant, quantity, words


class Elementwise:
    """An operation whose every output depends on the one input in the same place.

    Arguments:
        names: Function of (trace, node, input, output) that gives `{name: Symbol}`; input and output are (name, index).
        output, derivative: Expressions, or functions of the node that give them.
    """

    def __init__(self, names, output, derivative):
        self.names, self._output, self._derivative = names, output, derivative

    def value(self, trace, node, input, output):
        """Expression and names of the output."""
        return self._expression(self._output, node), self.names(trace, node, input, output)

    def slope(self, trace, node, input, output):
        """Expression and names of the derivative of the output by the input."""
        return self._expression(self._derivative, node), self.names(trace, node, input, output)

    @staticmethod
    def _expression(given, node):
        return given if isinstance(given, str) else given(node)


def _activation_names(trace, node, input, output):
    constants = zip(formula.activation(node).constants, node.constants, strict=True)
    named = {name: constant(name, value) for name, value in constants}
    return {"z": quantity(trace, *input), "a": quantity(trace, *output), **named}


def _rescale_names(trace, node, input, output):
    _, features, scales, _ = node.sizes
    column = flat_place(input[1], trace[input[0]].shape)[1] % features
    factors, summands = node.constants[:scales], node.constants[scales:]
    return {
        "x": quantity(trace, *input),
        "scale": constant("scale", factors[column % len(factors)]),
        "offset": constant("offset", summands[column % len(summands)]),
    }


def _normalize_names(trace, node, input, output):
    _, features, inner, _ = node.sizes
    feature = flat_place(input[1], trace[input[0]].shape)[1] // inner % features
    mean, variance = (
        quantity(trace, kept.path, tuple(map(int, np.unravel_index(feature, kept.shape)))) for kept in node.state
    )
    return {"x": quantity(trace, *input), "mean": mean, "variance": variance}


def _dropout_names(trace, node, input, output):
    mask = node.outputs[1].name
    at = tuple(0 if size == 1 else i for i, size in zip(output[1], trace[mask].shape, strict=True))  # one for several places
    return {"x": quantity(trace, *input), "mask": quantity(trace, mask, at)}


def _noise_names(trace, node, input, output):
    x, a = quantity(trace, *input), quantity(trace, *output)
    return {"x": x, "noise": words("noise", f"({a.python} - {x.python})", a.value - x.value)}


ACTIVATION = Elementwise(
    _activation_names, lambda node: formula.activation(node).output, lambda node: formula.activation(node).derivative
)
LAYERS = {
    "rescale": Elementwise(_rescale_names, "x * scale + offset", "scale"),
    "normalize": Elementwise(
        _normalize_names,
        lambda node: (
            "x * max(sqrt(variance), 1e-7) + mean" if node.sizes[-1] else "(x - mean) / max(sqrt(variance), 1e-7)"
        ),
        lambda node: "max(sqrt(variance), 1e-7)" if node.sizes[-1] else "1 / max(sqrt(variance), 1e-7)",
    ),
    "dropout": Elementwise(_dropout_names, "x * mask", "mask"),
    "gaussian_noise": Elementwise(_noise_names, "x + noise", "1"),
}


def one_to_one(node):
    """The `Elementwise` of a node, or None."""
    return ACTIVATION if formula.activation(node) else LAYERS.get(node.operation.name)
