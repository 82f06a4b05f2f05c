"""Metrics that count right and wrong yes-or-no decisions at one or more thresholds."""

import math

import numpy as np

from glassnet.engine.kernels.threshold import ANY, EVEN, EVEN_WIDENED, NOT_IN_TOP_K, THRESHOLD_COUNTS
from glassnet.metrics.metric import Metric, metrics, ratio


class Thresholds(Metric):
    """The base of metrics that count decisions: a prediction above a threshold is a yes, a target of 0 asks for a no.

    Totals: weights of positives and of negatives by how many thresholds their prediction exceeds, (2, T + 1, L).

    Arguments:
        name: See `Metric`.
        dtype: See `Metric`.
        thresholds: T numbers.
        top_k: Predictions that count in each row, the largest; None for all.
        class_id: The one class, of the last axis, that counts; None for all.
    """

    label_weights = None
    from_logits = False

    def __init__(self, name, dtype, thresholds, top_k=None, class_id=None, labels=1):
        super().__init__(dtype, name)
        self.thresholds = list(thresholds)
        self.top_k, self.class_id = top_k, class_id
        if labels is not None:
            self.build(2 * (len(self.thresholds) + 1) * labels)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        shape = self._check_same_shape(y_pred, target) or (1,)
        C, T, labels = shape[-1], len(self.thresholds), self._labels(y_pred.shape)
        if self.class_id is not None and not 0 <= self.class_id < C:
            raise ValueError(
                f"Metric {self.name!r} expected predictions of more than class_id={self.class_id} classes. "
                f"Received: y_pred of {C}. Choose class_id between 0 and {C - 1}."
            )
        weight_rows = self._weight_rows(weights, shape)
        sizes = (
            *(math.prod(shape[:-1]), C, weight_rows, T, _spacing(self.thresholds), self.top_k or 0),
            *(-1 if self.class_id is None else self.class_id, labels, int(self.from_logits)),
        )
        label_weights = [1.0] * C if self.label_weights is None else self.label_weights
        if len(label_weights) != C:
            raise ValueError(
                f"Metric {self.name!r} expected predictions of {len(label_weights)} labels, as many as label_weights. "
                f"Received: y_pred of {C}."
            )
        constants = (*self.thresholds, *label_weights)
        inputs = (y_pred, target, weights)
        return [self._add_node(graph, THRESHOLD_COUNTS, inputs, 2 * (T + 1) * labels, sizes=sizes, constants=constants)]

    def _labels(self, shape):
        """How many labels are counted apart."""
        return 1

    def _counts(self, totals):
        """True positives, false positives, true negatives, false negatives: (T,) each, (T, L) for several labels."""
        T = len(self.thresholds)
        positives, negatives = totals.reshape(2, T + 1, -1)
        # The threshold with i smaller ones is exceeded where more than i are; the totals do not depend on their order.
        rank = np.argsort(np.argsort(self.thresholds, kind="stable"), kind="stable")
        shape = (T,) if positives.shape[1] == 1 else (T, positives.shape[1])
        above = [np.cumsum(weights[::-1], axis=0)[::-1][1:][rank] for weights in (positives, negatives)]
        below = [np.cumsum(weights, axis=0)[:-1][rank] for weights in (positives, negatives)]
        return tuple(counts.reshape(shape) for counts in (*above, *below[::-1]))


def _spacing(thresholds):
    """Whether thresholds are evenly spaced from 0 to 1, so that the number below a prediction can be calculated."""
    T = len(thresholds)
    if T < 3 or not np.allclose(thresholds, np.arange(T, dtype=np.float32) / (T - 1), atol=1e-7):
        return ANY
    return EVEN_WIDENED if thresholds[0] < 0 or thresholds[-1] > 1 else EVEN


def _as_list(thresholds, default):
    """The thresholds that an argument gives: a number, a list, or None for `default`."""
    if thresholds is None:
        return [default]
    given = list(np.atleast_1d(np.asarray(thresholds, object)))
    if any(t is None or not 0 <= t <= 1 for t in given):
        raise ValueError(f"Expected thresholds between 0 and 1. Received: thresholds={thresholds!r}.")
    return given


class _Count(Thresholds):
    """What the four counts share."""

    counted = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name, dtype, _as_list(thresholds, 0.5))
        self.given_thresholds = thresholds

    def result_from(self, totals):
        counts = self._counts(totals)[self.counted]
        return counts[0] if len(counts) == 1 else counts

    def get_config(self):
        return {**super().get_config(), "thresholds": self.given_thresholds}


@metrics.add()
class TruePositives(_Count):
    """The summed weights of the predictions that are rightly above the threshold.

    Arguments:
        thresholds: A number or list of them between 0 and 1; None for 0.5.
        name: Its name.
        dtype: See `Metric`.

    >>> count = TruePositives()
    >>> count.update_state([0, 1, 1, 1], [0.4, 0.9, 0.2, 0.7]); float(count.result())
    2.0
    """

    counted = 0


@metrics.add()
class FalsePositives(_Count):
    """The summed weights of the predictions wrongly above the threshold; arguments as for `TruePositives`."""

    counted = 1


@metrics.add()
class TrueNegatives(_Count):
    """The summed weights of the predictions rightly not above the threshold; arguments as for `TruePositives`."""

    counted = 2


@metrics.add()
class FalseNegatives(_Count):
    """The summed weights of the predictions wrongly not above the threshold; arguments as for `TruePositives`."""

    counted = 3


class _Share(Thresholds):
    """What precision and recall share."""

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        default = 0.5 if top_k is None else NOT_IN_TOP_K
        super().__init__(name, dtype, _as_list(thresholds, default), top_k, class_id)
        self.given_thresholds = thresholds

    def get_config(self):
        config = {"thresholds": self.given_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **config}


@metrics.add()
class Precision(_Share):
    """How many of the predictions above the threshold are right: true positives / (true positives + false positives).

    Arguments:
        thresholds: A number or list of them between 0 and 1, each with a result of its own; None for 0.5, or, with
            `top_k`, for none at all.
        top_k: Only the k largest predictions of each row count as above; None for all.
        class_id: The one class of the last axis that counts; None for all.
        name: Its name.
        dtype: See `Metric`.

    >>> precision = Precision()
    >>> precision.update_state([0, 1, 1, 1], [1, 0, 1, 1]); round(float(precision.result()), 4)
    0.6667
    """

    def result_from(self, totals):
        tp, fp, _, _ = self._counts(totals)
        precision = ratio(tp, tp + fp)
        return precision[0] if len(precision) == 1 else precision


@metrics.add()
class Recall(_Share):
    """How many of the positives are found: true positives / (true positives + false negatives).

    Arguments: as for `Precision`.

    >>> recall = Recall()
    >>> recall.update_state([0, 1, 1, 1], [1, 0, 1, 1]); round(float(recall.result()), 4)
    0.6667
    """

    def result_from(self, totals):
        tp, _, _, fn = self._counts(totals)
        recall = ratio(tp, tp + fn)
        return recall[0] if len(recall) == 1 else recall
