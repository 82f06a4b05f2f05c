"""The doctor: every illness has a network that has it, is found to have it, and learns after the cure."""

from dataclasses import dataclass

import numpy as np
import pytest

from glassnet import datasets, initializers, layers, losses, optimizers, utils
from glassnet.inspect.doctor import diagnose
from glassnet.inspect.doctor.thresholds import LOSS_RISES
from glassnet.models import Sequential

pytestmark = pytest.mark.filterwarnings("ignore:The loss of model:RuntimeWarning", "ignore:.*predicts NaN:RuntimeWarning")

CIRCLE, _ = datasets.circle.load_data()
XOR, _ = datasets.xor.load_data()
PLANE, _ = datasets.regression_plane.load_data()


def blobs(counts=(60, 60, 60), apart=2.0):
    """Clouds of points with 4 features around random centres, one for each class."""
    random = np.random.default_rng(3)
    y = random.permutation(np.repeat(np.arange(len(counts)), counts))
    centres = apart * random.normal(size=(len(counts), 4))
    return (centres[y] + random.normal(size=(len(y), 4))).astype(np.float32), y


BLOBS = blobs()
ONE_HOT = BLOBS[0], np.eye(3)[BLOBS[1]]
RARE = blobs((600, 15), apart=0.7)
FAR = (PLANE[0] * np.float32(20) + np.float32([1000, 3]), PLANE[1])
BYTES = (((CIRCLE[0] + 5) * 25).astype(np.uint8), CIRCLE[1])
SMALL = (CIRCLE[0] * np.float32(1e-3), CIRCLE[1])
SHIFTED = (CIRCLE[0] * np.float32(0.1) + 6, CIRCLE[1])
UNEVEN = (CIRCLE[0] * np.float32([1e-3, 1]), CIRCLE[1])


def dense(units, activation=None, kernel="glorot_uniform", bias=0.0):
    return layers.Dense(units, activation=activation, kernel_initializer=kernel, bias_initializer=initializers.Constant(bias))


def network(features, *parts, loss="binary_crossentropy", optimizer=None):
    model = Sequential([layers.Input((features,)), *parts])
    model.compile(optimizer or optimizers.SGD(0.1), loss)
    return model


def deep(depth, units, activation, kernel="glorot_uniform"):
    return [dense(units, activation, kernel) for _ in range(depth)]


def right(model, x, y):
    """The share of right answers, for one output unit or one for each class."""
    y = np.argmax(y, axis=1) if np.ndim(y) == 2 and np.shape(y)[1] > 1 else np.ravel(y)
    outputs = model.predict(x, verbose=0)
    threshold = 0 if getattr(model.loss, "from_logits", False) else 0.5
    said = outputs[:, 0] > threshold if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return float((said == y).mean()) if np.isfinite(outputs).all() else 0.0


def right_by_class(model, x, y):
    """The mean of the shares of right answers in each class: a rare class counts as much as the others."""
    return float(np.mean([right(model, x[y == c], y[y == c]) for c in np.unique(y)]))


def explained(model, x, y):
    """The share of the targets' variance that the outputs explain: 1 is perfect, 0 is saying the mean."""
    outputs = model.predict(x, verbose=0).reshape(np.shape(y)).astype(np.float64)
    return 1 - float(np.square(outputs - y).mean() / np.var(y)) if np.isfinite(outputs).all() else -np.inf


@dataclass
class Case:
    """A network with an illness.

    Arguments:
        make: Makes the network.
        data: Its (x, y).
        epochs: Of the training with and without the cure.
        ill, well: What `measure` stays below without the cure, and exceeds with it.
        before: Epochs of training before the diagnosis.
        measure: Function of the model and the data.
        threshold: By which the illness must be found, where there are several.
    """

    make: object
    data: tuple
    epochs: int
    ill: float
    well: float
    before: int = 0
    measure: object = right
    threshold: object = None


CASES = {
    "dead_relu": Case(lambda: network(2, dense(16, "relu", bias=-4), dense(1, "sigmoid")), CIRCLE, 80, 0.6, 0.95),
    "dead_relu of a layer of its own": Case(
        lambda: network(2, dense(16, bias=-4), layers.ReLU(), dense(1, "sigmoid")), CIRCLE, 80, 0.6, 0.95
    ),
    "saturated_activation": Case(
        lambda: network(2, dense(16, "sigmoid", bias=15), dense(1, "sigmoid"), optimizer=optimizers.SGD(0.5)),
        CIRCLE, 100, 0.6, 0.95,
    ),
    "saturated_activation of large inputs": Case(
        lambda: network(2, dense(8, "tanh"), dense(1), loss="mse"), FAR, 40, 0.1, 0.9, measure=explained
    ),
    "symmetric_initialization": Case(
        lambda: network(2, dense(16, "tanh", initializers.Ones()), dense(1, "sigmoid", initializers.Ones())),
        CIRCLE, 80, 0.6, 0.95,
    ),
    "vanishing_gradient": Case(
        lambda: network(2, *deep(7, 8, "sigmoid"), dense(1, "sigmoid")), CIRCLE, 60, 0.6, 0.95
    ),
    "vanishing_gradient of a step": Case(
        lambda: network(2, dense(16, "tanh"), dense(1, "step"), loss="mse"), CIRCLE, 60, 0.8, 0.9
    ),
    "exploding_gradient": Case(
        lambda: network(2, *deep(6, 32, "relu", initializers.RandomNormal(stddev=2)), dense(1), loss="mse"),
        PLANE, 40, 0.1, 0.9, measure=explained,
    ),
    "update_too_large": Case(
        lambda: network(2, dense(8), dense(1), loss="mse", optimizer=optimizers.SGD(0.5)), PLANE, 40, 0.1, 0.9,
        measure=explained,
    ),
    "updates_uneven": Case(lambda: network(2, *deep(6, 8, "sigmoid"), dense(1, "sigmoid")), CIRCLE, 100, 0.6, 0.95),
    "learning_rate_too_high": Case(
        lambda: network(2, dense(16, "relu"), dense(1, "sigmoid"), optimizer=optimizers.SGD(50.0)),
        CIRCLE, 60, 0.6, 0.95,
    ),
    "learning_rate_too_high for numbers": Case(
        lambda: network(2, dense(1), loss="mse", optimizer=optimizers.SGD(5.0)), PLANE, 40, 0.1, 0.9, before=40,
        measure=explained,
    ),
    "learning_rate_too_high of a loss that has risen": Case(
        lambda: network(2, dense(8, "relu"), dense(1), loss="mse", optimizer=optimizers.RMSprop(3.0)), PLANE, 40, 0.1, 0.9,
        before=5, measure=explained, threshold=LOSS_RISES,
    ),
    "learning_rate_too_low": Case(
        lambda: network(2, dense(16, "relu"), dense(1, "sigmoid"), optimizer=optimizers.SGD(1e-6)),
        CIRCLE, 60, 0.7, 0.9,
    ),
    "inputs_not_scaled": Case(
        lambda: network(2, dense(8, "tanh"), dense(1), loss="mse"), FAR, 40, 0.1, 0.9, measure=explained
    ),
    "inputs_not_scaled in bytes": Case(
        lambda: network(2, dense(16, "relu"), dense(1, "sigmoid"), optimizer=optimizers.SGD(1.0)), BYTES, 100, 0.6, 0.95
    ),
    "inputs_not_scaled but small": Case(
        lambda: network(2, dense(16, "tanh"), dense(1, "sigmoid")), SMALL, 60, 0.8, 0.95
    ),
    "inputs_not_scaled around 0": Case(
        lambda: network(2, dense(16, "tanh"), dense(1, "sigmoid")), SHIFTED, 60, 0.8, 0.95
    ),
    "inputs_not_scaled alike": Case(lambda: network(2, dense(16, "tanh"), dense(1, "sigmoid")), UNEVEN, 60, 0.9, 0.95),
    "softmax_of_one_unit": Case(lambda: network(2, dense(16, "relu"), dense(1, "softmax")), CIRCLE, 60, 0.6, 0.95),
    "softmax_of_one_unit for three classes": Case(
        lambda: network(4, dense(1, "softmax"), loss="sparse_categorical_crossentropy"), BLOBS, 20, 0.5, 0.9
    ),
    "softmax_of_one_unit for numbers": Case(
        lambda: network(2, dense(1, "softmax"), loss="mse", optimizer=optimizers.SGD(0.02)), PLANE, 20, 0.1, 0.9,
        measure=explained,
    ),
    "labels_do_not_fit: three classes, one unit": Case(lambda: network(4, dense(1, "sigmoid")), BLOBS, 20, 0.5, 0.9),
    "labels_do_not_fit: classes, not one-hot": Case(
        lambda: network(4, dense(3, "softmax"), loss="categorical_crossentropy"), BLOBS, 20, 0.85, 0.95
    ),
    "labels_do_not_fit: one-hot, not classes": Case(
        lambda: network(4, dense(3, "softmax"), loss="sparse_categorical_crossentropy"), ONE_HOT, 20, 0.85, 0.95
    ),
    "labels_do_not_fit: more classes than units": Case(
        lambda: network(4, dense(2, "softmax"), loss="sparse_categorical_crossentropy"), BLOBS, 20, 0.7, 0.9
    ),
    "labels_do_not_fit: a softmax's loss for one unit": Case(
        lambda: network(4, dense(1), loss="sparse_categorical_crossentropy"), blobs((60, 60)), 20, 0.7, 0.9
    ),
    "labels_do_not_fit: numbers": Case(
        lambda: network(2, dense(1, "sigmoid"), optimizer=optimizers.SGD(0.02)), PLANE, 20, 0.1, 0.9, measure=explained
    ),
    "targets_out_of_reach": Case(
        lambda: network(2, dense(8, "tanh"), dense(1, "relu"), loss="mse"), PLANE, 60, 0.6, 0.95, measure=explained
    ),
    "targets_out_of_reach of a sigmoid": Case(
        lambda: network(2, dense(8, "tanh"), dense(1, "sigmoid"), loss="mse"), (PLANE[0], 4 * PLANE[1]), 60, 0.6, 0.95,
        measure=explained,
    ),
    "logits_mismatch": Case(lambda: network(2, dense(16, "relu"), dense(1)), CIRCLE, 60, 0.6, 0.95),
    "logits_mismatch: squeezed twice": Case(
        lambda: network(
            2, dense(16, "tanh"), dense(2, "softmax"), optimizer=optimizers.SGD(0.02),
            loss=losses.SparseCategoricalCrossentropy(from_logits=True),
        ),
        CIRCLE, 40, 0.85, 0.95,
    ),
    "unbalanced_classes": Case(
        lambda: network(4, dense(1, "sigmoid")), RARE, 20, 0.86, 0.9, measure=right_by_class
    ),
    "unbalanced_classes, one-hot": Case(
        lambda: network(4, dense(2, "softmax"), loss="categorical_crossentropy"), (RARE[0], np.eye(2)[RARE[1]]),
        20, 0.86, 0.9, measure=lambda model, x, y: right_by_class(model, x, y.argmax(axis=1)),
    ),
    "chance_level": Case(lambda: network(2, dense(1, "sigmoid")), XOR, 60, 0.7, 0.95, before=40),
    "chance_level of a cause": Case(
        lambda: network(2, dense(16, "relu", bias=-40), dense(1, "sigmoid")), CIRCLE, 80, 0.6, 0.95, before=40
    ),
    "underfitting": Case(lambda: network(2, dense(1, "tanh"), dense(1, "sigmoid")), CIRCLE, 60, 0.8, 0.95, before=60),
}  # fmt: skip


def train(model, x, y, epochs, **arguments):
    """Trains, as far as the loss can read the labels."""
    try:
        model.fit(x, y, epochs=epochs, batch_size=10, verbose=0, **arguments)
    except ValueError:
        assert "labels_do_not_fit" in diagnose(model, x, y) or "softmax_of_one_unit" in diagnose(model, x, y)


@pytest.mark.parametrize("case_name", CASES)
def test_an_ill_network_is_found_and_learns_after_the_cure(case_name):
    case, name = CASES[case_name], case_name.split()[0].strip(":,")
    utils.set_random_seed(1)
    ill, (x, y) = case.make(), case.data
    if case.before:
        train(ill, x, y, case.before)
    weights = ill.get_weights()
    diagnosis = diagnose(ill, x, y)
    finding = diagnosis[name]
    assert case.threshold in (None, finding.threshold)
    cured = diagnosis.apply(name)
    assert [a.tobytes() for a in ill.get_weights()] == [a.tobytes() for a in weights]
    train(ill, x, y, case.epochs)
    train(cured, x, y, case.epochs, **finding.fit_arguments)
    before, after = case.measure(ill, x, y), case.measure(cured, x, y)
    print(f"{case_name}: {finding.measured:.3g}, {before:.3f} -> {after:.3f}")
    assert before < case.ill and after > case.well


def test_labels_are_needed_and_one_example_is_one():
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    with pytest.raises(ValueError, match="Expected labels y to examine model"):
        diagnose(model, [[1.0, 2.0]], None)
    assert str(diagnose(model, [[1.0, 2.0]], [1.0])).startswith(f"Diagnosis of '{model.name}' on 1 example:")
