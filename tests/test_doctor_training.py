"""The doctor on healthy networks, beside a training, on trained networks, and what its findings say."""

import random
import re

import numpy as np
import pytest

from glassnet import datasets, initializers, layers, losses, metrics, optimizers, utils
from glassnet.callbacks import Callback
from glassnet.inspect.doctor import Diagnosis, Doctor, diagnose, thresholds
from glassnet.inspect.doctor.examination import Examination
from glassnet.models import Sequential

CIRCLE, _ = datasets.circle.load_data()
PLANE, _ = datasets.regression_plane.load_data()
PARITY, _ = datasets.parity.load_data()
SPARSE = "sparse_categorical_crossentropy"


def mnist(examples=2000):
    (x, y), _ = datasets.mnist.load_data()
    return x[:examples].reshape(-1, 784) / np.float32(255), y[:examples]


MNIST = mnist()


def network(features, *parts, loss="binary_crossentropy", optimizer=None):
    model = Sequential([layers.Input((features,)), *parts])
    model.compile(optimizer or optimizers.SGD(0.1), loss)
    return model


def dense(units, activation=None, **arguments):
    return layers.Dense(units, activation=activation, **arguments)


HEALTHY = {
    "digits by squared error": (
        lambda: network(784, dense(16, "sigmoid"), dense(16, "sigmoid"), dense(10, "sigmoid"), loss="mse",
                        optimizer=optimizers.SGD(3.0)),
        (MNIST[0], np.eye(10, dtype=np.float32)[MNIST[1]]), 15, 32,
    ),
    "digits by relu and softmax": (
        lambda: network(784, dense(32, "relu"), dense(10, "softmax"), loss=SPARSE, optimizer="adam"), MNIST, 5, 32
    ),
    "digits from bytes": (
        lambda: network(784, layers.Rescaling(1 / 255), dense(32, "relu"), layers.Dropout(0.2), dense(10),
                        optimizer="adam", loss=losses.SparseCategoricalCrossentropy(from_logits=True)),
        ((MNIST[0] * 255).round().astype(np.uint8), MNIST[1]), 5, 32,
    ),
    "parity": (lambda: network(8, dense(1, "sigmoid"), optimizer=optimizers.SGD(1.0)), PARITY, 30, 5),
    "circle by relu": (lambda: network(2, dense(16, "relu"), dense(1, "sigmoid")), CIRCLE, 60, 10),
    "circle by tanh": (
        lambda: network(2, dense(8, "tanh"), dense(4, "tanh"), dense(1, "sigmoid"), optimizer=optimizers.SGD(0.03)),
        CIRCLE, 60, 10,
    ),
    "plane": (lambda: network(2, dense(1), loss="mse", optimizer=optimizers.SGD(0.01)), PLANE, 20, 10),
    "plane by relu": (
        lambda: network(2, dense(8, "relu"), dense(1), loss="mse", optimizer=optimizers.Adam(0.01)), PLANE, 30, 10
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_in_healthy_networks_before_and_after_training(name):
    make, (x, y), epochs, batch_size = HEALTHY[name]
    utils.set_random_seed(0)
    model = make()
    begin = diagnose(model, x, y)
    assert begin.healthy, begin
    losses_ = model.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0).history["loss"]
    end = diagnose(model, x, y)
    assert end.healthy, end
    assert losses_[-1] < 0.8 * losses_[0]  # it learns indeed


def few_examples():
    """A rule of two features among 20 with noise in the labels: 60 examples to learn from, 300 to validate on."""
    numbers = np.random.default_rng(0)
    x = numbers.normal(size=(360, 20)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] + 0.7 * numbers.normal(size=360) > 0).astype(np.int64)
    return (x[:60], y[:60]), (x[60:], y[60:])


@pytest.mark.parametrize("known", ["history", "data"])
def test_overfitting_is_found_and_less_after_the_cure(known):
    utils.set_random_seed(1)
    train, validation = few_examples()
    model = network(20, dense(64, "relu"), dense(1, "sigmoid"), optimizer=optimizers.Adam(0.01))
    assert diagnose(model, *train, validation_data=validation).healthy
    arguments = {"epochs": 60, "batch_size": 10, "verbose": 0}
    if known == "history":
        model.fit(*train, validation_data=validation, **arguments)
        finding = diagnose(model, *train)["overfitting"]
        assert finding.threshold is thresholds.OVERFITTING and finding.details["epoch"] < 30
    else:
        model.fit(*train, **arguments)
        assert diagnose(model, *train).healthy, "without validation data it cannot be seen"
        finding = diagnose(model, *train, validation_data=validation)["overfitting"]
        assert finding.threshold is thresholds.OVERFITTING_GAP
    cured = finding.apply()
    cured.fit(*train, **arguments)
    assert cured.evaluate(*validation, verbose=0) < 0.8 * model.evaluate(*validation, verbose=0)


def trained(*callbacks, optimizer):
    utils.set_random_seed(5)
    model = network(2, dense(8, "relu"), layers.Dropout(0.3), dense(1, "sigmoid"), optimizer=optimizer())
    history = model.fit(*CIRCLE, epochs=4, batch_size=16, verbose=0, callbacks=list(callbacks)).history
    state = model.params.array.tobytes(), model.optimizer.slots.array.tobytes(), int(model.optimizer.steps)
    return state, history, random.getstate(), np.random.get_state()[1].tolist()


class Diagnoser(Callback):
    """Diagnoses in the middle of a training."""

    def on_epoch_end(self, epoch, logs=None):
        diagnose(self.model, *CIRCLE, validation_data=CIRCLE)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optimizers.SGD(0.1, momentum=0.9, clipnorm=1.0),
        lambda: optimizers.Adam(0.01, use_ema=True),
        lambda: optimizers.Nadam(iter([0.01] * 1000).__next__),  # a rate that counts how often it is asked for
        lambda: optimizers.SGD(0.1, gradient_accumulation_steps=2),
    ],
)
def test_watching_changes_no_bit(optimizer):
    plain = trained(optimizer=optimizer)
    assert trained(Doctor(*CIRCLE, validation_data=CIRCLE), optimizer=optimizer) == plain
    assert trained(Diagnoser(), optimizer=optimizer) == plain


def test_an_optimizer_that_is_not_built_stays_so():
    model = network(2, dense(1, "sigmoid"))
    diagnose(model, *CIRCLE)
    assert model.optimizer.slots is None


class Kill(Callback):
    """Pushes the biases of two units far below 0 before the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            self.model.layers[0].bias.value[[1, 4]] = -1000


def test_the_doctor_knows_since_when_relus_are_dead():
    utils.set_random_seed(0)
    model = network(2, dense(8, "relu"), dense(1, "sigmoid"))
    doctor = Doctor(*CIRCLE)
    model.fit(*CIRCLE, epochs=5, verbose=0, callbacks=[Kill(), doctor])
    name = model.layers[0].name
    finding = doctor.diagnosis["dead_relu"]
    assert finding.details["units"] == {name: [1, 4]} and finding.details["since"] == {name: {1: 3, 4: 3}}
    assert finding.measured == 2 / 8 and finding.where == (name,) and "since epoch 3" in finding.meaning
    assert [record.epoch for record in doctor.records] == list(range(6))
    assert [len(record.dead[name]) for record in doctor.records] == [0, 0, 0, 2, 2, 2]


def test_the_records_are_the_numbers_of_the_arena():
    utils.set_random_seed(0)
    model = network(2, dense(4, "tanh"), dense(1, "sigmoid"))
    doctor = Doctor(*CIRCLE)
    model.fit(*CIRCLE, epochs=3, verbose=0, callbacks=[doctor])
    last = doctor.records[-1]
    assert last.loss == pytest.approx(model.evaluate(*CIRCLE, verbose=0), rel=1e-5)
    outputs = model.predict(CIRCLE[0], verbose=0)[:, 0].astype(np.float64)
    delta = (outputs - CIRCLE[1]) / len(outputs)  # of a sigmoid with crossentropy
    assert last.gradients[model.layers[1].name] == pytest.approx(np.sqrt(np.mean(delta**2)), rel=1e-4)
    assert set(last.update_ratios) == {layer.kernel.path for layer in model.layers}


def test_the_update_ratio_of_a_step_worked_out_by_hand():
    model = network(1, dense(1, use_bias=False, kernel_initializer=initializers.Constant(4.0)), loss="sum_of_squares",
                    optimizer=optimizers.SGD(0.25))  # fmt: skip
    x, y = np.ones((40, 1)), np.zeros(40)
    # Each step multiplies the weight by 1 - 0.25; from 1 on, Glorot's norm sqrt(2 / 2) = 1 is what it is compared with.
    weights = [4 * 0.75**k for k in range(20)]
    expected = np.median([0.25 * w / max(w, 1) for w in weights])
    exam = Examination(model, *model._data(x, y)[:2])
    assert exam.update_ratios[model.layers[0].kernel.path] == pytest.approx(expected, rel=1e-5)
    assert exam.trials[1.0] == pytest.approx((4 * 0.75**20) ** 2 / 2, rel=1e-4)


@pytest.mark.parametrize("loss", ["mse", "binary", "logits"])
def test_the_loss_of_the_best_constant(loss):
    y = np.array([1, 0, 0, 0])
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    made = {"mse": "mse", "binary": "binary_crossentropy", "logits": losses.BinaryCrossentropy(from_logits=True)}[loss]
    model = network(2, dense(1, None if loss == "logits" else "sigmoid"), loss=made)
    exam = Examination(model, *model._data(np.zeros((4, 2)), y)[:2])
    assert exam.constant_loss == pytest.approx(0.1875 if loss == "mse" else entropy, rel=1e-4)


@pytest.mark.parametrize("from_logits", [False, True])
def test_the_loss_of_the_best_constant_is_ln_c(from_logits):
    loss = losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model = network(2, dense(4, None if from_logits else "softmax"), loss=loss)
    exam = Examination(model, *model._data(np.zeros((8, 2)), np.arange(8) % 4)[:2])
    assert exam.constant_loss == pytest.approx(np.log(4), rel=1e-4)


def test_what_a_finding_says():
    model = network(2, dense(1, "softmax"))
    diagnosis = diagnose(model, *CIRCLE)
    text = str(diagnosis)
    assert "1 finding." in text and "Try: " in text and "Source: By definition: the outputs of a softmax (Bridle, 1990)" in text
    assert diagnosis[0] is diagnosis["softmax_of_one_unit"] and "softmax_of_one_unit" in diagnosis
    assert len(diagnosis) == 1 and not diagnosis.healthy and repr(diagnosis).endswith("softmax_of_one_unit>")
    with pytest.raises(KeyError, match="Expected one of the findings: softmax_of_one_unit. Received: 'dead_relu'"):
        diagnosis.apply("dead_relu")
    assert str(Diagnosis([], "m", 3)) == "Diagnosis of 'm' on 3 examples: nothing found."


def test_every_threshold_names_its_source_and_says_whose_choice_the_number_is():
    found = [value for value in vars(thresholds).values() if isinstance(value, thresholds.Threshold)]
    assert len(found) > 15
    for threshold in found:
        assert re.search(r"\((19|20)\d\d|, (19|20)\d\d", threshold.source), threshold
        assert threshold.source.startswith(("By definition", "As in ", "Our choice")), threshold
        assert threshold.measure


def test_the_cured_model_keeps_everything_else():
    utils.set_random_seed(0)
    optimizer = optimizers.SGD(0.05, momentum=0.5)
    model = Sequential([layers.Input((2,)), dense(8, "relu"), dense(1)])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", metrics.AUC(from_logits=True, name="auc")])
    model.fit(*CIRCLE, epochs=1, verbose=0)
    cured = diagnose(model, *CIRCLE).apply("logits_mismatch")
    assert cured is not model and cured.loss.from_logits and not model.loss.from_logits
    assert [layer.name for layer in cured.layers] == [layer.name for layer in model.layers]
    assert all(np.array_equal(a, b) for a, b in zip(cured.get_weights(), model.get_weights(), strict=True))
    assert cured.optimizer.get_config() == model.optimizer.get_config() and cured.optimizer is not model.optimizer
    assert list(cured.evaluate(*CIRCLE, verbose=0, return_dict=True)) == ["loss", "accuracy", "auc"]
    assert cured.metrics[1] is not model.metrics[1]


def test_what_cannot_be_examined_is_refused():
    with pytest.raises(ValueError, match="must know its loss and optimizer first"):
        diagnose(Sequential([layers.Input((2,)), dense(1)]), *CIRCLE)
    model = network(2, dense(1, "sigmoid"))
    with pytest.raises(ValueError, match="expected inputs of 2 features, got 3"):
        diagnose(model, np.zeros((4, 3)), np.zeros(4))
    with pytest.raises(ValueError, match="as many labels as examples"):
        diagnose(model, np.zeros((4, 2)), np.zeros(5))
    with pytest.raises(ValueError, match="Expected targets that are numbers"):
        diagnose(model, np.zeros((2, 2)), ["a", "b"])


def test_degenerate_data_are_no_obstacle():
    for x, y in [(np.zeros((1, 2)), [1]), (np.ones((50, 2)), np.zeros(50)), (np.eye(2), [0, 1])]:
        model = network(2, dense(3, "tanh"), dense(1, "sigmoid"))
        assert isinstance(diagnose(model, x, y), Diagnosis)


@pytest.mark.filterwarnings("ignore:The loss of model:RuntimeWarning")
@pytest.mark.parametrize("rate", [3.0, lambda: 3.0])
def test_a_training_that_ended_in_nan_is_cured(rate):
    utils.set_random_seed(0)
    model = network(2, dense(1), loss="mse", optimizer=optimizers.SGD(rate))
    doctor = Doctor(*PLANE)
    model.fit(*PLANE, epochs=20, verbose=0, callbacks=[doctor])
    assert not np.isfinite(model.get_weights()[0]).all()
    assert doctor.diagnosis.names == ["learning_rate_too_high"]
    cured = doctor.diagnosis.apply("learning_rate_too_high")
    assert cured.fit(*PLANE, epochs=20, verbose=0).history["loss"][-1] < 0.01  # saying the mean gives 0.17
    assert float(cured.optimizer.learning_rate) < 0.3


def test_frozen_layers_are_left_alone():
    model = network(2, dense(4, "tanh", trainable=False), dense(1, "sigmoid"))
    assert [node.layer for node in Examination(model, *model._data(*CIRCLE)[:2]).layers] == [model.layers[1].name]
    diagnose(model, *CIRCLE)
    model.trainable = False
    assert diagnose(model, *CIRCLE).healthy
