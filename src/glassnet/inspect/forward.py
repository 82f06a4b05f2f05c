"""How the numbers of the way forward come about: weighted sums, activations, losses.

Each function returns the terms and the line of Python that computes the number from a trace `t`.
"""

import numpy as np

from glassnet.inspect import combination, convolution, formula, pooling, recurrence
from glassnet.inspect.attention import ATTENTION
from glassnet.inspect.chain import REDUCTIONS, reduction_factors, weight_matrix, weight_place
from glassnet.inspect.element import one_to_one
from glassnet.inspect.loss_formula import loss_element
from glassnet.inspect.notation import evaluate
from glassnet.inspect.slopes import flat_place, place
from glassnet.inspect.symbol import constant, part, quantity, total, words
from glassnet.inspect.term import Factor, summed, term

SAFE = 80.0
"""Exponents up to which exponentials are no danger to float32: a softmax is then written as in the textbooks."""


def forward(trace, name, index):
    """Terms and Python of one number of a tensor; no terms where it is given, such as an input."""
    node = next(
        (node for node in trace.graph.nodes if any(t is not None and t.name == name for t in node.outputs)), None
    )
    itself = quantity(trace, name, index)
    if node is not None and node.operation.name in recurrence.RECURRENT:
        return recurrence.forward(trace, node, name, index)
    if node is None:  # given
        return [], itself.python
    kind = node.operation.name
    if kind in combination.FORWARD:
        return combination.forward(trace, node, name, index)
    if name != node.outputs[0].name:  # drawn, such as the mask of Dropout
        return [], itself.python
    if kind == "dense":
        return _dense(trace, node, name, index)
    if kind in ATTENTION:
        return ATTENTION[kind](trace, node, index)
    if kind in convolution.CONVOLUTIONS:
        return convolution.forward(trace, node, index)
    if kind in pooling.FORWARD:
        return pooling.FORWARD[kind](trace, node, index)
    if one_to_one(node):
        return _elementwise(trace, node, name, index)
    if kind in formula.SHARED:
        return _shared(trace, node, name, index)
    if kind in REDUCTIONS:
        return _mean(trace, node)
    if kind == "add_losses":
        return _sum_of_losses(trace, node)
    if kind in ("penalty", "activity_penalty"):
        return _penalty(trace, node, kind)
    if node.phase == "loss" and trace[node.inputs[0].name].shape[:-1] == trace[name].shape:
        return _loss(trace, node, name, index)
    return [], itself.python


def _dense(trace, node, name, index):
    """z_o = sum over i of x_i * kernel[i, o] + bias_o."""
    x, (kernel, bias) = node.inputs[0].name, node.variables
    _, inputs, units = node.sizes
    example, flat = flat_place(index, trace[name].shape)
    row, o = divmod(flat, units)
    below = [place(example, row * inputs + i, trace[x].shape) for i in range(inputs)]
    weights = [weight_place(kernel.shape, units, i, o) for i in range(inputs)]
    terms = [term(quantity(trace, x, below[i]), quantity(trace, kernel.path, weights[i])) for i in range(inputs)]
    seen = f't["{x}"][{example}]'
    seen += "" if trace[x].shape[1:] == (inputs,) else f".reshape(-1, {inputs})[{row}]"
    line = f"{seen} @ {weight_matrix(trace, kernel.path, units)}[:, {o}]"
    if bias is None:
        return terms, line
    summand = quantity(trace, bias.path, weight_place(bias.shape, units, 0, o))
    return [*terms, term(summand)], f"{line} + {summand.python}"


def _elementwise(trace, node, name, index):
    x = node.inputs[0].name
    example, flat = flat_place(index, trace[name].shape)
    at = place(example, flat, trace[x].shape)
    symbol = words(f"{node.operation.name} of {quantity(trace, x, at).text}", "", trace[name][index])
    found = Factor(symbol, *one_to_one(node).value(trace, node, (x, at), (name, index)))
    return [term(found)], found.python


def _shared(trace, node, name, index):
    """Softmax and its logarithm, of the numbers along an axis."""
    z, (rows, classes, stride) = node.inputs[0].name, node.sizes
    example, flat = flat_place(index, trace[name].shape)
    row, rest = divmod(flat, classes * stride)
    line = f't["{z}"][{example}]'
    line += "" if rows == stride == 1 else f".reshape({rows}, {classes}, {stride})[{row}, :, {rest % stride}]"
    along = trace[z][example].reshape(rows, classes, stride)[row, :, rest % stride].astype(np.float64)
    names = {"z": quantity(trace, z, place(example, flat, trace[z].shape))}
    expression = "z - log_total" if node.operation.name == "log_softmax" else "exp(z - log_total)"
    text = f"sum of exp of the {classes} z"
    if len(trace[z].shape) > 2:
        names["log_total"] = words(f"log of the {text}", f"np.logaddexp.reduce({line})", np.logaddexp.reduce(along))
    elif expression == "exp(z - log_total)" and np.abs(along).max() < SAFE:
        expression = "exp(z) / total"
        names["total"] = total(trace, z, (example,), text, f"np.exp({line}).sum()", np.exp(along).sum(), True)
    else:
        names["log_total"] = total(
            trace, z, (example,), f"log of the {text}", f"np.logaddexp.reduce({line})", np.logaddexp.reduce(along), True, True
        )
    found = Factor(words(f"{node.operation.name} of {names['z'].text}", "", trace[name][index]), expression, names)
    return [term(found)], found.python


def _loss(trace, node, name, index):
    """The loss of an example: what each of its predictions adds."""
    prediction = node.inputs[0].name
    terms = []
    for o in range(trace[prediction].shape[-1]):
        at = (*index, o)
        expression, names = loss_element(trace, node, at, index, "output")
        if expression is None:
            itself = quantity(trace, name, index)
            return [term(itself)], itself.python
        terms.append(term(Factor(part(trace, prediction, at, evaluate(expression, names)), expression, names)))
    return terms, summed(terms)


def _mean(trace, node):
    """The loss: each example's by its share."""
    values = node.inputs[0].name
    places = [tuple(map(int, at)) for at in np.ndindex(trace[values].shape)]
    terms = [term(*reduction_factors(trace, node, at), quantity(trace, values, at)) for at in places]
    return terms, summed(terms)


def _sum_of_losses(trace, node):
    """The loss of several outputs: that of each, times its weight."""
    losses = [(tensor, weight) for tensor, weight in zip(node.inputs, node.constants, strict=True) if tensor is not None]
    terms = [term(constant("loss weight", float(weight)), quantity(trace, tensor.name, ())) for tensor, weight in losses]
    return terms, summed(terms)


def _penalty(trace, node, kind):
    """l1 * |w| + l2 * w**2 for each weight; for activations their mean over the batch."""
    of_weights = kind == "penalty"
    name, share = (node.variables[0].path, 1) if of_weights else (node.inputs[0].name, trace.batch_size)
    l1, l2 = (constant(label, strength / share) for label, strength in zip(("l1", "l2"), node.constants, strict=True))
    terms = []
    for at in np.ndindex(trace[name].shape):
        w = quantity(trace, name, tuple(map(int, at)))
        value = l1.value * abs(w.value) + l2.value * w.value**2
        found = Factor(
            words(f"penalty of {w.text}", "", value), "l1 * abs(w) + l2 * w**2", {"l1": l1, "l2": l2, "w": w}
        )
        terms.append(term(found))
    line = f'{l1.value!r} * np.abs(t["{name}"]).sum() + {l2.value!r} * (t["{name}"] ** 2).sum()'
    return terms, line
