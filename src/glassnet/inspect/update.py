"""What the optimiser would do with the gradient, tried on copies."""

import copy

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import LEARNING_RATE
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program


class Update:
    """The update that a model's optimizer would make now, with its settings and slots as they are now.

    Argument: `model`, a compiled model. Nothing of it changes: slots that are not made yet are made for a copy.

    Attributes: `nodes`, the optimizer's operations in order.
    """

    def __init__(self, model):
        self._optimizer, self._graph = copy.copy(model.optimizer), Graph()
        # A rate that is a number may change in place; a function is asked only when the update is.
        self._optimizer._rate = copy.deepcopy(self._optimizer._rate)
        self._optimizer.plan(self._graph, model.params, [v for v in model.variables if v.trainable])
        self._slots = self._optimizer.slots.array.copy()
        self.nodes = self._graph.nodes

    def params_after(self, trace):
        """The parameters behind the step of a `Trace`: a `Vector`."""
        params = Vector(trace.program.params.layout, trace.dtype)
        params.array[:] = trace.program.params.array
        program = Program(self._graph, params, None, 1, trace.dtype, slots=self._slots.copy())
        program.grads.array[:] = trace.program.grads.array
        self._optimizer.set_hyperparameters(program)
        program.begin([], step=trace.iteration, iteration=trace.iteration)
        program.memory.consts[LEARNING_RATE] = self._optimizer.rates(trace.iteration, 1)[0]
        program.once(program.calls("update"), trace.batch_size)
        return params
