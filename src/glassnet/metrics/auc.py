"""The area under a curve of two qualities, drawn from threshold to threshold."""

import numpy as np

from glassnet.config import epsilon
from glassnet.metrics.metric import metrics, ratio
from glassnet.metrics.threshold import Thresholds

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATIONS = ("interpolation", "minoring", "majoring")


@metrics.add()
class AUC(Thresholds):
    """The area under the ROC curve (recall over false positive rate), or under that of precision over recall.

    1 is perfect; a guess has 0.5 under the ROC curve. The curve is drawn through a limited number of thresholds, so
    the area is an approximation, best where predictions spread evenly over 0 to 1.

    Arguments:
        num_thresholds: How many thresholds, evenly spaced from 0 to 1; at least 2.
        curve: `"ROC"`, `"PR"` (precision over recall) or `"PRGAIN"` (precision gain over recall gain; Flach and Kull,
            2015).
        summation_method: `"interpolation"` (trapezes; for PR the interpolation of Davis and Goadrich, 2006),
            `"minoring"` or `"majoring"` (the lower or higher rectangles).
        name: Its name.
        dtype: See `Metric`.
        thresholds: Thresholds between 0 and 1 in place of evenly spaced ones; one under 0 and one over 1 are added.
        multi_label: Whether each label (the last axis) has a curve of its own, and the result is the mean of the areas.
        num_labels: How many labels; only with `multi_label`, which finds it from the first batch otherwise.
        label_weights: A weight for each label.
        from_logits: Whether predictions are logits, to be put through a sigmoid.

    >>> auc = AUC(num_thresholds=3)
    >>> auc.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]); float(auc.result())
    0.75
    """

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        self.curve, self.summation_method = str(curve).upper(), str(summation_method).lower()
        if self.curve not in CURVES:
            raise ValueError(f"Expected one of the curves {CURVES}. Received: curve={curve!r}.")
        if self.summation_method not in SUMMATIONS:
            raise ValueError(f"Expected a summation_method of {SUMMATIONS}. Received: {summation_method!r}.")
        if num_labels and not multi_label:
            raise ValueError("num_labels counts the labels of multi_label=True. Leave it out, or set multi_label.")
        if thresholds is None and num_thresholds < 2:
            raise ValueError(f"Expected at least 2 thresholds. Received: num_thresholds={num_thresholds!r}.")
        self.given_thresholds = None if thresholds is None else sorted(thresholds)
        inner = self.given_thresholds
        if inner is None:
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        self.num_thresholds = len(inner) + 2
        self.multi_label, self.num_labels, self.from_logits = multi_label, num_labels, from_logits
        self.given_label_weights = label_weights
        # With a curve for each label, its weight counts in the mean of the areas.
        self.label_weights = None if multi_label else label_weights
        # The outer thresholds lie just outside of 0 to 1, so that they separate even certain predictions.
        super().__init__(
            name, dtype, [-epsilon(), *inner, 1 + epsilon()], labels=num_labels if multi_label else 1
        )  # fmt: skip

    def _labels(self, shape):
        if not self.multi_label:
            return 1
        if len(shape) != 1:
            raise ValueError(
                f"Metric {self.name!r} expected predictions of shape (batch, labels), since multi_label is set. "
                f"Received: y_pred of shape {('batch', *shape)}."
            )
        return shape[0]

    def result_from(self, totals):
        counts = self._counts(totals)
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _interpolated_precision(*counts)
        else:
            x, y = self._points(*counts)
            left, right = y[:-1], y[1:]
            heights = {
                "interpolation": (left + right) / 2,
                "minoring": np.minimum(left, right),
                "majoring": np.maximum(left, right),
            }
            areas = (x[:-1] - x[1:]) * heights[self.summation_method]
        area = areas.sum(axis=0)
        if not self.multi_label:
            return area
        if self.given_label_weights is None:
            return np.mean(area)
        weights = np.asarray(self.given_label_weights, float)
        return ratio(np.sum(area * weights), np.sum(weights))

    def _points(self, tp, fp, tn, fn):
        """The curve's points: x and y at each threshold."""
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            return ratio(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ratio(tp, tp + fp)
        odds = ratio(tp + fn, tn + fp)
        recall_gain = np.where(tp == 0, 0, np.maximum(1 - odds * ratio(fn, tp), 0))
        return recall_gain, np.where(tp == 0, 1, 1 - odds * ratio(fp, tp))

    def get_config(self):
        config = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.given_label_weights,
            "from_logits": self.from_logits,
        }
        if self.given_thresholds is not None:
            config["thresholds"] = self.given_thresholds
        return {**super().get_config(), **config}


def _interpolated_precision(tp, fp, tn, fn):
    """Areas between neighbouring thresholds under precision over recall.

    Between two of them true and all positives (P = TP + FP) change in proportion, so that with slope = dTP / dP and
    offset = TP - slope * P precision is slope + offset / P, and its integral over recall, (slope / positives) *
    integral of precision dP, is (slope / positives) * (dTP + offset * log(P1 / P2)).
    Source: Davis and Goadrich (2006), "The Relationship Between Precision-Recall and ROC Curves", section 4.
    """
    p = tp + fp
    slope = ratio(tp[:-1] - tp[1:], np.maximum(p[:-1] - p[1:], 0))
    offset = tp[1:] - slope * p[1:]
    both = (p[:-1] > 0) & (p[1:] > 0)
    growth = np.log(np.where(both, ratio(p[:-1], p[1:]), 1))
    return ratio(slope * (tp[:-1] - tp[1:] + offset * growth), tp[1:] + fn[1:])
