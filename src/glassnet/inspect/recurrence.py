"""How the numbers of recurrent layers come about, and what comes back to them through time.

Each function returns the terms and the line of Python that computes their sum from a trace `t`.
"""

import numpy as np

from glassnet.inspect.names import DERIVATIVE
from glassnet.inspect.notation import Symbol
from glassnet.inspect.symbol import quantity, words
from glassnet.inspect.term import summed, term

RECURRENT = ("simple_rnn", "lstm", "gru")

OUTPUTS = {
    "sigmoid": "(1 / (1 + np.exp(-{0})))",
    "tanh": "np.tanh({0})",
    "relu": "np.maximum({0}, 0)",
    "linear": "{0}",
}
SLOPES = {"sigmoid": "({1} * (1 - {1}))", "tanh": "(1 - {1} ** 2)", "relu": "float({0} > 0)", "linear": "1.0"}
"""Python of an activation and of its slope: {0} is the weighted sum, {1} the activation."""


class Recurrence:
    """A recurrent operation in a trace, at one step of one example.

    Arguments:
        trace: `Trace`.
        node: Its node.
        example, step: Which.
    """

    def __init__(self, trace, node, example, step):
        self.trace, self.node, self.example, self.step = trace, node, example, step
        self.kind, self.operation = node.operation.name, node.operation
        self.x, self.initial, self.initial_c, self.mask, self.kept = (t.name if t is not None else None for t in node.inputs)
        names = [t.name if t is not None else None for t in node.outputs]
        self.h, self.sums, self.c, self.gates = names[0], names[1], names[2], [n for n in names[3:] if n is not None]
        self.kernel, self.recurrent, self.bias = (v.path if v is not None else None for v in node.variables)
        self.steps, self.inputs, self.units, self.groups = node.sizes[:4]
        self.candidate = {"lstm": 2, "gru": 2}.get(self.kind)
        self.columns = trace[self.recurrent].shape[1]

    def at(self, step):
        return Recurrence(self.trace, self.node, self.example, step)

    def number(self, name, unit, derivative=False):
        return quantity(self.trace, (DERIVATIVE if derivative else "") + name, (self.example, self.step, unit))

    @property
    def masked(self):
        return self.mask is not None and self.trace[self.mask][self.example, self.step] == 0

    def before(self, unit, memory=False):
        """The state (or the memory c) that the step begins with; None for zeros."""
        name, initial = (self.c, self.initial_c) if memory else (self.h, self.initial)
        if self.step > 0:
            return self.at(self.step - 1).number(name, unit)
        return None if initial is None else quantity(self.trace, initial, (self.example, unit))

    def entering(self, unit, column):
        """The factors of the state before as the recurrent kernel sees it in a column; None for zeros."""
        before = self.before(unit)
        if before is None:
            return None
        group = column // self.units
        factors = [before]
        if self.kept is not None:
            factors.append(quantity(self.trace, self.kept, (self.example, group, unit)))
        if self.operation.resets_first and group == 2:
            factors.append(self.number(self.gates[1], unit))
        return factors

    # -- which column of the sums a column of a kernel belongs to: a GRU's candidate has its sum of inputs in front ------

    def of_inputs(self, column):
        if self.kind != "gru":
            return column
        return column + self.units if column < 2 * self.units else column - 2 * self.units

    def of_state(self, column):
        return column + self.units if self.kind == "gru" else column

    def activation(self, gate):
        """Name of the activation of a gate; of the state itself, where there is no gate."""
        return (self.operation.activation if gate in (None, self.candidate) else self.operation.recurrent_activation).name

    def activated(self, gate, z):
        """(activation, slope) of a gate at the weighted sum z, in float64."""
        first = self.operation.activation
        given = np.array(self.node.constants[1:], np.float64)
        used, constants = first, given[: first.constants]
        if gate not in (None, self.candidate):
            used, constants = self.operation.recurrent_activation, given[first.constants :]
        z, constants = np.float64(z), tuple(constants)
        a = used.output(z, constants)
        return float(a), float(used.derivative(z, a, constants))

    def sum_of(self, gate, unit):
        """The symbol of the weighted sum that a gate (by its number) is the activation of."""
        if self.kind == "gru" and gate == self.candidate:
            inputs, state = self.number(self.sums, unit), self.number(self.sums, 3 * self.units + unit)
            if self.operation.resets_first:
                return words(f"({inputs.text} + {state.text})", f"({inputs.python} + {state.python})", inputs.value + state.value)
            r = self.number(self.gates[1], unit)
            value = inputs.value + r.value * state.value
            text = f"({inputs.text} + {r.text} * {state.text})"
            return words(text, f"({inputs.python} + {r.python} * {state.python})", value)
        block = (gate or 0) + (self.kind == "gru")
        return self.number(self.sums, block * self.units + unit)

    def slope(self, gate, z, a):
        """The slope of an activation, as a symbol."""
        name = self.activation(gate)
        value = self.activated(gate, z.value)[1]
        line = SLOPES[name].format(z.python, a.python) if name in SLOPES else repr(value)
        return words(f"slope of {name} at {z.text}", line, value)


# -- forward -----------------------------------------------------------------------------------------------------------


def forward(trace, node, name, index):
    """One number of a recurrent operation's tensors (B, T, ...)."""
    example, step, unit = index
    at = Recurrence(trace, node, example, step)
    if name == at.sums:
        return _sum(at, unit)
    if at.masked and name in (at.h, at.c):
        before = at.before(unit, memory=name == at.c)
        return _of([term(before)] if before else [])
    if name in at.gates:
        return _activated(at, at.gates.index(name), at.sum_of(at.gates.index(name), unit), trace[name][index])
    if name == at.c:
        i, f, candidate = (at.number(gate, unit) for gate in at.gates[:3])
        before = at.before(unit, memory=True)
        return _of(([term(f, before)] if before else []) + [term(i, candidate)])
    if at.kind == "simple_rnn":
        return _activated(at, None, at.sum_of(None, unit), trace[name][index])
    if at.kind == "lstm":
        return _of([term(at.number(at.gates[3], unit), _shown(at, unit))])
    z, candidate, before = at.number(at.gates[0], unit), at.number(at.gates[2], unit), at.before(unit)
    rest = words(f"(1 - {z.text})", f"(1 - {z.python})", 1 - z.value)
    return _of(([term(z, before)] if before else []) + [term(rest, candidate)])


def _of(terms):
    return terms, summed(terms)


def _activated(at, gate, z, value):
    name = at.activation(gate)
    line = OUTPUTS[name].format(z.python) if name in OUTPUTS else repr(float(value))
    return _of([term(words(f"{name} of {z.text}", line, value))])


def _shown(at, unit):
    """What an LSTM's output gate lets through: the activation of c."""
    c, name = at.number(at.c, unit), at.activation(None)
    value = at.activated(None, c.value)[0]
    return words(f"{name} of {c.text}", OUTPUTS[name].format(c.python) if name in OUTPUTS else repr(value), value)


def _sum(at, column):
    """A weighted sum: inputs by their weights, the state before by its weights, biases."""
    trace, terms = at.trace, []
    biases = [] if at.bias is None else trace[at.bias].reshape(-1, at.columns)
    for k in range(at.columns):
        if at.of_inputs(k) == column:
            terms += [term(at.number(at.x, i), quantity(trace, at.kernel, (i, k))) for i in range(at.inputs)]
        if at.of_state(k) == column:
            for j in range(at.units):
                entering = at.entering(j, k)
                terms += [term(*entering, quantity(trace, at.recurrent, (j, k)))] if entering else []
        for row, place in enumerate((at.of_inputs(k), at.of_state(k))[: len(biases)]):
            if place == column:
                terms.append(term(quantity(trace, at.bias, (row, k) if trace[at.bias].ndim == 2 else (k,))))
    return _of(terms)


# -- back --------------------------------------------------------------------------------------------------------------


def by_parameter(trace, node, name, index):
    """The derivative by a weight: what it multiplies times what comes back to its sum, over all examples and steps."""
    terms, column = [], index[-1]
    for example in range(trace.batch_size):
        for step in range(node.sizes[0]):
            at = Recurrence(trace, node, example, step)
            second = name == at.recurrent or (name == at.bias and len(index) == 2 and index[0] == 1)
            delta = at.number(at.sums, at.of_state(column) if second else at.of_inputs(column), derivative=True)
            if name == at.kernel:
                terms.append(term(at.number(at.x, index[0]), delta))
            elif name == at.bias:
                terms.append(term(delta))
            elif (entering := at.entering(index[0], column)) is not None:
                terms.append(term(*entering, delta))
    place = at.of_state(column) if second else at.of_inputs(column)
    delta = f't["{DERIVATIVE}{at.sums}"]'
    if name == at.kernel:
        return terms, f'(t["{at.x}"][:, :, {index[0]}] * {delta}[:, :, {place}]).sum()'
    if name == at.bias:
        return terms, f"{delta}[:, :, {place}].sum()"
    if at.initial is None and at.kept is None and not at.operation.resets_first:
        return terms, f'(t["{at.h}"][:, :-1, {index[0]}] * {delta}[:, 1:, {place}]).sum()'
    return terms, summed(terms)


def by_input(trace, node, name, index):
    """The derivative by an input of a step, or by a state to begin with."""
    if name == node.inputs[0].name:
        at = Recurrence(trace, node, *index[:2])
        weights = [quantity(trace, at.kernel, (index[2], k)) for k in range(at.columns)]
        deltas = [at.number(at.sums, at.of_inputs(k), derivative=True) for k in range(at.columns)]
        return _of([term(w, delta) for w, delta in zip(weights, deltas, strict=True)])
    at = Recurrence(trace, node, index[0], 0)
    return _of(_from_next(at, index[1], memory=name == at.initial_c))


def through_time(trace, node, name, index):
    """What comes back to a number within a recurrent operation from the same step and the next."""
    h = node.inputs[0].name
    recurrent = next(n for n in trace.graph.nodes if n.operation.name in RECURRENT and n.outputs[0].name == h)
    example, step, unit = index
    at = Recurrence(trace, recurrent, example, step)
    if name in (at.h, at.c):
        later = _from_next(at.at(step + 1), unit, memory=name == at.c) if step + 1 < at.steps else []
        if name == at.c and not at.masked:
            c, o = at.number(at.c, unit), at.number(at.gates[3], unit)
            slope = at.slope(None, c, _shown(at, unit))
            later = [term(at.number(at.h, unit, derivative=True), o, slope), *later]
        return _of(later)
    if at.masked:
        return _of([])
    if name == at.sums:
        return _of(_to_sum(at, unit))
    return _of(_to_gate(at, at.gates.index(name), unit))


def _from_next(at, unit, memory):
    """What a step gives back to the state (or the memory) that it begins with."""
    trace = at.trace
    if at.masked:
        return [term(at.number(at.c if memory else at.h, unit, derivative=True))]
    if memory:
        return [term(at.number(at.c, unit, derivative=True), at.number(at.gates[1], unit))]
    terms = []
    if at.kind == "gru":
        terms.append(term(at.number(at.h, unit, derivative=True), at.number(at.gates[0], unit)))
    for k in range(at.columns):
        more = at.entering(unit, k)[1:]
        delta = at.number(at.sums, at.of_state(k), derivative=True)
        terms.append(term(quantity(trace, at.recurrent, (unit, k)), *more, delta))
    return terms


def _to_gate(at, gate, unit):
    """The derivative by a gate, from what it multiplies."""
    dh = at.number(at.h, unit, derivative=True)
    if at.kind == "lstm":
        dc = at.number(at.c, unit, derivative=True)
        other = {0: at.number(at.gates[2], unit), 1: at.before(unit, True), 2: at.number(at.gates[0], unit), 3: None}[gate]
        if gate == 3:
            return [term(dh, _shown(at, unit))]
        return [term(dc, other)] if other else []
    minus, before, candidate = Symbol.number(-1.0), at.before(unit), at.number(at.gates[2], unit)
    if gate == 0:
        return ([term(dh, before)] if before else []) + [term(minus, dh, candidate)]
    if gate == 2:
        return [term(dh), term(minus, dh, at.number(at.gates[0], unit))]
    if not at.operation.resets_first:
        return [term(at.number(at.sums, unit, derivative=True), at.number(at.sums, 3 * at.units + unit))]
    if before is None:
        return []
    factors = [before] if at.kept is None else [before, quantity(at.trace, at.kept, (at.example, 2, unit))]
    columns = range(2 * at.units, 3 * at.units)
    weights = [quantity(at.trace, at.recurrent, (unit, k)) for k in columns]
    deltas = [at.number(at.sums, at.of_state(k), derivative=True) for k in columns]
    return [term(*factors, w, delta) for w, delta in zip(weights, deltas, strict=True)]


def _to_sum(at, column):
    """The derivative by a weighted sum: that by its gate times the slope."""
    block, unit = divmod(column, at.units)
    if at.kind == "simple_rnn":
        slope = at.slope(None, at.sum_of(None, unit), at.number(at.h, unit))
        return [term(at.number(at.h, unit, derivative=True), slope)]
    if at.kind == "gru" and block == 3:
        by_inputs = at.number(at.sums, unit, derivative=True)
        return [term(by_inputs)] if at.operation.resets_first else [term(by_inputs, at.number(at.gates[1], unit))]
    gate = block if at.kind == "lstm" else (2 if block == 0 else block - 1)
    a = at.number(at.gates[gate], unit)
    return [term(at.number(at.gates[gate], unit, derivative=True), at.slope(gate, at.sum_of(gate, unit), a))]
