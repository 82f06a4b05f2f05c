"""Losses that compare whole regions: directions of vectors, overlaps of masks."""

import math

from glassnet import config
from glassnet.engine.kernels.overlap import COSINE_SIMILARITY, TVERSKY
from glassnet.losses.loss import Loss, registry
from glassnet.losses.target import check_probabilities


class Overlap(Loss):
    """A loss over the axes `axis`, counted with the batch; None: over all of them, the batch's included."""

    arguments = ("axis",)
    operation = None

    @property
    def whole_batch(self):
        return self.axis is None

    def constants(self):
        """The constants of the operation."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define constants(). Do so.")

    def _region(self, shape):
        """The first and the last of the axes that the sums run over, counted without the batch."""
        axes = [self.axis] if isinstance(self.axis, int) else list(self.axis)
        rank = len(shape) + 1
        places = sorted(axis + rank if axis < 0 else axis for axis in axes)
        side_by_side = places and places == list(range(places[0], places[-1] + 1))
        if not side_by_side or places[0] < 1 or places[-1] >= rank:
            raise ValueError(
                f"Expected axes that lie side by side, without the batch's, of predictions with {rank} axes; or None "
                f"for all. Received: axis={self.axis!r}."
            )
        return places[0] - 1, places[-1]

    def values_shape(self, output_shape):
        if self.whole_batch:
            return ()
        first, last = self._region(output_shape)
        return (*output_shape[:first], *output_shape[last:])

    def parts(self, shape):
        if self.whole_batch:
            sizes = (1, math.prod(shape), 1, 1)
        else:
            first, last = self._region(shape)
            sizes = (math.prod(shape[:first]), math.prod(shape[first:last]), math.prod(shape[last:]), 0)
        return {"operation": self.operation, "sizes": sizes, "constants": self.constants()}


@registry.add()
class CosineSimilarity(Overlap):
    """Minus the cosine of the angle between y_true and y_pred along an axis: -1 for the same direction, 1 for opposite
    ones.

    Arguments:
        axis: Axis of the vectors' numbers.
        reduction, name, dtype: See `Loss`.

    >>> CosineSimilarity()([[0.0, 1.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 1.0]])
    np.float32(-0.5)
    """

    operation = COSINE_SIMILARITY

    def __init__(self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None):
        if axis is None:
            raise ValueError("Expected the axis of the vectors. Received: axis=None. Use axis=-1.")
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def constants(self):
        return (1 / config.epsilon(),)


class _Mask(Overlap):
    """A loss of masks, whose targets lie between 0 and 1."""

    operation = TVERSKY

    def check_target(self, y_true, output_shape):
        return check_probabilities(y_true, tuple(output_shape))


@registry.add()
class Dice(_Mask):
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + epsilon()).

    Arguments:
        axis: Axes of the sums, counted with the batch; None: one value for the whole batch.
        reduction, name, dtype: See `Loss`.

    Source: Milletari, Navab and Ahmadi (2016), without squares.

    >>> Dice()([[1.0, 1.0, 0.0, 0.0]], [[1.0, 0.0, 1.0, 0.0]])
    np.float32(0.5)
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def constants(self):
        return (0.5, 0.5, config.epsilon() / 2)


@registry.add()
class Tversky(_Mask):
    """1 - c / (c + alpha (sum(y_true) - c) + beta (sum(y_pred) - c) + epsilon()) with c = sum(y_true y_pred).

    Arguments:
        alpha: Weight of what was missed.
        beta: Weight of what was found wrongly.
        axis: Axes of the sums, counted with the batch; None: one value for the whole batch.
        reduction, name, dtype: See `Loss`.

    Source: Salehi, Erdogmus and Gholipour (2017), equation 3, with Keras's order of alpha and beta.

    >>> Tversky(alpha=0.0, beta=1.0)([[1.0, 1.0, 0.0, 0.0]], [[1.0, 0.0, 1.0, 0.0]])
    np.float32(0.5)
    """

    arguments = ("alpha", "beta", "axis")

    def __init__(self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", name="tversky", axis=None, dtype=None):
        super().__init__(name, reduction, dtype)
        self.alpha, self.beta, self.axis = alpha, beta, axis

    def constants(self):
        return (self.alpha, self.beta, config.epsilon())
