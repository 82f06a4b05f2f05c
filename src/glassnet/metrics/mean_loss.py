"""Metrics that are the mean of a loss: the loss's own operation, then the running mean."""

import math
from dataclasses import replace

import numpy as np

from glassnet import losses
from glassnet.engine.kernels.signs import SIGNS_OF
from glassnet.metrics.metric import metrics, ratio
from glassnet.metrics.reduction import MeanOfTargets


class _MeanLoss(MeanOfTargets):
    """The weighted mean of a loss's values for the examples.

    Arguments:
        loss: `Loss`.
        name: Its name.
        dtype: See `Metric`.
    """

    def __init__(self, loss, name, dtype):
        super().__init__(name, dtype)
        self.loss = loss

    def plan(self, graph, y_pred, target, weights=None, name=None):
        before, name = len(graph.nodes), name or self.name
        wanted = self.loss.target_shape(y_pred.shape)
        if target.shape not in (wanted, (*wanted, 1)) and (*target.shape, 1) != wanted:
            raise ValueError(
                f"Metric {self.name!r} expected targets of shape {('batch', *wanted)}. Received: y_true of shape "
                f"{('batch', *target.shape)}, y_pred of shape {('batch', *y_pred.shape)}. Choose a metric for these."
            )
        values = self.loss.plan(graph, y_pred, self._target(graph, target, name), name=name)
        for node in graph.nodes[before:]:
            # Without its backward kernel the operation takes no part in the training pass of a network that it watches.
            node.operation, node.phase = replace(node.operation, backward=None), "metric"
        self._reduce(graph, values, weights)
        return graph.nodes[before:]

    def _target(self, graph, target, name):
        """The tensor that the loss reads as its target."""
        return target

    def _prepare(self, y_true, y_pred):
        y_pred = np.asarray(y_pred, self.compute_dtype)
        if y_pred.ndim < 2:
            y_pred = y_pred.reshape(-1, 1)  # one prediction for each example
        return self.loss.check_target(np.atleast_1d(y_true), y_pred.shape[1:]), y_pred


@metrics.add()
class MeanMetricWrapper(_MeanLoss):
    """The mean of any loss.

    Arguments:
        fn: A loss object, its name or configuration, or a function of `glassnet.losses`.
        name: Its name; that of the loss by default.
        dtype: See `Metric`.
        kwargs: Arguments of the function.

    >>> metric = MeanMetricWrapper(losses.huber, delta=2.0)
    >>> metric.update_state([[0.0], [0.0]], [[1.0], [4.0]]); metric.name, float(metric.result())
    ('huber', 3.25)
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        function = hasattr(fn, "loss_class")
        loss = fn.loss_class(**kwargs) if function else losses.get(fn)
        super().__init__(loss, name or (fn.__name__ if function else loss.name), dtype)

    def get_config(self):
        return {**super().get_config(), "fn": losses.serialize(self.loss)}


@metrics.add("mse", "MSE")
class MeanSquaredError(_MeanLoss):
    """The mean of (y_pred - y_true)**2.

    Arguments:
        name: Its name.
        dtype: See `Metric`.

    >>> error = MeanSquaredError()
    >>> error.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]]); float(error.result())
    0.25
    """

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(losses.MeanSquaredError(), name, dtype)


@metrics.add()
class RootMeanSquaredError(_MeanLoss):
    """The square root of the mean of (y_pred - y_true)**2: an error in the target's own unit.

    Arguments: as for `MeanSquaredError`.

    >>> error = RootMeanSquaredError()
    >>> error.update_state([[0, 1], [0, 0]], [[1, 1], [0, 0]]); float(error.result())
    0.5
    """

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(losses.MeanSquaredError(), name, dtype)

    def result_from(self, totals):
        return super().result_from(totals) ** 0.5


@metrics.add("mae", "MAE")
class MeanAbsoluteError(_MeanLoss):
    """The mean of |y_pred - y_true|. Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(losses.MeanAbsoluteError(), name, dtype)


@metrics.add("mape", "MAPE")
class MeanAbsolutePercentageError(_MeanLoss):
    """The mean of 100 * |(y_true - y_pred) / y_true|. Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(losses.MeanAbsolutePercentageError(), name, dtype)


@metrics.add("msle", "MSLE")
class MeanSquaredLogarithmicError(_MeanLoss):
    """The mean of (log(y_true + 1) - log(y_pred + 1))**2. Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(losses.MeanSquaredLogarithmicError(), name, dtype)


@metrics.add()
class LogCoshError(_MeanLoss):
    """The mean of log(cosh(y_pred - y_true)). Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(losses.LogCosh(), name, dtype)


@metrics.add()
class CosineSimilarity(_MeanLoss):
    """The mean cosine of the angle between targets and predictions; 1 where they point the same way.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        axis: The axis of the vectors.

    >>> similarity = CosineSimilarity()
    >>> similarity.update_state([[0, 1], [1, 1]], [[1, 0], [1, 1]]); round(float(similarity.result()), 4)
    0.5
    """

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(losses.CosineSimilarity(axis=axis), name, dtype)
        self.axis = axis

    def result_from(self, totals):
        return ratio(-totals[0], totals[1])  # the loss is the negative cosine

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


@metrics.add("bce", "BCE")
class BinaryCrossentropy(_MeanLoss):
    """The mean cross-entropy between targets of 0 and 1 and probabilities.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits, to be put through a sigmoid.
        label_smoothing: Between 0 and 1; see `losses.BinaryCrossentropy`.

    >>> crossentropy = BinaryCrossentropy()
    >>> crossentropy.update_state([[0, 1], [0, 0]], [[0.6, 0.4], [0.4, 0.6]]); round(float(crossentropy.result()), 4)
    0.8149
    """

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0):
        super().__init__(losses.BinaryCrossentropy(from_logits=from_logits, label_smoothing=label_smoothing), name, dtype)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing

    def get_config(self):
        return {**super().get_config(), "from_logits": self.from_logits, "label_smoothing": self.label_smoothing}


@metrics.add()
class CategoricalCrossentropy(_MeanLoss):
    """The mean cross-entropy between one-hot targets and the probabilities of classes.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits, to be put through a softmax.
        label_smoothing: Between 0 and 1; see `losses.CategoricalCrossentropy`.
        axis: The axis of the classes.

    >>> crossentropy = CategoricalCrossentropy()
    >>> crossentropy.update_state([[0, 1, 0], [0, 0, 1]], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]])
    >>> round(float(crossentropy.result()), 4)
    1.1769
    """

    def __init__(
        self, name="categorical_crossentropy", dtype=None, from_logits=False, label_smoothing=0, axis=-1
    ):  # fmt: skip
        loss = losses.CategoricalCrossentropy(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        super().__init__(loss, name, dtype)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis

    def get_config(self):
        config = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing, "axis": self.axis}
        return {**super().get_config(), **config}


@metrics.add()
class SparseCategoricalCrossentropy(_MeanLoss):
    """The mean cross-entropy between the numbers of the true classes and the probabilities of classes.

    Arguments:
        name: Its name.
        dtype: See `Metric`.
        from_logits: Whether predictions are logits, to be put through a softmax.
        ignore_class: Targets of this number count nothing; None for no such number.
        axis: The axis of the classes.

    >>> crossentropy = SparseCategoricalCrossentropy()
    >>> crossentropy.update_state([1, 2], [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]); round(float(crossentropy.result()), 4)
    1.1769
    """

    def __init__(self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False, ignore_class=None, axis=-1):
        loss = losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=ignore_class, axis=axis)
        super().__init__(loss, name, dtype)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis

    def get_config(self):
        config = {"from_logits": self.from_logits, "ignore_class": self.ignore_class, "axis": self.axis}
        return {**super().get_config(), **config}


@metrics.add()
class KLDivergence(_MeanLoss):
    """The mean Kullback-Leibler divergence, sum of y_true * log(y_true / y_pred).

    Arguments: as for `MeanSquaredError`.
    """

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(losses.KLDivergence(), name, dtype)


@metrics.add()
class Poisson(_MeanLoss):
    """The mean of y_pred - y_true * log(y_pred). Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="poisson", dtype=None):
        super().__init__(losses.Poisson(), name, dtype)


class _MeanHinge(_MeanLoss):
    """The mean of a loss of signs; targets of 0 and 1 are turned into signs."""

    def _target(self, graph, target, name):
        signs = graph.tensor(f"{name}/signs", target.shape)
        graph.add(SIGNS_OF, inputs=(target,), outputs=(signs,), sizes=(math.prod(target.shape),))
        return signs


@metrics.add()
class Hinge(_MeanHinge):
    """The mean of max(1 - y_true * y_pred, 0) for targets of -1 and 1, or 0 and 1.

    Arguments: as for `MeanSquaredError`.
    """

    def __init__(self, name="hinge", dtype=None):
        super().__init__(losses.Hinge(), name, dtype)


@metrics.add()
class SquaredHinge(_MeanHinge):
    """The mean of max(1 - y_true * y_pred, 0)**2, targets as for `Hinge`. Arguments: as for `MeanSquaredError`."""

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(losses.SquaredHinge(), name, dtype)


@metrics.add()
class CategoricalHinge(_MeanLoss):
    """The mean of max(1 + largest prediction of a wrong class - that of the true one, 0), targets one-hot.

    Arguments: as for `MeanSquaredError`.
    """

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(losses.CategoricalHinge(), name, dtype)
