"""The chain rule, operation by operation: of which products a derivative is the sum.

Each function returns the terms and the line of Python that computes their sum from a trace `t`.
"""

import math

import numpy as np

from glassnet.engine.variable import Variable
from glassnet.inspect import convolution, formula, pooling, recurrence, through_time
from glassnet.inspect.element import one_to_one
from glassnet.inspect.loss_formula import loss_element
from glassnet.inspect.names import DERIVATIVE, joined
from glassnet.inspect.notation import Symbol
from glassnet.inspect.slopes import flat_place, place, size_of
from glassnet.inspect.symbol import constant, quantity, slope, words
from glassnet.inspect.term import Factor, summed, term

REDUCTIONS = ("mean", "sum", "weighted_mean")


def by_tensor(trace, name, index):
    """The derivative of the loss by one number of a tensor: what comes back from each operation that reads it."""
    rules = {"dense": _dense_input, "activity_penalty": _activity, "through_time": recurrence.through_time}
    rules |= dict.fromkeys(recurrence.RECURRENT, recurrence.by_input)
    rules |= dict.fromkeys(convolution.CONVOLUTIONS, convolution.by_input) | pooling.BY_INPUT
    if name == "loss":
        return [term(Symbol.number(1.0))], "1.0"
    if (found := _loss_weight(trace, name)) is not None:
        terms = [term(*found)]
        return terms, summed(terms)
    return _all(trace, name, index, rules, _through)


def by_parameter(trace, name, index):
    """The derivative of the loss by one parameter: what comes back from its layer, and from its penalty."""
    rules = {"dense": _dense_parameter, "penalty": _penalty}
    rules |= dict.fromkeys(recurrence.RECURRENT, recurrence.by_parameter)
    rules |= dict.fromkeys(convolution.CONVOLUTIONS, convolution.by_parameter)
    return _all(trace, name, index, rules, _by_example)


def _all(trace, name, index, rules, otherwise):
    terms, lines = [], []
    for node in trace.backward_nodes():
        targets = [part.path if isinstance(part, Variable) else part.name for part in trace.backward_targets(node)]
        # A branch of the network that nothing reads gets no derivative.
        if name in targets and (node.phase != "forward" or through_time.derived(trace, node) or not node.outputs):
            rule = _reduction if node.operation.name in REDUCTIONS else rules.get(node.operation.name, otherwise)
            new, line = rule(trace, node, name, index)
            terms += new
            lines += [line] if new else []
    return terms, " + ".join(lines) or "0.0"


# -- dense layers ------------------------------------------------------------------------------------------------------


def _dense_input(trace, node, name, index):
    """dx_i = sum over o of kernel[i, o] * dz_o: what each neuron above asks for, by its weight."""
    kernel, z = node.variables[0].path, node.outputs[0].name
    inputs, units = node.sizes[1:]
    example, flat = flat_place(index, trace[name].shape)
    row, i = divmod(flat, inputs)
    above = [place(example, row * units + o, trace[z].shape) for o in range(units)]
    weights = [weight_place(trace[kernel].shape, units, i, o) for o in range(units)]
    terms = [term(quantity(trace, kernel, weights[o]), quantity(trace, DERIVATIVE + z, above[o])) for o in range(units)]
    if trace[kernel].ndim > 2:
        dz = f't["{DERIVATIVE}{z}"][{example}].reshape(-1, {units})[{row}]'
    else:
        dz = f't["{DERIVATIVE}{z}"][{", ".join(map(str, above[0][:-1]))}]'
    return terms, f"{weight_matrix(trace, kernel, units)}[{i}] @ {dz}"


def weight_place(shape, units, i, o):
    """The index in a kernel of `shape` of the weight from input i to unit o: kernels of several axes are matrices, too."""
    return tuple(map(int, np.unravel_index(i * units + o, shape)))


def weight_matrix(trace, kernel, units):
    """Python for a kernel as a matrix (inputs, units)."""
    return f't["{kernel}"]' if trace[kernel].ndim == 2 else f't["{kernel}"].reshape(-1, {units})'


def _dense_parameter(trace, node, name, index):
    """dkernel[i, o] = sum over the batch of x_i * dz_o, with dz_o = da/dz * da where an activation follows."""
    x, z = node.inputs[0].name, node.outputs[0].name
    rows, inputs, units = node.sizes
    is_kernel, flat = name == node.variables[0].path, int(np.ravel_multi_index(index, trace[name].shape))
    i, o = divmod(flat, units)
    terms = []
    for example in range(trace.batch_size):
        for row in range(rows):
            delta = _delta(trace, z, place(example, row * units + o, trace[z].shape))
            if is_kernel:
                delta = (quantity(trace, x, place(example, row * inputs + i, trace[x].shape)), *delta)
            terms.append(term(*delta))
    dz = _columns(trace, DERIVATIVE + z, units, o)
    return terms, f"{_columns(trace, x, inputs, i)} @ {dz}" if is_kernel else f"{dz}.sum()"


def _columns(trace, name, size, column):
    """Python for one column of all rows of a batch."""
    flat = "" if trace[name].ndim == 2 and trace[name].shape[1] == size else f".reshape(-1, {size})"
    return f't["{name}"]{flat}[:, {column}]'


def _delta(trace, z, index):
    """The factors of dz: the activation's slope and da, where z goes into a single activation only."""
    readers = [node for node in trace.backward_nodes() if any(part.name == z for part in trace.backward_targets(node))]
    if len(readers) != 1 or formula.activation(readers[0]) is None:
        return (quantity(trace, DERIVATIVE + z, index),)
    a = readers[0].outputs[0].name
    value = trace.local(readers[0]).each(z)[index]
    return (_slope(trace, readers[0], (a, index), (z, index), value), quantity(trace, DERIVATIVE + a, index))


# -- any other operation -----------------------------------------------------------------------------------------------


def _slope(trace, node, output, input, value):
    """The factor d output / d input, with its formula where one is known."""
    symbol = slope(trace, output, input, value)
    if one_to_one(node):
        return Factor(symbol, *one_to_one(node).slope(trace, node, input, output))
    if node.operation.name in formula.SHARED:
        own, other = formula.SHARED[node.operation.name]
        at = place(*flat_place(input[1], trace[input[0]].shape), trace[output[0]].shape)
        names = {"a_i": quantity(trace, output[0], at), "a_j": quantity(trace, *output)}
        return Factor(symbol, own if at == output[1] else other, names)
    return Factor(symbol, *loss_element(trace, node, input[1], output[1], "derivative"))


def _through(trace, node, name, index):
    """dx = sum over outputs y of dy/dx * dy, with dy/dx from the operation's own backward kernel."""
    local, terms = trace.local(node), []
    example, flat = flat_place(index, trace[name].shape)
    for output in node.outputs:
        if output is None or DERIVATIVE + output.name not in trace:
            continue
        dy, shape = through_time.from_above(trace, output.name), trace[output.name].shape
        # An operation over the whole batch lets other examples' outputs depend on this number, too.
        others = np.array(dy)
        others[example] = 0
        mixed = local(name, {output.name: others})[index] != 0
        places = [flat] if one_to_one(node) else range(size_of(shape))
        for b in range(len(dy)) if mixed else [example]:
            for at in (place(b, j, shape) for j in places):
                value = local.one(name, output.name, at)[index]
                if value != 0 or one_to_one(node):
                    found = _slope(trace, node, (output.name, at), (name, index), value)
                    terms.append(term(found, _wanted(trace, output.name, at, dy[at])))
    if node.operation.name == "softmax" and trace[node.outputs[0].name].ndim == 2:
        a, i = node.outputs[0].name, index[1]
        mean = f't["{a}"][{example}] @ t["d {a}"][{example}]'
        return terms, f't["{a}"][{example}, {i}] * (t["d {a}"][{example}, {i}] - {mean})'
    return terms, summed(terms)


def _wanted(trace, name, at, value):
    """The factor d output: of a recurrent operation, whose own steps are part of the slope, only what is wanted from above."""
    if through_time.maker(trace, name) is None:
        return quantity(trace, DERIVATIVE + name, at)
    return words(f"{DERIVATIVE}{joined(name, at)} from above", repr(float(value)), value)


def _by_example(trace, node, name, index):
    """dw = sum over examples of what the operation's backward pass makes of that example's derivatives."""
    terms, outputs = [], [t.name for t in node.outputs if t is not None and DERIVATIVE + t.name in trace]
    for example in range(trace.batch_size):
        seeds = {}
        for output in outputs:
            seeds[output] = np.zeros(trace[output].shape)
            seeds[output][example] = through_time.from_above(trace, output)[example]
        value = trace.local(node)(name, seeds)[index]
        terms.append(term(words(f"example {example} through {node.operation.name}", repr(float(value)), value)))
    return terms, quantity(trace, DERIVATIVE + name, index).python


# -- loss and penalties ------------------------------------------------------------------------------------------------


def reduction_factors(trace, node, index):
    """The share of one example's loss in the loss: its weight by the number of examples, or by the sum of weights."""
    values, weights, mask = node.inputs
    ones = np.ones(trace[values.name].shape)
    counted = ones if mask is None else trace[mask.name]
    weighed = counted if weights is None else counted * trace[weights.name].reshape(-1, *[1] * (ones.ndim - 1))
    by, divisor = "1", 1.0
    if node.operation.name == "mean":
        by, divisor = f"count of {values.name}", counted.sum()
    elif node.operation.name == "weighted_mean":
        by, divisor = "sum of weights", weighed.sum()
    count = words(by, repr(float(divisor)), divisor)
    factors = [quantity(trace, weights.name, index[:1])] if weights is not None else []
    factors += [quantity(trace, mask.name, index)] if mask is not None else []
    share = words(f"1/{divisor:g}", f"1 / {divisor!r}", 1 / divisor if divisor else 0.0)
    return (Factor(share, "1 / n" if divisor else "0", {"n": count}), *factors)


def _reduction(trace, node, name, index):
    whole = [] if node.writes == "loss" else [quantity(trace, DERIVATIVE + node.writes, ())]  # that by the loss itself is 1
    terms = [term(*reduction_factors(trace, node, index), *whole)]
    return terms, summed(terms)


def _loss_weight(trace, name):
    """The factors of the derivative by the loss of one output: its weight, and that of the sum which it is a part of. None for
    any other name."""
    for node in trace.loss_sums():
        for tensor, factor in zip(node.inputs, node.constants, strict=True):
            if tensor is not None and tensor.name == name:
                return constant("loss weight", float(factor)), quantity(trace, DERIVATIVE + node.writes, ())
    return None


def _penalty(trace, node, name, index):
    """l1 * sign(w) + 2 * l2 * w."""
    return _penalised(quantity(trace, name, index), *node.constants)


def _activity(trace, node, name, index):
    """The same for the mean over the batch."""
    return _penalised(quantity(trace, name, index), *(strength / trace.batch_size for strength in node.constants))


def _penalised(w, l1, l2):
    sign = Factor(
        words(f"sign of {w.text}", f"np.sign({w.python})", math.copysign(w.value != 0, w.value)), "sign(w)", {"w": w}
    )
    terms = [term(constant("l1", l1), sign)] if l1 else []
    terms += [term(Symbol.number(2.0), constant("l2", l2), w)] if l2 else []
    return terms, summed(terms)
