"""`to_python`: the script, run in a process of its own, ends with the same weights bit for bit."""

import subprocess
import sys

import numpy as np
import pytest

from glassnet import Sequential, callbacks, datasets, layers, load_model, optimizers, schedules
from glassnet.inspect.python_script import to_python
from glassnet.training_run import checksum


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
