"""`to_python`: the script, run in a process of its own, ends with the same weights bit for bit."""

import contextlib
import importlib
import subprocess
import sys

import numpy as np
import pytest

from glassnet import Model, Sequential, callbacks, datasets, layers, load_model, optimizers, schedules
from glassnet.inspect.data_source import library_data
from glassnet.inspect.point_data import PointData
from glassnet.inspect.python_script import to_python
from glassnet.inspect.timeline import Timeline
from glassnet.training_run import KEPT_DATA, Data, checksum


def network(*stack, inputs=(4,), loss="mean_squared_error", optimizer="sgd", **compiled):
    model = Sequential([layers.Input(inputs), *stack])
    model.compile(optimizer=optimizer, loss=loss, **compiled)
    return model


def run(script, folder, arrays=None):
    (folder / "script.py").write_text(script, encoding="utf-8")
    arguments = []
    if arrays is not None:
        np.savez(folder / "data.npz", **arrays)
        arguments = ["data.npz"]
    return subprocess.run([sys.executable, "script.py", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def data(n=50, features=4, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, features))
    return {"x": x, "y": (x[:, :1] > 0).astype(np.float32)}


def test_a_classifier_of_digits(tmp_path):
    (x, y), (x_test, y_test) = datasets.mnist.load_data()
    model = network(
        layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(16, activation="relu", kernel_regularizer="l2"),
        layers.Dropout(0.2), layers.Dense(10, activation="softmax"),
        inputs=(28, 28), loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"],
    )  # fmt: skip
    model.fit(x[:1000], y[:1000], batch_size=50, epochs=2, validation_data=(x_test[:100], y_test[:100]), verbose=0)
    script = to_python(model)
    assert "datasets.mnist.load_data()" in script and "x = x_train[:1000]" in script and "y_val = y_test[:100]" in script
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The same weights, bit for bit." in done.stdout


def test_own_data_all_arguments_and_two_calls_of_fit(tmp_path):
    arrays = data()
    rate = schedules.ExponentialDecay(0.1, 10, 0.5)
    model = network(
        normalization := layers.Normalization(), layers.Dense(5, activation="tanh", kernel_initializer="he_normal"),
        layers.GaussianNoise(0.1), layers.Dense(1, activation="sigmoid"),
        loss="binary_crossentropy", optimizer=optimizers.SGD(rate, momentum=0.9),
    )  # fmt: skip
    normalization.adapt(arrays["x"])
    weights = np.linspace(0.5, 1.5, 50)
    for epochs, begin in ((3, 0), (5, 3)):
        model.fit(
            arrays["x"], arrays["y"], batch_size=7, epochs=epochs, initial_epoch=begin, validation_split=0.2, verbose=0,
            class_weight={0: 1.0, 1: 2.0}, sample_weight=weights, shuffle=begin == 0,
        )  # fmt: skip
    script = to_python(model)
    done = run(script, tmp_path, {**arrays, "sample_weight": weights})
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_saved_and_loaded_model_gives_the_same_script(tmp_path):
    arrays = data()
    model = network(layers.Dense(3, activation="relu"), layers.Dense(1))
    model.fit(**arrays, epochs=2, verbose=0)
    model.save(tmp_path / "model.safetensors")
    assert to_python(load_model(tmp_path / "model.safetensors")) == to_python(model)


def test_the_script_notices_other_data_and_missing_ones(tmp_path):
    arrays = data()
    model = network(layers.Dense(1))
    model.fit(**arrays, epochs=1, verbose=0)
    done = run(to_python(model), tmp_path, data(seed=1))
    assert done.returncode == 1 and "Other weights" in done.stdout
    done = run(to_python(model), tmp_path)
    assert done.returncode == 1 and "Expected the path of an .npz file with x (50, 4)" in done.stderr


def test_a_hostile_name_stays_a_string(tmp_path):
    arrays, name = data(), """'); raise SystemExit("run") #\\'\"\"\""""
    model = Sequential([layers.Input((4,)), layers.Dense(1, name=name.replace("/", ""))], name=name)
    model.compile("sgd", "mse")
    model.fit(**arrays, verbose=0)
    done = run(to_python(model), tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr


def test_early_stopping_is_repeated_by_the_number_of_epochs(tmp_path):
    arrays = data()
    model = network(layers.Dense(1))
    model.fit(**arrays, epochs=50, verbose=0, callbacks=[callbacks.EarlyStopping(monitor="loss", min_delta=0.05)])
    script = to_python(model)
    assert f"epochs={len(model.history.epoch)})" in script and "EarlyStopping" in script
    assert run(script, tmp_path, arrays).returncode == 0


class Changing(callbacks.Callback):
    """Sets the learning rate, or stops, at given steps: `{step: rate, or None to leave fit}`."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def steps_until_needed(self, step):
        now = int(self.model.optimizer.steps)
        return min((step for step in self.at if step > now), default=now + 1000) - now

    def on_train_chunk_end(self, step, logs=None):
        rate = self.at.get(int(self.model.optimizer.steps), ...)
        if rate is None:
            raise KeyboardInterrupt
        if rate is not ...:
            self.model.optimizer.learning_rate = rate


def trained_with_changes(at, **arguments):
    model = network(layers.Dense(3, activation="tanh"), layers.Dropout(0.2), layers.Dense(1), optimizer="adam")
    with contextlib.suppress(KeyboardInterrupt):
        model.fit(**data(), batch_size=7, epochs=5, verbose=0, callbacks=[Changing(at)], **arguments)
    return model


@pytest.mark.parametrize(
    ("at", "arguments", "expected"),
    [
        ({18: None}, {}, "initial_epoch=2, steps_per_epoch=2"),  # of 8 steps in an epoch
        ({3: None}, {}, "epochs=1, steps_per_epoch=3"),
        ({3: 0.1, 18: 0.003, 20: None}, {}, "PiecewiseConstantDecay"),
        ({8: 0.1}, {"validation_split": 0.2}, "PiecewiseConstantDecay"),
    ],
)
def test_a_training_that_was_left_amid_an_epoch_or_changed_on_the_way(tmp_path, at, arguments, expected):
    script = to_python(trained_with_changes(at, **arguments))
    assert expected in script
    done = run(script, tmp_path, data())
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_training_that_was_rewound(tmp_path):
    model, timeline = network(layers.Dense(3, activation="tanh"), layers.Dense(1)), Timeline(every=5)
    model.fit(**data(), batch_size=7, epochs=5, verbose=0, callbacks=[timeline])
    timeline.rewind(13)
    assert run(to_python(model), tmp_path, data()).returncode == 0
    timeline.rewind(15)
    model.optimizer.learning_rate = 0.3
    timeline.rewind(10)
    timeline.resume(until=22)
    script = to_python(model)
    assert script.count("model.fit(") == 2  # two whole epochs and six steps
    assert run(script, tmp_path, data()).returncode == 0


def test_points_with_features(tmp_path):
    points = PointData("spiral", ["x", "y", "sin(x)"], one_hot=3, n=60, noise=0.1, test_split=0.3, seed=2, classes=3)
    (x, y), test = points.load()
    model = network(layers.Dense(3, activation="softmax"), inputs=(3,), loss="categorical_crossentropy")
    model.fit(x, y, batch_size=10, epochs=2, verbose=0, validation_data=test)
    script = model.to_python(points)
    assert "datasets.spiral.load_data(n=60, noise=0.1, test_split=0.3, seed=2, classes=3)" in script
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    with pytest.raises(ValueError, match="points that the model was trained on"):
        model.to_python(PointData("spiral", ["x", "y", "sin(y)"], one_hot=3, n=60, test_split=0.3, classes=3))


def siamese():
    """Two inputs through one tower, a model with a branch and a frozen layer; three outputs, one of them not trained."""
    pixels = layers.Input((4,), name="pixels")
    frozen = layers.Dense(3, activation="tanh", trainable=False, name="frozen")(pixels)
    tower = Model(pixels, layers.concatenate([frozen, layers.Dense(2, activation="relu")(pixels)]), name="tower")
    first, second = layers.Input((4,), name="lambda"), layers.Input((4,), name="1 more")
    norm = layers.Normalization(name="norm")
    a, b = tower(norm(first)), tower(norm(second))
    shared = layers.Dense(3, kernel_regularizer="l2", learning_rate_multiplier=0.5)
    both = layers.concatenate([shared(a), shared(b)])
    deep = Sequential([layers.Dropout(0.2), layers.Dense(4, activation="elu")], name="deep")(both)
    outputs = [layers.Dense(1, name="len")(deep), layers.dot([a, b], axes=1), layers.Dense(3, "softmax", name="kind")(deep)]
    model = Model([first, second], outputs, name="siamese")
    norm.adapt(data()["x"] * 3 + 1)
    model.compile(
        "adam", loss=["mse", None, "sparse_categorical_crossentropy"], loss_weights=[0.3, 1, 2], metrics={"kind": ["accuracy"]}
    )
    model.get_layer("deep").layers[1].trainable = False  # after compile: trained, nevertheless
    return model


def several(seed=0):
    x, other = data(seed=seed), data(seed=seed + 1)
    classes = np.arange(50) % 3
    return {"x_0": x["x"], "x_1": other["x"], "y_0": x["y"], "y_2": classes}


def test_a_graph_of_several_inputs_and_outputs(tmp_path):
    model, given = siamese(), several()
    weights = np.linspace(0.5, 1.5, 50)
    arrays = {**given, "sample_weight_0": weights, "sample_weight_2": weights}
    held = several(7)
    model.fit(
        {"1 more": given["x_1"], "lambda": given["x_0"]}, {"len": given["y_0"], "kind": given["y_2"]}, batch_size=9, epochs=3,
        sample_weight=weights, verbose=0, validation_data=([held["x_0"], held["x_1"]], [held["y_0"], held["y_2"]]),
    )  # fmt: skip
    script = to_python(model)
    assert "tower_call_1 = tower(norm_call_1)" in script and "Model([lambda_, layer_1_more], [" in script
    arrays.update({name[:2] + "val" + name[1:]: array for name, array in held.items()})
    done = run(script, tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr
    model.save(tmp_path / "model.safetensors")
    assert run(to_python(load_model(tmp_path / "model.safetensors")), tmp_path, arrays).returncode == 0


def test_inputs_and_outputs_by_name_and_layers_with_several_outputs(tmp_path):
    sequence, start = layers.Input((5, 2), name="sequence"), layers.Input((3,), name="start")
    read, last = layers.GRU(3, return_sequences=True, return_state=True)(sequence, initial_state=[start])
    attended = layers.MultiHeadAttention(2, 3)(read, read)
    outputs = {
        "mean": layers.Dense(1)(layers.GlobalAveragePooling1D()(attended)),
        "last": layers.Dense(2)(layers.add([last, start])),
    }
    model = Model({"sequence": sequence, "start": start}, outputs)
    model.compile("rmsprop", "mse", metrics={"last": ["mae"]})
    rng = np.random.default_rng(3)
    arrays = {
        name: rng.normal(size=(20, *shape)) for name, shape in {"x_0": (5, 2), "x_1": (3,), "y_0": (1,), "y_1": (2,)}.items()
    }
    model.fit({"start": arrays["x_1"], "sequence": arrays["x_0"]}, {"mean": arrays["y_0"], "last": arrays["y_1"]}, verbose=0)
    done = run(to_python(model), tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr


def tagger(*stack):
    return network(*stack, layers.Flatten(), layers.Dense(1, activation="sigmoid"), inputs=(5, 4), loss="binary_crossentropy")


def small_graph():
    x = layers.Input((4,))
    return Model(x, layers.add([x, layers.Dense(4, activation="relu")(x)]))


@pytest.mark.parametrize(
    "stack",
    [
        lambda: [layers.Bidirectional(layers.LSTM(3, dropout=0.1))],
        lambda: [layers.Bidirectional(layers.SimpleRNN(3), backward_layer=layers.GRU(3, go_backwards=True), merge_mode="sum")],
        lambda: [layers.TimeDistributed(layers.Dense(3, trainable=False)), layers.GRU(2, recurrent_dropout=0.1)],
        lambda: [layers.TimeDistributed(small_graph()), Sequential([layers.LSTM(2)])],
        lambda: [layers.Conv1D(3, 2, activation="relu"), layers.BatchNormalization()],
    ],
    ids=["bidirectional", "two different", "time distributed", "models in layers", "convolution"],
)
def test_layers_that_are_made_of_others(tmp_path, stack):
    rng = np.random.default_rng(4)
    arrays = {"x": rng.normal(size=(30, 5, 4)), "y": rng.integers(0, 2, (30, 1))}
    model = tagger(*stack())
    model.fit(**arrays, batch_size=8, epochs=2, verbose=0)
    done = run(to_python(model), tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_that_were_set_by_hand_are_numbers_of_the_script(tmp_path, dtype):
    hidden, out = layers.Dense(3, "tanh", dtype=dtype), layers.Dense(1, dtype=dtype)
    model = network(hidden, layers.BatchNormalization(dtype=dtype), out)
    rng, arrays = np.random.default_rng(5), data()
    model.set_weights([rng.random(array.shape) for array in model.get_weights()])
    model.fit(**arrays, verbose=0)
    model.fit(**arrays, epochs=2, initial_epoch=1, verbose=0)
    hidden.set_weights([np.zeros((4, 3)), [1 / 3, 0.0, -0.1]])
    model.fit(**arrays, epochs=2, verbose=0)
    model.save(tmp_path / "model.safetensors")
    script = to_python(model)
    assert script == to_python(load_model(tmp_path / "model.safetensors"))
    assert script.count("set_weights(") == 2 and script.count("model.fit(") == 2
    done = run(script, tmp_path, arrays)
    assert done.returncode == 0, done.stdout + done.stderr


def test_several_calls_of_fit_on_different_data(tmp_path):
    (x, y), (x_test, y_test) = datasets.parity.load_data()
    model = network(layers.Dense(3, "tanh"), layers.Dense(1, "sigmoid"), inputs=(8,), loss="binary_crossentropy")
    first, second = {"x": x[:90], "y": y[:90]}, {"x": np.random.default_rng(0).normal(size=(20, 8)), "y": np.arange(20) % 2}
    weights = np.linspace(0.5, 1.5, 20)
    model.fit(**first, verbose=0)
    model.fit(**second, sample_weight=weights, validation_data=(x_test, y_test), verbose=0)
    model.fit(**first, epochs=2, initial_epoch=1, verbose=0)
    model.fit(second["x"].copy(), second["y"], sample_weight=weights, validation_data=(x_test, y_test), epochs=2, verbose=0)
    script = to_python(model)
    assert "x = x_train[:90]" in script and script.count("model.fit(x2, y2, ") == 2 and script.count("model.fit(x, y, ") == 2
    assert "x2 (20, 8), y2 (20, 1), sample_weight2 (20,), x2_val (64, 8)" in script
    given = {"x2": second["x"], "y2": second["y"], "sample_weight2": weights, "x2_val": x_test, "y2_val": y_test}
    done = run(script, tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    model.fit(x, y, verbose=0)
    assert "x3 = x_train\n" in to_python(model)
    assert run(to_python(model), tmp_path, given).returncode == 0


def refused(model, match):
    with pytest.raises(ValueError, match=match):
        to_python(model)


def test_what_cannot_be_repeated_is_refused():
    arrays = data()
    model = network(layers.Dense(1))
    refused(model, "has no call of fit to repeat")
    model.fit(**arrays, verbose=0)
    model.train_on_batch(**arrays)
    refused(model, "expected 2 steps .* Received: 3")
    for large in (False, True):
        model = network(layers.Dense(200), layers.Dense(1))
        if large:
            model.set_weights([np.ones_like(array) for array in model.get_weights()])
        model.fit(**arrays, verbose=0)
        if large:
            refused(model, "its weights were set or loaded")
        model.set_weights([np.ones_like(array) for array in model.get_weights()])
        refused(model, "did not start from" if large else "had its weights set after 2 steps")
        model.fit(**arrays, verbose=0)
        refused(model, "did not start from" if large else "had its weights set after 2 steps")
    model = trained_with_changes({3: None})
    model.fit(**arrays, verbose=0)
    refused(model, "amid an epoch and then compiled again, or trained with other arguments")


OWN = """
from glassnet import initializers, layers, losses, ops, saving

@saving.register_keras_serializable(package="own")
class Scaled(layers.Layer):
    def __init__(self, factor, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.factor, self.kernel_initializer = factor, initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.dense = layers.Dense(3, kernel_initializer=self.kernel_initializer, name=f"{self.name}_dense")
        super().build(input_shape)

    def call(self, x):
        return layers.Rescaling(self.factor)(self.dense(x))

    def get_config(self):
        kernel = initializers.serialize(self.kernel_initializer)
        return {**super().get_config(), "factor": self.factor, "kernel_initializer": kernel}

@saving.register_keras_serializable(package="own")
class Softer(losses.Huber):
    pass
"""


def test_classes_of_ones_own_are_imported_from_their_module(tmp_path, monkeypatch):
    (tmp_path / "own_parts.py").write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    own = importlib.import_module("own_parts")
    model = network(own.Scaled(0.5, name="scaled"), layers.Dense(1), loss=own.Softer(delta=0.5))
    model.fit(**data(), epochs=2, verbose=0)
    script = to_python(model)
    assert "from own_parts import Scaled\nfrom own_parts import Softer" in script and "Softer(delta=0.5)" in script
    done = run(script, tmp_path, data())
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.delattr(own, "Scaled")
    refused(model, "Received: 'own>Scaled', which a script cannot import. Move the class to a module")


@pytest.mark.parametrize(
    ("x", "source"),
    [
        (lambda x: x[:200], "x = x_train[:200]"),
        (lambda x: x[:200].reshape(-1, 784), "x = x_train[:200].reshape(200, 784)"),
        (lambda x: x[:200] / 255, 'x = (x_train[:200] / 255).astype("float64")'),
        (lambda x: x[:200].astype("float32") / 255, 'x = (x_train[:200] / 255).astype("float32")'),
        (lambda x: x[:200] / 254, None),
    ],
)
def test_data_of_the_library_are_recognised(x, source):
    (x_train, y_train), _ = datasets.mnist.load_data()
    one_hot = np.eye(10, dtype="float32")[y_train[:200]]
    lines = library_data(Data({"x": x(x_train), "y": one_hot}).describe())
    if source is None:
        assert lines is None
        return
    assert lines[1] == source
    made = {"np": np, "datasets": datasets}
    exec("\n".join(lines), made)
    assert checksum(made["x"]) == checksum(x(x_train)) and checksum(made["y"]) == checksum(one_hot)


def test_data_are_described_once_and_let_go():
    x = np.arange(6.0)
    kept = Data({"x": x, "sample_weight": None})
    assert kept.equal({"x": x, "sample_weight": None}) and kept.equal({"x": x.copy()}) and not kept.equal({"x": x + 1})
    assert kept.describe() == {"x": {"shape": [6], "dtype": "float64", "sha256": checksum(x)}}
    assert kept.arrays is None


def test_who_trains_on_new_data_with_every_call_does_not_pay_for_checksums():
    model = Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    for number in range(KEPT_DATA + 3):
        model.fit(np.full((2, 1), number / 20), np.zeros(2), verbose=0)
    known = [run.data.describe()["x"]["sha256"] is not None for run in model.training_runs]
    assert known == [True] * KEPT_DATA + [False, False, True]
    with pytest.raises(ValueError, match="no longer knows what data it was trained on"):
        model.to_python()


def test_a_damaged_record_is_refused(tmp_path):
    from glassnet.formats import safetensors

    arrays, path = data(), tmp_path / "m.safetensors"
    model = network(layers.Dense(1))
    model.fit(**arrays, verbose=0)
    model.save(path)
    tensors, description = safetensors.read(path)
    run = description["training_runs"][0]
    run["data"]["x = 1; raise SystemExit"] = run["data"]["x"]
    safetensors.write(path, tensors, description)
    with pytest.raises(ValueError, match="Expected some of the arrays x, y"):
        load_model(path)
    run["data"]["x/0 = 1; raise SystemExit"] = run["data"].pop("x = 1; raise SystemExit")
    safetensors.write(path, tensors, description)
    with pytest.raises(ValueError, match="Expected some of the arrays x, y"):
        load_model(path)
    whole = {**run, "data": {name: run["data"]["y"] for name in ("x", "y")}}
    for damage in (
        {"popped": [{"class_name": "Dense"}]}, {"popped": 1}, {"weights": [["x"]]}, {"weights": [[float("nan")]]}, {"steps": "2"},
        {"data": {}}, {"seeds": {"dense": 1}}, {"callbacks": 1}, {"arguments": {}}, {"rates": [1]}, {"learning_rate": "x"},
        {"arguments": {**run["arguments"], "initial_epoch": None}}, {"compiled": {**run["compiled"], "optimizer": {}}},
    ):  # fmt: skip
        safetensors.write(path, tensors, {**description, "training_runs": [{**whole, **damage}]})
        with pytest.raises(ValueError, match="Cannot load|damaged"):
            load_model(path)
    del description["training_runs"][0]["seeds"], run["data"]["x/0 = 1; raise SystemExit"]
    safetensors.write(path, tensors, description)
    with pytest.raises(ValueError, match="damaged"):
        load_model(path)
