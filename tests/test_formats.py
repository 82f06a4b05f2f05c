"""Model files: what lies where in them, that writing is all or nothing, that no damaged or hostile file does harm."""

import json
import os
import random as python_random
import resource
import warnings

import numpy as np
import pytest
import safetensors
import safetensors.numpy

import glassnet
from glassnet import layers, load_model, losses, optimizers
from glassnet.models import Sequential
from glassnet.preprocessing import ImagePreprocessing

X = np.random.default_rng(0).normal(size=(20, 6)).astype("float32")
Y = np.arange(20) % 3


def trained(dtype="float32", optimizer=None):
    normalization = layers.Normalization(dtype=dtype)
    normalization.adapt(X)
    model = Sequential(
        [
            layers.Input((6,), dtype=dtype),
            normalization,
            layers.Dense(5, "relu", kernel_regularizer="l2", dtype=dtype),
            layers.Dropout(0.2, dtype=dtype),
            layers.Dense(3, "softmax", dtype=dtype),
        ],
        name="net",
    )
    model.compile(optimizer or optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    return model


@pytest.fixture(scope="module")
def model():
    return trained()


@pytest.fixture
def path(model, tmp_path):
    model.save(tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def parts(path):
    """Header and body of a safetensors file, read by its definition: 8 bytes of length, JSON, numbers."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def write(path, header, body):
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


# -- what is in a file -------------------------------------------------------------------------------------------------


def test_the_body_begins_with_the_parameter_vector(model, path):
    header, body = parts(path)
    vector = model.params.array
    assert body[: vector.nbytes] == vector.tobytes()
    assert body[vector.nbytes :][: model.state.array.nbytes] == model.state.array.tobytes()
    names = [name for name in header if name != "__metadata__"]
    assert names == [*model.params, *model.state, "optimizer/slots"]
    offset = 0
    for name in names:
        assert header[name]["data_offsets"][0] == offset, "a gap"
        offset = header[name]["data_offsets"][1]
    assert offset == len(body)
    assert (path.stat().st_size - len(body)) % 64 == 0, "the vector should be aligned when mapped into memory"


def test_the_safetensors_library_reads_it(model, path):
    tensors = safetensors.numpy.load_file(path)
    for variable in model.weights:
        assert np.array_equal(tensors[variable.path], variable.value) and tensors[variable.path].dtype == variable.dtype


def test_the_header_says_everything_in_plain_text(model, path):
    header, _ = parts(path)
    description = json.loads(header["__metadata__"]["glassnet"])
    assert description["model"]["class_name"] == "Sequential"
    assert [part["class_name"] for part in description["model"]["config"]["layers"]] == [
        "InputLayer", "Normalization", "Dense", "Dropout", "Dense",
    ]  # fmt: skip
    assert description["compile"]["optimizer"]["config"]["learning_rate"] == 0.01
    assert description["history"]["history"] == model.history.history and description["steps"] == 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_comes_back_as_it_was(dtype, tmp_path):
    model = trained(dtype)
    model.preprocessing = ImagePreprocessing()
    model.save(tmp_path / "net.safetensors")
    again = load_model(tmp_path / "net.safetensors")
    assert again.dtype == dtype and again.get_config() == model.get_config() and again.seed == model.seed
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))
    assert np.array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    assert again.evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert again.history.history == model.history.history and again.history.epoch == model.history.epoch
    assert again.get_compile_config() == model.get_compile_config()
    assert again.preprocessing.get_config() == model.preprocessing.get_config()
    assert np.array_equal(again.optimizer.slots.array, model.optimizer.slots.array) and int(again.optimizer.steps) == 6


OPTIMIZERS = [
    optimizers.SGD(0.1),
    optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 3, 0.9), momentum=0.9, nesterov=True),
    optimizers.Adam(use_ema=True, gradient_accumulation_steps=2),
    optimizers.Nadam(),
    optimizers.Ftrl(),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: type(o).__name__)
def test_every_kind_of_optimizer_state_is_kept(optimizer, tmp_path):
    model = trained(optimizer=optimizer)
    model.save(tmp_path / "a.safetensors")
    again = load_model(tmp_path / "a.safetensors")
    for one in (model, again):
        one.fit(X, Y, initial_epoch=2, epochs=3, batch_size=8, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))


def test_a_model_that_was_never_trained(tmp_path):
    model = Sequential([layers.Input((3,)), layers.Dense(2)])
    model.save(tmp_path / "a.safetensors")
    again = load_model(tmp_path / "a.safetensors")
    assert not again.compiled and again.history is None
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), again.get_weights(), strict=True))


def test_weights_alone(model, tmp_path):
    model.save_weights(tmp_path / "w.safetensors")
    other = Sequential.from_config(model.get_config())
    other.load_weights(tmp_path / "w.safetensors")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), other.get_weights(), strict=True))
    misfit = Sequential([layers.Input((6,)), layers.Dense(2, name="other")])
    before = misfit.get_weights()
    with pytest.raises(ValueError, match="do not fit its network"):
        misfit.load_weights(tmp_path / "w.safetensors")
    assert all(np.array_equal(a, b) for a, b in zip(before, misfit.get_weights(), strict=True))


# -- writing -----------------------------------------------------------------------------------------------------------


def test_a_failing_write_leaves_the_old_file_whole(model, path, monkeypatch):
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        model.save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name], "a temporary file was left behind"


def test_what_cannot_be_described_is_refused_before_anything_is_written(model, path):
    before = path.read_bytes()
    model = trained(optimizer=optimizers.SGD(lambda: 0.1))
    with pytest.raises(ValueError, match="learning rate is a function"):
        model.save(path)
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda m, p: m.save(p / "net.keras"), ValueError, "ends in .safetensors. Received: .*net.keras"),
        (lambda m, p: m.save(p / "no" / "net.safetensors"), FileNotFoundError, "no folder|no "),
        (lambda m, p: load_model(p / "none.safetensors"), FileNotFoundError, "There is none"),
        (lambda m, p: load_model(p), FileNotFoundError, "There is none"),
        (lambda m, p: Sequential([layers.Dense(2)]).save(p / "a.safetensors"), ValueError, "no weights yet"),
    ],
)
def test_impossible_paths(model, tmp_path, act, error, message):
    with pytest.raises(error, match=message):
        act(model, tmp_path)
    assert os.listdir(tmp_path) == []


def test_an_existing_file_is_kept_on_request(model, path):
    with pytest.raises(FileExistsError, match="overwrite=True"):
        model.save(path, overwrite=False)


# -- damage and malice -------------------------------------------------------------------------------------------------


def refused(path):
    """Loads a file that must either be refused with a `ValueError` or give a model that works; says which."""
    try:
        model = load_model(path)
    except ValueError as error:
        assert len(str(error)) > 20 and str(error).startswith(("Expected", "Cannot load")), error
        return True
    assert np.isfinite(model.predict(X, verbose=0)).all()
    return False


def test_a_file_that_ends_early_is_refused(path):
    content = path.read_bytes()
    for length in {0, 1, 7, 8, 9, 100, len(content) // 2, len(content) - 100, len(content) - 1}:
        path.write_bytes(content[:length])
        assert refused(path), length
    path.write_bytes(content + b"more")
    assert refused(path)


def test_flipped_bits_anywhere_do_no_harm(path):
    """Most are refused; those in a number or a name inside the header may give another model, which then works."""
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    random = python_random.Random(1)
    places = [*range(10), *random.sample(range(header), 150), *random.sample(range(header, len(content)), 10)]
    refusals = 0
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << random.randrange(8)
        path.write_bytes(bytes(damaged))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a flipped exponent may overflow, and predict says so
            try:
                load_model(path).predict(X, verbose=0)
            except ValueError:
                refusals += 1
    assert refusals > 100


def changed(path, change):
    """Applies `change(description, header)` to the description in the header of a file."""
    header, body = parts(path)
    description = json.loads(header["__metadata__"]["glassnet"])
    result = change(description, header)
    header["__metadata__"]["glassnet"] = json.dumps(description if result is None else result)
    write(path, header, body)


def dense(description):
    return description["model"]["config"]["layers"][2]["config"]


def tensor(header, ending):
    return next(entry for name, entry in header.items() if name.endswith(ending))


INFINITE_PENALTY = {"class_name": "L2", "config": {"l2": 1e400}}

HOSTILE = {
    "no description": lambda d, h: {},
    "a list": lambda d, h: [1, 2],
    "another version": lambda d, h: d.update(version=99),
    "no model": lambda d, h: d.pop("model"),
    "no layers": lambda d, h: d["model"]["config"].pop("layers"),
    "layers that are a number": lambda d, h: d["model"]["config"].update(layers=3),
    "no layer at all": lambda d, h: d["model"]["config"].update(layers=[]),
    "an unknown class": lambda d, h: d["model"]["config"]["layers"][2].update(class_name="os.system"),
    "a class that is a list": lambda d, h: d["model"]["config"]["layers"][2].update(class_name=["Dense"]),
    "huge units": lambda d, h: dense(d).update(units=10**12),
    "units beyond any integer": lambda d, h: dense(d).update(units=10**40),
    "fractional units": lambda d, h: dense(d).update(units=1.5),
    "negative units": lambda d, h: dense(d).update(units=-5),
    "units that are a word": lambda d, h: dense(d).update(units="many"),
    "another number of units": lambda d, h: dense(d).update(units=6),
    "an unknown argument": lambda d, h: dense(d).update(evil=True),
    "an unknown activation": lambda d, h: dense(d).update(activation="__import__('os')"),
    "an activation that is a table": lambda d, h: dense(d).update(activation={"class_name": "x"}),
    "an infinite penalty": lambda d, h: dense(d).update(kernel_regularizer=INFINITE_PENALTY),
    "a wrong dtype": lambda d, h: dense(d).update(dtype="float16"),
    "mixed dtypes": lambda d, h: dense(d).update(dtype="float64"),
    "a name with a slash": lambda d, h: dense(d).update(name="a/b"),
    "the same name twice": lambda d, h: d["model"]["config"]["layers"][4]["config"].update(name=dense(d)["name"]),
    "a shape of zeros": lambda d, h: d["model"]["config"]["layers"][0]["config"].update(shape=[0]),
    "a huge shape": lambda d, h: d["model"]["config"]["layers"][0]["config"].update(shape=[10**15]),
    "a shape of words": lambda d, h: d["model"]["config"]["layers"][0]["config"].update(shape=["a"]),
    "a rate beyond 1": lambda d, h: d["model"]["config"]["layers"][3]["config"].update(rate=7),
    "a seed that is a word": lambda d, h: d["model"]["config"]["layers"][3]["config"].update(seed="one"),
    "no steps": lambda d, h: d.pop("steps"),
    "steps beyond any integer": lambda d, h: d.update(steps=10**40),
    "negative steps": lambda d, h: d.update(steps=-3),
    "a negative seed": lambda d, h: d.update(seed=-1),
    "negative epochs": lambda d, h: d.update(epochs_trained=-1),
    "an unknown optimizer": lambda d, h: d["compile"].update(optimizer={"class_name": "Evil", "config": {}}),
    "an optimizer that is a word": lambda d, h: d["compile"].update(optimizer="sgd"),
    "a learning rate of NaN": lambda d, h: d["compile"]["optimizer"]["config"].update(learning_rate=float("nan")),
    "an optimizer with other slots": lambda d, h: d["compile"].update(optimizer={"class_name": "SGD", "config": {}}),
    "an unknown loss": lambda d, h: d["compile"].update(loss={"class_name": "Evil", "config": {}}),
    "no loss": lambda d, h: d["compile"].pop("loss"),
    "a history that is a number": lambda d, h: d.update(history=5),
    "a history without epochs": lambda d, h: d.update(history={"history": {}}),
    "unknown preprocessing": lambda d, h: d.update(preprocessing={"class_name": "Evil", "config": {}}),
    "tensors under other names": lambda d, h: h.update({"x" + k: h.pop(k) for k in list(h) if "kernel" in k}),
    "tensors of another shape": lambda d, h: tensor(h, "/kernel")["shape"].reverse(),
    "tensors of whole numbers": lambda d, h: tensor(h, "/kernel").update(dtype="I32"),
    "tensors of an unknown dtype": lambda d, h: tensor(h, "/kernel").update(dtype="F7"),
    "tensors that overlap": lambda d, h: tensor(h, "/bias").update(data_offsets=[0, 20]),
    "tensors beyond the end": lambda d, h: tensor(h, "slots").update(
        shape=[10**12], data_offsets=[0, 4 * 10**12]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_are_refused(name, path):
    changed(path, HOSTILE[name])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="Expected|Cannot load net.safetensors"):
        load_model(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000, "more than 200 MB for a file of 3 kB"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"model": ' * 50_000 + "1" + "}" * 50_000,
        "{",
        "null",
        '"x"',
        "nan",
        "1e999",
        "\u0000",
    ],
)
def test_descriptions_that_are_no_description(path, text):
    header, body = parts(path)
    header["__metadata__"]["glassnet"] = text
    write(path, header, body)
    with pytest.raises(ValueError, match="Expected"):
        load_model(path)


def test_a_header_that_claims_to_be_endless_is_refused(path):
    content = path.read_bytes()
    for length in (2**63 - 1, 2**64 - 1, 10**9):
        path.write_bytes(length.to_bytes(8, "little") + content[8:])
        assert refused(path)


def test_weights_of_others_are_told_from_a_model(tmp_path):
    safetensors.numpy.save_file({"weight": np.ones(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="has weights but no description of a model"):
        load_model(tmp_path / "other.safetensors")
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(ValueError, match="damaged or something else"):
        load_model(tmp_path / "text.safetensors")


def test_weights_of_nan_are_refused(path):
    header, body = parts(path)
    write(path, header, np.float32("nan").tobytes() + body[4:])
    with pytest.raises(ValueError, match="kernel in net.safetensors holds NaN or infinity"):
        load_model(path)


VALUES = [
    None,
    True,
    -1,
    0,
    1,
    10**20,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "float64",
    [],
    [1],
    [[]],
    {},
    {"class_name": "Dense"},
]


def test_any_value_in_any_place_of_the_description_does_no_harm(path):
    """Each entry of the description is replaced by each of many values: refused, or loaded into a model that works."""
    header, body = parts(path)
    original = header["__metadata__"]["glassnet"]

    def places(node, trail=()):
        entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in entries:
            yield (*trail, key)
            yield from places(value, (*trail, key))

    random, refusals, trials = python_random.Random(0), 0, 0
    for trail in places(json.loads(original)):
        for value in random.sample(VALUES, 4):
            description = json.loads(original)
            node = description
            for key in trail[:-1]:
                node = node[key]
            node[trail[-1]] = value
            header["__metadata__"]["glassnet"] = json.dumps(description)
            write(path, header, body)
            trials += 1
            try:
                load_model(path)
            except ValueError:
                refusals += 1
    assert refusals > trials / 4


def test_a_name_that_a_file_gives_stays_a_name(path):
    """Classes are looked up in the registry, never imported."""
    changed(path, lambda d, h: d["compile"].update(loss={"class_name": "glassnet.losses.MeanSquaredError", "config": {}}))
    with pytest.raises(ValueError, match="Received: 'glassnet.losses.MeanSquaredError'"):
        load_model(path)
    assert losses.get("mse") and glassnet.load_model
