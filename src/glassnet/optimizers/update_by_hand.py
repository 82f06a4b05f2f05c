"""An update outside of a model: the nodes of the plan, run once on gradients that are given."""

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import LEARNING_RATE
from glassnet.engine.layout import Layout, Vector
from glassnet.engine.program import Program
from glassnet.optimizers.update_plan import plan_update


class UpdateByHand:
    """Makes one update from `{index of a variable in kept.trained: its gradient}`.

    It works on copies in a vector of its own, because the variables may live anywhere: alone, in a model, in several.

    Arguments:
        optimizer: `Optimizer`.
        kept: Its `Slots`.
    """

    def __init__(self, optimizer, kept):
        self.optimizer, self.kept = optimizer, kept
        self.programs = {}

    def __call__(self, gradients):
        kept, steps = self.kept, int(self.optimizer.steps)
        program = self.program(tuple(sorted(gradients)))
        self.optimizer.set_hyperparameters(program)
        for index, gradient in gradients.items():
            program.grads.array[kept.part(index)] = flat(gradient, kept.trained[index])
        for index, variable in enumerate(kept.trained):
            program.params.array[kept.part(index)] = variable.value.ravel()
        program.memory.consts[LEARNING_RATE] = self.optimizer.rates(steps, 1)[0]
        program.begin([], iteration=steps)
        program.once(program.calls("update"), batch=1, training=True)
        for index, variable in enumerate(kept.trained):
            variable.value[...] = program.params.array[kept.part(index)].reshape(variable.shape)

    def program(self, indices):
        """The program that updates the variables of these indices, in a vector that is laid out like a slot."""
        if indices not in self.programs:
            graph, layout = Graph(), Layout()
            layout.add("params", (self.kept.size,))
            plan_update(graph, self.optimizer, self.kept, [(self.kept.offsets[index], index) for index in indices])
            slots = self.kept.vector.array
            params = Vector(layout, slots.dtype)
            self.programs[indices] = Program(graph, params, None, 1, slots.dtype, slots=slots)
        return self.programs[indices]


def flat(gradient, variable):
    """The gradient as a flat array. Raises `ValueError` where its shape is not the variable's."""
    gradient = np.asarray(gradient)
    if gradient.shape != variable.shape:
        raise ValueError(
            f"Expected a gradient of shape {variable.shape} for the variable {variable.path!r}. Received: shape {gradient.shape}."
        )
    return gradient.ravel()
