"""The derivatives of one operation by itself, from its own backward kernel."""

import dataclasses
import math

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable


class LocalBackward:
    """One node of a trace, run alone: what its backward pass makes of any derivatives of its outputs.

    Arguments:
        trace: `Trace`, which gives the inputs.
        node: Node with a backward pass.
    """

    def __init__(self, trace, node):
        self.trace, self.node, self._each = trace, node, {}
        graph = Graph()
        for tensor in (*node.inputs, *node.outputs):
            if tensor is not None:
                graph.tensors[tensor.name] = trace.graph.tensors[tensor.name]
        graph.nodes.append(dataclasses.replace(node, phase="forward"))
        tensors = [part.name for part in trace.backward_targets(node) if not isinstance(part, Variable)]
        state = None
        if node.state:  # an operation may change what it keeps
            state = Vector(trace.program.state.layout, trace.dtype)
            state.array[:] = trace.program.state.array
        self.program = Program(
            graph, trace.program.params, state, trace.batch_size, trace.dtype, input_gradients=tensors
        )
        self.program.begin([], step=trace.iteration, iteration=trace.iteration)
        for tensor in node.inputs:
            if tensor is not None:
                self.program.acts[tensor.name][...] = trace[tensor.name]

    def __call__(self, name, seeds):
        """The derivative by the tensor or variable `name` of the sum of all outputs times `seeds`, `{output: array}`.

        Returns: A view, valid until the next call.
        """
        for output, seed in seeds.items():
            self.program.act_grads[output][...] = seed
        calls = self.program.calls("forward", "loss", backward=True)
        self.program.once(calls, self.trace.batch_size, self.trace.training)
        return self.program.act_grads[name] if name in self.program.act_grads else self.program.grads[name]

    def each(self, name):
        """The derivative of each output by the input in the same place, for an operation on each number by itself."""
        if name not in self._each:
            seeds = {tensor.name: 1.0 for tensor in self.node.outputs if tensor is not None}
            self._each[name] = self(name, seeds).copy()
        return self._each[name]

    def one(self, name, output, index):
        """The derivative by `name` of the one number `output[index]`."""
        seeds = {tensor.name: 0.0 for tensor in self.node.outputs if tensor is not None}
        seeds[output] = np.zeros(self.program.acts[output].shape)
        seeds[output][index] = 1.0
        return self(name, seeds)


def flat_place(index, shape):
    """Example and place within it of a number of a batched tensor of `shape`."""
    return index[0], int(np.ravel_multi_index(index[1:], shape[1:])) if len(shape) > 1 else 0


def place(example, flat, shape):
    """The index of a number from its example and place within it: the other way round."""
    return (example, *map(int, np.unravel_index(flat, shape[1:]))) if len(shape) > 1 else (example,)


def size_of(shape):
    """Numbers in one example of a batched tensor of `shape`."""
    return math.prod(shape[1:])
