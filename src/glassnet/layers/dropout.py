"""Layers that leave out or multiply neurons at random, in training only."""

import math

from glassnet.engine.kernels.dropout import ALPHA_DROPOUT, DROPOUT, GAUSSIAN_DROPOUT
from glassnet.engine.kernels.merge import MULTIPLICATION
from glassnet.engine.kernels.sequence import DROPOUT_MASK
from glassnet.layers.layer import Layer, layers
from glassnet.layers.merge import number_by_number
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
        noise_shape: Shape of the mask, with the batch axis, where inputs are left out together: 1 for an axis along which all
            share it, None for the input's own; the batch's is None. None where each is left out by itself.
        seed: Of its random numbers; drawn where none is given.

    Tensors: `name/mask` (0 or 1 / (1 - rate)), `name/a`. Source: Srivastava et al., "Dropout" (2014).

    >>> import numpy as np
    >>> sorted(set(Dropout(0.5, seed=1)(np.ones((1, 100)), training=True).ravel().tolist()))
    [0.0, 2.0]
    >>> steps = Dropout(0.5, noise_shape=(None, None, 1), seed=3)(np.ones((1, 4, 2)), training=True)
    >>> bool((steps[..., 0] == steps[..., 1]).all())  # both numbers of a step are left out together
    True
    """

    def __init__(self, rate, noise_shape=None, *, seed=None, **kwargs):
        super().__init__(rate, seed=seed, **kwargs)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.each_step_alone = noise_shape is None

    def build(self, input_shape):
        noise, shape = self.noise_shape, tuple(input_shape)
        if noise is not None and (
            len(noise) != len(shape)
            or noise[0] is not None
            or any(n not in (None, 1, size) for n, size in zip(noise[1:], shape[1:], strict=True))
        ):
            raise ValueError(
                f"Dropout '{self.name}' expected a noise_shape with None for the batch, and 1, None or its size for each "
                f"axis of the inputs. Received: noise_shape={noise} for inputs of shape {shape}."
            )
        super().build(input_shape)

    def plan(self, graph, x):
        if self.noise_shape is None:
            return super().plan(graph, x)
        a = graph.tensor(f"{self.name}/a", x.shape)
        mask = graph.tensor(f"{self.name}/mask", tuple(n or size for n, size in zip(self.noise_shape[1:], x.shape, strict=True)))
        seed, size = self.seed % 2**63, math.prod(mask.shape)
        graph.add(DROPOUT_MASK, outputs=(mask,), sizes=(size,), constants=self.constants(), seed=seed, layer=self.name)
        number_by_number(graph, MULTIPLICATION, x, mask, a, self.name)
        return a

    def get_config(self):
        noise = {} if self.noise_shape is None else {"noise_shape": list(self.noise_shape)}
        return {**super().get_config(), **noise}


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
