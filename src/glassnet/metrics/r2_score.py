"""How much of the targets' variance predictions explain."""

import math
import warnings

import numpy as np

from glassnet.engine.kernels.correlation import R2
from glassnet.metrics.metric import Metric, metrics

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


@metrics.add()
class R2Score(Metric):
    """The coefficient of determination: 1 - sum of (y_true - y_pred)**2 / sum of (y_true - mean of y_true)**2.

    1 is perfect, 0 is as good as always predicting the mean, and it can be less.

    Arguments:
        class_aggregation: How the scores of several outputs (the last axis) become one: `"uniform_average"`,
            `"variance_weighted_average"`, or None for one score each.
        num_regressors: With p > 0 regressors the adjusted score, 1 - (1 - R2) * (n - 1) / (n - p - 1) for n values.
        name: Its name.
        dtype: See `Metric`.

    Batches have the shape (B, O).

    >>> score = R2Score()
    >>> score.update_state([[1], [4], [3]], [[2], [4], [4]]); round(float(score.result()), 4)
    0.5714
    """

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None):
        super().__init__(dtype, name)
        if class_aggregation not in AGGREGATIONS:
            raise ValueError(f"Expected a class_aggregation of {AGGREGATIONS}. Received: {class_aggregation!r}.")
        if num_regressors < 0:
            raise ValueError(f"Expected num_regressors of at least 0. Received: num_regressors={num_regressors!r}.")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors

    def plan(self, graph, y_pred, target, weights=None, name=None):
        shape = self._check_same_shape(y_pred, target)
        if len(shape) != 1:
            raise ValueError(
                f"Metric {self.name!r} expected predictions of shape (batch, outputs). "
                f"Received: y_pred of shape {('batch', *y_pred.shape)}. Flatten the outputs."
            )
        O = math.prod(shape)
        sizes = (O, self._weight_rows(weights, shape))
        return [self._add_node(graph, R2, (y_pred, target, weights), 4 * O + 1, sizes=sizes)]

    def result_from(self, totals):
        true, squares, errors, count = totals[:-1].reshape(4, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares - true * (true / count)
            scores = 1 - errors / variance
        scores = np.where(np.isinf(scores), 0, scores)
        if self.class_aggregation is None:
            return self._adjusted(scores, totals[-1])
        weights = np.ones_like(variance) if self.class_aggregation == "uniform_average" else variance
        return self._adjusted(np.sum(scores * weights) / np.sum(weights), totals[-1])

    def _adjusted(self, score, n):
        p = self.num_regressors
        if p == 0:
            return score
        if p >= n - 1:
            warnings.warn(
                f"The adjusted R2 score needs more than {p + 1} values for {p} regressors, and there are {n:.0f}: "
                "the score is not adjusted.",
                stacklevel=3,
            )
            return score
        return 1 - (1 - score) * (n - 1) / (n - p - 1)

    def get_config(self):
        config = {"class_aggregation": self.class_aggregation, "num_regressors": self.num_regressors}
        return {**super().get_config(), **config}
