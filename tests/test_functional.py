"""Graphs of layers: what can be built, which data several inputs and outputs take, and how all of it is refused."""

import json

import numpy as np
import pytest

import glassnet
from glassnet import layers
from glassnet.inspect.timeline import Timeline
from glassnet.models import Model, Sequential, clone_model


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(0)


def two_sided():
    """Two inputs, two outputs, a branch that meets again."""
    left, right = layers.Input((3,), name="left"), layers.Input((2,), name="right")
    both = layers.concatenate([left, right])
    hidden = layers.Dense(5, activation="tanh", name="hidden")(both)
    joined = layers.add([hidden, layers.Dense(5, name="short")(both)])
    total = layers.Dense(1, name="total")(hidden)
    kind = layers.Dense(4, activation="softmax", name="kind")(joined)
    return Model([left, right], [total, kind])


def data(examples=20):
    random = np.random.default_rng(1)
    x = [random.normal(size=(examples, 3)), random.normal(size=(examples, 2))]
    return x, [random.normal(size=(examples, 1)), random.integers(0, 4, examples)]


LOSSES = ["mean_squared_error", "sparse_categorical_crossentropy"]


def same_bits(first, second):
    first, second = glassnet.layers.structure.flatten(first), glassnet.layers.structure.flatten(second)
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


# -- building ----------------------------------------------------------------------------------------------------------


def test_what_a_graph_consists_of():
    model = two_sided()
    assert model.input_names == ["left", "right"] and model.output_names == ["total", "kind"]
    assert model.input_shape == [(None, 3), (None, 2)] and model.output_shape == [(None, 1), (None, 4)]
    names = [layer.name for layer in model.layers]
    assert names == ["left", "right", "concatenate", "hidden", "short", "add", "total", "kind"]
    assert model.params.array.shape == (model.count_params(),) == (30 + 30 + 6 + 24,)
    assert model.get_layer("hidden").output.shape == (None, 5)


def test_a_part_of_a_model_is_a_model():
    model, (x, _) = two_sided(), data()
    part = Model(model.inputs, model.get_layer("hidden").output)
    kernel, bias = part.get_layer("hidden").get_weights()
    np.testing.assert_allclose(part.predict(x, verbose=0), np.tanh(np.hstack(x) @ kernel + bias), rtol=1e-5, atol=1e-6)
    rest = Model(model.get_layer("hidden").output, model.get_layer("total").output)
    assert rest.input_names == ["hidden_input"]
    np.testing.assert_allclose(rest.predict(part.predict(x, verbose=0), verbose=0), model.predict(x, verbose=0)[0], rtol=1e-5)
    stack = Sequential([layers.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2)])
    assert Model(stack.input, stack.get_layer("first").output).predict(np.ones((1, 4)), verbose=0).shape == (1, 3)


def test_a_layer_called_twice_has_its_weights_once():
    x, shared = layers.Input((3,)), layers.Dense(3, name="shared")
    model = Model(x, shared(shared(x)))
    assert model.count_params() == 12
    kernel, bias = shared.get_weights()
    given = np.eye(3, dtype="float32")
    np.testing.assert_allclose(model.predict(given, verbose=0), (given @ kernel + bias) @ kernel + bias, rtol=1e-5, atol=1e-6)
    assert {"shared/z", "shared_call_1/z"} <= set(model.trace(given))


def test_dropout_called_twice_draws_twice():
    x, dropout = layers.Input((200,)), layers.Dropout(0.5, seed=1)
    t = Model(x, [dropout(x), dropout(x)]).trace(np.ones((1, 200)), training=True)
    assert not np.array_equal(t["dropout/mask"], t["dropout_call_1/mask"])


def test_models_are_layers_of_models():
    body = Sequential([layers.Input((4,)), layers.Dense(3, name="inner", activation="relu")], name="body")
    x = layers.Input((4,), name="x")
    two = Model(x, layers.concatenate([body(x), Sequential([body, layers.Dense(2, name="head")], name="second")(x)]))
    rows = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    inside = body.predict(rows, verbose=0)
    out = two.predict(rows, verbose=0)
    assert two.count_params() == 15 + 8
    np.testing.assert_allclose(out[:, :3], inside, rtol=1e-6)
    kernel, bias = two.get_layer("second").get_layer("head").get_weights()
    np.testing.assert_allclose(out[:, 3:], inside @ kernel + bias, rtol=1e-5, atol=1e-6)
    assert np.array_equal(two(rows), out)


def test_dictionaries_of_inputs_and_outputs():
    a, b = layers.Input((2,)), layers.Input((3,))
    joined = layers.concatenate([a, b])
    model = Model({"a": a, "b": b}, {"u": layers.Dense(1)(joined), "v": layers.Dense(2, activation="softmax")(joined)})
    assert model.input_names == ["a", "b"] and model.output_names == ["u", "v"]
    model.compile("sgd", {"u": "mse", "v": "sparse_categorical_crossentropy"}, metrics={"v": "accuracy"})
    x = {"b": np.ones((4, 3)), "a": np.zeros((4, 2))}
    history = model.fit(x, {"u": np.ones(4), "v": np.array([0, 1, 1, 0])}, verbose=0).history
    assert list(history) == ["loss", "u_loss", "v_accuracy", "v_loss"]
    assert {name: part.shape for name, part in model.predict(x, verbose=0).items()} == {"u": (4, 1), "v": (4, 2)}


# -- training ----------------------------------------------------------------------------------------------------------


def test_losses_of_several_outputs_add_up():
    model, (x, y) = two_sided(), data()
    model.compile("sgd", LOSSES, loss_weights=[0.5, 2.0], metrics=[["mae"], ["accuracy"]])
    logs = model.evaluate(x, y, return_dict=True, verbose=0)
    assert list(logs) == ["loss", "kind_accuracy", "kind_loss", "total_loss", "total_mae"] == model.metrics_names
    total, kind = model.predict(x, verbose=0)
    np.testing.assert_allclose(logs["total_loss"], np.mean((total - y[0]) ** 2), rtol=1e-5)
    np.testing.assert_allclose(logs["kind_loss"], -np.mean(np.log(kind[np.arange(20), y[1]])), rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], 0.5 * logs["total_loss"] + 2 * logs["kind_loss"], rtol=1e-6)
    by_name = two_sided().__class__.from_config(model.get_config())
    by_name.set_weights(model.get_weights())
    by_name.compile("sgd", dict(zip(model.output_names, LOSSES, strict=True)), {"kind": 2.0, "total": 0.5})
    named = [dict(zip(names, parts, strict=True)) for names, parts in ((model.input_names, x), (model.output_names, y))]
    assert by_name.test_on_batch(*named, return_dict=True)["loss"] == model.test_on_batch(x, y, return_dict=True)["loss"]


def test_weights_of_examples_by_output():
    model, (x, y) = two_sided(), data()
    model.compile("sgd", LOSSES)
    w = np.linspace(0, 2, 20)
    plain, first, both = (
        model.evaluate(x, y, sample_weight=weights, return_dict=True, verbose=0) for weights in (None, [w, None], w)
    )
    assert first["total_loss"] == both["total_loss"] != plain["total_loss"]
    assert first["kind_loss"] == plain["kind_loss"] != both["kind_loss"]


def test_an_output_without_a_loss_is_predicted_but_not_trained():
    model, (x, y) = two_sided(), data()
    model.compile("sgd", [None, LOSSES[1]])
    before = model.get_layer("total").get_weights()
    assert list(model.fit(x, y[1], verbose=0).history) == ["loss"]
    assert same_bits(before, model.get_layer("total").get_weights())
    model.compile("sgd", {"kind": LOSSES[1]})
    assert model.train_on_batch(x, {"kind": y[1]}) > 0


def test_the_same_seed_gives_the_same_bits_in_chunks_or_not():
    x, y = data(50)

    def trained(**arguments):
        glassnet.utils.clear_session()
        glassnet.utils.set_random_seed(3)
        model = two_sided()
        model.compile("adam", LOSSES)
        model.fit(x, y, epochs=3, batch_size=8, verbose=0, **arguments)
        return model.get_weights()

    one_by_one = glassnet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    first = trained()
    assert same_bits(first, trained()) and same_bits(first, trained(callbacks=[one_by_one]))


def test_prediction_trace_and_call_agree_to_the_bit():
    model, (x, y) = two_sided(), data(7)
    model.compile("sgd", LOSSES)
    predicted, trace = model.predict(x, verbose=0), model.trace(x, y)
    assert same_bits(predicted, trace.prediction) and same_bits(predicted, model(x))
    assert trace["left/input"].shape == (7, 3) and trace["kind/target"].shape == (7,)
    assert trace["loss"] == np.float32(trace["total/loss"] + trace["kind/loss"])


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_file_brings_back_the_model_to_the_bit(tmp_path):
    model, (x, y) = two_sided(), data()
    model.compile("adam", LOSSES, loss_weights=[1.0, 0.5], metrics=[[], ["accuracy"]])
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "m.safetensors")
    again = glassnet.load_model(tmp_path / "m.safetensors")
    assert same_bits(model.predict(x, verbose=0), again.predict(x, verbose=0)) and again.get_config() == model.get_config()
    for one in (model, again):
        one.fit(x, y, epochs=2, verbose=0)
    assert same_bits(model.get_weights(), again.get_weights())


@pytest.mark.parametrize("kind", ["shared", "nested", "dictionary", "inner"])
def test_a_configuration_rebuilds_the_graph(kind):
    x = layers.Input((3,), name="x")
    shared = layers.Dense(3, name="shared")
    model = {
        "shared": lambda: Model(x, shared(layers.add([x, shared(x)]))),
        "nested": lambda: Model(x, layers.Dense(2)(Sequential([layers.Input((3,)), layers.Dense(4)])(x))),
        "dictionary": lambda: Model({"a": x}, {"b": shared(x)}),
        "inner": lambda: Model(shared(x), layers.Dense(2)(shared.output)),
    }[kind]()
    again = Model.from_config(json.loads(json.dumps(model.get_config())))
    assert again.get_config() == model.get_config() and [w.shape for w in again.weights] == [w.shape for w in model.weights]
    rows = np.random.default_rng(0).normal(size=(4, 3))
    again.set_weights(model.get_weights())
    assert same_bits(again.predict(rows, verbose=0), model.predict(rows, verbose=0))
    copy = clone_model(model)
    assert copy.get_config() == model.get_config() and not set(copy.weights) & set(model.weights)


def damaged(change):
    config = json.loads(json.dumps(two_sided().get_config()))
    change(config)
    return config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["calls"][0].update(layer="os"), "one of the layers"),
        (lambda c: c["calls"][0].update(arguments=[{"tensor": 99}]), "one of the 2 tensors"),
        (lambda c: c["calls"][0].update(arguments=[[[1.0]]]), "on tensors"),
        (lambda c: c["calls"][0].update(arguments=[]), "on tensors"),
        (lambda c: c["calls"][1].update(named={"mode": 1}), "damaged"),
        (lambda c: c["outputs"].append({"tensor": -1}), "one of the"),
        (lambda c: c["layers"][0].update({"class_name": "eval"}), "one of the layers"),
        (lambda c: c["layers"][0]["config"].update(axis=0), "other than 0"),
        (lambda c: c["input_layers"].pop(), "one of the 1 tensors"),
        (lambda c: c["input_layers"].append(c["layers"][0]), "Expected Input layers"),
        (lambda c: c.pop("outputs"), "damaged"),
    ],
)  # fmt: skip
def test_hostile_configurations_are_refused(change, message):
    with glassnet.layers.layer_weights.weights_from_file(), pytest.raises(ValueError, match=message):
        Model.from_config(damaged(change))


# -- refusals ----------------------------------------------------------------------------------------------------------


def _twice():
    a = layers.Input((2,), name="a")
    return Model(a, layers.Dense(1, name="d")(layers.Dense(2, name="d")(a)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Model(layers.Input((2,)), layers.Dense(1)(layers.Input((2,), name="other"))), "need 'other', too"),
        (lambda: Model(np.ones(3), layers.Input((2,))), "symbolic tensors"),
        (lambda: Model([], layers.Input((2,))), "symbolic tensors"),
        (_twice, "names of their own.*'d' twice"),
        (lambda: layers.Add(name="sum")([layers.Input((2,)), layers.Input((3,))]), r"'sum' .*\(batch, 2\) and \(batch, 3\)"),
        (lambda: layers.Add()(layers.Input((2,))), "a list of inputs"),
        (lambda: layers.Add()([layers.Input((2,))]), "at least 2 inputs"),
        (lambda: layers.Subtract()([layers.Input((2,))] * 3), "2 inputs. Received: 3"),
        (lambda: layers.concatenate([layers.Input((2, 3)), layers.Input((2, 4))], axis=1), "along axis 1 only"),
        (lambda: layers.concatenate([layers.Input((2,)), layers.Input((2,))], axis=3), "axis=3"),
        (lambda: layers.Dot(1)([layers.Input((2,)), layers.Input((3,))]), "as long along axis 1"),
        (lambda: layers.Dot(0), "other than 0"),
        (lambda: layers.Dense(2, name="d")(layers.Input(())), "Dense 'd' expected inputs of shape"),
        (lambda: np.asarray(layers.Input((2,))), "has none yet"),
        (lambda: bool(layers.Input((2,))), "no numbers yet"),
    ],
)  # fmt: skip
def test_graphs_that_cannot_work_are_refused_when_built(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_a_layer_refuses_another_shape_than_it_was_built_for():
    dense = layers.Dense(2, name="d")
    dense(layers.Input((3,)))
    with pytest.raises(ValueError, match="Dense 'd' expected inputs of 3 features, got 4"):
        dense(layers.Input((4,)))
    body = Sequential([layers.Input((3,)), layers.Dense(2)], name="body")
    with pytest.raises(ValueError, match=r"'body' expected inputs of shape \(3,\). Received: \(4,\)"):
        body(layers.Input((4,)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x, y: m.fit(x[0], y), "list of 2, for left, right"),
        (lambda m, x, y: m.fit(x[:1], y), "Received: 1 parts"),
        (lambda m, x, y: m.fit({"left": x[0]}, y), "a dictionary of left"),
        (lambda m, x, y: m.fit([x[1], x[0]], y), "input 'left', expected inputs of 3 features, got 2"),
        (lambda m, x, y: m.fit([x[0], x[1][:5]], y), "20 for left, 5 for right"),
        (lambda m, x, y: m.fit(x, y[:1]), "y as a list of 2"),
        (lambda m, x, y: m.fit(x, [y[0], y[1][:3]]), "3 in y for 'kind'"),
        (lambda m, x, y: m.fit(x, [y[0], y[1] + 9]), "Output 'kind'"),
        (lambda m, x, y: m.fit(x, y, sample_weight=[np.ones(20)]), "sample_weight as a list of 2"),
        (lambda m, x, y: m.fit(x, y, class_weight={0: 1.0}), "no class_weight"),
        (lambda m, x, y: m.compile("sgd", LOSSES[:1]), "loss as a list of 2"),
        (lambda m, x, y: m.compile("sgd", {"kin": "mse"}), "Received: kin, too"),
        (lambda m, x, y: m.compile("sgd", LOSSES, loss_weights=[1]), "loss_weights as a list of 2"),
        (lambda m, x, y: m.compile("sgd", LOSSES, loss_weights=[1, np.nan]), "finite numbers"),
        (lambda m, x, y: m.compile("sgd", LOSSES, metrics=["mae"]), "metrics as a list of 2"),
        (lambda m, x, y: (m.compile("sgd", [None, None]), m.fit(x, y)), "loss for at least one output"),
        (lambda m, x, y: m.diagnose(x, y[:1]), "y as a list of 2"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_refused(call, message):
    model, (x, y) = two_sided(), data()
    model.compile("sgd", LOSSES)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        call(model, x, y)
    assert same_bits(before, model.get_weights())


# -- looked into ---------------------------------------------------------------------------------------------------------


def test_a_training_with_several_inputs_and_outputs_is_gone_back_in():
    model, (x, y), timeline = two_sided(), data(), Timeline(every=3)
    model.compile("adam", LOSSES, loss_weights=[0.3, 2.0])
    model.fit(x, y, batch_size=6, epochs=3, verbose=0, callbacks=[timeline])
    after = model.params.array.copy()
    assert timeline.at(6).loss > 0 and timeline.at(6).params["kind/kernel"].shape == (5, 4)
    timeline.rewind(7)
    assert not np.array_equal(model.params.array, after)
    timeline.resume()
    np.testing.assert_array_equal(model.params.array, after)
    branch = timeline.branch(5)  # with the same weights of the losses
    np.testing.assert_array_equal(branch.model.params.array, after)
    assert not np.array_equal(timeline.branch(5, learning_rate=0.1).model.params.array, after)


@pytest.mark.parametrize("reference", ["total/kernel[1, 0]", "kind/kernel[1, 2]", "hidden/kernel[0, 1]", "d hidden/a[0, 2]"])
def test_slopes_of_the_total_loss_of_several_outputs_are_explained(reference):
    model, (x, y) = two_sided(), data(4)
    model.compile("sgd", LOSSES, loss_weights=[0.3, 2.0])
    trace = model.trace(x, y)
    found = trace.explain(reference)
    name, _, index = reference.removeprefix("d ").rstrip("]").partition("[")
    expected = trace[f"d {name}"][tuple(map(int, index.split(", ")))]
    assert found.value == pytest.approx(float(expected)) and expected != 0
    assert str(found)


def test_the_total_loss_is_explained_by_the_losses_and_their_weights():
    model, (x, y) = two_sided(), data(4)
    model.compile("sgd", LOSSES, loss_weights=[0.3, 2.0])
    trace = model.trace(x, y)
    found = trace.explain("loss")
    assert len(found.terms) == 2 and found.error < 1e-6 * abs(found.value)
    assert found.total == pytest.approx(0.3 * float(trace["total/loss"]) + 2 * float(trace["kind/loss"]))
    assert "loss weight * kind/loss" in str(found)
    assert len(trace.explain("kind/loss").terms) == 4


@pytest.mark.parametrize("kind", [layers.Multiply, layers.Maximum, layers.Minimum])
def test_padding_of_one_input_only_is_refused_where_it_would_count(kind):
    words = layers.Input((4,))
    first, second = (layers.Embedding(5, 3, mask_zero=True, name=name)(words) for name in ("first", "second"))
    model = Model(words, layers.GRU(2)(kind(name="both")([first, second])))
    with pytest.raises(ValueError, match="'both' expected inputs with the same mask, or without one"):
        model.predict(np.ones((2, 4)), verbose=0)
    model = Model(words, layers.GRU(2)(kind()([first, layers.Dense(3)(first)])))
    padded, other = (model.predict([row], verbose=0) for row in ([1, 2, 0, 0], [1, 2, 0, 3]))
    model.get_layer("first").set_weights([np.where(np.arange(5)[:, None] == 0, 9, model.get_layer("first").get_weights()[0])])
    np.testing.assert_array_equal(model.predict([[1, 2, 0, 0]], verbose=0), padded)  # the padding's row is never read
    assert not np.array_equal(padded, other)
