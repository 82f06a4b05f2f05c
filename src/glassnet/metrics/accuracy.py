"""Accuracies: how often predictions hit their targets."""

import math

from glassnet.engine.kernels import accuracy as operations
from glassnet.metrics.metric import metrics
from glassnet.metrics.reduction import MeanOfTargets


class _Accuracy(MeanOfTargets):
    """What accuracies share: one operation that compares and sums up, in single numbers or in rows of classes."""

    constants = ()

    def _hits(self, graph, operation, y_pred, target, weights, name, shape, classes=1, target_classes=1):
        """The node that compares; values of `shape` for each example."""
        values = graph.tensor(f"{name or self.name}/values", shape)
        sizes = math.prod(shape), classes, target_classes, self._weight_rows(weights, shape)
        node = self._add_node(
            graph, operation, (y_pred, target, weights), 2, outputs=(values,), sizes=sizes, constants=self.constants
        )
        return [node]

    def _one_hot(self, graph, operation, y_pred, target, weights, name):
        """Compares rows of classes with one-hot targets."""
        shape = self._check_same_shape(y_pred, target)
        C = self._classes(y_pred)
        return self._hits(graph, operation, y_pred, target, weights, name, shape[:-1], C, C)

    def _sparse(self, graph, operation, y_pred, target, weights, name):
        """Compares rows of classes with the numbers of the true classes."""
        C, shape = self._classes(y_pred), y_pred.shape[:-1]
        if target.shape not in (shape, (*shape, 1)):
            raise ValueError(
                f"Metric {self.name!r} expected one class number for each row of {C} predictions. "
                f"Received: y_true of shape {('batch', *target.shape)}, y_pred of shape {('batch', *y_pred.shape)}. "
                "For one-hot targets use the metric without 'sparse' in its name."
            )
        return self._hits(graph, operation, y_pred, target, weights, name, shape, C)

    def _classes(self, y_pred):
        if not y_pred.shape:
            raise ValueError(
                f"Metric {self.name!r} expected predictions of shape (batch, ..., classes). Received: y_pred of shape "
                "(batch,). For one probability an example use binary_accuracy."
            )
        return y_pred.shape[-1]


@metrics.add()
class Accuracy(_Accuracy):
    """How often predictions equal targets, number by number.

    Arguments:
        name: Its name.
        dtype: See `Metric`.

    >>> accuracy = Accuracy()
    >>> accuracy.update_state([[1], [2], [3], [4]], [[0], [2], [3], [4]]); float(accuracy.result())
    0.75
    """

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(name, dtype)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        shape = self._check_same_shape(y_pred, target)
        return self._hits(graph, operations.EQUAL, y_pred, target, weights, name, shape)


@metrics.add()
class BinaryAccuracy(_Accuracy):
    """How often probabilities lie on the side of the threshold that their targets, 0 or 1, say.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        threshold: Probabilities above it stand for 1; between 0 and 1.

    >>> accuracy = BinaryAccuracy()
    >>> accuracy.update_state([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]]); float(accuracy.result())
    0.75
    """

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(name, dtype)
        self.threshold = threshold
        self.constants = (threshold,)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        shape = self._check_same_shape(y_pred, target)
        return self._hits(graph, operations.BINARY, y_pred, target, weights, name, shape)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


@metrics.add()
class CategoricalAccuracy(_Accuracy):
    """How often the class of the largest prediction is that of a one-hot target. Of equal ones the first counts.

    Arguments:
        name: Its name.
        dtype: See `Metric`.

    >>> accuracy = CategoricalAccuracy()
    >>> accuracy.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]]); float(accuracy.result())
    0.5
    """

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        return self._one_hot(graph, operations.CATEGORICAL, y_pred, target, weights, name)


@metrics.add()
class SparseCategoricalAccuracy(_Accuracy):
    """How often the class of the largest prediction is the target's number. Of equal ones the first counts.

    Arguments:
        name: Its name.
        dtype: See `Metric`.

    >>> accuracy = SparseCategoricalAccuracy()
    >>> accuracy.update_state([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]]); float(accuracy.result())
    0.5
    """

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        return self._sparse(graph, operations.SPARSE, y_pred, target, weights, name)


@metrics.add()
class TopKCategoricalAccuracy(_Accuracy):
    """How often the class of a one-hot target is among the k largest predictions; ties with the k-th count.

    Arguments:
        k: How many predictions count, at least 1.
        name: Its name.
        dtype: See `Metric`.

    >>> accuracy = TopKCategoricalAccuracy(k=2)
    >>> accuracy.update_state([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.3, 0.1, 0.6]]); float(accuracy.result())
    0.5
    """

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(name, dtype)
        self.k = _check_k(k)
        self.constants = (k,)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        return self._one_hot(graph, operations.TOP_K, y_pred, target, weights, name)

    def get_config(self):
        return {**super().get_config(), "k": self.k}


@metrics.add()
class SparseTopKCategoricalAccuracy(_Accuracy):
    """How often the target's number is among the classes of the k largest predictions; ties with the k-th count.

    Arguments:
        k: How many predictions count, at least 1.
        name: Its name.
        dtype: See `Metric`.
        from_sorted_ids: Whether predictions are not values for all classes but numbers of classes, the best first.

    >>> accuracy = SparseTopKCategoricalAccuracy(k=2)
    >>> accuracy.update_state([2, 1], [[0.1, 0.9, 0.8], [0.3, 0.1, 0.6]]); float(accuracy.result())
    0.5
    """

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False):
        super().__init__(name, dtype)
        self.k = _check_k(k)
        self.from_sorted_ids = from_sorted_ids
        self.constants = (k,)

    def plan(self, graph, y_pred, target, weights=None, name=None):
        operation = operations.SORTED_TOP_K if self.from_sorted_ids else operations.SPARSE_TOP_K
        return self._sparse(graph, operation, y_pred, target, weights, name)

    def get_config(self):
        return {**super().get_config(), "k": self.k, "from_sorted_ids": self.from_sorted_ids}


def _check_k(k):
    if k < 1:
        raise ValueError(f"Expected k, the number of predictions that count, to be at least 1. Received: k={k!r}.")
    return k


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1 for each probability on its target's side of the threshold, else 0: shaped like the predictions.

    >>> binary_accuracy([1, 1, 0], [0.9, 0.2, 0.4]).tolist()
    [1.0, 0.0, 1.0]
    """
    return BinaryAccuracy(threshold=threshold).values(y_true, y_pred)


def categorical_accuracy(y_true, y_pred):
    """1 for each row (..., C) whose largest prediction is at the largest target, else 0: (...,)."""
    return CategoricalAccuracy().values(y_true, y_pred)


def sparse_categorical_accuracy(y_true, y_pred):
    """1 for each row (..., C) whose largest prediction is at the class number that the target (...,) gives, else 0.

    >>> sparse_categorical_accuracy([2, 1], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]]).tolist()
    [0.0, 1.0]
    """
    return SparseCategoricalAccuracy().values(y_true, y_pred)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1 for each row (..., C) where the largest target is among the k largest predictions, else 0: (...,)."""
    return TopKCategoricalAccuracy(k).values(y_true, y_pred)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1 for each row (..., C) where the target's class number is among the k largest predictions, else 0: (...,)."""
    return SparseTopKCategoricalAccuracy(k, from_sorted_ids=from_sorted_ids).values(y_true, y_pred)
