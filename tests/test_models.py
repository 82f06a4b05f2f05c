"""Models: Keras's numbers through whole trainings, what compile, fit, evaluate, predict accept, and how they refuse."""

import inspect
import threading
import warnings

import numpy as np
import pytest
from reference.load import load

import glassnet
from glassnet import callbacks, layers, losses, optimizers
from glassnet.compilation import CompiledNetwork
from glassnet.models import Model, Sequential

NETWORKS = load("networks")
FITS = load("fits")
TOLERANCE = {"float64": {"rtol": 1e-9, "atol": 1e-10}, "float32": {"rtol": 1e-4, "atol": 2e-5}}


GUESSED = {"classes_loss_crossentropy"}
"""Keras takes loss="crossentropy" and guesses from the labels which one is meant. glassnet asks."""


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.set_random_seed(0)


def close(got, expected, dtype):
    np.testing.assert_allclose(got, expected, **TOLERANCE[dtype])


def all_close(got, expected, dtype):
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        close(ours, theirs, dtype)


def network(name, dtype):
    """A recorded network with its starting weights."""
    case = NETWORKS["cases"][name]
    parts = [getattr(layers, part["class"])(**part["arguments"], dtype=dtype) for part in case["layers"]]
    model = Sequential([layers.Input(case["x"].shape[1:], dtype=dtype), *parts])
    model.set_weights(case["weights"])
    return model


def small(units=2, activation="softmax", optimizer="sgd", loss="sparse_categorical_crossentropy", **compile_arguments):
    model = Sequential([layers.Input((4,)), layers.Dense(5, activation="tanh"), layers.Dense(units, activation=activation)])
    model.compile(optimizer, loss, **compile_arguments)
    return model


def blobs(examples=60, features=4, classes=2, seed=0):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, examples)
    return random.normal(size=(examples, features)) + y[:, None], y


# -- Keras's numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", NETWORKS["cases"])
def test_outputs_losses_and_gradients_are_kerass(name, dtype):
    case, model = NETWORKS["cases"][name], network(name, dtype)
    expected = case[dtype]
    close(model.predict(case["x"], verbose=0), expected["outputs"], dtype)
    model.compile("sgd", case["loss"])
    close(model.evaluate(case["x"], case["y"], verbose=0), expected["loss"], dtype)
    close(
        losses.get(case["loss"]).call(case["y"], expected["outputs"].astype("float64")),
        expected["per_sample"],
        "float32",
    )
    compiled = CompiledNetwork(model, len(case["x"]), "float64", "float64", False)
    program = compiled.program
    program.acts["input"][...] = case["x"]
    program.acts["target"][...] = model.loss.check_target(case["y"], model.output_shape[1:])
    program.once(program.gradient, len(case["x"]), training=True)
    all_close([program.grads[variable.path] for variable in model.trainable_weights], expected["gradients"], dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", NETWORKS["optimizers"])
@pytest.mark.parametrize("name", NETWORKS["cases"])
def test_training_steps_are_kerass(name, optimizer, dtype):
    case, model = NETWORKS["cases"][name], network(name, dtype)
    model.compile(getattr(optimizers, optimizer)(**NETWORKS["optimizers"][optimizer]), case["loss"])
    expected = case[dtype]["trained"][optimizer]
    steps = [model.train_on_batch(case["x"], case["y"]) for _ in expected["losses"]]
    close(steps, expected["losses"], dtype)
    all_close(model.get_weights(), expected["weights"], dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(FITS["cases"].keys() - GUESSED))
def test_fits_are_kerass(name, dtype):
    case = FITS["cases"][name]
    data, model, expected = NETWORKS["cases"][case["network"]], network(case["network"], dtype), case[dtype]
    optimizer = getattr(optimizers, case["optimizer"]["class"])(**case["optimizer"]["arguments"])
    model.compile(optimizer, **{"loss": data["loss"], **case["compile"]})
    x, y = data["x"], data["y"]
    history = model.fit(x, y, epochs=FITS["epochs"], shuffle=False, verbose=0, **case["fit"])
    assert history.history.keys() == expected["history"].keys()
    for key, values in expected["history"].items():
        close(history.history[key], values, dtype)
    all_close(model.get_weights(), expected["weights"], dtype)
    assert int(optimizer.iterations) == expected["iterations"]
    for key, weights in (("evaluate", None), ("evaluate_weighted", case["fit"].get("sample_weight"))):
        if key in expected:
            got = model.evaluate(x, y, batch_size=4, sample_weight=weights, return_dict=True, verbose=0)
            assert got.keys() == expected[key].keys()
            close(list(got.values()), [expected[key][metric] for metric in got], dtype)
    close(model.predict(x, verbose=0), expected["predict"], dtype)


# -- signatures --------------------------------------------------------------------------------------------------------

COMPILED = "the loop is always compiled, its chunks are as long as they may be"
NOT_TAKEN = {
    "Sequential": {"trainable": "set model.trainable"},
    "add": {"rebuild": "shapes are always worked out at once"},
    "pop": {"rebuild": "shapes are always worked out at once"},
    "compile": dict.fromkeys(("run_eagerly", "steps_per_execution", "jit_compile"), COMPILED)
    | {"auto_scale_loss": "it serves half precision"},
    "summary": dict.fromkeys(("positions", "expand_nested", "show_trainable", "layer_range"), "one table says it all"),
    "save": {"zipped": "a file is safetensors"},
    "save_weights": {"max_shard_size": "networks are small"},
    "load_weights": {"skip_mismatch": "weights that do not fit are an error"},
    "from_config": {"custom_objects": "nothing in a file is executed"},
    "load_model": dict.fromkeys(("custom_objects", "safe_mode"), "nothing in a file is executed")
    | {"compile": "a model that should be compiled otherwise can be compiled again"},
}
NOT_THERE = {
    "to_json": "serialize",
    "reset_metrics": "each run of evaluate begins anew",
    "get_metrics_result": "evaluate(return_dict=True)",
}
"""Methods of Keras's models that glassnet's lack, and what to use."""
REQUIRED_HERE = {("fit", "x"), ("evaluate", "x")}

SIGNATURES = load("signatures")["cases"]
METHODS = {name.removeprefix("Sequential."): case for name, case in SIGNATURES.items() if name.startswith("Sequential.")}
CALLABLES = {
    "Sequential": (Sequential, SIGNATURES["keras.Sequential"]),
    "load_model": (glassnet.models.load_model, SIGNATURES["keras.models.load_model"]),
    **{name: (getattr(Sequential, name), case) for name, case in METHODS.items() if name not in NOT_THERE},
}


@pytest.mark.parametrize("name", [name for name in CALLABLES if name != "__call__"])
def test_arguments_are_kerass(name):
    ours, theirs = CALLABLES[name]
    ours = {key: p for key, p in inspect.signature(ours).parameters.items() if key != "self"}
    theirs = {argument["name"]: argument for argument in theirs if argument.get("kind") != "var_keyword"}
    not_taken = NOT_TAKEN.get(name, {})
    assert not_taken.keys() <= theirs.keys() - ours.keys(), "an exception that is none"
    assert not theirs.keys() - ours.keys() - not_taken.keys()
    positional = [key for key, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs)[: len(positional)]
    for key, argument in theirs.items():
        if key in ours and (name, key) not in REQUIRED_HERE:
            assert argument.get("default", inspect.Parameter.empty) == ours[key].default, key


def test_what_keras_has_and_glassnet_lacks_is_known():
    assert {name for name in METHODS if not hasattr(Sequential, name)} == NOT_THERE.keys()
    for module in ("models", "saving"):
        assert getattr(glassnet, module).load_model is glassnet.load_model
    assert glassnet.Model is glassnet.models.Model is Model and glassnet.layers.layer.layers.find("Input") is layers.InputLayer


# -- building ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([layers.Input((4,)), layers.Dense(3)]),
        lambda: Sequential([layers.Dense(3, input_dim=4)]),
        lambda: Sequential([layers.Dense(3, input_shape=(4,))]),
    ],
)
def test_shapes_can_be_given_in_each_of_keras_ways(make):
    model = make()
    assert model.built and model.input_shape == (None, 4) and model.output_shape == (None, 3) and model.count_params() == 15


def test_a_model_without_a_shape_takes_that_of_its_data():
    model = Sequential([layers.Flatten(), layers.Dense(2)])
    assert not model.built and model.input_shape is None
    assert model.predict(np.ones((3, 2, 2)), verbose=0).shape == (3, 2)
    assert model.built and model.input_shape == (None, 2, 2)
    later = Sequential([layers.Dense(2)])
    later.build((None, 7))
    assert later.count_params() == 16
    called = Sequential([layers.Dense(2)])
    assert called(np.ones((1, 5))).shape == (1, 2) and called.count_params() == 12


def test_layers_are_added_and_removed():
    model = Sequential()
    model.add(layers.Input((4,)))
    model.add(layers.Dense(3, name="hidden"))
    model.add(layers.Dense(2, name="out"))
    assert [layer.name for layer in model.layers] == ["hidden", "out"]
    assert model.get_layer("out") is model.get_layer(index=1) is model.layers[1]
    assert model.pop().name == "out" and model.output_shape == (None, 3)
    model.add(layers.Dense(1, name="other"))
    assert model.predict(np.ones((2, 4)), verbose=0).shape == (2, 1)


def test_the_network_is_one_vector():
    model = small()
    vector = model.params.array
    assert vector.shape == (model.count_params(),) and model.params is model.params
    assert list(model.params) == [weight.path for weight in model.weights]
    assert all(np.shares_memory(vector, weight.value) for weight in model.weights)
    vector[:] = 0
    assert not any(array.any() for array in model.get_weights())
    x, y = blobs()
    model.fit(x, y, verbose=0)
    assert model.params.array is vector and vector.any()


def test_the_eager_call_is_the_prediction_bit_for_bit():
    model = Sequential(
        [
            layers.Input((2, 6)),
            layers.Rescaling(0.5, -0.1),
            layers.Dense(20, activation="gelu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(70, activation="tanh"),
            layers.GaussianNoise(0.5),
            layers.Dense(3, activation="softmax"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(32, 2, 6)).astype("float32")
    predicted = model.predict(x, verbose=0)
    assert np.array_equal(model(x), predicted)
    one_by_one = x
    for layer in model.layers:
        one_by_one = layer(one_by_one)
    assert np.array_equal(one_by_one, predicted)
    assert not np.array_equal(model(x, training=True), predicted)
    assert np.array_equal(model.predict_on_batch(x), predicted)


def test_a_layer_can_serve_two_models():
    shared = layers.Dense(3, name="shared")
    first = Sequential([layers.Input((4,)), shared, layers.Dense(2, activation="softmax")])
    second = Sequential([layers.Input((4,)), shared])
    x, y = blobs()
    before = second.predict(x, verbose=0)
    first.compile("sgd", "sparse_categorical_crossentropy")
    first.fit(x, y, verbose=0)
    after = second.predict(x, verbose=0)
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(after, x @ shared.kernel.numpy() + shared.bias.numpy(), rtol=1e-4, atol=1e-5)
    first.fit(x, y, verbose=0)
    assert not np.array_equal(second.predict(x, verbose=0), after)


def test_frozen_layers_stay_as_they_are():
    model = small(optimizer=optimizers.Adam(weight_decay=0.1))
    model.layers[0].trainable = False
    model.compile(optimizers.Adam(weight_decay=0.1), "sparse_categorical_crossentropy")  # which reads what is frozen, as in Keras
    x, y = blobs()
    before = model.get_weights()
    model.fit(x, y, epochs=2, verbose=0)
    after = model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before[:2], after[:2], strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(before[2:], after[2:], strict=True))
    model.trainable = True
    model.compile(model.optimizer, "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=1, verbose=0)
    assert not any(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_wholly_frozen_model_is_measured_but_not_changed():
    model = small()
    model.trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = blobs()
    before = model.get_weights()
    history = model.fit(x, y, epochs=2, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    np.testing.assert_allclose(history.history["loss"], model.evaluate(x, y, verbose=0), rtol=1e-5)


def test_the_configuration_rebuilds_the_model():
    model = Sequential([layers.Input((4,)), layers.Dense(3, "relu", kernel_regularizer="l2"), layers.Dropout(0.2)], name="net")
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config() and again.name == "net" and again.built
    unbuilt = Sequential([layers.Dense(3)])
    assert not Sequential.from_config(unbuilt.get_config()).built
    unbuilt.build((None, 4))
    assert Sequential.from_config(unbuilt.get_config()).input_shape == (None, 4)


def test_the_summary_counts():
    lines = []
    model = Sequential([layers.Input((784,)), layers.Dense(16, name="hidden"), layers.Dense(10, trainable=False)])
    model.summary(print_fn=lines.append)
    text = "\n".join(lines)
    for part in ("hidden", "(None, 16)", "12,560", "12,730 parameters", "12,560 trained, 170 kept"):
        assert part in text
    Sequential([layers.Dense(2)]).summary(print_fn=lines.append)
    assert "not built" in "\n".join(lines)


# -- training ----------------------------------------------------------------------------------------------------------


def test_training_learns():
    model = small(optimizer=optimizers.Adam(0.05), metrics=["accuracy"])
    x, y = blobs(200)
    history = model.fit(x, y, epochs=20, verbose=0)
    assert history.history["accuracy"][-1] > 0.85 and history.history["loss"][-1] < history.history["loss"][0]
    assert history is model.history and history.epoch == list(range(20))
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert accuracy > 0.85 and model.metrics_names == ["loss", "accuracy"]
    assert (model.predict(x, verbose=0).argmax(axis=1) == y).mean() == pytest.approx(accuracy)


def test_the_number_of_batches_can_be_limited():
    seen = []
    model = small()
    x, y = blobs(50)
    watch = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    model.fit(x, y, batch_size=10, steps_per_epoch=3, epochs=2, verbose=0, callbacks=[watch])
    assert seen == [0, 1, 2] * 2 and int(model.optimizer.steps) == 6
    assert len(model.predict(x, batch_size=10, steps=2, verbose=0)) == 20
    whole = model.evaluate(x[:20], y[:20], batch_size=10, verbose=0)
    assert model.evaluate(x, y, batch_size=10, steps=2, verbose=0) == whole


def test_validation_happens_as_often_as_asked():
    model = small()
    x, y = blobs()
    history = model.fit(x, y, epochs=4, validation_data=(x, y), validation_freq=2, verbose=0)
    assert len(history.history["loss"]) == 4 and len(history.history["val_loss"]) == 2


def test_validation_changes_no_weight():
    x, y = blobs()
    weights = []
    for validation in (None, (x[:7], y[:7])):
        glassnet.utils.set_random_seed(3)
        model = small(optimizer="adam")
        model.fit(x, y, epochs=3, validation_data=validation, verbose=0)
        weights.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


def test_data_of_many_dtypes_train_alike():
    x, y = np.random.default_rng(0).integers(0, 5, (40, 4)), np.arange(40) % 2
    results = []
    for dtype in ("uint8", "int8", "int32", "int64", "float32", "float64", ">f4", "float16"):
        glassnet.utils.set_random_seed(1)
        model = small()
        model.fit(x.astype(dtype), y.astype(dtype), verbose=0)
        results.append(model.params.array.copy())
    assert all(np.array_equal(results[0], other) for other in results)


def test_data_need_not_be_contiguous_and_are_not_changed():
    x, y = blobs()
    wide = np.asfortranarray(np.repeat(x, 2, axis=1))
    kept = wide.copy()
    results = []
    for data in (x, wide[:, ::2], x.tolist()):
        glassnet.utils.set_random_seed(1)
        model = small()
        model.fit(data, y.tolist(), verbose=0)
        results.append(model.params.array.copy())
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])
    assert np.array_equal(wide, kept)


def test_sample_weights_of_nought_leave_examples_out():
    x, y = blobs(20)
    weights = np.zeros(20)
    weights[:10] = 2
    first, second = small(), small()
    second.set_weights(first.get_weights())
    first.fit(x, y, sample_weight=weights, batch_size=20, shuffle=False, verbose=0)
    second.fit(x[:10], y[:10], batch_size=10, shuffle=False, verbose=0)
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_training_can_be_stopped_within_an_epoch():
    def stop(batch, logs):
        model.stop_training = batch == 2

    model = small()
    x, y = blobs(50)
    model.fit(x, y, batch_size=5, epochs=5, verbose=0, callbacks=[callbacks.LambdaCallback(on_train_batch_end=stop)])
    assert int(model.optimizer.steps) == 3 and model.history.epoch == [0]


def test_the_learning_rate_can_be_changed_between_epochs():
    model = small(optimizer=optimizers.SGD(0.5))
    x, y = blobs()
    snapshots = []

    class Watch(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            snapshots.append(model.params.array.copy())
            model.optimizer.learning_rate = 0.0

    model.fit(x, y, epochs=3, verbose=0, callbacks=[Watch()])
    assert np.array_equal(snapshots[0], snapshots[1]) and np.array_equal(snapshots[1], snapshots[2])


def test_new_layers_and_a_new_compile_are_taken_up():
    model = small()
    x, y = blobs()
    model.fit(x, y, verbose=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert set(model.fit(x, y, verbose=0).history) == {"loss", "accuracy"}
    model.pop()
    model.add(layers.Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    assert model.fit(x, y + 1, verbose=0) and model.output_shape == (None, 3)


def test_a_run_can_be_read_while_it_trains():
    """The compiled loop does not hold the interpreter's lock: another thread reads weights that move."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(4000, 64)), random.integers(0, 2, 4000)
    model = Sequential([layers.Input((64,)), layers.Dense(128, "tanh"), layers.Dense(2, "softmax")])
    model.compile(optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    model.fit(x[:32], y[:32], verbose=0)
    thread = threading.Thread(target=model.fit, args=(x, y), kwargs={"epochs": 40, "verbose": 0})
    thread.start()
    sums, reads = set(), 0
    while thread.is_alive():
        sums.add(float(model.params.array.sum()))
        reads += 1
    thread.join()
    assert reads > 100 and len(sums) > 10


def test_two_models_train_in_two_threads():
    def train(result, seed):
        model = models[seed]
        model.fit(x, y, epochs=30, batch_size=4, verbose=0)
        result[seed] = model.params.array.copy()

    x, y = blobs(100)
    together, apart = {}, {}
    for result in (apart, together):
        glassnet.utils.set_random_seed(1)
        models = [small(optimizer="adam") for _ in range(2)]
        threads = [threading.Thread(target=train, args=(result, seed)) for seed in range(2)]
        for thread in threads:
            thread.start()
            if result is apart:
                thread.join()
        for thread in threads:
            thread.join()
    assert all(np.array_equal(apart[seed], together[seed]) for seed in range(2))


# -- refusals ----------------------------------------------------------------------------------------------------------

X, Y = blobs(10)
WITH_NAN = X.copy()
WITH_NAN[3, 2] = np.nan


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda m: m.fit(np.ones((10, 10)), Y), r"Dense 'dense_2' expected inputs of 4 features, got 10"),
        (lambda m: m.fit(np.ones((10, 2, 4)), Y), r"expected inputs of shape \(examples, 4\), got \(10, 2, 4\)"),
        (lambda m: m.fit(X[0], Y[:1]), r"For one example, write x.reshape\(1, -1\)"),
        (lambda m: m.fit(WITH_NAN, Y), r"finite numbers in x. Received: nan at \[3, 2\] \(1 such numbers in all\)"),
        (lambda m: m.fit(np.where(X > 1, np.inf, X), Y), "Received: inf at"),
        (lambda m: m.fit(X[:0], Y[:0]), "at least one example"),
        (lambda m: m.fit(X[:, :0], Y), "at least one feature"),
        (lambda m: m.fit(X.astype(str), Y), "Expected numbers in x. Received: dtype <U32"),
        (lambda m: m.fit(X.astype(object), Y), "Expected numbers in x. Received: dtype object"),
        (lambda m: m.fit([[1, 2], [3]], Y[:2]), "rows have equal lengths"),
        (lambda m: m.fit(X, Y[:9]), "10 examples in x, 9 in y"),
        (lambda m: m.fit(X), "expected labels y"),
        (lambda m: m.fit(X, Y + 1), "classes from 0 to 1 for 2 outputs"),
        (lambda m: m.fit(X, Y + 0.5), "whole numbers of classes"),
        (lambda m: m.fit(X, np.eye(2)[Y]), "looks one-hot"),
        (lambda m: m.fit(X, np.where(Y == 0, np.nan, 1)), "finite targets. Received: nan at index"),
        (lambda m: m.fit(X, ["cat"] * 10), "np.unique"),
        (lambda m: m.fit(X, Y, sample_weight=np.ones(9)), r"for each of 10 examples. Received: shape \(9,\)"),
        (lambda m: m.fit(X, Y, sample_weight=-np.ones(10)), "at least 0"),
        (lambda m: m.fit(X, Y, class_weight=[1, 2]), "dictionary"),
        (lambda m: m.fit(X, Y, class_weight={0: -1.0}), "at least 0"),
        (lambda m: m.fit(X, Y, epochs=0), "epochs as a positive whole number. Received: 0"),
        (lambda m: m.fit(X, Y, batch_size=2.5), "batch_size as a positive whole number. Received: 2.5"),
        (lambda m: m.fit(X, Y, batch_size=-1), "batch_size as a positive whole number. Received: -1"),
        (lambda m: m.fit(X, Y, steps_per_epoch=0), "steps_per_epoch as a positive whole number. Received: 0"),
        (lambda m: m.fit(X, Y, validation_split=1.5), "from 0 to below 1"),
        (lambda m: m.fit(X[:1], Y[:1], validation_split=0.5), "leaves one part empty"),
        (lambda m: m.fit(X, Y, validation_data=X), r"validation_data as \(x, y\)"),
        (lambda m: m.fit(X, Y, validation_data=(X[:, :3], Y)), "expected inputs of 4 features, got 3"),
        (lambda m: m.fit(X, Y, verbose=7), "verbose"),
        (lambda m: m.fit(X, Y, callbacks=[print]), "Callback"),
        (lambda m: m.evaluate(X, Y, batch_size=0), "batch_size as a positive whole number. Received: 0"),
        (lambda m: m.evaluate(X), "expected labels y"),
        (lambda m: m.predict(X, batch_size=-3), "batch_size as a positive whole number. Received: -3"),
        (lambda m: m.predict(X, steps=0), "steps as a positive whole number. Received: 0"),
        (lambda m: m.predict(WITH_NAN), r"nan at \[3, 2\]"),
        (lambda m: m.predict(X[0]), "For one example"),
        (lambda m: m.train_on_batch(X, Y + 7), "classes from 0 to 1"),
        (lambda m: m.test_on_batch(X[:, :2], Y), "got 2"),
        (lambda m: m.set_weights([np.ones(3)]), "expected weights of shapes"),
        (lambda m: m.get_layer("nope"), "It has: dense_2, dense_1"),
        (lambda m: m.add(layers.Dense(3, name="dense_1")), "'dense_1' is in model"),
        (lambda m: m.add(layers.Input((3,))), "input as the first layer"),
        (lambda m: m.add(layers.Dense), r"Expected a layer, such as layers.Dense\(10\)"),
        (lambda m: m.compile("sdg", "mse"), "one of the optimizers: .*sgd.*Received: 'sdg'"),
        (lambda m: m.compile("sgd", "mean_square"), "mean_squared_error"),
        (lambda m: m.compile("sgd", "mse", metrics="mae"), "metrics as a list"),
        (lambda m: m.compile("sgd", "mse", metrics=["mae", "mae"]) or m.fit(X, X[:, :2]), "'mae' twice"),
        (lambda m: m.compile("sgd", "mse", metrics=["accurcy"]) or m.fit(X, X[:, :2]), "accurcy"),
        (lambda m: m.compile("sgd", losses.Huber(reduction="none")) or m.fit(X, X[:, :2]), "one number to lower"),
    ],
)  # fmt: skip
def test_refusals_say_what_was_expected_and_leave_the_model_alone(act, message):
    model = Sequential([layers.Input((4,)), layers.Dense(5, name="dense_2"), layers.Dense(2, "softmax", name="dense_1")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = model.get_weights()
    with pytest.raises((ValueError, TypeError), match=message):
        act(model)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert int(model.optimizer.steps) == 0


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: Sequential().predict(X), "at least one layer"),
        (lambda: Sequential([layers.Dense(2)]).build(), "an input shape"),
        (lambda: Sequential([layers.Dense(2)]).fit(X, Y), "call model.compile"),
        (lambda: Sequential([layers.Input((4,)), layers.Dense(2)]).evaluate(X, Y), "call model.compile"),
        (lambda: Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="a")]), "'a' is in model"),
        (lambda: Sequential([layers.Dense(2, dtype="float64"), layers.Dense(2)]).predict(X), "layers of one dtype"),
        (lambda: Sequential([layers.Input((4,)), layers.Reshape((3,))]), r"cannot make \(3,\) of \(4,\)"),
        (lambda: Sequential([layers.Input(()), layers.Dense(2)]), "features"),
        (lambda: Sequential().pop(), "no layer to remove"),
        (lambda: Sequential.from_config({"name": "x"}), "configuration of a Sequential"),
    ],
)  # fmt: skip
def test_models_that_cannot_be(act, message):
    with pytest.raises((ValueError, TypeError), match=message):
        act()


def test_a_loss_that_overflows_is_not_kept_silent():
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile(optimizers.SGD(1e30), "mse")
    with pytest.warns(RuntimeWarning, match="Lower the rate"):
        model.fit(X, Y, epochs=5, verbose=0)
    with pytest.warns(RuntimeWarning, match="predicts NaN or infinity"):
        model.predict(X, verbose=0)


def test_a_sound_training_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = small(metrics=["accuracy"])
        model.fit(X, Y, epochs=2, verbose=0, validation_split=0.2)
        model.predict(X, verbose=0)


@pytest.mark.parametrize("name", [3, True, ["net"]])
def test_a_models_name_is_a_text(name):
    with pytest.raises(ValueError, match="Expected the name of a model as a text"):
        Sequential([layers.Input((2,)), layers.Dense(1)], name=name)
