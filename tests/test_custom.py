"""Layers, operations, losses of one's own: built, checked, trained, saved, refused."""

import os
import subprocess
import sys

import numpy as np
import pytest

import glassnet
from glassnet import check_gradients, layers, losses, ops, optimizers
from glassnet.engine.cache import fingerprint
from glassnet.inspect import Timeline
from glassnet.models import Model, Sequential, clone_model
from glassnet.saving import register_keras_serializable


def swish_forward(x, y, beta):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            y[b, i] = x[b, i] / (1 + np.exp(-beta * x[b, i]))


def swish_backward(x, y, dy, dx, beta):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            share = 1 / (1 + np.exp(-beta * x[b, i]))
            dx[b, i] += dy[b, i] * (share + beta * y[b, i] * (1 - share))


def wrong_backward(x, y, dy, dx, beta):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            dx[b, i] += dy[b, i] * beta


def scale_forward(x, scale, offset, y):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            y[b, i] = x[b, i] * scale[i] + offset[i]


def scale_backward(x, scale, offset, y, dy, dx, dscale, doffset):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            dx[b, i] += dy[b, i] * scale[i]
            dscale[i] += dy[b, i] * x[b, i]
            doffset[i] += dy[b, i]


def polar_forward(x, y, radius, angle):
    for b in range(x.shape[0]):
        radius[b] = np.sqrt(x[b, 0] ** 2 + y[b, 0] ** 2)
        angle[b, 0, 0] = np.arctan2(y[b, 0], x[b, 0])


def polar_backward(x, y, radius, angle, dradius, dangle, dx, dy):
    for b in range(x.shape[0]):
        r = radius[b]
        dx[b, 0] += dradius[b] * x[b, 0] / r - dangle[b, 0, 0] * y[b, 0] / r**2
        dy[b, 0] += dradius[b] * y[b, 0] / r + dangle[b, 0, 0] * x[b, 0] / r**2


def pinball_forward(y_pred, y_true, values, share):
    for b in range(y_pred.shape[0]):
        error = y_true[b, 0] - y_pred[b, 0]
        values[b] = share * error if error > 0 else (share - 1) * error


def pinball_backward(y_pred, y_true, values, dvalues, dy_pred, dy_true, share):
    for b in range(y_pred.shape[0]):
        dy_pred[b, 0] -= dvalues[b] * (share if y_true[b, 0] > y_pred[b, 0] else share - 1)


swish = ops.operation(swish_forward, swish_backward, name="test_swish")
scale = ops.operation(scale_forward, scale_backward, name="test_scale")
polar = ops.operation(polar_forward, polar_backward, name="test_polar", output_shape=lambda x, y: [(), (1, 1)])


@register_keras_serializable(package="tests")
class Scale(layers.Layer):
    """A factor and an offset for each feature, and a residual link."""

    def __init__(self, residual=True, **kwargs):
        super().__init__(**kwargs)
        self.residual = residual

    def build(self, input_shape):
        self.factor = self.add_weight(input_shape[1:], "ones", name="factor")
        self.offset = self.add_weight(input_shape[1:], "zeros", name="offset")
        self.inner = layers.Dense(input_shape[-1], activation="tanh", name=f"{self.name}_inner", dtype=self.dtype)
        super().build(input_shape)

    def call(self, x):
        scaled = scale(self.inner(x), variables=[self.factor, self.offset])
        return ops.add([x, scaled]) if self.residual else scaled

    def get_config(self):
        return {**super().get_config(), "residual": self.residual}


@register_keras_serializable(package="tests")
class Pinball(losses.Loss):
    """The loss of a quantile."""

    operation = ops.operation(pinball_forward, pinball_backward, name="test_pinball")
    arguments = ("share",)

    def __init__(self, share=0.9, **kwargs):
        super().__init__(**kwargs)
        self.share = share


ROWS = np.random.default_rng(0).normal(size=(5, 3))


def test_an_operation_computes_on_arrays_and_in_a_network():
    expected = ROWS / (1 + np.exp(-2 * ROWS))
    np.testing.assert_allclose(swish(ROWS, constants=(2.0,)), expected, rtol=1e-5, atol=1e-7)
    x = layers.Input((3,))
    model = Model(x, swish(x, constants=(2.0,), name="s"))
    np.testing.assert_allclose(model.predict(ROWS, verbose=0), expected, rtol=1e-5, atol=1e-7)
    assert "s/a" in model.trace(ROWS)
    radius, angle = polar(ROWS[:, :1], ROWS[:, 1:2])
    np.testing.assert_allclose(radius, np.hypot(ROWS[:, 0], ROWS[:, 1]), rtol=1e-6)
    assert angle.shape == (5, 1, 1)


@pytest.mark.parametrize(
    ("thing", "x", "y"),
    [
        (layers.OperationLayer(swish, constants=(1.5,)), ROWS, None),
        (polar, [ROWS[:, :1], ROWS[:, 1:2]], None),
        (Scale(), ROWS, None),
        (Sequential([layers.Input((3,)), layers.Dense(4), Scale(), layers.Dense(2)]), ROWS, None),
        (layers.Multiply(), [ROWS, ROWS[:, ::-1].copy()], None),
        (Pinball(0.8), ROWS[:, :1], ROWS[:, 1:2]),
        (losses.MeanSquaredError(), ROWS, ROWS[:, ::-1]),
        (layers.LSTM(2), ROWS[:, :, None], None),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_derivatives_are_proved_by_one_call(thing, x, y):
    found = check_gradients(thing, x, y)
    assert 0 < found.difference < 1e-6 and all(c.backward != 0 for c in found if c.name != "y_true")
    assert str(found).count("\n") == len(found)


def test_a_compiled_model_is_checked_with_its_loss_and_penalties():
    model = Sequential([layers.Input((3,)), layers.Dense(2, kernel_regularizer="l2", name="d"), Scale()])
    model.compile("sgd", "mse")
    found = check_gradients(model, ROWS, ROWS[:, :2])
    assert {"input", "d/kernel", "d/bias"} < {c.name for c in found} and found.difference < 1e-6


def test_a_wrong_derivative_is_found():
    wrong = ops.operation(swish_forward, wrong_backward, name="test_wrong")
    with pytest.raises(ValueError, match=r"Received others by input(.|\n)*numeric"):
        check_gradients(layers.OperationLayer(wrong, constants=(1.0,)), ROWS)
    with pytest.raises(ValueError, match="a layer, an operation, a loss or a model"):
        check_gradients(np.tanh, ROWS)


def test_layers_losses_and_metrics_of_ones_own_are_trained_saved_and_loaded(tmp_path):
    glassnet.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(60, 3))
    y = x.sum(axis=1, keepdims=True) + np.random.default_rng(1).normal(size=(60, 1))
    model = Sequential([layers.Input((3,)), Scale(name="own"), layers.Dense(1)])
    assert [v.path for v in model.weights[:4]] == ["own/factor", "own/offset", "own_inner/kernel", "own_inner/bias"]
    model.compile(glassnet.optimizers.Adam(0.02), Pinball(0.9), metrics=[Pinball(0.1, name="low"), "mae"])
    history = model.fit(x, y, epochs=30, verbose=0).history
    assert list(history) == ["loss", "low", "mae"] and history["loss"][-1] < history["loss"][0] / 2
    assert np.mean(y < model.predict(x, verbose=0)) > 0.75
    model.save(tmp_path / "own.safetensors")
    again = glassnet.load_model(tmp_path / "own.safetensors")
    assert np.array_equal(model.predict(x, verbose=0), again.predict(x, verbose=0))
    for one in (model, again):
        one.fit(x, y, epochs=2, verbose=0)
    assert np.array_equal(model.params.array, again.params.array)


def test_a_frozen_layer_of_layers_is_frozen_inside_too():
    model = Sequential([layers.Input((3,)), Scale(name="own"), layers.Dense(1)])
    model.get_layer("own").trainable = False
    model.compile("sgd", "mse")
    before = model.get_layer("own").get_weights()
    model.fit(ROWS, ROWS[:, 0], verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_layer("own").get_weights(), strict=True))
    assert len(model.trainable_weights) == 2


class Unregistered(layers.Layer):
    def call(self, x):
        return layers.add([x, x])


class Halved(layers.Layer):
    """Made of known layers, and of a class that no file can name."""

    def __init__(self, units, **arguments):
        super().__init__(**arguments)
        self.units = units

    def build(self, input_shape):
        self.dense = layers.Dense(self.units, name=f"{self.name}_dense")
        super().build(input_shape)

    def call(self, x):
        return layers.Rescaling(0.5)(self.dense(x))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_a_class_without_a_name_is_copied_branched_and_cured_but_not_saved(tmp_path):
    inner = Sequential([layers.Input((3,)), Halved(4, name="halved")], name="inner")
    model = Sequential([inner, layers.Activation("tanh"), layers.Dense(1)])
    model.compile(optimizers.SGD(0.1), "mse")
    x, y = np.random.default_rng(0).normal(50, 100, (20, 3)), np.ones(20)
    timeline = Timeline(every=1)
    model.fit(x, y, epochs=2, batch_size=10, verbose=0, callbacks=[timeline])
    copy = clone_model(model)
    assert type(copy.layers[0].layers[0]) is Halved and copy.layers[0].layers[0].dense is not inner.layers[0].dense
    other = timeline.branch(1, learning_rate=0.01)
    assert other.steps[-1] == 4 and np.any(other.model.params.array != model.params.array)
    assert model.diagnose(x, y).apply("inputs_not_scaled").layers[1].layers[0].units == 4
    with pytest.raises(ValueError, match="Cannot save the layer class Halved"):
        model.save(tmp_path / "model.safetensors")


class Numbers(layers.Layer):
    def call(self, x):
        return 3.0


def short(x):
    x[0, 0] = 1


def allocating(x, y):
    z = np.zeros(3)
    y[0, 0] = z[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.serialize(Unregistered()), "register_keras_serializable"),
        (lambda: layers.deserialize({"class_name": "tests>Gone", "config": {}}), "one of the layers"),
        (lambda: layers.deserialize({"class_name": "OperationLayer", "config": {"operation": "gone"}}), "made by ops.operation"),
        (lambda: register_keras_serializable()(int), "subclass of one of"),
        (lambda: Numbers()(layers.Input((2,))), "expected its call.* to return what layers make"),
        (lambda: ops.operation(short, name="test_short")(ROWS), "a forward function of 2 arguments"),
        (lambda: ops.operation(allocating, name="test_allocating")(ROWS), "make no new arrays"),
        (lambda: ops.operation(lambda x, y: None), "a name of the operation"),
        (lambda: layers.serialize(layers.OperationLayer(scale, variables=[glassnet.Variable([1.0])])), "reads weights"),
        (lambda: losses.get(lambda y, p: 0), "ops.operation"),
        (lambda: losses.Loss()(ROWS, ROWS), "ops.operation"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_reason(make, message):
    with pytest.raises((ValueError, NotImplementedError), match=message):
        make()


# -- the cache ---------------------------------------------------------------------------------------------------------

SCRIPT = """
import numpy as np
from glassnet import ops
FACTOR = {factor}
def forward(x, y):
    for b in range(x.shape[0]):
        for i in range(x.shape[1]):
            y[b, i] = FACTOR * x[b, i]
print(ops.operation(forward, name="times")(np.ones((1, 2)))[0, 0])
"""


def test_a_script_whose_numbers_change_is_compiled_anew(tmp_path):
    script = tmp_path / "script.py"

    def run(factor):
        script.write_text(SCRIPT.format(factor=factor), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": f"{glassnet.__path__[0]}/..", "GLASSNET_CACHE": str(tmp_path / "cache")}
        done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, env=environment, check=True)
        return done.stdout.strip(), "compiling" in done.stderr

    assert run(2.0) == ("2.0", True)
    assert run(2.0) == ("2.0", False)
    assert run(3.0)[0] == "3.0"


def test_what_is_in_no_file_is_not_kept():
    space = {}
    exec("def forward(x, y):\n    y[0, 0] = x[0, 0]\n", space)  # as in a notebook
    assert fingerprint(space["forward"]) is None
    assert fingerprint(swish_forward) is not None
    assert ops.operation(space["forward"], name="test_notebook")(np.ones((1, 1))) == 1
