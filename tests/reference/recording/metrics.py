"""Metrics: the result after each of two batches, with and without sample weights."""

import keras
import numpy as np

from .precision import in_each_precision


def _random(seed):
    return np.random.default_rng(seed)


def _values(seed, shape, low=-2.0, high=2.0):
    return [_random([seed, batch]).uniform(low, high, (*rows, *shape)).round(3) for batch, rows in enumerate(ROWS)]


def _bits(seed, shape):
    return [(batch > 0.5).astype(float) for batch in _values(seed, shape, 0, 1)]


def _classes(seed, classes, shape=()):
    return [_random([seed, batch]).integers(0, classes, (*rows, *shape)) for batch, rows in enumerate(ROWS)]


def _rows(seed, classes, shape=()):
    batches = _values(seed, (*shape, classes), 0.1, 1)
    return [batch / batch.sum(axis=-1, keepdims=True) for batch in batches]


def _one_hot(batches, classes):
    return [np.eye(classes)[batch] for batch in batches]


ROWS = ((6,), (5,))  # the second batch is smaller
CLASSES = _classes(1, 4)
WEIGHTS = [np.array([1, 0.5, 2, 0, 1.25, 0.75]), np.array([0.25, 3, 1, 0, 1.5])]
# name: the batches of y_true, the batches of y_pred; of "values" there is one list only
INPUTS = {
    "regression": (_values(2, (3,)), _values(3, (3,))),
    "regression_column": (_values(4, (1,)), _values(5, (1,))),
    "regression_flat_target": ([batch[:, 0] for batch in _values(4, (1,))], _values(5, (1,))),
    "positive": (_values(6, (3,), 0.1, 3), _values(7, (3,), 0.1, 3)),
    "labels": (_classes(8, 3), _classes(9, 3)),
    "binary": (_bits(10, (3,)), _values(11, (3,), 0.02, 0.98)),
    "binary_column": (_bits(12, (1,)), _values(13, (1,), 0.02, 0.98)),
    "binary_flat_target": ([batch[:, 0] for batch in _bits(12, (1,))], _values(13, (1,), 0.02, 0.98)),
    "binary_sure": (
        [np.array([0.0, 1, 1, 0, 1, 0]), np.array([1.0, 0, 0, 1, 1])],
        [np.array([0.0, 1, 0.5, 0.5, 0, 1]), np.array([1.0, 0, 0.25, 0.75, 0.5])],
    ),
    "binary_none_positive": ([np.zeros(6), np.zeros(5)], _values(14, (), 0.02, 0.98)),
    "binary_logits": (_bits(15, (3,)), _values(16, (3,), -4, 4)),
    "signs": ([2 * batch - 1 for batch in _bits(17, (3,))], _values(18, (3,))),
    "categorical": (_one_hot(CLASSES, 4), _rows(19, 4)),
    "categorical_logits": (_one_hot(CLASSES, 4), _values(20, (4,), -4, 4)),
    "categorical_steps": (_one_hot(_classes(21, 4, (2,)), 4), _rows(22, 4, (2,))),
    "sparse": (CLASSES, _rows(19, 4)),
    "sparse_column": ([batch[:, None] for batch in CLASSES], _rows(19, 4)),
    "sparse_logits": (CLASSES, _values(20, (4,), -4, 4)),
    "sparse_steps": (_classes(21, 4, (2,)), _rows(22, 4, (2,))),
    "ties": (_classes(23, 4), [np.array([[1.0, 2, 2, 1]] * 6), np.array([[3.0, 3, 3, 3]] * 5)]),
    "values": (_values(24, ()),),
}

# class, arguments, inputs
BINARY = ("binary_column", "binary", "binary_flat_target", "binary_sure")
CASES = [
    ("Accuracy", {}, ("labels",)),
    ("BinaryAccuracy", {}, BINARY),
    ("BinaryAccuracy", {"threshold": 0.7}, ("binary",)),
    ("CategoricalAccuracy", {}, ("categorical", "categorical_steps")),
    ("SparseCategoricalAccuracy", {}, ("sparse", "sparse_column", "sparse_steps", "ties")),
    ("TopKCategoricalAccuracy", {}, ("categorical",)),
    ("TopKCategoricalAccuracy", {"k": 2}, ("categorical", "categorical_steps")),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, ("sparse", "sparse_column", "sparse_steps", "ties")),
    ("MeanSquaredError", {}, ("regression", "regression_column", "regression_flat_target")),
    ("RootMeanSquaredError", {}, ("regression", "regression_column", "regression_flat_target")),
    ("MeanAbsoluteError", {}, ("regression",)),
    ("MeanAbsolutePercentageError", {}, ("positive",)),
    ("MeanSquaredLogarithmicError", {}, ("positive",)),
    ("CosineSimilarity", {}, ("regression",)),
    ("LogCoshError", {}, ("regression",)),
    ("R2Score", {}, ("regression", "regression_column")),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, ("regression",)),
    ("R2Score", {"class_aggregation": None}, ("regression",)),
    ("R2Score", {"num_regressors": 2}, ("regression_column",)),
    ("AUC", {}, BINARY),
    ("AUC", {"curve": "PR"}, BINARY),
    ("AUC", {"num_thresholds": 5, "summation_method": "minoring"}, ("binary_column",)),
    ("AUC", {"num_thresholds": 5, "summation_method": "majoring"}, ("binary_column",)),
    ("AUC", {"multi_label": True, "num_labels": 3}, ("binary",)),
    ("AUC", {"multi_label": True, "num_labels": 3, "label_weights": [0.2, 0.5, 0.3]}, ("binary",)),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, ("binary_column",)),
    ("AUC", {"from_logits": True}, ("binary_logits",)),
    ("Precision", {}, (*BINARY, "binary_none_positive")),
    ("Precision", {"thresholds": [0.25, 0.75]}, ("binary_column",)),
    ("Precision", {"top_k": 2}, ("categorical",)),
    ("Precision", {"class_id": 1}, ("categorical", "binary")),
    ("Recall", {}, (*BINARY, "binary_none_positive")),
    ("Recall", {"thresholds": [0.25, 0.75]}, ("binary_column",)),
    ("Recall", {"top_k": 2, "class_id": 1}, ("categorical",)),
    ("TruePositives", {}, BINARY),
    ("TruePositives", {"thresholds": [0.25, 0.75]}, ("binary_column",)),
    ("TrueNegatives", {}, BINARY),
    ("FalsePositives", {}, BINARY),
    ("FalseNegatives", {}, BINARY),
    ("PrecisionAtRecall", {"recall": 0.5}, ("binary_column", "binary")),
    ("RecallAtPrecision", {"precision": 0.6}, ("binary_column", "binary")),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, ("binary_column", "binary")),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "num_thresholds": 50}, ("binary_column", "binary")),
    ("F1Score", {}, ("categorical",)),
    ("F1Score", {"threshold": 0.4}, ("categorical", "binary")),
    ("F1Score", {"average": "micro", "threshold": 0.4}, ("categorical",)),
    ("F1Score", {"average": "macro"}, ("categorical",)),
    ("F1Score", {"average": "weighted"}, ("categorical",)),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.4}, ("categorical",)),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, ("labels",)),
    ("IoU", {"num_classes": 4, "target_class_ids": [1, 3], "sparse_y_pred": False}, ("sparse",)),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 1], "ignore_class": 2}, ("labels",)),
    ("BinaryIoU", {}, ("binary_column", "binary")),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, ("binary",)),
    ("MeanIoU", {"num_classes": 3}, ("labels",)),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, ("categorical",)),
    ("OneHotMeanIoU", {"num_classes": 4}, ("categorical",)),
    ("BinaryCrossentropy", {}, ("binary", "binary_column")),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, ("binary_logits",)),
    ("CategoricalCrossentropy", {}, ("categorical", "categorical_steps")),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ("categorical_logits",)),
    ("SparseCategoricalCrossentropy", {}, ("sparse", "sparse_steps")),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, ("sparse_logits",)),
    ("KLDivergence", {}, ("categorical", "positive")),
    ("Poisson", {}, ("positive",)),
    ("Hinge", {}, ("signs", "binary_logits")),
    ("SquaredHinge", {}, ("signs",)),
    ("CategoricalHinge", {}, ("categorical_logits",)),
    ("PearsonCorrelation", {}, ("regression",)),
    ("ConcordanceCorrelation", {}, ("regression",)),
    ("Mean", {}, ("values",)),
    ("Sum", {}, ("values",)),
]
# Keras refuses one weight for each row of the batch here.
UNWEIGHTED = (
    ("PearsonCorrelation", "regression"),
    ("ConcordanceCorrelation", "regression"),
    ("BinaryIoU", "binary"),
)


def record():
    inputs = {
        name: dict(zip(("y_true", "y_pred") if len(batches) == 2 else ("values",), batches, strict=True))
        for name, batches in INPUTS.items()
    }
    cases = {}
    for class_name, arguments, input_names in CASES:
        for name in input_names:
            case_name = "/".join([class_name, *(f"{key}={value}" for key, value in arguments.items()), name])
            values = in_each_precision(lambda dtype, c=class_name, a=arguments, n=name: results(c, a, n, dtype))
            cases[case_name] = {"class": class_name, "arguments": arguments, "inputs": name, **values}
    return {"inputs": inputs, "sample_weight": WEIGHTS, "cases": cases}


def results(class_name, arguments, name, dtype):
    metric_class = getattr(keras.metrics, class_name)
    batches = list(zip(*INPUTS[name], strict=True))
    values = {"unweighted": after_each(metric_class(**arguments), batches, [None] * len(batches), dtype)}
    if (class_name, name) not in UNWEIGHTED:
        values["weighted"] = after_each(metric_class(**arguments), batches, WEIGHTS, dtype)
    return values


def after_each(metric, batches, weights, dtype):
    shown = []
    for batch, sample_weight in zip(batches, weights, strict=True):
        if sample_weight is None:
            metric.update_state(*batch)
        else:
            metric.update_state(*batch, sample_weight=sample_weight)
        shown.append(np.asarray(metric.result(), dtype))
    return np.stack(shown)
