"""The best of one quality among the thresholds at which another one is good enough."""

import numpy as np

from glassnet.metrics.metric import metrics, ratio
from glassnet.metrics.threshold import Thresholds


class _OperatingPoint(Thresholds):
    """The largest quality among the thresholds where the other one, the `wanted`, reaches a value."""

    wanted = None  # its name, which is that of the argument

    def __init__(self, value, num_thresholds, class_id, name, dtype):
        if not 0 <= value <= 1:
            raise ValueError(f"Expected {self.wanted} between 0 and 1. Received: {self.wanted}={value!r}.")
        if num_thresholds < 1:
            raise ValueError(f"Expected at least one threshold. Received: num_thresholds={num_thresholds!r}.")
        self.value, self.num_thresholds = value, num_thresholds
        thresholds = [0.5] if num_thresholds == 1 else [i / (num_thresholds - 1) for i in range(num_thresholds)]
        super().__init__(name, dtype, thresholds, class_id=class_id)

    def _best(self, sought, constrained):
        return np.max(np.where(constrained >= self.value, sought, 0), initial=0)

    def get_config(self):
        config = {"class_id": self.class_id, "num_thresholds": self.num_thresholds, self.wanted: self.value}
        return {**super().get_config(), **config}


@metrics.add()
class SensitivityAtSpecificity(_OperatingPoint):
    """The largest sensitivity (recall) among the thresholds where specificity, TN / (TN + FP), is at least as given.

    Arguments:
        specificity: Between 0 and 1.
        num_thresholds: How many thresholds, evenly spaced from 0 to 1, are tried.
        class_id: The one class of the last axis that counts; None for all.
        name: Its name.
        dtype: See `Metric`.

    >>> metric = SensitivityAtSpecificity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); float(metric.result())
    0.5
    """

    wanted = "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def result_from(self, totals):
        tp, fp, tn, fn = self._counts(totals)
        return self._best(ratio(tp, tp + fn), ratio(tn, tn + fp))


@metrics.add()
class SpecificityAtSensitivity(_OperatingPoint):
    """The largest specificity among the thresholds where sensitivity is at least the given one.

    Arguments: `sensitivity` between 0 and 1; the others as for `SensitivityAtSpecificity`.

    >>> metric = SpecificityAtSensitivity(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); round(float(metric.result()), 4)
    0.6667
    """

    wanted = "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def result_from(self, totals):
        tp, fp, tn, fn = self._counts(totals)
        return self._best(ratio(tn, tn + fp), ratio(tp, tp + fn))


@metrics.add()
class PrecisionAtRecall(_OperatingPoint):
    """The largest precision among the thresholds where recall is at least the given one.

    Arguments: `recall` between 0 and 1; the others as for `SensitivityAtSpecificity`.

    >>> metric = PrecisionAtRecall(0.5)
    >>> metric.update_state([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]); float(metric.result())
    0.5
    """

    wanted = "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def result_from(self, totals):
        tp, fp, _, fn = self._counts(totals)
        return self._best(ratio(tp, tp + fp), ratio(tp, tp + fn))


@metrics.add()
class RecallAtPrecision(_OperatingPoint):
    """The largest recall among the thresholds where precision is at least the given one; 0 where it never is.

    Arguments: `precision` between 0 and 1; the others as for `SensitivityAtSpecificity`.

    >>> metric = RecallAtPrecision(0.8)
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]); float(metric.result())
    0.5
    """

    wanted = "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def result_from(self, totals):
        tp, fp, _, fn = self._counts(totals)
        return self._best(ratio(tp, tp + fn), ratio(tp, tp + fp))
