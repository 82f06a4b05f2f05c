"""The doctor on networks of several inputs and outputs: each ill output or input is found by name, and learns after the cure."""

from dataclasses import dataclass

import numpy as np
import pytest

from glassnet import Input, Model, datasets, initializers, layers, losses, optimizers, utils
from glassnet.inspect.doctor import Doctor, diagnose
from glassnet.inspect.timeline import Timeline

CIRCLE, PLANE = datasets.circle.load_data()[0], datasets.regression_plane.load_data()[0]
N = min(len(CIRCLE[0]), len(PLANE[0]))
X = {"left": CIRCLE[0][:N], "right": PLANE[0][:N]}
INSIDE, HEIGHT = CIRCLE[1][:N], PLANE[1][:N].reshape(-1, 1)
FAR = {**X, "right": X["right"] * np.float32(20) + np.float32([1000, 3])}
BYTES = {**X, "left": ((X["left"] + 5) * 25).astype(np.uint8)}
RARE = (np.linalg.norm(X["left"] - np.float32([2.0, 2.0]), axis=1) < 1.4).astype(int)


def network(inside=(1, "sigmoid"), loss="binary_crossentropy", height=None, kernel=None, bias=0.0, rate=0.1, weights=None):
    """`inside` says whether a point (left) lies in the circle, `height` how high the plane is (right); both see both inputs."""
    utils.clear_session()
    utils.set_random_seed(1)
    left, right = Input((2,), name="left"), Input((2,), name="right")
    both = layers.Concatenate()([left, right])
    near = layers.Dense(
        16, "relu", kernel_initializer=kernel or "glorot_uniform", bias_initializer=initializers.Constant(bias), name="near"
    )(both)
    ends = [layers.Dense(*inside, name="inside")(near), layers.Dense(1, height, name="height")(layers.Dense(8, "tanh")(both))]
    model = Model([left, right], ends)
    model.compile(optimizers.SGD(rate), [loss, "mse"], loss_weights=weights)
    return model


def right(model, x, y):
    outputs = model.predict(x, verbose=0)[0]
    threshold = 0 if getattr(model.loss[0], "from_logits", False) else 0.5
    said = outputs[:, 0] > threshold if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return float(np.mean([(said == y[0])[y[0] == c].mean() for c in np.unique(y[0])]))


def explained(model, x, y):
    outputs = model.predict(x, verbose=0)[1].astype(np.float64)
    return 1 - float(np.square(outputs - y[1]).mean() / np.var(y[1])) if np.isfinite(outputs).all() else -np.inf


@dataclass
class Case:
    """A network with an illness: arguments of `network`, its data, the layers or the output that the finding names, and what a
    measure stays below without the cure and exceeds with it."""

    arguments: dict
    names: str
    measure: object
    ill: float
    well: float
    x: object = None
    inside: object = None
    height: object = None
    before: int = 0


CASES = {
    "softmax_of_one_unit": Case({"inside": (1, "softmax")}, "Output 'inside'", right, 0.6, 0.9),
    "labels_do_not_fit": Case({"inside": (2, "softmax")}, "Output 'inside'", right, 0.6, 0.9),
    "logits_mismatch": Case({"inside": (1,)}, "Output 'inside'", right, 0.6, 0.9),
    "logits_mismatch: squeezed twice": Case(
        {"loss": losses.BinaryCrossentropy(from_logits=True), "weights": [1.0, 0.5]}, "Output 'inside'", right, 0.8, 0.9
    ),
    "targets_out_of_reach": Case({"height": "relu"}, "Output 'height'", explained, 0.7, 0.9),
    "inputs_not_scaled": Case({"rate": 0.02}, "of the inputs left, right", explained, 0.1, 0.9, x=FAR),
    "unbalanced_classes": Case({"rate": 0.02}, "Output 'inside'", right, 0.8, 0.85, inside=RARE),
    "symmetric_initialization": Case({"kernel": "zeros"}, "near", right, 0.6, 0.9),
    "dead_relu": Case({"bias": -40.0}, "near", right, 0.6, 0.9),
    "chance_level": Case({"bias": -40.0}, "Output 'inside'", right, 0.6, 0.9, before=10),
    "learning_rate_too_high": Case({"rate": 50.0}, "", explained, 0.1, 0.8),
    "learning_rate_too_low": Case({"rate": 1e-6}, "", explained, 0.6, 0.9),
}


@pytest.mark.filterwarnings("ignore:The loss of model:RuntimeWarning", "ignore:.*predicts NaN:RuntimeWarning")
@pytest.mark.parametrize("case_name", CASES)
def test_an_ill_network_is_found_and_learns_after_the_cure(case_name):
    case, name = CASES[case_name], case_name.partition(":")[0]
    ill = network(**case.arguments)
    x, y = case.x or X, [INSIDE if case.inside is None else case.inside, HEIGHT]
    if case.before:
        ill.fit(x, y, batch_size=10, epochs=case.before, verbose=0)
    finding = diagnose(ill, x, dict(zip(ill.output_names, y, strict=True)))[name]
    assert case.names in finding.meaning + finding.cure + " ".join(finding.where)
    cured = finding.apply()
    assert cured.loss_weights == ill.loss_weights and cured.input_names == ill.input_names
    for model, arguments in ((ill, {}), (cured, finding.fit_arguments)):
        if model is cured or name != "labels_do_not_fit":
            model.fit(x, y, batch_size=10, epochs=60, verbose=0, **arguments)
    before, after = case.measure(ill, x, y), case.measure(cured, x, y)
    print(f"{case_name}: {finding.measured:.3g}, {before:.3f} -> {after:.3f}")
    assert before < case.ill and after > case.well


def test_nothing_is_found_in_a_healthy_graph():
    model, y = network(weights=[0.5, 2.0]), [INSIDE, HEIGHT]
    assert diagnose(model, list(X.values()), y).names == []
    doctor = Doctor(X, y, validation_data=(X, y))
    model.fit(X, y, batch_size=10, epochs=40, verbose=0, callbacks=[doctor])
    assert doctor.diagnosis.names == []
    assert doctor.records[-1].loss == pytest.approx(model.evaluate(X, y, verbose=0)[0], rel=1e-5)


def test_only_the_input_that_needs_it_is_scaled():
    left, right_ = Input((2,), name="left"), Input((2,), name="right")
    seen = [layers.Dense(4, "tanh", name=name)(x) for name, x in (("l", left), ("r", right_))]
    model = Model([left, right_], layers.Dense(1, "sigmoid", name="end")(layers.Concatenate()(seen)))
    model.compile("adam", "binary_crossentropy")
    finding = diagnose(model, BYTES, INSIDE)["inputs_not_scaled"]
    assert "of the inputs left, which brings bytes to 0..1" in finding.cure
    cured = finding.apply()
    assert [place.sources for place in cured.places if place.name in "lr"] == [["rescaling"], ["right"]]
    cured.fit(BYTES, INSIDE, epochs=2, verbose=0)


def test_an_output_without_a_loss_is_left_alone():
    model = network()
    model.compile("adam", [None, "mse"])
    assert diagnose(model, X, HEIGHT).names == []
    with pytest.raises(ValueError, match="expected y as a list of 2, for inside, height"):
        diagnose(model, X, [HEIGHT] * 3)


def test_overfitting_of_two_heads_is_cured_by_dropout_before_the_first():
    utils.set_random_seed(0)
    random = np.random.default_rng(0)
    x, other = random.normal(size=(40, 6)), random.normal(size=(40, 6))
    y, truth = ([random.integers(2, size=40), random.normal(size=(40, 1))] for _ in range(2))
    start = Input((6,))
    hidden = layers.Dense(64, "relu")(layers.Dense(64, "relu")(start))
    model = Model(start, [layers.Dense(1, "sigmoid", name="yes")(hidden), layers.Dense(1, name="size")(hidden)])
    model.compile("adam", ["binary_crossentropy", "mse"])
    model.fit(x, y, epochs=150, batch_size=8, verbose=0)
    cured = diagnose(model, x, y, validation_data=(other, truth)).apply("overfitting")
    assert [place.sources for place in cured.places[-2:]] == [["dropout"], ["dropout"]]
    cured.fit(x, y, epochs=150, batch_size=8, verbose=0)
    assert cured.evaluate(other, truth, verbose=0)[0] < 0.9 * model.evaluate(other, truth, verbose=0)[0]


def test_watching_a_graph_changes_no_bit():
    y, bits = [INSIDE, HEIGHT], []
    for watching in (list, lambda: [Doctor(X, y), Timeline(every=3)]):
        model = network(weights=[0.5, 2.0])
        model.fit(X, y, batch_size=32, epochs=3, verbose=0, callbacks=watching())
        model.trace(X, y)
        model.fit(X, y, batch_size=32, epochs=1, verbose=0)
        bits.append(model.params.array.tobytes())
    assert bits[0] == bits[1]
