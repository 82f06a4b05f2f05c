"""Models whose `call` says what their layers make of the inputs."""

import numpy as np
import pytest

import glassnet
from glassnet import layers
from glassnet.inspect.timeline import Timeline
from glassnet.models import Model, clone_model, load_model


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(0)


@glassnet.saving.register_keras_serializable(package="tests")
class Residual(Model):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.last = layers.Dense(1, name="last")  # attributes in another order than that of the calls
        self.blocks = [layers.Dense(units, activation="tanh", name=f"block_{n}") for n in range(2)]
        self.dropout = layers.Dropout(0.2, name="dropout")

    def call(self, x, training=None):
        for block in self.blocks:
            x = layers.add([x, block(x)], name=f"sum_of_{block.name}")
        return self.last(self.dropout(x, training=training))

    def get_config(self):
        return {"units": self.units}


class TwoEnds(Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.total, self.kind = layers.Dense(5), layers.Dense(1, name="total"), layers.Dense(3, name="kind")

    def call(self, inputs):
        x = layers.concatenate([self.hidden(inputs["left"]), inputs["right"]])
        return [self.total(x), self.kind(x)]


def data(n=30):
    x = np.random.default_rng(0).normal(size=(n, 4))
    return x, x.sum(axis=1)


def trained(epochs=3, **fit):
    model, (x, y) = Residual(), data()
    model.compile("adam", "mean_squared_error")
    model.fit(x, y, batch_size=7, epochs=epochs, verbose=0, **fit)
    return model


def functional_twin(model):
    x = start = layers.Input((4,))
    for n in range(2):
        x = layers.add([x, layers.Dense(4, activation="tanh", name=f"block_{n}")(x)])
    twin = Model(start, layers.Dense(1, name="last")(layers.Dropout(0.2, name="dropout")(x)))
    for name in ("block_0", "block_1", "last"):
        twin.get_layer(name).set_weights(model.get_layer(name).get_weights())
    twin.seed = model.seed
    return twin


def test_it_computes_what_the_same_graph_of_layers_does():
    (x, y), model = data(), Residual()
    model.compile("sgd", "mean_squared_error")
    assert not model.built
    before = model.predict(x, verbose=0)  # builds it
    twin = functional_twin(model)
    np.testing.assert_array_equal(before, twin.predict(x, verbose=0))
    np.testing.assert_array_equal(before, model(x))
    twin.compile("sgd", "mean_squared_error")
    found, expected = (m.gradients(x, y, training=False) for m in (model, twin))
    for name in ("last/kernel", "block_0/kernel", "block_1/bias"):
        np.testing.assert_array_equal(found[name], expected[name])
    trace = model.trace(x[:2], y[:2])
    np.testing.assert_array_equal(trace["last/z"], before[:2])


def test_layers_are_in_the_order_of_attributes_and_found_before_it_is_built():
    model = Residual()
    assert [layer.name for layer in model.layers] == ["last", "block_0", "block_1", "dropout"]
    model.trainable = False
    model.build((None, 4))
    names = [layer.name for layer in model.layers]
    assert names == ["last", "block_0", "block_1", "dropout", "sum_of_block_0", "sum_of_block_1"]
    assert [weight.path for weight in model.weights][:2] == ["last/kernel", "last/bias"]
    assert not model.trainable_weights and model.output_shape == (None, 1) and model.count_params() == 45


def test_it_learns_the_same_bits_from_the_same_seed_and_can_be_gone_back_in():
    first = trained()
    glassnet.utils.set_random_seed(0)
    timeline = Timeline(every=4)
    second = trained(callbacks=[timeline])
    np.testing.assert_array_equal(first.params.array, second.params.array)
    glassnet.utils.set_random_seed(0)
    longer, (x, y) = trained(epochs=60), data()
    assert longer.evaluate(x, y, verbose=0) < 0.7 * first.evaluate(x, y, verbose=0)
    after = second.params.array.copy()
    timeline.rewind(6)
    timeline.resume()
    np.testing.assert_array_equal(after, second.params.array)
    np.testing.assert_array_equal(after, timeline.branch(5).model.params.array)


def test_a_registered_class_is_saved_loaded_and_cloned(tmp_path):
    model, (x, y) = trained(), data()
    model.save(tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert type(loaded) is Residual
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    for each in (model, loaded):
        each.fit(x, y, batch_size=7, epochs=1, verbose=0)
    np.testing.assert_array_equal(loaded.params.array, model.params.array)
    copy = clone_model(model)
    copy.set_weights(model.get_weights())
    np.testing.assert_array_equal(copy.predict(x, verbose=0), model.predict(x, verbose=0))


def test_it_is_a_layer_of_another_model(tmp_path):
    x, inner = layers.Input((4,)), Residual(name="inner")
    model = Model(x, layers.Activation("sigmoid")(inner(x)))
    assert model.output_shape == (None, 1) and model.count_params() == 45
    np.testing.assert_allclose(model.predict(data()[0], verbose=0), 1 / (1 + np.exp(-inner(data()[0]))), rtol=1e-5)


def test_several_inputs_and_outputs():
    x = {"left": np.ones((9, 2)), "right": np.zeros((9, 3))}
    y = [np.ones(9), np.arange(9) % 3]
    losses = ["mse", glassnet.losses.SparseCategoricalCrossentropy(from_logits=True)]
    model = TwoEnds()
    model.build({"left": (None, 2), "right": (None, 3)})
    model.compile("sgd", losses)
    history = model.fit(x, y, epochs=3, verbose=0).history
    assert model.output_names == ["total", "kind"] and history["total_loss"][-1] < history["total_loss"][0]
    with pytest.raises(ValueError, match="to be built before it is compiled, as it has several outputs"):
        early = TwoEnds()
        early.compile("sgd", "mse")
        early.build({"left": (None, 2), "right": (None, 3)})


class Nothing(Model):
    pass


class Numbers(Model):
    def call(self, x):
        return 3


class Twice(Model):
    def call(self, x):
        return layers.Dense(1, name="one")(layers.Dense(1, name="one")(x))


class Sized(Model):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize(
    ("work", "error", "message"),
    [
        (lambda: Nothing().build((None, 2)), TypeError, "has no call"),
        (lambda: Numbers().build((None, 2)), ValueError, "what layers make of its inputs. Received: 3"),
        (lambda: Twice().build((None, 2)), ValueError, "Received: 'one' twice"),
        (lambda: Residual().build(), ValueError, "expected an input shape"),
        (lambda: trained().predict(np.ones((2, 5))), ValueError, "expected inputs of 4 features"),
        (lambda: Sized(3).get_config(), ValueError, r"its __init__ takes units. Give it a get_config\(\)"),
    ],
)
def test_what_cannot_work_is_refused(work, error, message):
    with pytest.raises(error, match=message):
        work()


def test_a_class_that_is_not_registered_cannot_be_saved(tmp_path):
    model = TwoEnds()
    model.build({"left": (None, 2), "right": (None, 3)})
    with pytest.raises(ValueError, match="register_keras_serializable"):
        model.save(tmp_path / "model.safetensors")
