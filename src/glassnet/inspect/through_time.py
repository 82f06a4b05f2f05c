"""Recurrent operations, whose later steps read what their earlier ones made: how such numbers are explained and proved."""

from glassnet.engine.kernel import FIRST_HALF, SECOND_HALF
from glassnet.engine.kernels.recurrent import EXAMPLES_AT_ONCE, NO_NUDGE
from glassnet.inspect.names import DERIVATIVE
from glassnet.inspect.slopes import flat_place
from glassnet.inspect.symbol import quantity, words
from glassnet.inspect.term import summed, term

STAGES = {"simple_rnn": (1, 0), "lstm": (3, 0, 2, 1, 1, 1, 1), "gru": (4, 0, None, 1, 1, 3)}
"""At which stage of a step each of an operation's outputs is made: h, sums, c, gates; see `recurrent.nudge`."""
NUDGE = 4
"""Where among the operation's sizes it is said which number is nudged."""


def maker(trace, name):
    """The recurrent node that makes the tensor `name` and goes on with it in later steps; None for other tensors."""
    return next((node for node in trace.graph.nodes if node.operation.name in STAGES and name in _names(node.outputs)), None)


def _names(tensors):
    return [None if tensor is None else tensor.name for tensor in tensors]


def from_above(trace, name):
    """The derivative of the loss by a tensor, through the operations behind the one that makes it only, shaped like it.

    For most tensors, that is all there is: `trace.gradient(name)`.
    """
    if maker(trace, name) is None:
        return trace.gradient(name)
    total = 0.0 * trace.gradient(name)
    for node in trace.backward_nodes():
        if name in _names(trace.backward_targets(node)) and node.operation.name != "through_time":
            total += trace.local(node)(name, {output: from_above(trace, output) for output in derived(trace, node)})
    return total


def derived(trace, node):
    """Names of the node's outputs by which there is a derivative."""
    return [name for name in _names(node.outputs) if name is not None and DERIVATIVE + name in trace]


# -- terms -------------------------------------------------------------------------------------------------------------


class Step:
    """What the columns of a recurrent node's weighted sums are.

    Attributes: `x`, `h`, `sums` (names), `inputs`, `units`, `gates`, `width` (columns of the sums).
    """

    def __init__(self, trace, node):
        self.trace, self.node = trace, node
        self.x, self.h, self.sums = node.inputs[0].name, node.outputs[0].name, node.outputs[1].name
        _, self.inputs, self.units = node.sizes[:3]
        self.gates, self.width = node.variables[0].shape[1] // self.units, node.outputs[1].shape[-1]

    def column(self, j):
        """The column of the sums that column j of the kernel leads to; a candidate's sums that are kept apart come first."""
        early = (self.gates - 1) * self.units
        if self.width == self.gates * self.units:
            return j
        return j + self.units if j < early else j - early

    def d_sums(self, b, t, column):
        return quantity(self.trace, DERIVATIVE + self.sums, (b, t, column))

    def places(self, first=0):
        """All examples and steps."""
        return [(b, t) for b in range(self.trace.batch_size) for t in range(first, self.node.sizes[0])]

    def d_column(self, column):
        """Python for one column of dsums over all examples and steps."""
        return f't["{DERIVATIVE}{self.sums}"].reshape(-1, {self.width})[:, {column}]'


def by_parameter(trace, node, name, index):
    """dkernel = sum of x * dsums, drecurrent = sum of h before * dsums, dbias = sum of dsums, over examples and steps.

    Returns: Terms and the line of Python; None for what has no rule, such as behind dropout of the state.
    """
    step, (kernel, recurrent, _) = Step(trace, node), node.variables
    if name == kernel.path:
        i, column = index[0], step.column(index[1])
        terms = [term(quantity(trace, step.x, (b, t, i)), step.d_sums(b, t, column)) for b, t in step.places()]
        return terms, f't["{step.x}"].reshape(-1, {step.inputs})[:, {i}] @ {step.d_column(column)}'
    if name != recurrent.path:
        column = step.units + index[1] if len(index) > 1 and index[0] else step.column(index[-1])
        return [term(step.d_sums(b, t, column)) for b, t in step.places()], f"{step.d_column(column)}.sum()"
    u, column = index[0], (step.width - step.gates * step.units) + index[1]
    is_plain = node.sizes[3] == 1 and node.inputs[1] is None and node.inputs[4] is None
    if not is_plain or (step.width != step.gates * step.units and index[1] >= (step.gates - 1) * step.units):
        return None  # the state is dropped out, given, or reset before the product
    terms = [term(quantity(trace, step.h, (b, t - 1, u)), step.d_sums(b, t, column)) for b, t in step.places(1)]
    line = f't["{step.h}"][:, :-1, {u}].ravel() @ t["{DERIVATIVE}{step.sums}"][:, 1:, {column}].ravel()'
    return terms, line


def by_input(trace, node, name, index):
    """dx = sum of kernel * dsums at the same step. None for what has no rule: a state that is given."""
    step, kernel = Step(trace, node), node.variables[0]
    if name != step.x:
        return None
    b, flat = flat_place(index, trace[name].shape)
    t, i = divmod(flat, step.inputs)
    terms = [
        term(quantity(trace, kernel.path, (i, j)), step.d_sums(b, t, step.column(j))) for j in range(step.gates * step.units)
    ]
    return terms, summed(terms)


def by_later_steps(trace, node, name, index):
    """What the same recurrent operation makes of a number, in its own step and in later ones, as one term."""
    value = float(trace.gradient(name)[index]) - float(from_above(trace, name)[index])
    terms = [term(words("what comes back through time", repr(value), value))] if value else []
    return terms, summed(terms)


# -- proof -------------------------------------------------------------------------------------------------------------


def nudge(program, node, name, index, change):
    """Lets a recurrent node of a `Program` add `change` to one number that it makes, when it is made; 0 for no more."""
    output = _names(node.outputs).index(name)
    stage = STAGES[node.operation.name][output]
    units = node.sizes[2]
    if node.operation.name == "gru" and output == 1 and index[2] >= 3 * units:
        stage = 2  # these sums may wait for the reset gate
    array = program.acts[name]
    flat = program.acts.layout.offset(name) + sum(i * s for i, s in zip(index, array.strides, strict=True)) // array.itemsize
    B = program.batch_size
    first_half = min(B, ((B + 1) // 2 + EXAMPLES_AT_ONCE - 1) // EXAMPLES_AT_ONCE * EXAMPLES_AT_ONCE)
    half = FIRST_HALF if index[0] < first_half else SECOND_HALF
    program.set_sizes(node, NUDGE, (flat, index[1], stage) if change else NO_NUDGE, half)
    program.set_constants(node, (change, *node.constants[1:]))
