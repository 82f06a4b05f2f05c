"""Losses that ask for a margin between classes."""

import math

from glassnet.engine.kernels import loss as kernels
from glassnet.engine.kernels.crossentropy import CATEGORICAL_HINGE
from glassnet.losses.loss import Loss, registry
from glassnet.losses.regression import Pointwise
from glassnet.losses.target import check_distributions, check_signs


@registry.add()
class Hinge(Pointwise):
    """Mean over the last axis of max(1 - y_true * y_pred, 0), for targets -1 and 1; where all are 0 or 1, 0 counts as
    -1.

    >>> Hinge()([[-1.0], [1.0]], [[0.5], [3.0]])
    np.float32(0.75)
    """

    operation = kernels.HINGE

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(name, reduction, dtype)

    def check_target(self, y_true, output_shape):
        return check_signs(y_true, tuple(output_shape))


@registry.add()
class SquaredHinge(Pointwise):
    """Mean over the last axis of max(1 - y_true * y_pred, 0)**2, for targets as of `Hinge`.

    >>> SquaredHinge()([[-1.0], [1.0]], [[0.5], [3.0]])
    np.float32(1.125)
    """

    operation = kernels.SQUARED_HINGE

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(name, reduction, dtype)

    def check_target(self, y_true, output_shape):
        return check_signs(y_true, tuple(output_shape))


@registry.add()
class CategoricalHinge(Loss):
    """max(1 + the largest prediction of a wrong class - that of the true class, 0), for one-hot targets.

    >>> CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.5, 1.0, 0.25]])
    np.float32(0.5)
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(name, reduction, dtype)

    def parts(self, shape):
        return {"operation": CATEGORICAL_HINGE, "sizes": (math.prod(shape[:-1]), shape[-1])}

    def check_target(self, y_true, output_shape):
        return check_distributions(y_true, tuple(output_shape))
