"""What losses refuse, and what becomes of targets that they take."""

import numpy as np
import pytest

from glassnet import losses


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_targets_stay_as_they_are(dtype):
    y = np.eye(3, dtype=dtype)
    for loss in (losses.MeanSquaredError(), losses.CategoricalCrossentropy(), losses.BinaryCrossentropy()):
        assert loss.check_target(y, (3,)) is y
    numbers = np.array([0, 2, 1], dtype)
    assert losses.SparseCategoricalCrossentropy().check_target(numbers, (3,)) is numbers


@pytest.mark.parametrize(("dtype", "kept"), [("uint32", "int64"), ("int8", "int64"), ("bool", "uint8"), ("float16", "float32")])
def test_other_targets_are_converted(dtype, kept):
    assert losses.MeanSquaredError().check_target(np.ones((2, 3), dtype), (3,)).dtype == kept


def test_shapes_of_targets():
    assert losses.MeanSquaredError().check_target([1, 2], (1,)).shape == (2, 1)
    assert losses.MeanSquaredError().target_shape((4, 3)) == (4, 3)
    sparse = losses.SparseCategoricalCrossentropy()
    assert sparse.target_shape((4, 3)) == (4,)
    assert sparse.check_target([[1], [2]], (3,)).shape == (2,)
    assert sparse.check_target(np.zeros((2, 4, 1)), (4, 3)).shape == (2, 4)
    assert losses.MeanSquaredError().check_target(np.zeros((3, 4)).T[::2], (3,)).flags.c_contiguous


def test_hinge_labels_become_signs():
    for labels in ([0, 1, 1], [-1, 1, 1]):
        np.testing.assert_array_equal(
            losses.Hinge().check_target(np.array(labels, "uint8" if 0 in labels else "int64"), (1,)), [[-1], [1], [1]]
        )


mse, bce = losses.MeanSquaredError(), losses.BinaryCrossentropy()
cce, scce = losses.CategoricalCrossentropy(), losses.SparseCategoricalCrossentropy()
REFUSED = [
    (lambda: mse.check_target(np.zeros((2, 3)), (4,)), r"shaped like the outputs, \(N, 4\). Received: shape \(2, 3\)"),
    (lambda: mse.check_target(np.zeros((2,)), (4,)), "shaped like the outputs"),
    (lambda: mse.check_target([[0.0], [np.nan]], (1,)), r"finite targets. Received: nan at index \(1, 0\)"),
    (lambda: mse.check_target([[np.inf]], (1,)), "finite targets. Received: inf"),
    (lambda: mse.check_target(["cat", "dog"], (1,)), "Turn names into numbers"),
    (lambda: mse.check_target(np.array([None, 1]), (1,)), "targets that are numbers"),
    (lambda: mse.check_target(np.zeros((0, 1)), (1,)), "at least one example"),
    (lambda: mse.check_target(3, (1,)), "at least one example"),
    (
        lambda: bce.check_target([[0.0], [2.0]], (1,)),
        r"between 0 and 1 .* Received: 2.0 at index \(1, 0\). Use the labels 0 and 1",
    ),
    (lambda: bce.check_target([-1, 1], (1,)), "between 0 and 1 .* Received: -1"),
    (lambda: cce.check_target([0, 2], (3,)), "Use SparseCategoricalCrossentropy"),
    (lambda: cce.check_target([[0], [2]], (3,)), "Use SparseCategoricalCrossentropy"),
    (lambda: cce.check_target([[0, 1]], (3,)), "shaped like the outputs"),
    (lambda: cce([[1.0]], [[0.5]]), "at least 2 classes .* Use BinaryCrossentropy"),
    (lambda: scce.check_target(np.eye(3), (3,)), "looks one-hot. Use CategoricalCrossentropy"),
    (lambda: scce.check_target([0, 1, 3], (3,)), "from 0 to 2 for 3 outputs. Received: 3 at index 2"),
    (lambda: scce.check_target([0, -1], (3,)), "Received: -1 at index 1"),
    (lambda: scce.check_target([0.5], (3,)), "whole numbers"),
    (lambda: scce.check_target(np.zeros((2, 5)), (3,)), "one number of a class for each"),
    (lambda: scce([0], [[0.5]]), "at least 2 classes"),
    (lambda: losses.Hinge().check_target([0, 1, 2], (1,)), "the targets -1 and 1, or 0 and 1. Received: 0"),
    (lambda: mse([[0.0]], [[1.0], [2.0]]), "a target for each of 2 predictions. Received: 1"),
    (lambda: mse(0.0, 1.0), "at least one axis"),
    (lambda: mse([[0.0]], [[1.0]], [1.0, 2.0]), r"a sample weight for each example, shape \(1,\)"),
    (lambda: mse([[0.0]], [[1.0]], [np.nan]), "finite sample weights"),
    (lambda: losses.MeanSquaredError(reduction="average"), "one of the reductions"),
    (lambda: losses.MeanSquaredError(dtype="int8"), "Expected the dtype"),
    (lambda: losses.MeanSquaredError(reduction="none").gradient([[0.0]], [[1.0]]), "leaves one number"),
    (lambda: losses.BinaryCrossentropy(axis=1), "Expected axis=-1"),
    (lambda: losses.CategoricalCrossentropy(label_smoothing=2), "label_smoothing between 0 and 1"),
    (lambda: losses.BinaryFocalCrossentropy(gamma=-1), "gamma >= 0"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(q=1), "between 0 and 1, exclusive"),
    (lambda: losses.Huber(delta=0), "delta > 0"),
    (lambda: losses.CosineSimilarity(axis=0)([[1.0]], [[1.0]]), "side by side, without the batch's"),
    (lambda: losses.CosineSimilarity(axis=7)([[1.0]], [[1.0]]), "side by side, without the batch's"),
    (lambda: losses.CosineSimilarity(axis=None), "Use axis=-1"),
    (lambda: losses.Dice(axis=[1, 3])(np.ones((1, 2, 2, 2)), np.ones((1, 2, 2, 2))), "side by side"),
    (lambda: losses.get(lambda y_true, y_pred: 0), "no automatic differentiation"),
    (lambda: losses.get("msee"), "name of one of the loss functions"),
    (lambda: losses.deserialize({"class_name": "Huber", "config": {"depth": 1}}), "cannot be built"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_loss_without_an_operation_is_refused():
    class Mine(losses.Loss):
        pass

    with pytest.raises(NotImplementedError, match="Mine, which names no operation"):
        Mine()([[0.0]], [[1.0]])
