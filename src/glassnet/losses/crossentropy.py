"""Losses for predicted probabilities of classes, or for logits: what softmax or sigmoid would make probabilities of."""

import math

from glassnet import config
from glassnet.engine.kernels import crossentropy, sparse
from glassnet.engine.kernels import loss as pointwise
from glassnet.losses.loss import Loss, registry
from glassnet.losses.regression import Pointwise
from glassnet.losses.target import check_classes, check_distributions, check_probabilities


def _check_arguments(axis, label_smoothing=0.0, gamma=0.0):
    if isinstance(axis, bool) or axis != -1:
        raise ValueError(f"Expected axis=-1: classes lie along the last axis. Received: axis={axis!r}. Transpose the data.")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"Expected label_smoothing between 0 and 1. Received: {label_smoothing!r}.")
    if gamma < 0:
        raise ValueError(f"Expected gamma >= 0. Received: {gamma!r}.")


def _check_classes(loss, shape):
    """Shares of a single class are always 1, so that there is nothing to learn."""
    if shape[-1] == 1:
        raise ValueError(
            f"Expected outputs of at least 2 classes for {type(loss).__name__}. Received: 1 output. "
            "Use BinaryCrossentropy for one output that tells two classes apart, or give the last layer a unit for "
            "each class."
        )


@registry.add("bce", "BCE")
class BinaryCrossentropy(Pointwise):
    """Mean over the last axis of -(y_true log p + (1 - y_true) log(1 - p)), with p = y_pred clipped by epsilon().

    Arguments:
        from_logits: Whether y_pred are logits z, with p = sigmoid(z); then nothing is clipped.
        label_smoothing: s between 0 and 1: targets become y_true (1 - s) + s / 2.
        axis: Always -1.
        reduction, name, dtype: See `Loss`.

    >>> BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]]).round(4)
    np.float32(0.6931)
    """

    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
        name="binary_crossentropy", dtype=None,
    ):  # fmt: skip
        _check_arguments(axis, label_smoothing)
        super().__init__(name, reduction, dtype)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis

    @property
    def operation(self):
        return pointwise.BINARY_CROSSENTROPY_OF_LOGITS if self.from_logits else pointwise.BINARY_CROSSENTROPY

    def constants(self):
        return (1 - self.label_smoothing, self.label_smoothing / 2, config.epsilon())

    def check_target(self, y_true, output_shape):
        return check_probabilities(y_true, tuple(output_shape))


@registry.add()
class BinaryFocalCrossentropy(BinaryCrossentropy):
    """Binary crossentropy times (1 - p_t)**gamma, with p_t the probability of the true class: what is certain counts
    less.

    Arguments:
        apply_class_balancing: Whether class 1 is weighted by alpha, class 0 by 1 - alpha.
        alpha: Weight of class 1.
        gamma: 0 or more.
        from_logits, label_smoothing, axis: See `BinaryCrossentropy`.
        reduction, name, dtype: See `Loss`.

    Source: Lin et al. (2017), equations 4 and 5.

    >>> BinaryFocalCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]]).round(4)
    np.float32(0.1733)
    """

    arguments = ("apply_class_balancing", "alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1,
        reduction="sum_over_batch_size", name="binary_focal_crossentropy", dtype=None,
    ):  # fmt: skip
        _check_arguments(axis, label_smoothing, gamma)
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        self.apply_class_balancing, self.alpha, self.gamma = apply_class_balancing, alpha, gamma

    @property
    def operation(self):
        if self.from_logits:
            return pointwise.BINARY_FOCAL_CROSSENTROPY_OF_LOGITS
        return pointwise.BINARY_FOCAL_CROSSENTROPY

    def constants(self):
        weights = (self.alpha, 1 - self.alpha) if self.apply_class_balancing else (1, 1)
        return (*super().constants(), self.gamma, *weights)


@registry.add()
class CategoricalCrossentropy(Loss):
    """-sum over the last axis of y_true log q, for one-hot targets, with q the predictions divided by their sum,
    between epsilon() and 1 - epsilon().

    Arguments:
        from_logits: Whether y_pred are logits z, with q = softmax(z); then nothing is clipped.
        label_smoothing: s between 0 and 1: targets become y_true (1 - s) + s / (number of classes).
        axis: Always -1.
        reduction, name, dtype: See `Loss`.

    >>> CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).round(4)
    np.float32(0.6931)
    """

    arguments = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
        name="categorical_crossentropy", dtype=None,
    ):  # fmt: skip
        _check_arguments(axis, label_smoothing)
        super().__init__(name, reduction, dtype)
        self.from_logits, self.label_smoothing, self.axis = from_logits, label_smoothing, axis

    @property
    def operation(self):
        if self.from_logits:
            return crossentropy.CATEGORICAL_CROSSENTROPY_OF_LOGITS
        return crossentropy.CATEGORICAL_CROSSENTROPY

    def constants(self, classes):
        """The constants of the operation."""
        return (1 - self.label_smoothing, self.label_smoothing / classes, config.epsilon())

    def parts(self, shape):
        _check_classes(self, shape)
        return {
            "operation": self.operation,
            "sizes": (math.prod(shape[:-1]), shape[-1]),
            "constants": self.constants(shape[-1]),
            "scratch": 2 * math.prod(shape),
        }

    def check_target(self, y_true, output_shape):
        return check_distributions(y_true, tuple(output_shape))


@registry.add()
class CategoricalFocalCrossentropy(CategoricalCrossentropy):
    """-sum over the last axis of alpha (1 - q)**gamma y_true log q, with q as in `CategoricalCrossentropy`.

    Arguments:
        alpha: Factor.
        gamma: 0 or more.
        from_logits, label_smoothing, axis: See `CategoricalCrossentropy`; with from_logits q is clipped all the same.
        reduction, name, dtype: See `Loss`.

    Source: Lin et al. (2017), equation 5.

    >>> CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).round(4)
    np.float32(0.0433)
    """

    arguments = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy", dtype=None,
    ):  # fmt: skip
        _check_arguments(axis, label_smoothing, gamma)
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        self.alpha, self.gamma = alpha, gamma

    @property
    def operation(self):
        if self.from_logits:
            return crossentropy.CATEGORICAL_FOCAL_CROSSENTROPY_OF_LOGITS
        return crossentropy.CATEGORICAL_FOCAL_CROSSENTROPY

    def constants(self, classes):
        return (*super().constants(classes), self.alpha, self.gamma)


class _Sparse(Loss):
    """A loss whose targets are numbers of classes."""

    operation = None
    ignore_class = None

    def constants(self):
        """The constants of the operation."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define constants(). Do so.")

    def target_shape(self, output_shape):
        return tuple(output_shape[:-1])

    def check_target(self, y_true, output_shape):
        return check_classes(y_true, tuple(output_shape), self.ignore_class)

    def plan(self, graph, y_pred, target, name="loss"):
        shape = tuple(y_pred.shape)
        _check_classes(self, shape)
        values = graph.tensor(f"{name}/values", shape[:-1])
        mask = None if self.ignore_class is None else graph.tensor(f"{name}/mask", shape[:-1])
        graph.add(
            self.operation,
            inputs=(y_pred, target),
            outputs=(values, mask),
            sizes=(math.prod(shape[:-1]), shape[-1], self.ignore_class or 0),
            constants=self.constants(),
            scratch=math.prod(shape),
            phase="loss",
        )
        return self.with_mask(values, y_pred.mask)


@registry.add()
class SparseCategoricalCrossentropy(_Sparse):
    """-log q of the true class, for targets that are numbers of classes, with q as in `CategoricalCrossentropy`.

    Arguments:
        from_logits: Whether y_pred are logits z, with q = softmax(z); then nothing is clipped.
        ignore_class: Number of a class (it may be none, such as -1) whose examples do not count, or None.
        reduction, name, dtype: See `Loss`. Means are taken over the examples that count.
        axis: Always -1.

    >>> SparseCategoricalCrossentropy()([1, 0], [[0.5, 0.5], [1.0, 0.0]]).round(4)
    np.float32(0.3466)
    """

    arguments = ("from_logits", "ignore_class")

    def __init__(
        self, from_logits=False, ignore_class=None, reduction="sum_over_batch_size", axis=-1,
        name="sparse_categorical_crossentropy", dtype=None,
    ):  # fmt: skip
        _check_arguments(axis)
        super().__init__(name, reduction, dtype)
        self.from_logits, self.ignore_class = from_logits, ignore_class

    @property
    def operation(self):
        if self.from_logits:
            return sparse.SPARSE_CATEGORICAL_CROSSENTROPY_OF_LOGITS
        return sparse.SPARSE_CATEGORICAL_CROSSENTROPY

    def constants(self):
        return (config.epsilon(),)


@registry.add()
class CategoricalGeneralizedCrossEntropy(_Sparse):
    """(1 - p**q) / q, with p the prediction for the true class, for targets that are numbers of classes: between
    crossentropy (q to 0) and absolute error (q to 1), less shaken by wrong labels.

    Arguments:
        q: Between 0 and 1.
        reduction, name, dtype: See `Loss`.

    Source: Zhang and Sabuncu (2018), equation 6.

    >>> CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    np.float32(1.0)
    """

    operation = sparse.GENERALIZED_CROSSENTROPY
    arguments = ("q",)

    def __init__(
        self, q=0.5, reduction="sum_over_batch_size", name="categorical_generalized_cross_entropy", dtype=None
    ):  # fmt: skip
        if not 0 < q < 1:
            raise ValueError(f"Expected q between 0 and 1, exclusive. Received: {q!r}.")
        super().__init__(name, reduction, dtype)
        self.q = q

    def constants(self):
        return (self.q,)
