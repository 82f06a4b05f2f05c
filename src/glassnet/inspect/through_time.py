"""Recurrent operations, whose later steps read what their earlier ones made: how derivatives by such numbers are proved."""

from glassnet.engine.kernels.recurrent import NO_NUDGE
from glassnet.inspect.names import DERIVATIVE

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


def nudge(program, node, name, index, change):
    """Lets a recurrent node of a `Program` add `change` to one number that it makes, when it is made; 0 for no more."""
    output = _names(node.outputs).index(name)
    stage = STAGES[node.operation.name][output]
    units = node.sizes[2]
    if node.operation.name == "gru" and output == 1 and index[2] >= 3 * units:
        stage = 2  # these sums may wait for the reset gate
    array = program.acts[name]
    flat = program.acts.layout.offset(name) + sum(i * s for i, s in zip(index, array.strides, strict=True)) // array.itemsize
    place = index[0] * node.sizes[0] + index[1]
    program.set_sizes(node, NUDGE, (flat, place, stage) if change else NO_NUDGE)
    program.set_constants(node, (change, *node.constants[1:]))
