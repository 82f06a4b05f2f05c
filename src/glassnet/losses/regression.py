"""Losses for predicted numbers."""

import math

from glassnet import config
from glassnet.engine.kernels import loss as kernels
from glassnet.losses.loss import Loss, registry


class Pointwise(Loss):
    """A loss that compares each number of a prediction with its target."""

    operation = None

    def constants(self):
        """The constants of the operation."""
        return ()

    def parts(self, shape):
        rows, size = math.prod(shape[:-1]), shape[-1]
        return {
            "operation": self.operation,
            "sizes": (rows, size),
            "constants": self.constants(),
            "scratch": rows * size,
        }


@registry.add("mse", "MSE")
class MeanSquaredError(Pointwise):
    """Mean over the last axis of (y_pred - y_true)**2.

    >>> MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
    np.float32(0.5)
    """

    operation = kernels.MEAN_SQUARED_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(name, reduction, dtype)


@registry.add("mae", "MAE")
class MeanAbsoluteError(Pointwise):
    """Mean over the last axis of |y_pred - y_true|. Its derivative where they are equal is taken as 0.

    >>> MeanAbsoluteError()([[0.0, 1.0], [0.0, 0.0]], [[3.0, 1.0], [1.0, 0.0]])
    np.float32(1.0)
    """

    operation = kernels.MEAN_ABSOLUTE_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(name, reduction, dtype)


@registry.add("mape", "MAPE")
class MeanAbsolutePercentageError(Pointwise):
    """Mean over the last axis of 100 |y_pred - y_true| / |y_true|, where |y_true| counts as at least epsilon().

    >>> MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]])
    np.float32(25.0)
    """

    operation = kernels.MEAN_ABSOLUTE_PERCENTAGE_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None):
        super().__init__(name, reduction, dtype)

    def constants(self):
        return (config.epsilon(),)


@registry.add("msle", "MSLE")
class MeanSquaredLogarithmicError(Pointwise):
    """Mean over the last axis of (log(y_pred + 1) - log(y_true + 1))**2, where both count as at least epsilon().

    >>> MeanSquaredLogarithmicError()([[3.0, 4.0]], [[3.0, 4.0]])
    np.float32(0.0)
    """

    operation = kernels.MEAN_SQUARED_LOGARITHMIC_ERROR

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(name, reduction, dtype)

    def constants(self):
        return (config.epsilon(),)


@registry.add()
class SumOfSquares(Pointwise):
    """Half of the sum over the last axis of (y_pred - y_true)**2: the textbooks' squared error.

    Its derivative by a prediction is simply y_pred - y_true. (Keras has no such loss: see `MeanSquaredError`.)

    Source: Rumelhart, Hinton and Williams (1986), equation 3.

    >>> SumOfSquares()([[0.0, 1.0]], [[2.0, 0.0]])
    np.float32(2.5)
    """

    operation = kernels.SUM_OF_SQUARES

    def __init__(self, reduction="sum_over_batch_size", name="sum_of_squares", dtype=None):
        super().__init__(name, reduction, dtype)


@registry.add()
class Huber(Pointwise):
    """Mean over the last axis of e**2 / 2 where e = |y_pred - y_true| <= delta, else delta e - delta**2 / 2.

    Arguments:
        delta: Where the parabola becomes a straight line; more than 0.
        reduction, name, dtype: See `Loss`.

    Source: Huber (1964).

    >>> Huber()([[0.0, 0.0]], [[0.5, 3.0]])
    np.float32(1.3125)
    """

    operation = kernels.HUBER
    arguments = ("delta",)

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        if delta <= 0:
            raise ValueError(f"Expected delta > 0. Received: {delta!r}.")
        super().__init__(name, reduction, dtype)
        self.delta = delta

    def constants(self):
        return (self.delta,)


@registry.add("logcosh")
class LogCosh(Pointwise):
    """Mean over the last axis of log(cosh(y_pred - y_true)): nearly e**2 / 2 for small errors, |e| - log 2 for large
    ones.

    >>> LogCosh()([[0.0, 0.0]], [[0.0, 0.0]])
    np.float32(0.0)
    """

    operation = kernels.LOG_COSH

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(name, reduction, dtype)


@registry.add()
class Poisson(Pointwise):
    """Mean over the last axis of y_pred - y_true log(y_pred + epsilon()), for targets that count events. y_pred must
    not be negative.

    >>> Poisson()([[0.0, 0.0]], [[1.0, 2.0]])
    np.float32(1.5)
    """

    operation = kernels.POISSON

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(name, reduction, dtype)

    def constants(self):
        return (config.epsilon(),)


@registry.add("kld", "KLD", "kullback_leibler_divergence")
class KLDivergence(Pointwise):
    """Sum over the last axis of y_true log(y_true / y_pred), both between epsilon() and 1.

    Source: Kullback and Leibler (1951).

    >>> KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]])
    np.float32(0.0)
    """

    operation = kernels.KL_DIVERGENCE

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(name, reduction, dtype)

    def constants(self):
        return (config.epsilon(),)
