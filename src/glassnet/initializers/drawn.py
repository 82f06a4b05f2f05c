"""Initializers that draw from a distribution given by its parameters."""

import math
from numbers import Real

import numpy as np

from glassnet.initializers.initializer import Initializer, initializers, standard
from glassnet.random import draw_seed


def non_negative(name, value):
    """`value`, if it is a finite number of at least 0."""
    if not isinstance(value, Real) or not 0 <= value < math.inf:
        raise ValueError(f"Expected `{name}` to be a finite number that is not negative. Received: {name}={value!r}.")
    return value


def truncated_standard_normal(rng, shape):
    """Draws from the standard normal distribution, again and again until all values lie within -2 .. 2."""
    values = np.asarray(rng.standard_normal(shape))
    outside = np.abs(values) > 2.0
    while outside.any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
        outside = np.abs(values) > 2.0
    return values


class RandomInitializer(Initializer):
    """The base of the initializers that draw. Each call gives the same values again for the same shape.

    They are drawn in float64 and then rounded, so that both precisions start from the same network.

    Arguments:
        seed: A non-negative integer, or None to draw one now, after `set_random_seed`.
    """

    def __init__(self, seed=None):
        if seed is not None and not (isinstance(seed, int | np.integer) and seed >= 0):
            raise ValueError(f"Expected `seed` to be a non-negative integer or None. Received: seed={seed!r}.")
        # The configuration holds the seed that was given: a layer built again from it starts from other values.
        self._given_seed = seed if seed is None else int(seed)
        self.seed = draw_seed(seed)

    def __call__(self, shape, dtype=None):
        shape, dtype = standard(shape, dtype)
        if not np.issubdtype(dtype, np.floating):
            raise ValueError(f"Expected a floating-point dtype for {type(self).__name__}. Received: dtype={dtype}.")
        return np.asarray(self._draw(np.random.default_rng(self.seed), shape), dtype)

    def _draw(self, rng, shape):
        """A float64 array of this shape from the generator `rng`."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define _draw(self, rng, shape). Do so.")

    def get_config(self):
        return {"seed": self._given_seed}


@initializers.add("normal")
class RandomNormal(RandomInitializer):
    """The normal distribution.

    Arguments:
        mean: Its mean.
        stddev: Its standard deviation.
        seed: A non-negative integer, or None to draw one.

    >>> RandomNormal(mean=5.0, stddev=0.001, seed=1)((2,)).round(1)
    array([5., 5.], dtype=float32)
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = non_negative("stddev", stddev)
        super().__init__(seed)

    def _draw(self, rng, shape):
        return self.mean + self.stddev * rng.standard_normal(shape)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


@initializers.add("uniform")
class RandomUniform(RandomInitializer):
    """The uniform distribution between two bounds.

    Arguments:
        minval: Lower bound.
        maxval: Upper bound.
        seed: A non-negative integer, or None to draw one.

    >>> RandomUniform(2.0, 3.0, seed=1)((2,)).astype(int)
    array([2, 2])
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        if not minval <= maxval:
            raise ValueError(f"Expected minval <= maxval. Received: minval={minval!r}, maxval={maxval!r}.")
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def _draw(self, rng, shape):
        return rng.uniform(self.minval, self.maxval, shape)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


@initializers.add()
class TruncatedNormal(RandomInitializer):
    """The normal distribution without its tails: values more than two standard deviations off are drawn again.

    Arguments:
        mean: Mean.
        stddev: Standard deviation before the tails are cut off; what remains has 0.88 times as much.
        seed: A non-negative integer, or None to draw one.

    >>> bool(np.abs(TruncatedNormal(stddev=1.0, seed=1)((1000,))).max() <= 2.0)
    True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = non_negative("stddev", stddev)
        super().__init__(seed)

    def _draw(self, rng, shape):
        return self.mean + self.stddev * truncated_standard_normal(rng, shape)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


@initializers.add("OrthogonalInitializer")
class Orthogonal(RandomInitializer):
    """A matrix with orthonormal columns, or rows where there are fewer of these, times `gain`
    (Saxe et al. 2014, arXiv:1312.6120).

    A shape of more than two dimensions is filled as the matrix (product of all sizes but the last, last size).

    Arguments:
        gain: Length of the columns or rows.
        seed: A non-negative integer, or None to draw one.

    >>> q = Orthogonal(seed=1)((3, 2), dtype="float64")
    >>> bool(np.allclose(q.T @ q, np.eye(2)))
    True
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        super().__init__(seed)

    def _draw(self, rng, shape):
        if len(shape) < 2:
            raise ValueError(f"Expected a shape of at least 2 dimensions for Orthogonal. Received: shape={shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        # QR is unique only up to signs; with a positive diagonal of r, q is uniform over all such matrices.
        q *= np.copysign(1.0, np.diagonal(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)

    def get_config(self):
        return {"gain": self.gain, **super().get_config()}
