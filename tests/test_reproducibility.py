"""Same seed, same bits: however a run is cut into chunks, watched, interrupted, saved, resumed or repeated."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

import glassnet
from glassnet import callbacks, layers, load_model, optimizers
from glassnet.models import Sequential

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(53, 6)).astype("float32")
Y = RANDOM.integers(0, 3, 53)

OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(0.1),
    "momentum and a schedule": lambda: optimizers.SGD(
        optimizers.schedules.CosineDecay(0.2, 20, warmup_target=0.3, warmup_steps=5), momentum=0.9, nesterov=True
    ),
    "Adam": lambda: optimizers.Adam(0.02, weight_decay=0.01, global_clipnorm=1.0),
    "AdamW, averaged and accumulated": lambda: optimizers.AdamW(0.02, use_ema=True, gradient_accumulation_steps=3),
    "Nadam": lambda: optimizers.Nadam(0.01, clipvalue=0.1),
}


def network(optimizer="Adam", dtype="float32", width=9):
    """A small network of everything that is random or has a state."""
    glassnet.utils.set_random_seed(42)
    model = Sequential(
        [
            layers.Input((6,), dtype=dtype),
            layers.GaussianNoise(0.1, dtype=dtype),
            layers.Dense(width, "tanh", kernel_regularizer="l2", dtype=dtype),
            layers.Dropout(0.3, dtype=dtype),
            layers.Dense(3, "softmax", activity_regularizer="l1", dtype=dtype),
        ],
        name="net",
    )
    model.compile(OPTIMIZERS[optimizer](), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit(model, **arguments):
    return model.fit(X, Y, **{"epochs": 4, "batch_size": 8, "verbose": 0, "validation_split": 0.2, **arguments})


def bits(model):
    """All that training leaves behind, as bytes."""
    return b"".join(
        [model.params.array.tobytes(), model.optimizer.slots.array.tobytes(), str(int(model.optimizer.steps)).encode()]
    )


class EachBatch(callbacks.Callback):
    """Looks at the weights after every single step, so that each chunk is one step long."""

    def __init__(self):
        super().__init__()
        self.looks = 0

    def on_train_batch_end(self, batch, logs=None):
        self.looks += float(self.model.params.array.sum()) < np.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_twice_in_one_process(optimizer, dtype):
    first, second = network(optimizer, dtype), network(optimizer, dtype)
    histories = [fit(model).history for model in (first, second)]
    assert bits(first) == bits(second) and histories[0] == histories[1]


def test_another_seed_gives_other_bits():
    first, second = network(), network()
    second.seed += 1
    fit(first)
    fit(second)
    assert bits(first) != bits(second)


PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
from test_reproducibility import *
model = network(sys.argv[2], width=int(sys.argv[3]))
fit(model)
print(hashlib.sha256(bits(model)).hexdigest())
"""


@pytest.mark.parametrize(("optimizer", "width"), [("Adam", 9), ("momentum and a schedule", 200)])
def test_in_two_processes(optimizer, width):
    command = [sys.executable, "-c", PROCESS, __file__.rpartition("/")[0], optimizer, str(width)]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    model = network(optimizer, width=width)
    fit(model)
    assert first == second == hashlib.sha256(bits(model)).hexdigest() + "\n"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_in_one_chunk_or_in_many(optimizer):
    whole, stepwise, watch = network(optimizer), network(optimizer), EachBatch()
    histories = [fit(whole).history, fit(stepwise, callbacks=[watch]).history]
    assert watch.looks == 4 * 6
    assert bits(whole) == bits(stepwise) and histories[0] == histories[1]


def test_chunks_of_any_length(monkeypatch):
    """How long a chunk is depends on the clock: with any clock, the bits are the same."""
    results = set()
    for seconds in (0, 1e-4, 1e-3, 1e3):
        monkeypatch.setattr("glassnet.training.CHUNK_SECONDS", seconds)
        model = network()
        fit(model, batch_size=1)
        results.add(bits(model))
    assert len(results) == 1


def test_watched_or_not(tmp_path):
    def look(epoch, logs):
        watched.predict(X, verbose=0)
        watched.evaluate(X, Y, verbose=0)
        watched(X, training=True)
        watched.get_weights()
        watched.summary(print_fn=lambda line: None)
        watched.save(tmp_path / "look.safetensors")

    alone, watched = network(), network()
    fit(alone)
    fit(
        watched,
        verbose=2,
        callbacks=[
            callbacks.LambdaCallback(on_epoch_end=look),
            callbacks.CSVLogger(tmp_path / "log.csv"),
            callbacks.ModelCheckpoint(tmp_path / "best.safetensors"),
        ],
    )
    assert bits(alone) == bits(watched)


def test_validated_or_not():
    alone, validated = network(), network()
    fit(alone, validation_split=0.0)
    fit(validated, validation_split=0.0, validation_data=(X[:11], Y[:11]))
    assert bits(alone) == bits(validated)


# Not with averages: the end of each fit puts them in the place of the weights, so that two fits are not one.
@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if "averaged" not in name])
def test_in_one_go_or_in_two(optimizer):
    once, twice = network(optimizer), network(optimizer)
    fit(once)
    fit(twice, epochs=2)
    fit(twice, initial_epoch=2)
    assert bits(once) == bits(twice)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_saved_and_resumed_half_way(optimizer, dtype, tmp_path):
    """Exactly as if the model had gone on in memory, in a file's way through another set of names and seeds."""
    straight, saved = network(optimizer, dtype), network(optimizer, dtype)
    for model in (straight, saved):
        fit(model, epochs=2)
    saved.save(tmp_path / "half.safetensors")
    glassnet.utils.set_random_seed(7)
    resumed = load_model(tmp_path / "half.safetensors")
    fit(straight, initial_epoch=2)
    fit(resumed, initial_epoch=2)
    assert bits(resumed) == bits(straight)
    assert resumed.history.history == straight.history.history


def test_resumed_from_a_checkpoint_of_a_run_that_went_on(tmp_path):
    straight = network()
    fit(straight, callbacks=[callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.safetensors"))])
    resumed = load_model(tmp_path / "2.safetensors")
    fit(resumed, initial_epoch=2)
    assert bits(resumed) == bits(straight)


def test_resumed_in_another_process(tmp_path):
    model = network()
    fit(model, epochs=2)
    model.save(tmp_path / "half.safetensors")
    code = PROCESS.replace("network(sys.argv[2], width=int(sys.argv[3]))", "load_model(sys.argv[2])").replace(
        "fit(model)", "fit(model, initial_epoch=2)"
    )
    command = [sys.executable, "-c", code, __file__.rpartition("/")[0], str(tmp_path / "half.safetensors")]
    resumed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    fit(model, initial_epoch=2)
    assert resumed == hashlib.sha256(bits(model)).hexdigest() + "\n"


def test_with_an_assistant_thread_or_without(monkeypatch):
    """Products this large are cut in halves, which a second processor may take; the halves are the same without one."""
    x, y = RANDOM.normal(size=(256, 64)), RANDOM.integers(0, 400, 256)
    results = []
    for processors in (2, 2, 1):
        monkeypatch.setattr("os.cpu_count", lambda count=processors: count)
        glassnet.utils.set_random_seed(1)
        model = Sequential([layers.Input((64,)), layers.Dense(400, "relu"), layers.Dense(400, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=3, batch_size=64, verbose=0)
        results.append(model.params.array.tobytes())
    assert results[0] == results[1] == results[2]


def test_an_example_is_predicted_alike_in_any_company_of_the_same_size():
    model = network(width=300)
    whole = model.predict(X[:32], verbose=0)
    again = model.predict(np.concatenate([X[:32], X[32:]]), verbose=0)
    assert np.array_equal(whole, again[:32])


def test_an_evaluation_amid_an_epoch_changes_nothing():
    def trained(watchers):
        glassnet.utils.set_random_seed(5)
        model = Sequential([layers.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dropout(0.3), layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        random = np.random.default_rng(0)
        x, y = random.normal(size=(50, 3)).astype("float32"), random.normal(size=(50, 1)).astype("float32")
        history = model.fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=watchers(x, y))
        return history.history, model.get_weights()

    class Evaluating(callbacks.Callback):
        def __init__(self, x, y):
            super().__init__()
            self.data = x, y

        def on_train_batch_end(self, batch, logs=None):
            self.model.evaluate(*self.data, batch_size=8, verbose=0)

    plain_history, plain = trained(lambda x, y: [])
    watched_history, watched = trained(lambda x, y: [Evaluating(x, y)])
    assert plain_history == watched_history
    for a, b in zip(plain, watched, strict=True):
        assert np.array_equal(a, b)
