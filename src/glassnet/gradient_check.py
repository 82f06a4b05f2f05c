"""Proof of a backward pass, one's own or the library's: what it gives against central differences in float64."""

import math
from dataclasses import dataclass

import numpy as np

from glassnet.engine.gradcheck import central_difference
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.direction import ALONG_DIRECTION
from glassnet.engine.layout import Layout, Vector
from glassnet.engine.program import Program
from glassnet.examples import count, several
from glassnet.layers.layer import Layer
from glassnet.layers.operation import CustomOperation, OperationLayer
from glassnet.layers.shapes import mapped_shapes
from glassnet.layers.structure import flatten, mapped
from glassnet.losses import Loss
from glassnet.objective import plan_objective


@dataclass(frozen=True)
class Checked:
    """One array of derivatives.

    Arguments:
        name: By what the derivatives are.
        count: How many numbers they are.
        difference: The largest difference between backward pass and central differences, as a share of the largest derivative.
        backward, numeric: Both derivatives where they differ most.
    """

    name: str
    count: int
    difference: float
    backward: float
    numeric: float


class GradientCheck(list):
    """What `check_gradients` found: a list of `Checked`, one for each input and weight."""

    @property
    def difference(self):
        """The largest of all differences."""
        return max((checked.difference for checked in self), default=0.0)

    def __str__(self):
        rows = [f"{c.name:30} {c.count:7} {c.difference:12.2e} {c.backward:14.6g} {c.numeric:14.6g}" for c in self]
        return "\n".join([f"{'derivatives by':30} {'numbers':>7} {'difference':>12} {'backward':>14} {'numeric':>14}", *rows])


def check_gradients(thing, x, y=None, tolerance=1e-5, training=False, seed=0):
    """Compares the derivatives of a layer, an operation, a loss or a model with central differences, in float64.

    Arguments:
        thing: `Layer`, what `ops.operation` returned, `Loss`, or model.
        x: Its inputs: array (B, ...), or a list of them. A few examples are enough: each number is moved up and down by 1e-6. For
            a loss, the predictions.
        y: Labels, for a loss or a compiled model. Without them the outputs are added up with random factors.
        tolerance: Largest difference that counts as none, as a share of the largest derivative of an array.
        training: Whether layers behave as in training.
        seed: Of the random factors.

    Returns: `GradientCheck`, which prints as a table.

    Raises `ValueError` where a derivative is wrong, with the numbers. At a kink, such as that of relu at 0, every one is.

    >>> from glassnet import layers
    >>> check_gradients(layers.Dense(3, activation="tanh"), np.array([[0.1, -0.2], [0.3, 0.4]])).difference < 1e-7
    True
    """
    graph, inputs, feeds = Graph(), [], {}

    def entered(array, name):
        array = np.asarray(array, np.float64)
        tensor = graph.tensor(name, array.shape[1:])
        feeds[name] = array
        return tensor

    if isinstance(thing, CustomOperation):
        thing = OperationLayer(thing)
    if isinstance(thing, Loss):
        inputs = [entered(x, "y_pred")]
        target = entered(thing.check_target(y, inputs[0].shape), "y_true")
        thing.plan_reduction(graph, thing.plan(graph, inputs[0], target), None)
    elif not isinstance(thing, Layer):
        raise ValueError(f"Expected a layer, an operation, a loss or a model. Received: {thing!r}.")
    else:
        arrays = mapped(np.asarray, x if isinstance(x, list | tuple | dict) else np.asarray(x))
        if y is None:
            thing.build_for(mapped_shapes(lambda shape: (None, *shape[1:]), mapped_shape(arrays)))
            names = iter(range(len(flatten(arrays))))
            tensors = mapped(lambda array: entered(array, f"input_{n}" if (n := next(names)) else "input"), arrays)
            inputs, outputs = flatten(tensors), flatten(thing.plan_with_penalties(graph, tensors))
            directions = np.random.default_rng(seed)
            for number, output in enumerate(outputs):
                direction = entered(directions.normal(size=(len(flatten(arrays)[0]), *output.shape)), f"direction_{number}")
                total = graph.tensor(f"total_{number}", (), batched=False)
                size = (math.prod(output.shape),)
                graph.add(ALONG_DIRECTION, inputs=(output, direction), outputs=(total,), sizes=size, phase="loss")
        else:
            thing._need_compile()
            data, labels, _ = thing._data(x, y)
            fed, output = thing.plan(graph)
            inputs = flatten(fed)
            feeds.update((tensor.name, np.asarray(part, np.float64)) for tensor, part in zip(inputs, several(data), strict=True))
            parts = plan_objective(graph, thing, flatten(output), [False] * len(flatten(output))).parts
            for part, label in zip(parts, several(labels), strict=True):
                if part is not None:
                    feeds[part.target.name] = label
    return _compared(thing, graph, [tensor.name for tensor in inputs], feeds, tolerance, training)


def mapped_shape(arrays):
    """The shapes of a structure of arrays."""
    return mapped(np.shape, arrays) if not isinstance(arrays, tuple | list) else [np.shape(array) for array in arrays]


def _compared(thing, graph, inputs, feeds, tolerance, training):
    variables = list(dict.fromkeys(v for node in graph.nodes for v in node.variables if v is not None))
    state = list(dict.fromkeys(v for node in graph.nodes for v in node.state if v is not None))
    params, kept = _copied(variables), _copied(state)
    program = Program(graph, params, kept, count(next(iter(feeds.values()))), "float64", input_gradients=inputs)
    start = kept.array.copy()
    losses = [n.outputs[0].name for n in graph.nodes if n.phase == "loss" and (n.totals == 1 or n.operation is ALONG_DIRECTION)]
    losses += ["loss"] * ("loss" in graph.tensors)

    def run(calls):
        kept.array[:] = start
        for name, array in feeds.items():
            if name not in inputs:
                program.acts[name][...] = array
        program.once(calls, program.batch_size, training)
        return sum(float(program.acts[name]) for name in losses)

    forward, gradient = program.calls("forward", "loss"), program.gradient
    for name in inputs:
        program.acts[name][...] = feeds[name]
    run(gradient)
    trained = [variable.path for variable in variables if variable.trainable]
    places = [(name, program.acts[name], program.act_grads[name].copy()) for name in inputs]
    places += [(path, params[path], program.grads[path].copy()) for path in trained]
    found = GradientCheck()
    for name, values, backward in places:

        def moved(point, values=values):
            values[...] = point
            return run(forward)

        point = values.copy()
        numeric = central_difference(moved, point)
        values[...] = point
        largest = max(np.abs(numeric).max(initial=0.0), np.abs(backward).max(initial=0.0), 1e-3)
        gap = np.abs(backward - numeric)
        gap = np.where(np.isfinite(gap), gap, np.inf)
        at = np.unravel_index(gap.argmax(), gap.shape)
        found.append(Checked(name, gap.size, float(gap[at] / largest), float(backward[at]), float(numeric[at])))
    wrong = [checked for checked in found if not checked.difference <= tolerance]
    if wrong:
        raise ValueError(
            f"Expected derivatives of {thing!r} as central differences give them. Received others by "
            f"{', '.join(checked.name for checked in wrong)}:\n{found}"
        )
    return found


def _copied(variables):
    layout = Layout()
    for variable in variables:
        layout.add(variable.path, variable.shape)
    vector = Vector(layout, "float64")
    for variable in variables:
        vector[variable.path][...] = variable.value
    return vector
