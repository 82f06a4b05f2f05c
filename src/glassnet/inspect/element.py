"""Formulas of single numbers with the numbers put in: which symbol stands for which."""

import numpy as np

from glassnet.inspect import formula
from glassnet.inspect.notation import Symbol
from glassnet.inspect.slopes import flat_place
from glassnet.inspect.symbol import constant, quantity, total, words


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


def loss_element(trace, node, at, value_at, part):
    """Expression and names of a loss: its `"derivative"` by the prediction `at`, or what that adds to its `"output"`.

    Returns: (None, {}) where no formula is known.
    """
    name = node.operation.name
    if name in formula.LOSSES:
        return _pointwise(trace, node, at, part)
    if name in formula.CLASSES:
        return _classes(trace, node, at, value_at, part)
    return None, {}


def _pointwise(trace, node, at, part):
    known = formula.LOSSES[node.operation.name]
    prediction, target = node.inputs
    names = {"p": quantity(trace, prediction.name, at), "t": quantity(trace, target.name, at)}
    expression = getattr(known, part)
    constants = dict(zip(known.constants, node.constants, strict=True))
    names.update({key: constant(key, number) for key, number in constants.items()})
    if "factor" in constants:  # binary crossentropy: label smoothing, and probabilities kept away from 0 and 1
        t, p, epsilon = names["t"], names["p"], constants["epsilon"]
        if constants["factor"] == 1:
            names["s"] = t
        else:
            smooth = t.value * constants["factor"] + constants["summand"]
            line = f"({t.python} * {constants['factor']!r} + {constants['summand']!r})"
            names["s"] = words(f"smoothed {t.text}", line, smooth)
        near = min(max(p.value, epsilon), 1 - epsilon)
        names["q"] = p if near == p.value else words(f"clipped {p.text}", repr(near), near)
        cut_off = near != p.value and node.operation.name == "binary_crossentropy"
        expression = "0" if cut_off and part == "derivative" else expression
    if known.mean and node.sizes[1] > 1:
        names["n"] = Symbol.number(node.sizes[1])
        expression = f"({expression}) / n"
    return expression, names


def _classes(trace, node, at, value_at, part):
    known = formula.CLASSES[node.operation.name]
    prediction, target = node.inputs
    row, i = at[:-1], at[-1]
    p, places = trace[prediction.name][row].astype(np.float64), ", ".join(map(str, row))
    line = f't["{prediction.name}"][{places}]'
    text = f"{prediction.name}[{places}]"
    logarithm = np.logaddexp.reduce(p)
    names = {
        "p": quantity(trace, prediction.name, at),
        "total": total(trace, prediction.name, row, f"sum of {text}", f"{line}.sum()", p.sum()),
        "log_total": total(
            trace, prediction.name, row, f"log of the sum of exp({text})", f"np.logaddexp.reduce({line})", logarithm, True, True
        ),
    }
    if "sparse" in node.operation.name:
        targets = (np.arange(len(p)) == trace[target.name][row]).astype(np.float64)
        names["t"], names["targets"] = Symbol.number(targets[i]), Symbol.number(1.0)
    else:
        factor, summand = node.constants[:2]
        targets = trace[target.name][row] * factor + summand
        one, every = quantity(trace, target.name, at), f't["{target.name}"][{places}]'
        names["t"] = one
        if factor != 1:
            names["t"] = words(f"smoothed {one.text}", f"({one.python} * {factor!r} + {summand!r})", targets[i])
            every = f"({every} * {factor!r} + {summand!r})"
        names["targets"] = total(trace, target.name, row, f"sum of {target.name}[{places}]", f"{every}.sum()", targets.sum())
    if known is formula.OF_SHARES:
        epsilon, shares = node.constants[-1], p / p.sum()
        if ((targets != 0) & ((shares < epsilon) | (shares > 1 - epsilon))).any():
            return None, {}  # shares that are cut off have another derivative
    return getattr(known, part), names
