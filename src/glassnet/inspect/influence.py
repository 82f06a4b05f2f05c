"""Which training examples push a weight, and which way: the gradient of each example by that one number."""

from dataclasses import dataclass

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.examples import count, of_each, several
from glassnet.inspect.names import joined, split, suggestion, within
from glassnet.inspect.trace import trace
from glassnet.layers.structure import flatten


@dataclass(frozen=True)
class Push:
    """What one example wants of a weight.

    Attributes: `example` (its number in x), `strength`: minus the derivative of its loss by the weight; gradient descent moves
    the weight by the learning rate times that.
    """

    example: int
    strength: float

    @property
    def direction(self):
        """`"up"`, `"down"` or `"stay"`."""
        return "up" if self.strength > 0 else "down" if self.strength < 0 else "stay"

    def __str__(self):
        return f"example {self.example} {self.direction} {abs(self.strength):.4g}"


class Influence:
    """What all examples want of one weight. Made by `influence`.

    Attributes: `name` (such as `"dense/kernel[3, 1]"`), `value` (of the weight), `gradients` (float64 (N,), the derivative of
    each example's loss by it; their mean is the gradient of the batch, but for penalties).
    """

    def __init__(self, name, value, gradients):
        self.name, self.value, self.gradients = name, value, gradients

    def ranked(self, most=None, direction=None):
        """The strongest `Push`es first; with `direction` `"up"` or `"down"` only these."""
        if direction not in (None, "up", "down"):
            raise ValueError(f"Expected direction 'up', 'down' or None. Received: {direction!r}.")
        order = np.argsort(-np.abs(self.gradients), kind="stable")
        pushes = (Push(int(k), float(-self.gradients[k]) + 0.0) for k in order)
        return [push for push in pushes if direction in (None, push.direction)][:most]

    def __str__(self):
        up, down = int((self.gradients < 0).sum()), int((self.gradients > 0).sum())
        if not up and not down:
            return f"{self.name} = {self.value:.4g}: none of {len(self.gradients)} examples pushes it"
        mean = -self.gradients.mean()
        pushing = "1 example pushes" if up == 1 else f"{up} examples push"
        lines = [f"{self.name} = {self.value:.4g}: {pushing} it up, {down} down, all together {mean:+.4g}"]
        return "\n".join(lines + [f"  {push}" for push in self.ranked(10) if push.strength])


def influence(model, name, x, y):
    """Which examples push a weight most, and which way.

    Arguments:
        model: A compiled model.
        name: Of one weight, such as `"dense/kernel[3, 1]"`.
        x, y: Examples (N, ...) and labels, as for `fit`. Of several outputs their losses count together, as in training.

    Returns: `Influence`: one backward pass for each example, with the weights as they are now and layers as in prediction.
    Penalties of weights, which no example causes, are left out. Raises `ValueError` or `IndexError` where there is no such
    weight or it is frozen.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="neuron")])
    >>> model.set_weights([[[2.0]], [0.0]])
    >>> model.compile("sgd", "sum_of_squares")
    >>> print(influence(model, "neuron/kernel[0, 0]", [[1.0], [2.0]], [[3.0], [0.0]]))
    neuron/kernel[0, 0] = 2: 1 example pushes it up, 1 down, all together -3.5
      example 1 down 8
      example 0 up 1
    """
    model._need_compile()
    x, y, _ = model._data(x, y)
    path, index = split(name)
    variables = {variable.path: variable for variable in model.trainable_variables}
    if path not in variables:
        raise ValueError(
            f"Expected a trainable weight, of {', '.join(variables)}. Received: {name!r}.{suggestion(path, variables)}"
        )
    index = within(index, variables[path].shape, name, False)
    first = trace(model, *(of_each(lambda array: array[:1], data) for data in (x, y)))
    graph = Graph(first.graph.tensors, [n for n in first.graph.nodes if n.operation.name != "penalty"], first.graph.aliases)
    program = Program(graph, first.program.params, first.program.state, 1, model.dtype)
    targets = [name for name in graph.tensors if name.rpartition("/")[2] == "target"]
    names = [*(tensor.name for tensor in flatten(first.input)), *targets]
    arrays = [array for array in (*several(x), *several(y)) if array is not None]
    fed = [(program.value(graph.tensors[name]), array) for name, array in zip(names, arrays, strict=True)]
    gradient, gradients = program.grads[path], np.empty(count(x))
    for k in range(len(gradients)):
        for memory, array in fed:
            memory[...] = array[k]
        program.once(program.gradient, 1)
        gradients[k] = gradient[index]
    return Influence(joined(path, index), float(variables[path].value[index]), gradients)
