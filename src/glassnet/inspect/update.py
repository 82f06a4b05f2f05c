"""What the optimiser would do with the gradient, tried on copies."""

import copy

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import LEARNING_RATE
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program


def plan_update(trace):
    """The graph of the optimiser's own operations, and an optimizer whose slots may be made without touching the model's."""
    # A shallow copy: where the model's optimizer has no slots yet, they are made for the copy only.
    optimizer, graph = copy.copy(trace.model.optimizer), Graph()
    trained = [variable for variable in trace.model.variables if variable.trainable]
    optimizer.plan(graph, trace.model.params, trained)
    return graph, optimizer


def updated_params(trace):
    """The parameters after the step that the optimiser would make: a `Vector`.

    Its operations run on copies of parameters, gradients and slots, with the learning rate of the traced step.
    """
    graph, optimizer = plan_update(trace)
    params = Vector(trace.program.params.layout, trace.dtype)
    params.array[:] = trace.program.params.array
    slots = optimizer.slots.array if trace.slots is None else trace.slots
    program = Program(graph, params, None, 1, trace.dtype, slots=slots.copy())
    program.grads.array[:] = trace.program.grads.array
    optimizer.set_hyperparameters(program)
    program.begin([], step=trace.iteration, iteration=trace.iteration)
    program.memory.consts[LEARNING_RATE] = optimizer.rates(trace.iteration, 1)[0]
    program.once(program.calls("update"), trace.batch_size)
    return params
