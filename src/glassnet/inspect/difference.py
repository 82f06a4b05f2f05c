"""The proof beside each derivative: a central difference of the same network in float64."""

from glassnet.engine.layout import Vector
from glassnet.engine.program import Program
from glassnet.inspect.through_time import maker, nudge

STEP = 1e-6
"""Distance to either side, for numbers up to 1; more for larger ones. Balances truncation against rounding."""


class DoubleNetwork:
    """The operations of a trace once more, in float64, to move single numbers in.

    Argument: `trace`, a `Trace` with labels.
    """

    def __init__(self, trace):
        self.trace, graph = trace, trace.graph
        params, state = (_wide(vector) for vector in (trace.program.params, trace.program.state))
        self.program = Program(graph, params, state, trace.batch_size, "float64")
        self.program.begin([], step=trace.iteration, iteration=trace.iteration)
        self.order = [node for phase in ("forward", "loss") for node in graph.nodes if node.phase == phase]
        for name, given in graph.tensors.items():
            if self._made_by(name) == 0:
                self.program.value(given)[...] = trace[name]
        self._run(0)

    def _made_by(self, name):
        """How many operations have been made when the tensor `name` is there."""
        made = [k for k, node in enumerate(self.order, 1) if any(t is not None and t.name == name for t in node.outputs)]
        return max(made, default=0)  # several may each make a part

    def _run(self, first):
        self.program.once(self.program.forward(self.order[first:]), self.trace.batch_size, self.trace.training)
        acts = self.program.acts
        return float(acts["loss"]) + sum(float(acts[node.outputs[0].name]) for node in self.trace.penalties)

    def difference(self, name, index):
        """The derivative of the loss by one number of a tensor or parameter, by central differences."""
        if (node := maker(self.trace, name)) is not None:
            return self._within(node, name, index)
        is_tensor = name in self.program.acts
        numbers = (self.program.acts if is_tensor else self.program.params)[name]
        first = self._made_by(name) if is_tensor else 0
        self._run(0)
        kept = numbers[index]
        step = STEP * max(1.0, abs(kept))
        above, below = kept + step, kept - step
        numbers[index] = above
        over = self._run(first)
        numbers[index] = below
        under = self._run(first)
        numbers[index] = kept
        return (over - under) / (above - below)

    def _within(self, node, name, index):
        """The same by a number with which the operation that makes it goes on."""
        self._run(0)
        step = STEP * max(1.0, abs(float(self.program.acts[name][index])))
        losses = []
        for change in (step, -step):
            nudge(self.program, node, name, index, change)
            losses.append(self._run(self._made_by(name) - 1))
        nudge(self.program, node, name, index, 0.0)
        return (losses[0] - losses[1]) / (2 * step)


def _wide(vector):
    wide = Vector(vector.layout, "float64")
    wide.array[:] = vector.array
    return wide
