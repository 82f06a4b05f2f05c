"""The order in which a step is calculated, one operation after the other."""

from dataclasses import dataclass

from glassnet.inspect.formula import derivative_reads
from glassnet.inspect.names import AFTER, DERIVATIVE


@dataclass(frozen=True)
class Step:
    """One operation of a traced step.

    Attributes:
        number: From 1 on, in the order of calculation.
        phase: `"forward"`, `"loss"`, `"backward"` or `"update"`.
        operation: Such as `"dense"`.
        layer: Name of the layer, or `""`.
        reads, writes: Names of the numbers, each a key of the trace.
    """

    number: int
    phase: str
    operation: str
    layer: str
    reads: tuple
    writes: tuple

    def __str__(self):
        return (
            f"{self.number:>3}  {self.phase:<8}  {self.operation}: {', '.join(self.reads)} -> {', '.join(self.writes)}"
        )


def steps(trace):
    """A list of `Step` for each operation of a `Trace`, forward, through the loss, backward and of the optimiser."""
    entries = []
    for phase in ("forward", "loss"):
        for node in trace.graph.nodes:
            if node.phase == phase:
                entries.append((phase, node, _read(node), _names(node.outputs)))
    if "loss" in trace:
        entries += [("backward", node, *_backward(trace, node)) for node in trace.backward_nodes()]
    if trace.optimizer_step is not None:
        entries += [("update", node, *_update(trace, node)) for node in trace.optimizer_step.nodes]
    return [
        Step(number, phase, node.operation.name, node.layer, reads, writes)
        for number, (phase, node, reads, writes) in enumerate(entries, 1)
    ]


def _names(parts):
    return tuple(part.path if hasattr(part, "path") else part.name for part in parts if part is not None)


def _read(node):
    return _names((*node.inputs, *node.variables, *node.state))


def _backward(trace, node):
    outputs = tuple(DERIVATIVE + name for name in _names(node.outputs) if DERIVATIVE + name in trace)
    values = derivative_reads(node) or (*_read(node),)
    written = tuple(DERIVATIVE + _names([target])[0] for target in trace.backward_targets(node))
    return (*outputs, *values), written


def _update(trace, node):
    """What an update's operation reads and writes: clipping and accumulation change gradients, the rest parameters."""
    trained = [name for name in trace.variables if AFTER + name in trace]
    gradients = tuple(DERIVATIVE + name for name in trained)
    if node.operation.name in ("accumulate", "clip_value", "clip_norm", "clip_global_norm"):
        return gradients, gradients
    start, size = node.sizes[1:3]
    layout = trace.program.params.layout
    within = [name for name in trained if start <= layout.offset(name) < start + size]
    read = (*within, *(DERIVATIVE + name for name in within))
    return read, tuple(AFTER + name for name in within)
