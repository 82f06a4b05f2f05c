"""The loss around a network against direct evaluation, and descent on functions of one's own."""

import math

import numpy as np
import pytest

import glassnet
from glassnet import callbacks, layers, optimizers
from glassnet.inspect.descent import descend
from glassnet.inspect.landscape import landscape
from glassnet.inspect.timeline import Timeline
from glassnet.models import Sequential
from glassnet.preprocessing.user_formula import UserFormula

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(45, 4)).astype("float32")
Y = RANDOM.integers(0, 3, 45)


def network(dtype="float32"):
    glassnet.utils.set_random_seed(3)
    model = Sequential(
        [
            layers.Input((4,), dtype=dtype),
            layers.Dense(5, "tanh", kernel_regularizer="l2", dtype=dtype, name="hidden"),
            layers.Dropout(0.5, dtype=dtype),
            layers.Dense(3, "softmax", dtype=dtype, name="out"),
        ]
    )
    model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def trained(every=5):
    model, timeline = network(), Timeline(every=every)
    model.fit(X, Y, batch_size=16, epochs=20, verbose=0, callbacks=[timeline])
    return model, timeline


def evaluated(params):
    """The loss at a parameter vector, in a model of its own."""
    model = network()
    model.params.array[...] = params
    return model.evaluate(X, Y, batch_size=256, verbose=0)[0]


# -- landscape -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directions", ["random", "path", ("hidden/kernel[3, 1]", "out/bias[-1]"), "out/kernel[0, 2]"])
def test_the_loss_is_that_of_direct_evaluation(directions):
    model, timeline = trained()
    here = model.params.array.astype(float)
    found = landscape(model, X, Y, directions, points=3, timeline=timeline)
    assert found.loss.shape == (3,) * len(found.axes) == (3,) * len(found.directions)
    for index in np.ndindex(found.loss.shape):
        offset = np.array([axis[i] for axis, i in zip(found.axes, index, strict=True)]) - found.centre
        assert found.loss[index] == evaluated(here + offset @ found.directions)
    assert found.centre_loss == evaluated(here)
    assert found.path_steps == timeline.steps
    assert found.path_loss.tolist() == [evaluated(snapshot.params.array) for snapshot in timeline]


def test_chosen_weights_have_their_values_as_coordinates():
    model = network()
    found = landscape(model, X, Y, ("hidden/kernel[3, 1]", "out/bias[2]"), points=5, span=0.5)
    assert found.centre.tolist() == [model.params["hidden/kernel"][3, 1], model.params["out/bias"][2]]
    assert found.axes[1].tolist() == [-0.5, -0.25, 0, 0.25, 0.5] and found.names == (
        "hidden/kernel[3, 1]",
        "out/bias[2]",
    )
    model.params["hidden/kernel"][3, 1] = found.axes[0][4]
    model.params["out/bias"][2] = found.axes[1][1]
    assert found.loss[4, 1] == model.evaluate(X, Y, batch_size=256, verbose=0)[0]


@pytest.mark.parametrize("directions", ["random", "path", "out/kernel[0, 0]"])
def test_the_model_is_left_as_it_was(directions):
    model, timeline = trained()
    before = model.params.array.tobytes(), model.optimizer.slots.array.tobytes(), int(model.optimizer.steps)
    landscape(model, X, Y, directions, points=3, timeline=timeline)
    assert before == (model.params.array.tobytes(), model.optimizer.slots.array.tobytes(), int(model.optimizer.steps))


def test_looking_amid_an_epoch_changes_no_bit_of_the_training():
    class Look(callbacks.Callback):
        looks = 0

        def on_train_batch_end(self, batch, logs=None):
            self.looks += landscape(self.model, X, Y, points=2, dimensions=1, batch_size=16).loss.size

    look, alone, watched = Look(), network(), network()
    histories = [
        model.fit(X, Y, batch_size=16, epochs=2, verbose=0, callbacks=c).history for model, c in ((alone, []), (watched, [look]))
    ]
    assert look.looks == 12 and alone.params.array.tobytes() == watched.params.array.tobytes()
    assert histories[0] == histories[1]


def test_random_directions_are_normalised_by_filter():
    model = network()
    found = landscape(model, X, Y, points=2, seed=4)
    for direction in found.directions:
        view = glassnet.engine.layout.Vector(model.params.layout, "float64", direction)
        for name in ("hidden/kernel", "out/kernel"):
            assert np.linalg.norm(view[name], axis=0) == pytest.approx(np.linalg.norm(model.params[name], axis=0), rel=1e-6)
        assert not view["hidden/bias"].any()
    assert abs(found.directions[0] @ found.directions[1]) < 0.9 * np.dot(found.directions[0], found.directions[0])
    assert np.array_equal(found.loss, landscape(model, X, Y, points=2, seed=4).loss)
    assert not np.array_equal(found.loss, landscape(model, X, Y, points=2, seed=5).loss)


def test_frozen_weights_are_not_moved_by_random_directions():
    model = network()
    model.get_layer("hidden").trainable = False
    view = glassnet.engine.layout.Vector(model.params.layout, "float64", landscape(model, X, Y, points=2).directions[0])
    assert not view["hidden/kernel"].any() and view["out/kernel"].any()


def test_the_path_is_projected():
    model, timeline = trained()
    found = landscape(model, X, Y, "path", points=2, timeline=timeline)
    states = np.array([snapshot.params.array for snapshot in timeline], float) - model.params.array
    assert found.directions @ found.directions.T == pytest.approx(np.eye(2), abs=1e-9)
    assert found.path == pytest.approx(states @ found.directions.T, abs=1e-9)
    assert np.abs(found.path[-1]).max() < 1e-9
    spread = np.linalg.eigvalsh(states @ states.T)[::-1]
    assert found.shares == pytest.approx(spread[:2] / spread.sum()) and found.shares[0] > found.shares[1] > 0
    for axis, coordinates in zip(found.axes, found.path.T, strict=True):
        assert axis[0] < coordinates.min() and axis[-1] > coordinates.max()
    rest = states - found.path @ found.directions
    assert np.abs(found.directions @ rest.T).max() < 1e-9


def test_a_quadratic_loss_is_a_parabola():
    model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False, name="dense", dtype="float64")])
    model.compile("sgd", "mean_squared_error")
    model.set_weights([[[3.0]]])
    found = landscape(model, [[1.0], [2.0]], [[1.0], [2.0]], "dense/kernel[0, 0]", points=5, span=2)
    assert found.axes[0].tolist() == [1, 2, 3, 4, 5] and found.loss == pytest.approx(2.5 * (found.axes[0] - 1) ** 2)


def test_errors_of_the_landscape_say_what_there_is():
    model, timeline = trained()
    with pytest.raises(
        ValueError, match=r"'random', 'path', or weights of hidden/kernel, .* Did you mean 'out/kernel'\?"
    ):
        landscape(model, X, Y, "out/kernl[0, 0]")
    with pytest.raises(IndexError, match=r"Expected an index within the shape \(4, 5\). Received: 'hidden/kernel\[4, 0\]'"):
        landscape(model, X, Y, "hidden/kernel[4, 0]")
    with pytest.raises(ValueError, match="Expected different weights"):
        landscape(model, X, Y, ("out/bias[2]", "out/bias[-1]"))
    with pytest.raises(ValueError, match="the names of one or two weights"):
        landscape(model, X, Y, ("out/bias[0]", "out/bias[1]", "out/bias[2]"))
    with pytest.raises(ValueError, match="Expected a timeline for the directions of the path"):
        landscape(model, X, Y, "path")
    with pytest.raises(ValueError, match="Expected a timeline that has watched model"):
        landscape(model, X, Y, timeline=Timeline())
    with pytest.raises(ValueError, match="Expected a path that spreads in 2 directions. Received: 1 kept states"):
        one, short = network(), Timeline()
        one.fit(X, Y, epochs=1, steps_per_epoch=1, verbose=0, callbacks=[short])
        short._drop(0)
        landscape(one, X, Y, "path", timeline=short)
    for wrong in ({"points": 1}, {"span": 0}, {"dimensions": 3}):
        with pytest.raises(ValueError, match=f"Expected {next(iter(wrong))} as"):
            landscape(model, X, Y, **wrong)


# -- descent -------------------------------------------------------------------------------------------------------------


def test_too_small_a_learning_rate_a_good_one_and_too_large():
    paths = {rate: descend("x**2", 1.0, optimizers.SGD(rate), 50) for rate in (1e-4, 0.4, 1.1)}
    assert [path.outcome for path in paths.values()] == ["moving", "converged", "diverged"]
    assert paths[1e-4].points[-1, 0] == pytest.approx(0.9998**50) and paths[1e-4].place == "slope"
    assert abs(paths[0.4].points[-1, 0]) < 1e-6 and paths[0.4].steps < 15 and paths[0.4].place == "minimum"
    assert abs(paths[1.1].points[-1, 0]) == pytest.approx(1.2**50)


def test_a_descent_that_leaves_the_numbers_is_stopped():
    path = descend("x**4", 3.0, optimizers.SGD(1.0), 1000)
    assert path.outcome == "diverged" and path.steps < 10 and path.points.shape == (path.steps + 1, 1)
    cliff = descend("sqrt(x)", 0.01, optimizers.SGD(1.0))
    assert cliff.outcome == "diverged" and cliff.steps == 1 and np.isnan(cliff.values[-1])


def test_momentum_gets_through_a_valley_that_is_long():
    valley = "x**2 / 2 + 50 * y**2"
    plain = descend(valley, (10, 1), optimizers.SGD(0.01), 200)
    heavy = descend(valley, (10, 1), optimizers.SGD(0.01, momentum=0.9), 200)
    assert heavy.values[-1] < 1e-3 * plain.values[-1] and plain.points[-1, 0] == pytest.approx(10 * 0.99**200)


def test_where_it_stops_depends_on_where_it_starts():
    """Two valleys, the left one deeper: from the right, descent stays in the one that is only locally lowest."""
    double = "x**4 - 2*x**2 + 0.3*x"
    left, right = (descend(double, start, optimizers.SGD(0.05), 500) for start in (-2, 2))
    assert left.outcome == right.outcome == "converged" and left.place == right.place == "minimum"
    assert left.values[-1] < right.values[-1] - 0.5 and left.points[-1, 0] < 0 < right.points[-1, 0]


def test_a_saddle_holds_what_comes_straight_and_lets_go_what_does_not():
    saddle = "x**2 - y**2 + y**4 / 4"
    held = descend(saddle, (1.0, 0.0), optimizers.SGD(0.1), 500)
    assert (held.outcome, held.place) == ("converged", "saddle") and held.curvatures == pytest.approx([-2, 2], abs=1e-5)
    free = descend(saddle, (1.0, 1e-3), optimizers.SGD(0.1), 500)
    assert (free.outcome, free.place) == ("converged", "minimum")
    assert free.points[-1] == pytest.approx([0, math.sqrt(2)], abs=1e-5)


def test_tops_and_plains():
    assert descend("-x**2", 0.0).place == "maximum" and descend("x**2", 0.0).steps == 0
    assert descend("x**2 + 0*y", (0.0, 3.0)).place == "flat"


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "rmsprop", "adam", "adamw", "adamax", "nadam", "adagrad", "adadelta", "ftrl", "lion"],
)
def test_any_optimizer_takes_the_steps_that_it_takes_on_weights(optimizer):
    made = optimizers.get(optimizer)
    made.learning_rate = 0.05
    path = descend(lambda x, y: x**2 + 3 * y**2, (1.0, -2.0), made, 30, gradient=lambda x, y: (2 * x, 6 * y))
    assert int(made.steps) == 0 and path.values[-1] < path.values[0]
    by_hand, point = optimizers.get(optimizer), glassnet.engine.variable.Variable([1.0, -2.0], dtype="float64")
    by_hand.learning_rate = 0.05
    for expected in path.points[1:]:
        by_hand.apply_gradients([(np.array([2, 6]) * point.numpy(), point)])
        assert np.array_equal(point.numpy(), expected)


def test_plain_descent_follows_the_rule():
    path = descend(lambda x: (x - 1) ** 2, 3.0, optimizers.SGD(0.1), 20, gradient=lambda x: 2 * (x - 1))
    assert path.points[:, 0] == pytest.approx(1 + 2 * 0.8 ** np.arange(21)) and path.values == pytest.approx(
        (path.points[:, 0] - 1) ** 2
    )


def test_a_schedule_of_the_learning_rate_is_followed():
    halved = optimizers.SGD(optimizers.schedules.PiecewiseConstantDecay([0], [0.25, 0.125]))
    assert descend("x**2", 1.0, halved, 3).points[:, 0] == pytest.approx([1, 0.5, 0.375, 0.28125])


def test_the_derivative_of_a_cost_at_1_1_is_3_1():
    path = descend("3/2 * x**2 + y**2 / 2", (1, 1), steps=1)
    assert path.gradients[0] == pytest.approx([3, 1], abs=1e-8)
    assert abs(path.gradients[0, 0] / path.gradients[0, 1]) == pytest.approx(3)


@pytest.mark.parametrize(
    "formula", ["sin(x) * cos(y)", "exp(-x**2) + tanh(y)", "log(x + 3) * sqrt(y + 4)", "abs(x) / (1 + y**2)"]
)
def test_differences_are_derivatives(formula):
    point, step = np.array([0.7, -0.4]), 1e-6
    function = UserFormula(formula)
    gradient = descend(formula, point, steps=1).gradients[0]
    for i, move in enumerate(step * np.eye(2)):
        assert gradient[i] == pytest.approx((function(*(point + move)) - function(*(point - move))) / (2 * step), abs=1e-8)


def test_the_surface_around_a_path():
    path = descend("x**2 + y**2", (1.0, 2.0), optimizers.SGD(0.1), 10)
    (xs, ys), values = path.surface(points=5)
    assert values.shape == (5, 5) and values[1, 3] == pytest.approx(xs[1] ** 2 + ys[3] ** 2)
    assert xs[0] < path.points[:, 0].min() and ys[-1] > 2


# -- formulas ------------------------------------------------------------------------------------------------------------


def test_formulas_compute_what_python_computes():
    x, y = 0.3, -1.7
    for text, value in {
        "x": x, "-x + +y": -x + y, "2*x**2 - 3*x*y": 2 * x**2 - 3 * x * y, "x**-2": x**-2, "2**3**2": 512, "-x**2": -(x**2),
        "sin(x)+cos(y)": math.sin(x) + math.cos(y), "exp(x)*log(2)/sqrt(3)": math.exp(x) * math.log(2) / math.sqrt(3),
        "abs(y) - tanh(y)": abs(y) - math.tanh(y), " (1 + x) * pi * e ": (1 + x) * math.pi * math.e, "1e2": 100,
    }.items():  # fmt: skip
        assert UserFormula(text)(x, y) == pytest.approx(value, rel=1e-14), text


def test_formulas_take_arrays():
    xs, ys = np.meshgrid(np.arange(3.0), np.arange(2.0))
    assert np.array_equal(UserFormula("x + 10*y")(xs, ys), xs + 10 * ys)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "x.real", "open('a')", "(lambda: 1)()", "[x for x in (1,)]", "x if x else y", "x == 1",
        "x and y", "z", "sin", "sin()", "sin(x, y)", "sin(*x)", "sin(x=1)", "eval('1')", "'a'", "True", "None", "1j", "x[0]",
        "x // 2", "{x}", "0x" + "f" * 290, "x % 2", "x @ y", "~x", "not x", "x ^ 2", "f'{x}'",
        "(x := 1)", "print", "x; y", "x = 1", "", "  ", "(", "1 +",
        "x" * 301, "(" * 240, "...", "\x00", "sin(sin)",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="Expected"):
        UserFormula(text)


def test_nothing_exhausts_the_interpreter():
    assert UserFormula("-" * 299 + "x")(2.0) == -2
    assert UserFormula("9**9**9**9")(0) == np.inf and np.isnan(UserFormula("(-8)**(1/3)")(0))


def test_errors_of_descent_say_what_was_expected():
    with pytest.raises(ValueError, match=r"Write \*\* for a power"):
        descend("x^2", 1.0)
    with pytest.raises(ValueError, match=r"Expected start as a pair \(x, y\)"):
        descend("x + y", 1.0)
    with pytest.raises(ValueError, match="Expected start as one or two finite numbers"):
        descend("x", (1, 2, 3))
    with pytest.raises(ValueError, match="finite at the start. Received: nan at -1"):
        descend("log(x)", -1)
    with pytest.raises(ValueError, match="Expected a function that returns a number"):
        descend(lambda x: [x, x], 1.0)
    with pytest.raises(ValueError, match="Expected a gradient of 1 numbers"):
        descend("x**2", 1.0, gradient=lambda x: (1, 2))
    with pytest.raises(ValueError, match="Expected steps as a positive whole number"):
        descend("x**2", 1.0, steps=0)
