"""Correlations of targets and predictions within each example."""

import math

from glassnet.engine.kernels.correlation import CONCORDANCE, PEARSON
from glassnet.metrics.metric import metrics
from glassnet.metrics.reduction import MeanOfTargets


class _Correlation(MeanOfTargets):
    """The mean over the examples of a correlation along the last axis."""

    correlation = None

    def __init__(self, name, dtype, axis):
        super().__init__(name, dtype)
        if axis != -1:
            raise ValueError(f"Expected the last axis, axis=-1. Received: axis={axis!r}. Move the axis to the end.")
        self.axis = axis

    def plan(self, graph, y_pred, target, weights=None, name=None):
        shape = self._check_same_shape(y_pred, target) or (1,)
        values = graph.tensor(f"{name or self.name}/values", shape[:-1])
        sizes = math.prod(shape[:-1]), shape[-1]
        inputs = (y_pred, target)
        node = graph.add(self.correlation, inputs=inputs, outputs=(values,), sizes=sizes, phase="metric", layer=self.name)
        return [node, self._reduce(graph, values, weights)]

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


@metrics.add()
class PearsonCorrelation(_Correlation):
    """The mean of covariance / (deviation of targets * deviation of predictions) of each example; between -1 and 1.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        axis: Axis of an example's numbers; only the last (-1) is known.

    >>> metric = PearsonCorrelation()
    >>> metric.update_state([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]])
    >>> round(float(metric.result()), 4)
    0.9967
    """

    correlation = PEARSON

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(name, dtype, axis)


@metrics.add()
class ConcordanceCorrelation(_Correlation):
    """The mean of 2 * covariance / (both variances + (difference of means)**2) of each example: 1 where they are equal.

    Arguments: as for `PearsonCorrelation`.

    >>> metric = ConcordanceCorrelation()
    >>> metric.update_state([[0, 1, 0.5], [1, 1, 0.2]], [[0.1, 0.9, 0.5], [1, 0.9, 0.2]])
    >>> round(float(metric.result()), 4)
    0.9816
    """

    correlation = CONCORDANCE

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(name, dtype, axis)


def pearson_correlation(y_true, y_pred, axis=-1):
    """Pearson's correlation of each row: (...,) for targets and predictions (..., N)."""
    return PearsonCorrelation(axis=axis).values(y_true, y_pred)


def concordance_correlation(y_true, y_pred, axis=-1):
    """The concordance correlation of each row: (...,) for targets and predictions (..., N)."""
    return ConcordanceCorrelation(axis=axis).values(y_true, y_pred)
