"""Losses: the value of each sample, every reduction with and without sample weights, and gradients by `y_pred`."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch

from .precision import in_each_precision

REDUCTIONS = ("none", "sum_over_batch_size", "sum", "mean_with_sample_weight")


def _sample(shape, seed, low, high):
    return np.random.default_rng(seed).uniform(low, high, shape).round(3)


def _rows(shape, seed):
    """Probabilities: positive rows that add up to one."""
    values = _sample(shape, seed, 0.1, 1)
    return values / values.sum(axis=-1, keepdims=True)


WEIGHTS = {
    "batch": np.array([0.5, 2, 0, 1.25]),
    "steps": np.array([[1, 0.5, 2], [0, 1.5, 0.25]]),
}
ONE_HOT = np.eye(3)[[0, 2, 1, 2]]
ONE_HOT_STEPS = np.eye(4)[[[0, 3, 1], [2, 2, 0]]]
CLASSES = np.array([0, 2, 1, 2])
CLASSES_STEPS = np.array([[0, 3, 1], [2, 2, 0]])
BITS = np.array([[1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0]], dtype=float)
BITS_COLUMN = np.array([[1], [0], [1], [0]], dtype=float)
SURE = np.array([[0, 1, 1], [1, 0, 0.5], [1e-8, 1 - 1e-8, 0.3], [0.2, 0.9, 1e-5]])
SURE_ROWS = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0.25, 0.5, 0.25]], dtype=float)

# name: y_true, y_pred. The sample weights are those of WEIGHTS that fit.
INPUTS = {
    "regression": (_sample((4, 3), 1, -2, 2), _sample((4, 3), 2, -2, 2)),
    "regression_steps": (_sample((2, 3, 4), 3, -2, 2), _sample((2, 3, 4), 4, -2, 2)),
    "regression_column": (_sample((4, 1), 5, -2, 2), _sample((4, 1), 6, -2, 2)),
    "regression_flat_target": (_sample((4,), 5, -2, 2), _sample((4, 1), 6, -2, 2)),
    "regression_integers": (np.array([[1, 0, -2], [3, 1, 1], [0, 2, 5], [-1, 0, 0]]), _sample((4, 3), 2, -2, 2)),
    "regression_far": (_sample((4, 3), 1, -90, 90), _sample((4, 3), 2, -90, 90)),
    "positive": (_sample((4, 3), 7, 0.1, 3), _sample((4, 3), 8, 0.1, 3)),
    "positive_steps": (_sample((2, 3, 4), 9, 0.1, 3), _sample((2, 3, 4), 10, 0.1, 3)),
    "with_zeros": (np.where(BITS > 0, 1.5, 0.0), SURE),
    "binary": (BITS, _sample((4, 3), 11, 0.05, 0.95)),
    "binary_column": (BITS_COLUMN, _sample((4, 1), 12, 0.05, 0.95)),
    "binary_flat_target": (BITS_COLUMN[:, 0], _sample((4, 1), 12, 0.05, 0.95)),
    "binary_steps": ((_sample((2, 3, 4), 13, 0, 1) > 0.5).astype(float), _sample((2, 3, 4), 14, 0.05, 0.95)),
    "binary_sure": (BITS, SURE),
    "binary_logits": (BITS, _sample((4, 3), 15, -4, 4)),
    "binary_logits_far": (BITS, np.array([[100, -100, 40], [-40, 0, 1], [-100, 100, -1], [100, -30, 0]], dtype=float)),
    "signs": (2 * BITS - 1, _sample((4, 3), 16, -2, 2)),
    "categorical": (ONE_HOT, _rows((4, 3), 17)),
    "categorical_unscaled": (ONE_HOT, _sample((4, 3), 18, 0.1, 3)),
    "categorical_soft": (_rows((4, 3), 19), _rows((4, 3), 17)),
    "categorical_steps": (ONE_HOT_STEPS, _rows((2, 3, 4), 20)),
    "categorical_sure": (ONE_HOT, SURE_ROWS),
    "categorical_logits": (ONE_HOT, _sample((4, 3), 21, -4, 4)),
    "categorical_logits_far": (ONE_HOT, np.array([[100, 0, 0], [100, 0, -100], [0, 0, 50], [-1, 2, 3]], dtype=float)),
    "sparse": (CLASSES, _rows((4, 3), 17)),
    "sparse_column": (CLASSES[:, None], _rows((4, 3), 17)),
    "sparse_unscaled": (CLASSES, _sample((4, 3), 18, 0.1, 3)),
    "sparse_steps": (CLASSES_STEPS, _rows((2, 3, 4), 20)),
    "sparse_sure": (CLASSES, SURE_ROWS),
    "sparse_logits": (CLASSES, _sample((4, 3), 21, -4, 4)),
    "sparse_ignore": (np.array([0, -1, 1, 2]), _rows((4, 3), 17)),
    "sparse_ignore_logits": (np.array([0, -1, 1, 2]), _sample((4, 3), 21, -4, 4)),
    "masks": (
        (_sample((2, 2, 3, 1), 22, 0, 1) > 0.4).astype(float),
        _sample((2, 2, 3, 1), 23, 0.05, 0.95),
    ),
}

REGRESSION = ("regression", "regression_steps", "regression_column", "regression_integers", "regression_far")
BINARY = ("binary", "binary_column", "binary_steps", "binary_sure")
BINARY_LOGITS = ("binary_logits", "binary_logits_far")
CATEGORICAL = ("categorical", "categorical_unscaled", "categorical_soft", "categorical_steps", "categorical_sure")
CATEGORICAL_LOGITS = ("categorical_logits", "categorical_logits_far")
SPARSE = ("sparse", "sparse_column", "sparse_unscaled", "sparse_steps", "sparse_sure")

# class, arguments, inputs
CASES = [
    ("MeanSquaredError", {}, (*REGRESSION, "regression_flat_target")),
    ("MeanAbsoluteError", {}, (*REGRESSION, "regression_flat_target")),
    ("MeanAbsolutePercentageError", {}, (*REGRESSION, "positive")),
    ("MeanSquaredLogarithmicError", {}, ("positive", "positive_steps", "regression")),
    ("CosineSimilarity", {}, ("regression", "regression_steps", "regression_integers")),
    ("CosineSimilarity", {"axis": 1}, ("regression_steps",)),
    ("Huber", {}, REGRESSION),
    ("Huber", {"delta": 0.5}, ("regression",)),
    ("LogCosh", {}, REGRESSION),
    ("BinaryCrossentropy", {}, (*BINARY, "binary_flat_target")),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, ("binary", "binary_sure")),
    ("BinaryCrossentropy", {"from_logits": True}, BINARY_LOGITS),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, ("binary_logits",)),
    ("BinaryFocalCrossentropy", {}, BINARY),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True}, ("binary",)),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.6, "gamma": 3.0}, ("binary", "binary_sure")),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.2}, ("binary",)),
    ("BinaryFocalCrossentropy", {"from_logits": True}, BINARY_LOGITS),
    ("CategoricalCrossentropy", {}, CATEGORICAL),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ("categorical", "categorical_sure")),
    ("CategoricalCrossentropy", {"from_logits": True}, CATEGORICAL_LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ("categorical_logits",)),
    ("CategoricalFocalCrossentropy", {}, CATEGORICAL),
    ("CategoricalFocalCrossentropy", {"alpha": 0.4, "gamma": 1.5}, ("categorical",)),
    ("CategoricalFocalCrossentropy", {"label_smoothing": 0.1}, ("categorical",)),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, CATEGORICAL_LOGITS),
    ("CategoricalGeneralizedCrossEntropy", {}, ("sparse", "sparse_column")),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, ("sparse",)),
    ("SparseCategoricalCrossentropy", {}, SPARSE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, ("sparse_logits",)),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, ("sparse_ignore",)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, ("sparse",)),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1, "from_logits": True}, ("sparse_ignore_logits",)),
    ("Poisson", {}, ("positive", "positive_steps", "with_zeros")),
    ("KLDivergence", {}, ("positive", "positive_steps", "categorical_soft", "categorical_sure", "with_zeros")),
    ("Hinge", {}, ("signs", "binary_logits")),
    ("SquaredHinge", {}, ("signs", "binary_logits")),
    ("CategoricalHinge", {}, ("categorical", "categorical_logits", "categorical_steps")),
    ("Dice", {}, ("binary", "masks")),
    ("Dice", {"axis": [1, 2, 3]}, ("masks",)),
    ("Tversky", {}, ("binary", "masks")),
    ("Tversky", {"alpha": 0.3, "beta": 0.8}, ("binary",)),
    ("Tversky", {"axis": [1, 2, 3]}, ("masks",)),
]
F = torch.nn.functional
TORCH = {
    "MeanSquaredError/regression": F.mse_loss,
    "MeanAbsoluteError/regression": F.l1_loss,
    "Huber/delta=0.5/regression": lambda y_pred, y_true: F.huber_loss(y_pred, y_true, delta=0.5),
    "BinaryCrossentropy/from_logits=True/binary_logits": F.binary_cross_entropy_with_logits,
    "CategoricalCrossentropy/from_logits=True/categorical_logits": F.cross_entropy,
    "SparseCategoricalCrossentropy/from_logits=True/sparse_logits": F.cross_entropy,
}


def record():
    inputs = {name: {"y_true": y_true, "y_pred": y_pred} for name, (y_true, y_pred) in INPUTS.items()}
    cases = {}
    for class_name, arguments, input_names in CASES:
        for name in input_names:
            case_name = "/".join([class_name, *(f"{key}={value}" for key, value in arguments.items()), name])
            y_true, y_pred = INPUTS[name]
            values = in_each_precision(lambda dtype, c=class_name, a=arguments, n=name: evaluate(c, a, n, dtype))
            if case_name in TORCH:
                compare_with_torch(case_name, y_true, y_pred, values["float64"])
            cases[case_name] = {"class": class_name, "arguments": arguments, "inputs": name, **values}
    return {"weights": WEIGHTS, "inputs": inputs, "cases": cases}


def evaluate(class_name, arguments, name, dtype):
    y_true, y_pred = INPUTS[name]
    loss_class = getattr(keras.losses, class_name)
    per_sample = loss_class(**arguments, reduction="none")(y_true, y_pred)
    values = {"unweighted": reduced(loss_class, arguments, y_true, y_pred, None, dtype)}
    for kind, weights in WEIGHTS.items():
        if weights.shape == per_sample.shape:
            values[f"weighted_{kind}"] = reduced(loss_class, arguments, y_true, y_pred, weights, dtype)
    return values


def reduced(loss_class, arguments, y_true, y_pred, weights, dtype):
    values = {
        reduction: loss_class(**arguments, reduction=reduction)(y_true, y_pred, sample_weight=weights)
        for reduction in REDUCTIONS
        if weights is not None or reduction != "mean_with_sample_weight"
    }
    loss = loss_class(**arguments)
    gradient = jax.grad(lambda y_pred: loss(y_true, y_pred, sample_weight=weights))
    values["gradient"] = gradient(jnp.asarray(y_pred, dtype))
    return values


def compare_with_torch(case_name, y_true, y_pred, values):
    y_pred = torch.tensor(y_pred, requires_grad=True)
    value = TORCH[case_name](y_pred, torch.tensor(y_true))
    value.backward()
    expected = values["unweighted"]
    np.testing.assert_allclose(expected["sum_over_batch_size"], value.item(), rtol=1e-12, err_msg=case_name)
    np.testing.assert_allclose(expected["gradient"], y_pred.grad, rtol=1e-10, atol=1e-15, err_msg=case_name)
