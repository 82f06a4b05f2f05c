"""F scores: precision and recall in one number."""

import numpy as np

from glassnet.config import epsilon
from glassnet.engine.kernels.f_score import F_SCORE
from glassnet.metrics.metric import Metric, metrics

AVERAGES = (None, "micro", "macro", "weighted")


@metrics.add()
class FBetaScore(Metric):
    """(1 + beta**2) * precision * recall / (beta**2 * precision + recall), for each class of 0-or-1 targets.

    Arguments:
        average: None for a result for each class; `"micro"` counts all classes together; `"macro"` is the mean over the
            classes, `"weighted"` that weighted by how often a class is true.
        beta: How many times as much recall counts as precision; a positive float.
        threshold: Predictions above it are a yes; None: the largest prediction of a row is.
        name: Its name.
        dtype: See `Metric`.

    Batches have the shape (B, C).

    >>> score = FBetaScore(beta=2.0, threshold=0.5)
    >>> score.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> score.result()
    array([0.384615..., 0.909090..., 0.833333...], dtype=float32)
    """

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(dtype, name)
        if average not in AVERAGES:
            raise ValueError(f"Expected an average of {AVERAGES}. Received: average={average!r}.")
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"Expected beta to be a float above 0. Received: beta={beta!r}.")
        if threshold is not None and not (isinstance(threshold, float) and 0 < threshold <= 1):
            raise ValueError(f"Expected a threshold that is a float above 0 and not above 1. Received: {threshold!r}.")
        self.average, self.beta, self.threshold = average, beta, threshold

    def plan(self, graph, y_pred, target, weights=None, name=None):
        if len(y_pred.shape) != 1 or y_pred.shape != target.shape:
            raise ValueError(
                f"Metric {self.name!r} expected targets and predictions of shape (batch, classes). "
                f"Received: y_true of shape {('batch', *target.shape)}, y_pred of shape {('batch', *y_pred.shape)}. "
                "Make targets one-hot."
            )
        C = y_pred.shape[0]
        sizes = C, int(self.threshold is not None), self._weight_rows(weights, ())
        constants = (self.threshold or 0.0,)
        return [self._add_node(graph, F_SCORE, (y_pred, target, weights), 4 * C, sizes=sizes, constants=constants)]

    def result_from(self, totals):
        counts = totals.reshape(4, -1)
        if self.average == "micro":
            counts = counts.sum(axis=1)
        tp, fp, fn, true = counts
        # Keras adds epsilon to keep quotients finite, which takes a little off each of them.
        precision, recall = tp / (tp + fp + epsilon()), tp / (tp + fn + epsilon())
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + epsilon())
        if self.average == "weighted":
            return np.sum(score * true / (true.sum() + epsilon()))
        return score if self.average is None else np.mean(score)

    def get_config(self):
        return {**super().get_config(), "average": self.average, "beta": self.beta, "threshold": self.threshold}


@metrics.add()
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall: `FBetaScore` with beta = 1; arguments as there.

    >>> score = F1Score(average="macro", threshold=0.5)
    >>> score.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]], [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> round(float(score.result()), 4)
    0.6556
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self):
        config = super().get_config()
        del config["beta"]
        return config
