"""Initializers that draw with a variance fitted to the size of the kernel."""

import math
from numbers import Real

from glassnet.initializers.drawn import RandomInitializer, truncated_standard_normal
from glassnet.initializers.initializer import initializers

# The standard deviation of the standard normal distribution without what lies outside -2 .. 2.
TRUNCATED_STDDEV = 0.8796256610342398


def compute_fans(shape, input_axes=None, output_axes=None):
    """How many inputs feed one output of a kernel (fan-in) and how many outputs one input feeds (fan-out).

    Arguments:
        shape: Dense kernel (I, O), convolution kernel (..., K, K, C, O), or vector (units,).
        input_axes, output_axes: Which axes count the inputs and the outputs, where the shape does not tell.

    Returns:
        Two integers.

    >>> compute_fans((784, 16)), compute_fans((5, 5, 8, 16))
    ((784, 16), (200, 400))
    """
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[axis] for axis in input_axes), math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


@initializers.add()
class VarianceScaling(RandomInitializer):
    """Draws with the variance `scale / fan`, so that signals neither grow nor shrink from layer to layer.

    Arguments:
        scale: A positive number.
        mode: What the fan is: `"fan_in"`, `"fan_out"` or their mean, `"fan_avg"`.
        distribution: `"truncated_normal"` (or `"normal"`: cut off at two standard deviations, made wider so that the
            variance is kept), `"untruncated_normal"` or `"uniform"`.
        seed: A non-negative integer, or None to draw one.
        input_axes, output_axes: Which axes count the inputs and the outputs; see `compute_fans`.

    >>> kernel = VarianceScaling(scale=2.0, seed=1)((100, 500))
    >>> round(float(kernel.var()), 3)
    0.02
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if not isinstance(scale, Real) or not 0 < scale < math.inf:
            raise ValueError(f"Expected `scale` to be a positive number. Received: scale={scale!r}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Expected `mode` to be 'fan_in', 'fan_out' or 'fan_avg'. Received: mode={mode!r}.")
        distribution = str(distribution).lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                "Expected `distribution` to be 'uniform', 'truncated_normal' or 'untruncated_normal'. "
                f"Received: distribution={distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def _draw(self, rng, shape):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            limit = math.sqrt(3.0) * stddev
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return stddev * rng.standard_normal(shape)
        return stddev / TRUNCATED_STDDEV * truncated_standard_normal(rng, shape)

    def get_config(self):
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
            **super().get_config(),
        }


class _NamedScaling(VarianceScaling):
    """A variance scaling whose scale, mode and distribution, its `recipe`, are known under a name."""

    recipe = ()

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.recipe, seed, input_axes, output_axes)

    def get_config(self):
        return {"input_axes": self.input_axes, "output_axes": self.output_axes, "seed": self._given_seed}


@initializers.add()
class GlorotNormal(_NamedScaling):
    """Truncated normal with variance 2 / (fan_in + fan_out): for tanh and sigmoid layers
    (Glorot and Bengio 2010, section 4.2).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(GlorotNormal(seed=1)((300, 100)).var()), 3)
    0.005
    """

    recipe = (1.0, "fan_avg", "truncated_normal")


@initializers.add()
class GlorotUniform(_NamedScaling):
    """Uniform between -limit and limit, limit = sqrt(6 / (fan_in + fan_out)): the default of dense layers
    (Glorot and Bengio 2010, eq. 16).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(GlorotUniform(seed=1)((300, 100)).max()), 3)
    0.122
    """

    recipe = (1.0, "fan_avg", "uniform")


@initializers.add()
class HeNormal(_NamedScaling):
    """Truncated normal with variance 2 / fan_in: for ReLU layers (He et al. 2015, arXiv:1502.01852, eq. 10).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(HeNormal(seed=1)((200, 300)).var()), 3)
    0.01
    """

    recipe = (2.0, "fan_in", "truncated_normal")


@initializers.add()
class HeUniform(_NamedScaling):
    """Uniform between -limit and limit, limit = sqrt(6 / fan_in): for ReLU layers
    (He et al. 2015, arXiv:1502.01852, eq. 10).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(HeUniform(seed=1)((600, 100)).max()), 3)
    0.1
    """

    recipe = (2.0, "fan_in", "uniform")


@initializers.add()
class LecunNormal(_NamedScaling):
    """Truncated normal with variance 1 / fan_in: for SELU layers (LeCun et al. 1998, Efficient BackProp, eq. 16).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(LecunNormal(seed=1)((100, 300)).var()), 3)
    0.01
    """

    recipe = (1.0, "fan_in", "truncated_normal")


@initializers.add()
class LecunUniform(_NamedScaling):
    """Uniform between -limit and limit, limit = sqrt(3 / fan_in) (LeCun et al. 1998, Efficient BackProp, eq. 16).

    Arguments: `seed`, `input_axes` and `output_axes` as for `VarianceScaling`.

    >>> round(float(LecunUniform(seed=1)((300, 100)).max()), 3)
    0.1
    """

    recipe = (1.0, "fan_in", "uniform")
