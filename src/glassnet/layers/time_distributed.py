"""One layer for every step of a sequence."""

import math

from glassnet.engine.kernels.merge import JOIN
from glassnet.layers.layer import Layer, layers
from glassnet.layers.recurrent import one_step


@layers.add()
class TimeDistributed(Layer):
    """Applies one layer, with one set of weights, to each step by itself.

    Argument:
        layer: For inputs (B, ...).

    Inputs (B, T, ...), outputs (B, T, ...). A layer for which every step is one by itself anyway (such as Dense) is applied to
    all steps at once; any other once for each step.

    >>> import numpy as np
    >>> from glassnet.layers import Dense, Flatten
    >>> TimeDistributed(Dense(3))(np.ones((2, 5, 4))).shape, TimeDistributed(Flatten())(np.ones((2, 5, 4, 3))).shape
    ((2, 5, 3), (2, 5, 12))
    """

    least_axes = 3
    one_shape = False
    passes_mask = True

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layers.get(layer)
        if not isinstance(self.layer, Layer):
            raise ValueError(f"TimeDistributed '{self.name}' expected a layer, such as Dense(10). Received: {layer!r}.")

    @property
    def sublayers(self):
        """The layer, in a list."""
        return [self.layer]

    def _of_a_step(self, shape):
        if len(shape) < 3:
            raise ValueError(
                f"TimeDistributed '{self.name}' expected inputs of shape (batch, steps, ...). Received: {tuple(shape)}."
            )
        return (shape[0], *shape[2:])

    def build(self, input_shape):
        self.layer.build(self._of_a_step(input_shape))
        self.weights[:] = self.layer.weights
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        batch, *rest = self.layer.compute_output_shape(self._of_a_step(input_shape))
        return (batch, input_shape[1], *rest)

    def plan(self, graph, x):
        if self.layer.each_step_alone:
            return self.layer.plan(graph, x)
        steps, outputs = x.shape[0], []
        for t in range(steps):
            step = one_step(graph, x, t, f"{self.name}/step_{t}", self.name)
            with graph.call_of(self.layer.name):
                outputs.append(self.layer.plan(graph, step))
        y = graph.tensor(f"{self.name}/a", (steps, *outputs[0].shape))
        size = math.prod(outputs[0].shape)
        for t, output in enumerate(outputs):
            graph.add(JOIN, inputs=(output,), outputs=(y,), sizes=(1, size, steps * size, t * size), layer=self.name)
        return y

    def get_config(self):
        return {**super().get_config(), "layer": layers.serialize(self.layer)}
