"""The trace: every number by name, and the same bits that prediction and training have."""

import numpy as np
import pytest
from test_gradients import DIFFERENTIABLE, LOSSES, TARGETS

from glassnet import layers, losses, optimizers
from glassnet.callbacks import LambdaCallback
from glassnet.inspect.trace import trace
from glassnet.inspect.watch import Watch
from glassnet.models import Model, Sequential

B = 5


def network(dtype="float32", activation="sigmoid", last="linear", units=3):
    return Sequential(
        [
            layers.Input((6,), dtype=dtype),
            layers.Rescaling(0.5, 0.1, dtype=dtype),
            layers.Dense(4, activation=activation, dtype=dtype, name="dense_1", kernel_regularizer="l2"),
            layers.Dropout(0.3, seed=3, dtype=dtype, name="dropout"),
            layers.Dense(units, activation=last, dtype=dtype, name="dense_2", bias_initializer="random_normal"),
        ]
    )


def examples(kind="numbers", units=3, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(B, 6)), TARGETS[kind](random, (B, units))


def assert_same_step(model, x, y, sample_weight=None):
    """The trace of the next training step has its loss, its gradients and its weights, bit for bit."""
    t = trace(model, x, y, sample_weight, training=True)
    loss = model.train_on_batch(x, y, sample_weight=sample_weight)
    (used,) = (compiled.program for key, compiled in model._programs.items() if key[2] is not None)
    assert loss == pytest.approx(t.loss, rel=1e-6)
    for variable in model.trainable_variables:
        np.testing.assert_array_equal(t.gradient(variable.path), used.grads[variable.path])
        np.testing.assert_array_equal(t["new " + variable.path], variable.value)
    for name in ("dense_1/z", "dense_1/a", "dense_2/z", "loss/values"):
        if name in used.acts:  # where no second name
            np.testing.assert_array_equal(t[name], used.acts[name])
            np.testing.assert_array_equal(t["d " + name], used.act_grads[name])
    return t


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", DIFFERENTIABLE)
def test_forward_is_prediction_and_backward_is_training_for_every_activation(activation, dtype):
    model = network(dtype, activation)
    model.compile("sgd", "mean_squared_error")
    x, y = examples()
    np.testing.assert_array_equal(trace(model, x).prediction, model.predict(x, verbose=0))
    np.testing.assert_array_equal(trace(model, x, y)["dense_2/a"], model.predict(x, verbose=0))
    assert np.abs(assert_same_step(model, x, y)["d dense_1/kernel"]).max() > 0


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_with_and_without_weights(name):
    last, kind, arguments = LOSSES[name]
    for sample_weight in (None, np.linspace(0.5, 2, B)):
        model = network("float64", "tanh", last)
        model.compile("sgd", losses.registry.find(name.split()[0])(**arguments))
        t = assert_same_step(model, *examples(kind), sample_weight)
        assert t.losses.shape[0] == B and ("sample_weight" in t) == (sample_weight is not None)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.05),
        optimizers.Adam(0.01, weight_decay=0.01, global_clipnorm=0.1),
        optimizers.RMSprop(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
        optimizers.Nadam(0.01, use_ema=True),
        optimizers.SGD(0.1, gradient_accumulation_steps=2),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_the_update_is_the_optimisers_at_every_step(optimizer):
    model = network()
    model.compile(optimizer, "mean_squared_error")
    x, y = examples()
    for _ in range(4):
        before = model.get_layer("dense_1").kernel.numpy()
        t = trace(model, x, y, training=True)
        model.train_on_batch(x, y)
        after = model.get_layer("dense_1").kernel.numpy()
        np.testing.assert_array_equal(t["new dense_1/kernel"], after)
        np.testing.assert_array_equal(t.update("dense_1/kernel"), after - before)
        again = t.optimizer_step.params_after(t)  # trying it out uses nothing up
        np.testing.assert_array_equal(again["dense_1/kernel"], after)


@pytest.mark.parametrize("seed", range(6))
def test_random_networks(seed):
    random = np.random.default_rng(seed)
    parts = [
        layers.Input((6,)),
        layers.GaussianNoise(0.1, seed=seed),
        layers.Dense(8, activation="tanh", name="dense_1"),
    ]
    for k in range(random.integers(1, 4)):
        units, activation = int(random.integers(2, 70)), str(random.choice(DIFFERENTIABLE))
        parts.append(layers.Dense(units, activation=activation, name=f"hidden_{k}"))
    model = Sequential([*parts, layers.Dense(3, activation="softmax", name="dense_2", activity_regularizer="l1")])
    model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    x, y = examples("classes", seed=seed)
    assert_same_step(model, x, y)
    np.testing.assert_array_equal(trace(model, x).prediction, model.predict(x, verbose=0))


def test_tracing_during_training_changes_no_bit():
    def trained(look):
        model = network()
        model.seed = 5
        model.get_layer("dense_1").kernel.assign(np.linspace(-1, 1, 24).reshape(6, 4))
        model.get_layer("dense_2").kernel.assign(np.linspace(-1, 1, 12).reshape(4, 3))
        model.get_layer("dense_2").bias.assign(np.zeros(3))
        model.compile(optimizers.Adam(0.01), "mean_squared_error")
        x, y = examples()

        def watch(batch, logs):
            t = trace(model, x, y, training=True)
            t.explain("dense_1/kernel[0, 0]").text, t.nudges(), t["new dense_1/kernel"], str(t), t.steps()  # noqa: B018

        model.fit(x, y, batch_size=2, epochs=3, verbose=0, callbacks=[LambdaCallback(on_train_batch_end=watch)] * look)
        return np.concatenate([model.params.array, model.optimizer.slots.array])

    np.testing.assert_array_equal(trained(0), trained(1))


def test_a_trace_leaves_the_optimizer_as_it_was_and_is_not_changed_by_training():
    model = network()
    model.compile(optimizers.Adam(0.1, weight_decay=0.1), "mean_squared_error")
    x, y = examples()
    t = trace(model, x, y)
    kept = {name: t[name].copy() for name in t}
    assert model.optimizer.slots is None
    model.optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.fit(x, y, epochs=2, verbose=0)
    for name, numbers in kept.items():
        np.testing.assert_array_equal(t[name], numbers)
    with pytest.raises(ValueError, match="read-only"):
        t["dense_1/kernel"][0, 0] = 1


def test_one_example_is_a_batch_of_one():
    model = network()
    model.compile("sgd", "mean_squared_error")
    x, y = examples()
    one, batch = trace(model, x[2], y[2], sample_weight=2.0), trace(model, x[2:3], y[2:3], [2.0])
    assert one["dense_1/z"].shape == (1, 4)
    for name in one:
        np.testing.assert_array_equal(one[name], batch[name])


def two_sided():
    """Two inputs and three outputs, one of which is not trained."""
    left, right = layers.Input((3,), name="left"), layers.Input((2,), name="right")
    hidden = layers.Dense(4, activation="tanh", name="hidden")(layers.concatenate([left, right]))
    ends = [layers.Dense(1, name="total")(hidden), layers.Dense(2, name="free")(hidden)]
    model = Model([left, right], [*ends, layers.Dense(3, activation="softmax", name="kind")(hidden)])
    model.compile("sgd", ["mse", None, "sparse_categorical_crossentropy"], loss_weights=[0.3, 1.0, 2.0])
    return model


@pytest.mark.parametrize("structure", [tuple, list, dict])
def test_one_example_of_several_inputs_and_outputs_as_fit_takes_them(structure):
    model, rng = two_sided(), np.random.default_rng(0)
    x, y = (rng.normal(size=3), rng.normal(size=2)), (np.ones(1), None, 2)
    batch = trace(model, [part[None] for part in x], [np.ones((1, 1)), None, np.array([2])])
    given = [dict(zip(n, v, strict=True)) if structure is dict else structure(v) for n, v in
             ((model.input_names, x), (model.output_names, y))]  # fmt: skip
    one = trace(model, *given)
    assert list(one) == list(batch) and all(np.array_equal(one[name], batch[name]) for name in one)
    assert (one["d loss"], one["d total/loss"], one["d kind/loss"]) == (1, np.float32(0.3), 2)
    assert "d free/a" not in one and one.loss == pytest.approx(0.3 * one["total/loss"] + 2 * one["kind/loss"])
    with pytest.raises(ValueError, match="expected x as a list of 2, for left, right"):
        trace(model, x[0], y)


def test_steps_read_only_what_was_there():
    model = network(last="softmax")
    model.compile(optimizers.SGD(0.1, clipnorm=1.0), "categorical_crossentropy")
    x, y = examples("one_hot")
    t = trace(model, x, y)
    steps = t.steps()
    known = {"input", "target", "d loss", *(variable.path for variable in model.variables)}
    for number, step in enumerate(steps, 1):
        assert step.number == number and set(step.reads) <= known, step
        assert step.writes and set(step.writes) <= set(t), step
        known |= set(step.writes)
    assert known == set(t)
    assert [step.phase for step in steps] == sorted(
        (s.phase for s in steps), key=["forward", "loss", "backward", "update"].index
    )
    assert str(steps[1]).endswith("dense_1/kernel, dense_1/bias -> dense_1/z") and "forward   dense" in str(steps[1])


def test_without_labels_there_is_the_way_forward_only():
    model = network()
    x, _ = examples()
    t = trace(model, x)  # not even compiled
    assert "loss" not in t and not any(name.startswith(("d ", "new ")) for name in t)
    assert {step.phase for step in t.steps()} == {"forward"}
    with pytest.raises(KeyError, match="no labels"):
        t["d dense_1/z"]
    with pytest.raises(ValueError, match="compile"):
        trace(model, x, np.zeros((B, 3)))


def test_bad_input_is_told_what_there_is():
    model = network()
    model.compile("sgd", "mean_squared_error")
    x, y = examples()
    t = trace(model, x, y)
    with pytest.raises(KeyError, match="Expected one of input, .*dense_1/kernel.*Did you mean 'dense_1/kernel'"):
        t["dense_1/kernl"]
    with pytest.raises(ValueError, match="expected inputs of 6 features, got 4"):
        trace(model, x[:, :4], y)
    with pytest.raises(ValueError, match="as many labels as examples"):
        trace(model, x, y[:2])
    model.get_layer("dense_1").trainable = False
    with pytest.raises(KeyError, match="frozen"):
        trace(model, x, y)["d dense_1/kernel"]


def test_printing_names_every_number():
    model = network()
    model.compile("sgd", "mean_squared_error")
    t = trace(model, *examples())
    named = [name for name in t if not name.startswith(("d ", "new "))]
    assert all(name in str(t) and name in t._repr_html_() for name in named)
    assert f"loss {t.loss:.6g}" in str(t) and "5 examples" in repr(t)


def test_a_second_name_is_the_same_memory_in_another_shape():
    model = Sequential([layers.Input((2, 3)), layers.Flatten(name="flat"), layers.Dense(2, name="linear")])
    model.compile("sgd", "mean_squared_error")
    t = trace(model, np.arange(12.0).reshape(2, 2, 3), np.ones((2, 2)))
    assert t["flat/a"].shape == (2, 6) and np.shares_memory(t["flat/a"], t["input"])
    np.testing.assert_array_equal(t["d flat/a"], t["d input"].reshape(2, 6))
    assert np.shares_memory(t["linear/a"], t["linear/z"])


def test_the_network_of_the_textbooks_has_a_gradient_of_13002_numbers():
    hidden = [layers.Dense(16, activation="sigmoid", name=f"hidden_{k}") for k in (1, 2)]
    model = Sequential([layers.Input((784,)), *hidden, layers.Dense(10, activation="sigmoid", name="digits")])
    model.compile(optimizers.SGD(1.0), losses.SumOfSquares())
    t = trace(model, np.random.default_rng(0).random(784), np.eye(10)[3])
    assert sum(t.gradient(variable.path).size for variable in model.variables) == 13002
    for variable in model.variables:  # a learning rate of 1: each step is minus the gradient
        np.testing.assert_allclose(t.update(variable.path), -t.gradient(variable.path), atol=1e-7)


def test_a_watch_gives_what_a_trace_gives_at_each_look():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    model = Sequential(
        [layers.Input((2,)), layers.Dense(3, activation="tanh", kernel_regularizer="l2"), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy")
    forward, both = Watch(model, x), Watch(model, x, y)
    for _ in range(3):
        model.fit(x, y, epochs=1, verbose=0)
        before = model.params.array.copy()
        seen, expected = both.look(), trace(model, x, y)
        assert all(np.array_equal(seen[name], expected[name]) for name in expected if not name.startswith("new "))
        assert np.array_equal(forward.look().prediction, expected.prediction)
        assert np.array_equal(model.params.array, before)
