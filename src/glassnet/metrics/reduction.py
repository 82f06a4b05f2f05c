"""Weighted means and sums of values, which most metrics are."""

import math

import numpy as np

from glassnet.engine.kernels.running import RUNNING_MEAN, RUNNING_SUM
from glassnet.metrics.metric import Metric, metrics, ratio


class Reduction(Metric):
    """A metric of values by themselves, without targets. Totals: weighted sum of the values, sum of the weights."""

    operation = None

    def __init__(self, name=None, dtype=None):
        super().__init__(dtype, name)
        self.build(2)

    def plan(self, graph, y_pred, target=None, weights=None, name=None):
        """Adds the operation that sums up the values `y_pred`; see `Metric.plan`."""
        return [self._reduce(graph, y_pred, weights)]

    def _reduce(self, graph, values, weights):
        sizes = math.prod(values.shape), self._weight_rows(weights, values.shape)
        return self._add_node(graph, self.operation, (values, weights), 2, sizes=sizes)

    def update_state(self, values, sample_weight=None):
        """Adds values (B, ...) with weights (B,), or of as many first axes as the weights have."""
        values = np.atleast_1d(values)
        self._run(np.zeros(len(values)), values, sample_weight)


@metrics.add()
class Mean(Reduction):
    """The weighted mean of values: sum of weight * value / sum of weights.

    Arguments:
        name: Its name.
        dtype: See `Metric`.

    >>> mean = Mean()
    >>> mean.update_state([1, 3, 5, 7]); float(mean.result())
    4.0
    >>> mean.reset_state()
    >>> mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0]); float(mean.result())
    2.0
    """

    operation = RUNNING_MEAN

    def __init__(self, name="mean", dtype=None):
        super().__init__(name, dtype)

    def result_from(self, totals):
        return ratio(totals[0], totals[1])

    def _scalar_weight(self, weight, B):
        """A number as weight counts for the whole batch, as in Keras, not for each example."""
        return np.full(B, weight / B)


@metrics.add()
class Sum(Reduction):
    """The weighted sum of values.

    >>> total = Sum()
    >>> total.update_state([1, 3, 5, 7]); float(total.result())
    16.0
    """

    operation = RUNNING_SUM

    def __init__(self, name="sum", dtype=None):
        super().__init__(name, dtype)

    def result_from(self, totals):
        return totals[0]


class MeanOfTargets(Mean):
    """The weighted mean of values that predictions and targets give, one or more for each example."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        Metric.update_state(self, y_true, y_pred, sample_weight)

    def values(self, y_true, y_pred):
        """The values of a batch, before their mean is taken: (B, ...)."""
        program, B = self._run(y_true, y_pred, None)
        return program.acts[f"{self.name}/values"][:B].copy()
