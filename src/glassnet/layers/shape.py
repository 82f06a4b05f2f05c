"""Layers that change the shape only: no number is moved, the output is another view of the same memory."""

import math

from glassnet.layers.layer import Layer, layers


@layers.add()
class Flatten(Layer):
    """(B, ...) to (B, product of the rest).

    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 28, 28))).shape
    (2, 784)
    """

    def compute_output_shape(self, input_shape):
        return (input_shape[0], math.prod(input_shape[1:]))

    def plan(self, graph, x):
        return graph.alias(f"{self.name}/a", x, (math.prod(x.shape),))


@layers.add()
class Reshape(Layer):
    """(B, ...) to (B, *target_shape).

    Arguments:
        target_shape: Shape of one example; one size may be -1.

    >>> import numpy as np
    >>> Reshape((-1, 2))(np.zeros((1, 6))).shape
    (1, 3, 2)
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(int(size) for size in target_shape)
        if self.target_shape.count(-1) > 1 or any(size < 1 and size != -1 for size in self.target_shape):
            raise ValueError(f"Reshape '{self.name}' expected positive sizes, one of which may be -1. Received: {target_shape}.")

    def compute_output_shape(self, input_shape):
        size = math.prod(input_shape[1:])
        known = math.prod(s for s in self.target_shape if s != -1)
        if size % known or (-1 not in self.target_shape and size != known):
            raise ValueError(
                f"Reshape '{self.name}' cannot make {self.target_shape} of {tuple(input_shape[1:])}: {size} numbers do not fit."
            )
        return (input_shape[0], *(size // known if s == -1 else s for s in self.target_shape))

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        super().build(input_shape)

    def plan(self, graph, x):
        return graph.alias(f"{self.name}/a", x, self.compute_output_shape((None, *x.shape))[1:])

    def get_config(self):
        return {**super().get_config(), "target_shape": list(self.target_shape)}
