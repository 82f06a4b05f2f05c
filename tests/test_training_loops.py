"""Training loops of one's own: models that share layers and are trained in turn, frozen layers, rates by layer, gradients."""

import gc

import numpy as np
import pytest

import glassnet
from glassnet import layers, optimizers
from glassnet.compilation import CompiledNetwork
from glassnet.engine.gradcheck import central_difference
from glassnet.models import Model, Sequential


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(0)


def adversaries():
    """A generator, a discriminator, and both in a row with the discriminator frozen."""
    generator = Sequential([layers.Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(2)], name="generator")
    discriminator = Sequential(
        [layers.Input((2,)), layers.Dense(8, activation="relu"), layers.Dense(1, activation="sigmoid")], name="discriminator"
    )
    discriminator.compile(optimizers.SGD(0.1), "binary_crossentropy")
    discriminator.trainable = False
    both = Sequential([layers.Input((3,)), generator, discriminator], name="both")
    both.compile(optimizers.SGD(0.1), "binary_crossentropy")
    return generator, discriminator, both


def copied(model):
    return [weights.copy() for weights in model.get_weights()]


def moved(before, model):
    return [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]


def test_what_is_frozen_is_what_was_frozen_when_the_model_was_compiled():
    generator, discriminator, both = adversaries()
    x, z = np.random.default_rng(0).normal(size=(16, 2)), np.random.default_rng(1).normal(size=(16, 3))
    before = copied(generator), copied(discriminator)
    both.train_on_batch(z, np.ones(16))
    assert any(moved(before[0], generator)) and not any(moved(before[1], discriminator))
    before = copied(generator), copied(discriminator)
    discriminator.train_on_batch(x, np.ones(16))
    assert not any(moved(before[0], generator)) and all(moved(before[1], discriminator))
    assert not discriminator.trainable  # as it was set last


def test_models_trained_in_turn_see_each_others_weights_and_stay_where_they_are(monkeypatch):
    generator, discriminator, both = adversaries()
    x, z = np.random.default_rng(0).normal(size=(16, 2)), np.random.default_rng(1).normal(size=(16, 3))

    def turn():
        discriminator.train_on_batch(x, np.ones(16))
        discriminator.train_on_batch(generator.predict(z, verbose=0), np.zeros(16))
        both.train_on_batch(z, np.ones(16))

    for _ in range(2):  # the first puts all layers into one vector, the second finds them there
        turn()
    made = []
    original = CompiledNetwork.__init__
    monkeypatch.setattr(CompiledNetwork, "__init__", lambda self, *a: made.append(a) or original(self, *a))
    vectors = [model.params for model in (generator, discriminator, both)]
    for _ in range(5):
        turn()
    assert not made  # nothing is compiled or moved again
    assert all(model.params is vector for model, vector in zip((generator, discriminator, both), vectors, strict=True))
    assert np.array_equal(np.hstack([vectors[0].array, vectors[1].array]), vectors[2].array)
    assert np.shares_memory(vectors[1].array, vectors[2].array)
    np.testing.assert_array_equal(both.predict(z, verbose=0), discriminator.predict(generator.predict(z, verbose=0), verbose=0))


def test_models_whose_layers_overlap_crosswise_are_right_too():
    a, b, c = (layers.Dense(3, name=name) for name in "abc")
    models = [Sequential([layers.Input((3,)), *pair], name=str(n)) for n, pair in enumerate([(a, b), (b, c), (a, c)])]
    x, y = np.random.default_rng(0).normal(size=(2, 4, 3))
    alone = [Sequential.from_config(model.get_config()) for model in models]
    for model in (*models, *alone):
        model.compile(optimizers.SGD(0.05, momentum=0.5), "mse")
    for _ in range(3):
        for model, other in zip(models, alone, strict=True):
            other.set_weights(model.get_weights())
            assert model.train_on_batch(x, y) == other.train_on_batch(x, y)
            for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_a_model_that_is_gone_needs_no_room():
    shared = layers.Dense(3, name="shared")
    first = Sequential([layers.Input((2,)), shared, layers.Dense(50)])
    assert first.params.array.size == 9 + 200
    second = Sequential([layers.Input((2,)), shared, layers.Dense(1)])
    assert second.params.array.size == 9 + 4 and second.weights[0].vector.array.size == 213
    del first
    gc.collect()
    third = Sequential([layers.Input((2,)), shared, layers.Dense(2)])
    assert third.params.array.size == 9 + 8 and third.weights[0].vector.array.size == 9 + 8 + 4


# -- rates by layer ----------------------------------------------------------------------------------------------------


def stack(**rates):
    glassnet.utils.set_random_seed(1)
    return Sequential(
        [
            layers.Input((4,)),
            layers.Dense(5, activation="tanh", name="a", learning_rate_multiplier=rates.get("a", 1.0)),
            layers.Dense(5, activation="tanh", name="b", learning_rate_multiplier=rates.get("b", 1.0)),
            layers.Dense(1, name="c", learning_rate_multiplier=rates.get("c", 1.0)),
        ]
    )


RULES = [
    lambda rate: optimizers.SGD(rate, momentum=0.9),
    lambda rate: optimizers.Adam(rate, weight_decay=0.1),
    lambda rate: optimizers.Nadam(rate),
    lambda rate: optimizers.RMSprop(rate, clipnorm=0.1, use_ema=True),
]


@pytest.mark.parametrize("make", RULES)
def test_a_layers_rate_is_the_optimizers_times_its_factor(make):
    x, y = np.random.default_rng(0).normal(size=(8, 4)), np.random.default_rng(1).normal(size=(8, 1))

    def after_a_step(model, rate):
        model.compile(make(rate), "mse")
        model.train_on_batch(x, y)
        return {weight.path: weight.numpy() for weight in model.weights}

    mixed = after_a_step(stack(a=0.5, b=0.0, c=2.0), 0.02)
    for name, rate in (("a", 0.01), ("c", 0.04)):
        alone = after_a_step(stack(), rate)
        for part in ("kernel", "bias"):
            np.testing.assert_allclose(mixed[f"{name}/{part}"], alone[f"{name}/{part}"], rtol=1e-6, atol=1e-8)
    start = {weight.path: weight.numpy() for weight in stack().weights}
    np.testing.assert_array_equal(mixed["b/kernel"], start["b/kernel"])
    plain = after_a_step(stack(), 0.02)
    ones = after_a_step(stack(a=1, b=1.0, c=1), 0.02)
    assert all(np.array_equal(plain[path], ones[path]) for path in plain)


def test_rates_by_layer_are_read_by_compile_saved_and_written_into_scripts(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(8, 4)), np.random.default_rng(1).normal(size=(8, 1))
    model = stack(a=0.25)
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2, verbose=0)
    assert "learning_rate_multiplier=0.25" in model.to_python()
    model.save(tmp_path / "m.safetensors")
    again = glassnet.load_model(tmp_path / "m.safetensors")
    assert again.get_layer("a").learning_rate_multiplier == 0.25
    model.fit(x, y, epochs=2, verbose=0)
    again.fit(x, y, epochs=2, verbose=0)
    assert np.array_equal(model.params.array, again.params.array)
    before = model.get_layer("a").kernel.numpy()
    model.get_layer("a").learning_rate_multiplier = 0
    model.fit(x, y, verbose=0)
    assert not np.array_equal(before, model.get_layer("a").kernel.numpy())
    model.compile("sgd", "mse")
    before = model.get_layer("a").kernel.numpy()
    model.fit(x, y, verbose=0)
    assert np.array_equal(before, model.get_layer("a").kernel.numpy())


def test_a_factor_of_a_nested_model_is_that_of_its_layers():
    body = Sequential([layers.Input((4,)), layers.Dense(3, name="inner", learning_rate_multiplier=0.5)], name="body")
    body.learning_rate_multiplier = 0.5
    model = Sequential([layers.Input((4,)), body, layers.Dense(1, name="head")])
    model.compile("sgd", "mse")
    factors = {variable.path: factor for variable, factor in model.learning_rate_multipliers().items()}
    assert factors == {"inner/kernel": 0.25, "inner/bias": 0.25}
    with pytest.raises(ValueError, match="'inner' expected learning_rate_multiplier as a number of at least 0"):
        body.get_layer("inner").learning_rate_multiplier = -1


# -- gradients ---------------------------------------------------------------------------------------------------------


def test_gradients_by_name_make_a_training_loop():
    x, y = np.random.default_rng(0).normal(size=(8, 4)), np.random.default_rng(1).normal(size=(8, 1))
    model, other = stack(), stack()
    for one in (model, other):
        one.compile(optimizers.Adam(0.01), "mse")
    optimizer = optimizers.Adam(0.01)
    for _ in range(3):
        found = model.gradients(x, y)
        np.testing.assert_array_equal(found["a/kernel"], model.trace(x, y)["d a/kernel"])
        optimizer.apply_gradients([(found[variable.path], variable) for variable in model.trainable_variables])
        other.train_on_batch(x, y)
    np.testing.assert_array_equal(model.params.array, other.params.array)
    assert int(model.optimizer.steps) == 0


def test_gradients_of_a_shared_layer_add_up():
    x, shared = layers.Input((3,)), layers.Dense(3, name="s", activation="tanh", dtype="float64")
    model = Model(x, shared(shared(x)))
    model.compile("sgd", "mse")
    rows, y = np.random.default_rng(0).normal(size=(2, 4, 3))
    found = model.gradients(rows, y)["s/kernel"]

    def loss(kernel):
        shared.kernel.assign(kernel)
        return float(np.mean((model(rows) - y) ** 2))

    expected = central_difference(loss, shared.kernel.numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_gradients_of_what_is_frozen_are_nothing():
    model = stack()
    model.get_layer("b").trainable = False
    model.compile("sgd", "mse")
    found = model.gradients(np.ones((2, 4)), np.ones((2, 1)))
    assert not found["b/kernel"].any() and found["a/kernel"].any() and found["c/kernel"].any()


def test_numbers_of_one_batch_are_pythons():
    model = Sequential([layers.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    found = [*model.train_on_batch(np.ones((3, 2)), np.ones(3)), *model.test_on_batch(np.ones((3, 2)), np.ones(3))]
    history = model.fit(np.ones((3, 2)), np.ones(3), epochs=2, verbose=0)
    assert {type(number) for number in (*found, *history.history["mae"], *history.history["loss"])} == {float}
    assert repr(history).startswith("<History of 2 epochs: loss ") and ", mae " in repr(history)
