"""What the optimiser would do with the gradient, tried on copies."""

import copy
import functools

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import LEARNING_RATE
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program


class Update:
    """The update that a model's optimizer would make now, with its settings and slots as they are now.

    Argument: `model`, a compiled model. Nothing of it changes: slots that are not made yet are made for a copy.

    Attributes: `nodes`, the optimizer's operations in order; `optimizer`, a copy of it; `iteration`, its steps so far.
    """

    def __init__(self, model):
        self.optimizer, self._graph = copy.copy(model.optimizer), Graph()
        self.iteration = int(model.optimizer.steps)
        # A rate that is a number may change in place; a function is asked only when the update is.
        self.optimizer._rate = copy.deepcopy(self.optimizer._rate)
        trained = [variable for variable in model.variables if variable.trainable]
        self.optimizer.plan(self._graph, model.params, trained, model.learning_rate_multipliers())
        self._slots = self.optimizer.slots.array.copy()
        self.nodes = self._graph.nodes

    @functools.cached_property
    def learning_rate(self):
        """The rate of this update. A float."""
        return float(self.optimizer.rates(self.iteration, 1)[0])

    def slot(self, name, slot, index):
        """A number that the optimizer keeps for one number of a parameter, before the update. A float.

        Arguments: `name` and `index` of the parameter's number, and the `slot`, such as `"momentum"`.
        """
        return float(Vector(self.optimizer.slots.layout, self._slots.dtype, self._slots)[f"{name}/{slot}"][index])

    def params_after(self, trace):
        """The parameters behind the step of a `Trace`: a `Vector`."""
        params = Vector(trace.program.params.layout, trace.dtype)
        params.array[:] = trace.program.params.array
        program = Program(self._graph, params, None, 1, trace.dtype, slots=self._slots.copy())
        program.grads.array[:] = trace.program.grads.array
        self.optimizer.set_hyperparameters(program)
        program.begin([], step=self.iteration, iteration=self.iteration)
        program.memory.consts[LEARNING_RATE] = self.learning_rate
        program.once(program.calls("update"), trace.batch_size)
        return params
