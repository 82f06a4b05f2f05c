"""Which steps of a sequence count, and which are padding.

A mask is a tensor (B, T) of 1 and 0 beside the data, in their tensor's `mask`. Layers that leave the steps where they are pass it
on (`Layer.passes_mask`), recurrent layers leave masked steps out, and the loss of masked steps does not count. Where a layer ends
the steps, the mask ends with them. As in Keras, metrics count all steps.
"""

from glassnet.engine.kernels.sequence import NOT_EQUAL, SCALE_STEPS
from glassnet.layers.layer import Layer, layers


@layers.add()
class Masking(Layer):
    """Leaves out the steps whose numbers all are `mask_value`: padding at the end of short sequences.

    Arguments:
        mask_value: The number that padding is made of.

    Inputs and outputs (B, T, I); padding becomes 0. Tensors: `name/mask` (B, T), `name/a`.

    >>> import numpy as np
    >>> Masking(-1.0)(np.array([[[1.0, 2.0], [-1.0, -1.0], [-1.0, 3.0]]])) + 0
    array([[[ 1.,  2.],
            [ 0.,  0.],
            [-1.,  3.]]], dtype=float32)
    """

    least_axes = 3

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = float(mask_value)

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(
                f"Masking '{self.name}' expected inputs of shape (batch, steps, features). Received: {tuple(input_shape)}."
            )
        super().build(input_shape)

    def plan(self, graph, x):
        mask = plan_mask(graph, x, self.mask_value, self.name)
        output = masked(graph, x, mask, f"{self.name}/a", self.name)
        output.mask = mask
        return output

    def get_config(self):
        return {**super().get_config(), "mask_value": self.mask_value}


def plan_mask(graph, x, value, layer):
    """The tensor `layer/mask` (B, T) of the steps where anything differs from a value, and the node that computes it."""
    steps, size = x.shape if len(x.shape) == 2 else (*x.shape, 1)
    mask = graph.tensor(f"{layer}/mask", (steps,))
    graph.add(NOT_EQUAL, inputs=(x,), outputs=(mask,), sizes=(steps, size), constants=(value,), layer=layer)
    return mask


def masked(graph, x, mask, name, layer):
    """The tensor x (B, T, I) with zeros at the steps that a mask (B, T) leaves out, and the node that computes it."""
    y = graph.tensor(name, x.shape)
    graph.add(SCALE_STEPS, inputs=(x, mask), outputs=(y,), sizes=x.shape, layer=layer)
    return y
