"""Layers that leave out or multiply neurons at random, in training only."""

import math

from glassnet.engine.kernels.dropout import ALPHA_DROPOUT, DROPOUT, GAUSSIAN_DROPOUT
from glassnet.layers.layer import Layer, layers
from glassnet.random import draw_seed


class _Masked(Layer):
    """A layer that multiplies its inputs by a random mask, whose `operation` has `constants()`."""

    operation = DROPOUT
    passes_mask = each_step_alone = True

    def __init__(self, rate, *, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"{type(self).__name__} '{self.name}' expected a rate from 0 to below 1. Received: {rate!r}.")
        self.rate = rate
        self.seed = draw_seed(seed)

    def constants(self):
        return (self.rate,)

    def mask_shape(self, shape):
        """Shape of the mask for inputs of `shape`, both without the batch axis."""
        return shape

    def plan(self, graph, x):
        a, mask = graph.tensor(f"{self.name}/a", x.shape), graph.tensor(f"{self.name}/mask", self.mask_shape(x.shape))
        size = math.prod(mask.shape)
        graph.add(
            self.operation,
            inputs=(x,),
            outputs=(a, mask),
            sizes=(math.prod(x.shape) // size, size),
            constants=self.constants(),
            seed=self.seed % 2**63,
            layer=self.name,
        )
        return a

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@layers.add()
class Dropout(_Masked):
    """Sets a share `rate` of its inputs to 0 at random while training, and scales up the rest so that the sum is kept.

    Arguments:
        rate: Share of inputs left out, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Tensors: `name/mask` (0 or 1 / (1 - rate)), `name/a`. Source: Srivastava et al., "Dropout" (2014).

    >>> import numpy as np
    >>> sorted(set(Dropout(0.5, seed=1)(np.ones((1, 100)), training=True).ravel().tolist()))
    [0.0, 2.0]
    """


class _SpatialDropout(_Masked):
    each_step_alone = False

    def build(self, input_shape):
        if len(input_shape) != self.least_axes:
            places = ", ".join(("steps",) if self.least_axes == 3 else ("height", "width"))
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs of shape (batch, {places}, channels). "
                f"Received: shape {tuple(input_shape)}."
            )
        super().build(input_shape)

    def mask_shape(self, shape):
        return (*[1] * (len(shape) - 1), shape[-1])


@layers.add()
class SpatialDropout1D(_SpatialDropout):
    """Sets whole channels of a sequence to 0 at random while training: neighbouring steps know too much of each other.

    Arguments:
        rate: Share of channels left out, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Inputs and outputs (B, T, C). Tensors: `name/mask` (B, 1, C), `name/a`. Source: Tompson et al., "Efficient Object
    Localization Using Convolutional Networks" (2015).

    >>> import numpy as np
    >>> SpatialDropout1D(0.5, seed=7)(np.ones((1, 2, 3)), training=True)
    array([[[2., 2., 0.],
            [2., 2., 0.]]], dtype=float32)
    """

    least_axes = 3


@layers.add()
class SpatialDropout2D(_SpatialDropout):
    """Sets whole channels of an image to 0 at random while training: neighbouring pixels know too much of each other.

    Arguments:
        rate: Share of channels left out, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Inputs and outputs (B, H, W, C). Tensors: `name/mask` (B, 1, 1, C), `name/a`. Source: as for `SpatialDropout1D`.

    >>> import numpy as np
    >>> SpatialDropout2D(0.5, seed=7)(np.ones((1, 1, 2, 3)), training=True)
    array([[[[2., 2., 0.],
             [2., 2., 0.]]]], dtype=float32)
    """

    least_axes = 4


@layers.add()
class GaussianDropout(_Masked):
    """Multiplies its inputs by noise of mean 1 and standard deviation sqrt(rate / (1 - rate)) while training.

    Arguments:
        rate: As of the Dropout with as much noise, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Tensors: `name/mask`, `name/a`. Source: Srivastava et al., "Dropout" (2014), section 10.

    >>> import numpy as np
    >>> noisy = GaussianDropout(0.5, seed=1)(np.ones((1, 10_000)), training=True)
    >>> bool(abs(noisy.mean() - 1) < 0.03), bool(abs(noisy.std() - 1) < 0.03)
    (True, True)
    """

    operation = GAUSSIAN_DROPOUT

    def constants(self):
        return (math.sqrt(self.rate / (1 - self.rate)),)


LOWEST = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717
"""What SELU tends to for z far below 0: minus its scale times its alpha (Klambauer et al. 2017)."""


@layers.add()
class AlphaDropout(_Masked):
    """Dropout for SELU networks: numbers left out take SELU's lowest value, and mean and variance stay 0 and 1.

    Arguments:
        rate: Share of inputs left out, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Tensors: `name/mask`, `name/a`. Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017).

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(1, 100_000))
    >>> a = AlphaDropout(0.3, seed=1)(x, training=True)
    >>> bool(abs(a.mean()) < 0.02), bool(abs(a.std() - 1) < 0.02)
    (True, True)
    """

    operation = ALPHA_DROPOUT

    def constants(self):
        return (self.rate, LOWEST)
