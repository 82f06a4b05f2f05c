"""Whatever is fed in: it trains, or it is refused with a reason. No crash, and no NaN that comes silently."""

import os
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_inspect_layers import ROWS

import glassnet
from glassnet import layers, load_model, optimizers
from glassnet.activations import ACTIVATIONS
from glassnet.losses import registry
from glassnet.models import Sequential

SETTINGS = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

DTYPES = (
    "uint8",
    "int8",
    "int32",
    "uint64",
    "int64",
    "float16",
    "float32",
    "float64",
    "bool",
    ">f4",
    "complex64",
    "object",
    "U3",
)
SPECIAL = (0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e30, -1e30, 1e-40, 3e38, 1e300, 255.0)
LOSS_NAMES = sorted({cls.__name__ for cls in registry.classes.values() if cls.__module__.startswith("glassnet.")})


@st.composite
def arrays(draw, rows=None, axes=(1, 2, 3)):
    """Arrays as people pass them: any shape, empty ones too, any dtype, numbers of any kind."""
    rows = draw(st.sampled_from((0, 1, 2, 5, 33))) if rows is None else rows
    shape = (rows, *(draw(st.integers(0, 5)) for _ in range(draw(st.sampled_from(axes)) - 1)))
    dtype, seed = draw(st.sampled_from(DTYPES)), draw(st.integers(0, 1000))
    random = np.random.default_rng(seed)
    array = random.normal(size=shape) * draw(st.sampled_from((1, 1, 100)))
    if draw(st.booleans()) and array.size:
        places = random.random(shape) < 0.2
        array[places] = draw(st.sampled_from(SPECIAL))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return array.astype(dtype)


@st.composite
def targets(draw, rows, outputs):
    """Mostly labels that fit some loss; now and then anything."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    kind = draw(st.sampled_from(("classes", "one-hot", "bits", "numbers", "anything", "other rows")))
    if kind == "classes":
        return random.integers(0, outputs + draw(st.sampled_from((0, 0, 1))), rows)
    if kind == "one-hot":
        return np.eye(outputs)[random.integers(0, outputs, rows)]
    if kind == "bits":
        return random.integers(0, 2, (rows, outputs))
    if kind == "numbers":
        return random.normal(size=(rows, outputs)) * draw(st.sampled_from((1, 1e20)))
    return draw(arrays(rows=rows if kind == "anything" else None))


def run(action):
    """The result, or None where it was refused with a reason, and the warnings that came with it."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            result = action()
        except (ValueError, TypeError) as error:
            assert len(str(error)) > 15, f"no reason given: {error!r}"
            return None, caught
    return result, [warning for warning in caught if issubclass(warning.category, RuntimeWarning)]


@SETTINGS
@given(data=st.data())
def test_anything_trains_or_is_refused(data):
    x = data.draw(arrays(), label="x")
    outputs = data.draw(st.integers(1, 4), label="outputs")
    y = data.draw(targets(len(x), outputs), label="y")
    loss = data.draw(st.sampled_from(LOSS_NAMES), label="loss")
    activation = data.draw(st.sampled_from(sorted(ACTIVATIONS)), label="activation")
    rate = data.draw(st.sampled_from((0.0, 0.01, 10.0, 1e30)), label="rate")
    batch_size = data.draw(st.sampled_from((None, 1, 2, 7, 1000, 0, -1, 2.5)), label="batch_size")
    weights = data.draw(st.one_of(st.none(), st.none(), arrays(axes=(1,))), label="sample_weight")
    dtype = data.draw(st.sampled_from(("float32", "float32", "float32", "float64")), label="dtype")
    common = {"batch_size": batch_size, "verbose": 0}
    model = Sequential(
        [
            layers.Flatten(dtype=dtype),
            layers.Dense(3, "tanh", dtype=dtype),
            layers.Dense(outputs, activation, dtype=dtype),
        ]
    )
    model.compile(optimizers.SGD(rate), loss)

    history, warned = run(lambda: model.fit(x, y, sample_weight=weights, epochs=2, **common))
    if history is not None:
        assert np.isfinite(history.history["loss"]).all() or warned, "a loss of NaN came silently"
    predictions, warned = run(lambda: model.predict(x, **common))
    if predictions is not None:
        assert predictions.shape == (len(x), outputs) and predictions.dtype == dtype
        assert np.isfinite(predictions).all() or warned, "predictions of NaN came silently"
    value, warned = run(lambda: model.evaluate(x, y, sample_weight=weights, **common))
    if value is not None:
        assert np.isfinite(value) or warned, "an evaluation of NaN came silently"


SIZES = st.integers(1, 40)


@SETTINGS
@given(data=st.data())
def test_sound_data_train_whatever_their_shapes(data):
    """Nothing to refuse here: any number of rows, features, layers, units, outputs and examples a batch."""
    rows, features, outputs, batch_size = (data.draw(SIZES, label=label) for label in ("rows", "features", "outputs", "batch"))
    widths = data.draw(st.lists(SIZES, max_size=3), label="widths")
    dtype = data.draw(st.sampled_from(("uint8", "int64", "float32", "float64", "bool", "float16")), label="dtype")
    random = np.random.default_rng(data.draw(st.integers(0, 99), label="seed"))
    x = random.integers(0, 2, (rows, features)).astype(dtype)
    y = random.integers(0, outputs + 1, rows)
    glassnet.utils.set_random_seed(1)
    model = Sequential([*(layers.Dense(width, "tanh") for width in widths), layers.Dense(outputs + 1, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(x, y, epochs=2, batch_size=batch_size, verbose=0).history
        loss, accuracy = model.evaluate(x, y, batch_size=batch_size, verbose=0)
    assert np.isfinite(history["loss"]).all() and 0 <= accuracy <= 1
    predictions = model.predict(x, batch_size=batch_size, verbose=0)
    np.testing.assert_allclose(predictions.sum(axis=1), 1, rtol=1e-5)
    expected = -np.log(predictions[np.arange(rows), y].astype(float)).mean()
    assert loss == pytest.approx(expected, rel=1e-4)


@SETTINGS
@given(x=arrays(), layer=st.sampled_from(sorted(ROWS)))
def test_layers_by_themselves(x, layer):
    arguments, _ = ROWS[layer]
    dtype = "float64" if callable(arguments) else "float32"  # a layer within another has that of the row
    made = getattr(layers, layer)(*(arguments() if callable(arguments) else arguments), dtype=dtype)
    output, _ = run(lambda: made(x, x, training=True) if layer == "MultiHeadAttention" else made(x, training=True))
    if output is not None:
        assert len(output) == len(x) and output.dtype == dtype


@pytest.mark.parametrize("place", ["x", "y", "sample_weight", "validation"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_wherever_it_is(place, value):
    x, y, weights = np.ones((8, 3)), np.ones((8, 1)), np.ones(8)
    validation = (np.ones((8, 3)), np.ones((8, 1)))
    {"x": x, "y": y, "sample_weight": weights, "validation": validation[0]}[place][5] = value
    model = Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    before = model.params.array.copy()
    with pytest.raises(ValueError, match=f"finite .*Received: {value} at"):
        model.fit(x, y, sample_weight=weights, validation_data=validation, verbose=0)
    assert np.array_equal(before, model.params.array)


def test_numbers_too_large_for_the_network_are_refused():
    """1e300 is finite where it comes from, and infinite in float32."""
    for dtype, outcome in (("float32", type(None)), ("float64", np.ndarray)):
        model = Sequential([layers.Input((2,), dtype=dtype), layers.Dense(1, "tanh", dtype=dtype)])
        predictions, _ = run(lambda model=model: model.predict(np.full((4, 2), 1e300), verbose=0))
        assert isinstance(predictions, outcome)
    model = Sequential([layers.Input((2,)), layers.Dense(1, "relu")])
    with pytest.raises(ValueError, match=r"float32 can hold in x. Received: 1e\+300 at \[0, 1\] \(1 such"):
        model.predict([[1.0, 1e300]])


def test_labels_are_never_read_beyond_their_end():
    """Losses whose targets have another shape than the outputs."""
    model = Sequential([layers.Input((2,)), layers.Dense(1000, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    for y in (np.array([0, 1000]), np.array([0, -1]), np.array([0, 2**40])):
        with pytest.raises(ValueError, match="whole numbers of classes from 0 to 999"):
            model.fit(np.ones((2, 2)), y, verbose=0)


# -- Ctrl-C ------------------------------------------------------------------------------------------------------------

# A shell that runs tests in the background has children ignore SIGINT; this one is to hear it.
LONG = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np
import glassnet
from glassnet import callbacks, layers, optimizers
random = np.random.default_rng(0)
x, y = random.normal(size=(20000, 20)), random.integers(0, 2, 20000)
model = glassnet.Sequential([layers.Input((20,)), layers.Dense(16, "tanh"), layers.Dense(2, "softmax")])
model.compile(optimizers.SGD(0.01), "sparse_categorical_crossentropy")
start = model.params.array.copy()
hello = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epoch == 3 and print("training", flush=True))
try:
    model.fit(x, y, epochs=1_000_000, verbose=0, callbacks=[hello])
except KeyboardInterrupt:
    pass
changed = not np.array_equal(start, model.params.array)
print("interrupted", len(model.history.epoch) >= 3, changed, int(model.optimizer.steps) > 1800)
model.save(sys.argv[1])
steps = int(model.optimizer.steps)
model.fit(x, y, epochs=1, verbose=0)
print("goes on", int(model.optimizer.steps) == steps + 625, np.isfinite(model.evaluate(x, y, verbose=0)))
"""


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_an_interrupt_keeps_what_was_learnt(tmp_path):
    command = [sys.executable, "-c", LONG, str(tmp_path / "kept.safetensors")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "training\n", process.stderr.read()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert output.splitlines() == ["interrupted True True True", "goes on True True"], errors
    kept = load_model(tmp_path / "kept.safetensors")
    assert kept.history.history["loss"][-1] < kept.history.history["loss"][0]


@pytest.mark.skipif(os.name != "posix", reason="sets a POSIX timer")
def test_an_interrupt_counts_the_steps_that_were_made():
    """Wherever in an epoch it comes, the weights are those after as many steps as the optimizer says."""
    x, y = np.random.default_rng(0).normal(size=(400_000, 8)), np.zeros(400_000)

    def network():
        glassnet.utils.set_random_seed(3)
        model = Sequential([layers.Input((8,)), layers.Dense(4, "tanh"), layers.Dense(1)])
        model.compile(optimizers.SGD(0.001), "mean_squared_error")
        return model

    interrupted, straight = network(), network()
    interrupted.fit(x[:32], y[:32], verbose=0)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.06)
        with pytest.raises(KeyboardInterrupt):
            interrupted.fit(x, y, epochs=1000, verbose=0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    steps = int(interrupted.optimizer.steps)
    straight.fit(x[:32], y[:32], verbose=0)
    whole, rest = divmod(steps - 1, 12_500)
    if whole:
        straight.fit(x, y, epochs=whole, verbose=0)
    if rest:
        straight.fit(x, y, epochs=1, steps_per_epoch=rest, verbose=0)
    assert int(straight.optimizer.steps) == steps > 1
    np.testing.assert_array_equal(straight.params.array, interrupted.params.array)
