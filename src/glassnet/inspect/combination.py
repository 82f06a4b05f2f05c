"""How numbers come about that are put together from others: moved, joined, added, multiplied, chosen, looked up, normalised.

Each function returns the terms and the line of Python that computes the number from a trace `t`.
"""

import numpy as np

from glassnet.engine.variable import Variable
from glassnet.inspect.notation import Symbol
from glassnet.inspect.slopes import flat_place, place
from glassnet.inspect.symbol import constant, quantity, words
from glassnet.inspect.term import Factor, summed, term

LINEAR = (
    "add", "subtract", "concatenate", "reverse", "one_step", "frame", "upsample", "scale_steps", "mean_of_steps", "broadcast",
    "random_affine", "elastic_distortion",
)  # fmt: skip
"""Operations whose outputs are sums of their inputs times constants: their own backward kernel says which."""


def _sum(trace, node, name, index):
    """y = sum over x of dy/dx * x."""
    terms = []
    for part in trace.graph.nodes:  # several may each write a part of a tensor
        if not any(tensor is not None and tensor.name == name for tensor in part.outputs):
            continue
        for read in trace.backward_targets(part):
            x = read.path if isinstance(read, Variable) else read.name
            slopes = trace.local(part).one(x, name, index).copy()
            for at in map(tuple, np.argwhere(slopes).tolist()):
                factors = [] if slopes[at] == 1 else [Symbol.number(float(slopes[at]))]
                terms.append(term(*factors, quantity(trace, x, at)))
    return terms, summed(terms)


def _pair(trace, node, index):
    """The symbols of the two numbers that an operation number by number reads, whose axes of 1 count for all of the other's."""
    found = []
    for tensor in node.inputs:
        shape = trace[tensor.name].shape
        behind = index[len(index) - len(shape) + 1 :]
        at = (index[0], *(0 if size == 1 else i for i, size in zip(behind, shape[1:], strict=True)))
        found.append(quantity(trace, tensor.name, at))
    return found


def _product(trace, node, name, index):
    """y = first * second."""
    terms = [term(*_pair(trace, node, index))]
    return terms, summed(terms)


def _chosen(trace, node, name, index):
    """y = the larger, or the smaller, of two numbers: the one that it is."""
    pair = _pair(trace, node, index)
    choose = max if node.operation.name == "maximum" else min
    return [term(choose(pair, key=lambda symbol: symbol.value))], f"{choose.__name__}({', '.join(s.python for s in pair)})"


def _dot(trace, node, name, index):
    """y = sum over k of first_k * second_k."""
    (first, second), (before, behind, *other, length) = node.inputs, node.sizes
    example, flat = flat_place(index, trace[name].shape)
    b, i, other_b, other_i = np.unravel_index(flat, (before, behind, *other))

    def vector(tensor, outer, inner, width):
        shape = trace[tensor.name].shape
        return [quantity(trace, tensor.name, place(example, (outer * length + k) * width + inner, shape)) for k in range(length)]

    terms = list(map(term, vector(first, b, i, behind), vector(second, other_b, other_i, other[1])))
    return terms, summed(terms)


def _unit_length(trace, node, name, index):
    """y = x / length of the vector that it is a part of."""
    x, (before, behind, length) = node.inputs[0].name, node.sizes
    example, flat = flat_place(index, trace[name].shape)
    b, _, i = np.unravel_index(flat, (before, length, behind))
    line = f't["{x}"][{example}].reshape({before}, {length}, {behind})[{b}, :, {i}]'
    size = np.linalg.norm(trace[x][example].reshape(before, length, behind)[b, :, i].astype(np.float64))
    names = {"x": quantity(trace, x, index), "length": words(f"length of {length} numbers", f"np.linalg.norm({line})", size)}
    found = Factor(words(f"share of {names['x'].text}", "", trace[name][index]), "x / length", names)
    return [term(found)], found.python


def _row(trace, node, name, index):
    """y = the row of a table that the input chooses."""
    chosen = int(trace[node.inputs[0].name][index[:-1]])
    terms = [term(quantity(trace, node.variables[0].path, (chosen, index[-1])))]
    return terms, summed(terms)


def _times_mask(trace, node, name, index):
    """y = x * mask."""
    mask = node.outputs[1].name
    at = place(*flat_place(index, trace[name].shape), trace[node.inputs[0].name].shape)
    terms = [term(quantity(trace, node.inputs[0].name, at), quantity(trace, mask, index))]
    return terms, summed(terms)


def _normalized(trace, node, name, index):
    """a = gamma * normalized + beta, with normalized = (x - mean) / sqrt(variance + epsilon)."""
    x, (_, normalized, mean, variance) = node.inputs[0].name, (tensor.name for tensor in node.outputs)
    example, flat = flat_place(index, trace[x].shape)
    if node.operation.name == "batch_normalization":
        group = feature = (flat % trace[mean].shape[-1],)
    else:
        rows, places, groups, size = node.sizes
        row, _, number, within = np.unravel_index(flat, (rows, places, groups, size))
        group, feature = place(example, row * groups + number, trace[mean].shape), (number * size + within,)
    names = {"x": quantity(trace, x, index), "mean": quantity(trace, mean, group), "variance": quantity(trace, variance, group)}
    names["epsilon"] = constant("epsilon", node.constants[0])
    symbol = quantity(trace, normalized, index)
    found = Factor(symbol, "(x - mean) / sqrt(variance + epsilon)", names)
    if name == normalized:
        return [term(found)], found.python
    gamma, beta = (
        None if v is None else quantity(trace, v.path, tuple(map(int, np.unravel_index(feature[0], v.shape))))
        for v in node.variables
    )
    terms = [term(*([gamma] if gamma else []), found), *([term(beta)] if beta else [])]
    return terms, summed(terms)


FORWARD = {
    **dict.fromkeys(LINEAR, _sum),
    "multiply": _product, "maximum": _chosen, "minimum": _chosen, "dot": _dot, "unit_length": _unit_length, "embedding": _row,
    "gaussian_dropout": _times_mask, "batch_normalization": _normalized, "group_normalization": _normalized,
}  # fmt: skip
"""The rules by the name of the operation."""


def forward(trace, node, name, index):
    """Terms and Python of one number that the node makes; none where no rule says how, or it was drawn."""
    rule, parts = FORWARD[node.operation.name], [tensor.name for tensor in node.outputs]
    if node.state and name in parts[2:] and not trace.training:  # mean and variance of BatchNormalization
        terms = [term(quantity(trace, node.state[parts[2:].index(name)].path, index))]
        return terms, summed(terms)
    known = name == parts[0] or (rule is _normalized and name == parts[1])
    if rule is _sum and not trace.backward_targets(node):  # of what has no derivative, such as a mask
        known = False
    return rule(trace, node, name, index) if known else ([], quantity(trace, name, index).python)
