"""`to_python` of a model that was compiled again between two calls of `fit`: the same weights bit for bit, in a new process."""

import numpy as np
import pytest
from test_python_script import Changing, data, network, run

from glassnet import Sequential, layers, load_model, optimizers, schedules
from glassnet.formats import safetensors
from glassnet.inspect.python_script import to_python
from glassnet.inspect.timeline import Timeline


def same_bits(model, folder, arrays):
    """The script, of which it is shown that it ends with the model's weights; the saved and loaded model gives it, too."""
    script = to_python(model)
    done = run(script, folder, arrays)
    assert done.returncode == 0, done.stdout + done.stderr
    model.save(folder / "model.safetensors")
    assert to_python(load_model(folder / "model.safetensors")) == script
    return script


def transfer():
    """A body with layers that behave otherwise when they are frozen, and a head."""
    body = [
        layers.Input((4,)),
        layers.Dense(6, "tanh", name="first"),
        layers.BatchNormalization(name="norm"),
        layers.Dropout(0.2, name="dropout"),
    ]
    return Sequential([Sequential(body, name="body"), layers.Dense(1, "sigmoid", name="head")], name="transfer")


def test_freeze_train_thaw_compile_with_a_lower_rate_train_on(tmp_path):
    model, arrays = transfer(), data()
    body = model.get_layer("body")
    body.trainable = False
    model.compile(optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(**arrays, batch_size=7, epochs=2, verbose=0)
    body.trainable = True
    body.get_layer("norm").trainable = False
    body.get_layer("first").learning_rate_multiplier = 0.5
    model.compile(optimizers.Adam(0.001), "binary_crossentropy")
    model.fit(**arrays, batch_size=7, epochs=2, verbose=0)
    model.optimizer.learning_rate = 0.0005
    model.fit(**arrays, batch_size=7, epochs=3, initial_epoch=2, verbose=0)
    model.trainable = True
    body.get_layer("first").learning_rate_multiplier = 1.0
    model.compile(optimizers.SGD(0.1, momentum=0.9), "mse", weighted_metrics=["mae"])
    model.fit(**arrays, batch_size=9, epochs=2, verbose=0, callbacks=[Changing({8: 0.05})])
    script = same_bits(model, tmp_path, arrays)
    place = "model.get_layer('body')"
    assert [line for line in script.splitlines() if ".trainable = " in line or "multiplier = " in line] == [
        f"{place}.get_layer('first').trainable = True",
        f"{place}.get_layer('dropout').trainable = True",
        f"{place}.get_layer('first').learning_rate_multiplier = 0.5",
        "model.trainable = True",
        f"{place}.get_layer('first').learning_rate_multiplier = 1.0",
    ]
    assert script.count("model.compile(") == 3 and script.count("model.fit(") == 3 and "PiecewiseConstantDecay" in script
    assert [run.compiled is not None for run in model.training_runs] == [True, True, False, True]


def fine_tuned(**again):
    """A model that was trained frozen, then whole."""
    model = transfer()
    model.get_layer("body").trainable = False
    model.compile("adam", "mse")
    model.fit(**data(), batch_size=10, epochs=2, verbose=0)
    model.trainable = True
    model.compile(**{"optimizer": optimizers.Adam(1e-4), "loss": "mse", **again})
    return model


def test_compiled_again_and_saved_before_it_was_trained_on(tmp_path):
    model, path = fine_tuned(), tmp_path / "paused.safetensors"
    assert same_bits(model, tmp_path, data()).count("model.compile(") == 2
    model.save(path)
    loaded = load_model(path)
    for one in (model, loaded):
        one.fit(**data(), batch_size=10, epochs=1, verbose=0)
    assert same_bits(loaded, tmp_path, data()) == to_python(model)
    loaded.save(path)
    loaded = load_model(path)  # the optimizer that the file has goes on: no new compilation
    loaded.fit(**data(), batch_size=10, epochs=2, initial_epoch=1, verbose=0)
    script = same_bits(loaded, tmp_path, data())
    assert script.count("model.compile(") == 2 and script.count("model.fit(") == 2


@pytest.mark.parametrize("layer", [lambda: layers.Bidirectional(layers.LSTM(3)), lambda: layers.TimeDistributed(layers.Dense(3))])
def test_parts_of_a_layer_that_are_thawed(tmp_path, layer):
    rng = np.random.default_rng(4)
    arrays = {"x": rng.normal(size=(30, 5, 4)), "y": rng.integers(0, 2, (30, 1))}
    model = network(layer(), layers.Flatten(), layers.Dense(1), inputs=(5, 4), optimizer="adam")
    model.fit(**arrays, verbose=0)
    model.layers[0].sublayers[0].trainable = False
    model.compile("sgd", "mse")
    model.fit(**arrays, verbose=0)
    assert ".sublayers[0].trainable = False" in same_bits(model, tmp_path, arrays)


def test_rewound_within_what_came_after_the_last_compilation(tmp_path):
    model, timeline = fine_tuned(), Timeline(every=2)
    model.fit(**data(), batch_size=10, epochs=1, verbose=0, callbacks=[timeline])
    model.fit(**data(), batch_size=10, epochs=2, initial_epoch=1, verbose=0, callbacks=[timeline])
    for step in (7, 2, 0):
        timeline.rewind(step)
        same_bits(model, tmp_path, data())
    timeline.resume()
    same_bits(model, tmp_path, data())


def test_rewound_to_before_the_last_compilation(tmp_path):
    model, timeline = network(layers.Dense(3, "tanh"), layers.Dense(1)), Timeline(every=2)
    model.fit(**data(), batch_size=10, epochs=2, verbose=0, callbacks=[timeline])
    model.compile("sgd", "mse")
    timeline.rewind(6)
    assert run(to_python(model), tmp_path, data()).returncode == 0
    model.compile(optimizers.SGD(0.001), "mse")
    model.fit(**data(), batch_size=10, epochs=1, verbose=0)
    with pytest.raises(ValueError, match="amid an epoch"):
        to_python(model)
    timeline.rewind(2)
    assert to_python(model).count("model.fit(") == 1
    assert run(to_python(model), tmp_path, data()).returncode == 0


@pytest.mark.parametrize("compiled_again", [False, True])
def test_files_of_before_compilations_were_remembered(tmp_path, compiled_again):
    model, path = fine_tuned() if compiled_again else network(layers.Dense(1)), tmp_path / "old.safetensors"
    model.fit(**data(), verbose=0)
    model.save(path)
    tensors, description = safetensors.read(path)
    del description["compiled_anew"]
    for one in description["training_runs"]:
        one.pop("compiled", None)
    safetensors.write(path, tensors, description)
    loaded = load_model(path)
    if compiled_again:
        with pytest.raises(ValueError, match="expected 10 steps of its optimizer .* Received: 0"):
            to_python(loaded)
    else:
        assert to_python(loaded) == to_python(model)


def head_of_another(body, name):
    model = Sequential([body, layers.Dense(1, name=name)])
    model.compile("adam", "mse")
    model.fit(**data(), verbose=0)
    return model


@pytest.mark.parametrize("units", [6, 300])
def test_a_body_that_was_trained_in_another_model_is_numbers_or_refused(tmp_path, units):
    body = Sequential([layers.Input((4,)), layers.Dense(units, "tanh")], name="body")
    first, second = head_of_another(body, "old"), head_of_another(body, "new")
    if units == 6:
        assert "model.set_weights(" in same_bits(second, tmp_path, data())
    else:
        with pytest.raises(ValueError, match="or were trained in another model, whose calls of fit this one does not know"):
            to_python(second)
    with pytest.raises(ValueError, match="its weights set after 2 steps, or trained in another model that shares its layers"):
        to_python(first)


def digits(seed, classes):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(40, 4)), np.arange(40) % classes


def test_a_head_that_was_replaced_in_the_model(tmp_path):
    """Transfer: learnt on some classes, then a new head on others, frozen first."""
    (x, y), (x2, y2) = digits(0, 5), digits(1, 3)
    first, norm = layers.Dense(6, "tanh", name="first"), layers.BatchNormalization(name="norm")
    body = Sequential([layers.Input((4,)), first, norm], name="body")
    model = Sequential([body, layers.Dropout(0.2, name="drop"), layers.Dense(5, "softmax", name="old")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    model.pop()
    model.pop()
    with pytest.raises(ValueError, match="has other layers than in its last call of fit: drop, old came or went"):
        to_python(model)
    inner = Sequential([layers.Input((6,)), layers.Dense(4, "relu", name="middle")], name="inner")
    model.add(inner)
    model.add(layers.Dense(3, "softmax", name="new", kernel_initializer="he_normal"))
    body.trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x2, y2, batch_size=8, epochs=2, verbose=0)
    body.trainable = True
    model.compile(optimizers.SGD(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x2, y2, batch_size=8, epochs=1, verbose=0)
    script = same_bits(model, tmp_path, {"x": x, "y": y, "x2": x2, "y2": y2})
    lines = script.splitlines()
    at = lines.index("model.pop()")
    assert lines[at + 1] == "model.pop()" and "model.add(inner)" in lines and lines[at + 2].startswith("inner = ")
    assert script.count("model.compile(") == 3 and script.count("model.fit(x2, y2") == 2


def test_layers_that_only_came_and_a_head_that_was_tried_in_vain(tmp_path):
    model, arrays = network(layers.Dense(6, "tanh", name="body")), {"x": data()["x"], "y": np.zeros((50, 6))}
    arrays |= {"x2": data()["x"], "y2": data()["y"]}
    model.fit(arrays["x"], arrays["y"], verbose=0)
    model.add(layers.Dense(1, name="tried"))
    model.pop()
    model.add(layers.Dense(1, name="head"))
    model.compile("sgd", "mse")
    model.fit(arrays["x2"], arrays["y2"], epochs=2, verbose=0)
    script = same_bits(model, tmp_path, arrays)
    assert "pop" not in script and script.count("model.add(") == 1


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_weights_that_were_set_while_a_head_was_replaced_are_refused(when):
    model = network(layers.Dense(6, "tanh", name="body"), layers.Dense(1, name="old"))
    model.fit(**data(), verbose=0)

    def change(layer):
        layer.set_weights([weights + 1 for weights in layer.get_weights()])

    if when == "before":
        change(model.get_layer("old"))
    model.pop()
    if when == "between":
        change(model.get_layer("body"))
    model.add(layers.Dense(1, name="new"))
    if when == "after":
        change(model.get_layer("new"))
    model.compile("sgd", "mse")
    model.fit(**data(), verbose=0)
    with pytest.raises(ValueError, match="had its weights set after 2 steps"):
        to_python(model)


def test_a_layer_that_came_back_and_one_without_a_name_are_refused():
    model = network(layers.Dense(6, "tanh", name="body"), layers.Dense(1, name="head"))
    model.fit(**data(), verbose=0)
    head = model.pop()
    model.add(layers.Dense(6, name="between"))
    model.add(head)
    model.compile("sgd", "mse")
    model.fit(**data(), verbose=0)
    with pytest.raises(ValueError, match="had its weights set after 2 steps"):
        to_python(model)

    class Nameless(layers.Dense):
        pass

    model = network(layers.Dense(6, "tanh", name="body"), Nameless(1, name="head"))
    model.fit(**data(), verbose=0)
    model.pop()
    model.add(layers.Dense(1, name="new"))
    model.compile("sgd", "mse")
    model.fit(**data(), verbose=0)
    with pytest.raises(ValueError, match="had a layer that a script cannot say. Cannot save the layer class Nameless"):
        to_python(model)


@pytest.mark.parametrize("rate", [0.01, schedules.ExponentialDecay(0.1, 10, 0.5)])
def test_compiled_again_with_the_optimizer_that_it_had(tmp_path, rate):
    model = network(layers.Dense(3, "tanh", name="first"), layers.Dense(1), optimizer=optimizers.Adam(rate))
    model.fit(**data(), epochs=2, verbose=0)
    model.get_layer("first").trainable = False
    model.compile(model.optimizer, "mae")
    assert "optimizer=model.optimizer" in same_bits(model, tmp_path, data())
    model.fit(**data(), epochs=2, verbose=0)
    if rate == 0.01:
        model.optimizer.learning_rate = 0.003
        model.fit(**data(), epochs=1, verbose=0)
    model.compile("sgd", "mae")
    model.fit(**data(), epochs=1, verbose=0)
    assert same_bits(model, tmp_path, data()).count("optimizer=model.optimizer") == 1


def test_an_optimizer_that_goes_on_otherwise_and_one_that_cannot_be_written_down_are_refused():
    model = network(layers.Dense(1), optimizer="adam")
    model.fit(**data(), epochs=3, verbose=0, callbacks=[Changing({3: 0.05})])
    model.compile(model.optimizer, "mae")
    model.fit(**data(), verbose=0)
    with pytest.raises(ValueError, match="an optimizer that had made steps, .* learning rate was changed amid a call of fit"):
        to_python(model)
    other = network(layers.Dense(1), optimizer="adam")
    other.fit(**data(), epochs=2, verbose=0)
    model = network(layers.Dense(1), optimizer="sgd")
    for epochs, match in ((1, "expected 0 or 2 steps .* Received: 4"), (2, "and that has other settings now")):
        model = network(layers.Dense(1), optimizer="sgd")
        model.fit(**data(), epochs=epochs, verbose=0)
        model.compile(other.optimizer, "mse")
        with pytest.raises(ValueError, match=match):
            to_python(model)
    model = network(layers.Dense(1), optimizer=optimizers.SGD(lambda: 0.1))
    model.fit(**data(), verbose=0)
    with pytest.raises(ValueError, match="compiled with what a script cannot say. .* its learning rate is a function"):
        to_python(model)


def test_a_damaged_compilation_is_refused(tmp_path):
    model, path = network(layers.Dense(1)), tmp_path / "m.safetensors"
    model.fit(**data(), verbose=0)
    model.save(path)
    tensors, description = safetensors.read(path)
    compiled = description["training_runs"][0]["compiled"]
    for damage in ({"loss": compiled["loss"]}, [1], {**compiled, "optimizer": {"class_name": "exit", "config": {}}}):
        description["training_runs"][0]["compiled"] = damage
        safetensors.write(path, tensors, description)
        with pytest.raises(ValueError, match="Received: loss|damaged|Received: 'exit'"):
            to_python(load_model(path))
