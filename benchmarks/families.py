"""The benchmark's networks of other families: convolution, recurrence, normalisation; in Keras's words, by every peer alike."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tasks

ROWS = 3_840  # of the digits; batches of 32, 64 and 128 all divide it
TEST_ROWS = 1_000
CHECK_STEPS = 30
SAME_LOSS = 5e-3  # relative; PyTorch's running variance is the unbiased one, which shows in the fourth digit
COLD_BAR, PREDICT_BAR = 15.0, 5.0


@dataclass(frozen=True)
class Family:
    """A network as (class, arguments) of Keras's layers; the last one gives scores for a softmax. Trained by plain SGD."""

    name: str
    layers: tuple
    input_shape: tuple
    batch_size: int
    bar: float
    learning_rate: float = 0.05

    def build(self, keras):
        """The model, compiled, made by a library that has Keras's words."""
        parts = [getattr(keras.layers, kind)(**arguments) for kind, arguments in self.layers]
        model = keras.models.Sequential([keras.layers.Input(self.input_shape), *parts])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=keras.optimizers.SGD(self.learning_rate), loss=loss)
        return model


def _conv(filters, side, **more):
    return "Conv2D", {"filters": filters, "kernel_size": side, "activation": "relu", **more}


def _dense(units, activation="relu"):
    return "Dense", {"units": units, "activation": activation}


POOL, FLAT, SCORES, IMAGE = ("MaxPooling2D", {}), ("Flatten", {}), _dense(10, None), (28, 28, 1)
LENET = (_conv(6, 5, padding="same"), POOL, _conv(16, 5), POOL, FLAT, _dense(120), _dense(84), SCORES)
CNN = (_conv(32, 3), POOL, _conv(64, 3), POOL, _conv(64, 3), FLAT, _dense(64), SCORES)
NORMALIZED = (_dense(128, None), ("BatchNormalization", {}), ("Activation", {"activation": "relu"}))

FAMILIES = {
    family.name: family
    for family in (
        Family("LeNet-5, batch 32", LENET, IMAGE, 32, 2.0),
        Family("LeNet-5, batch 128", LENET, IMAGE, 128, 2.0),
        Family("CNN 32-64-64, batch 64", CNN, IMAGE, 64, 1.2),
        Family("LSTM(64), batch 64", (("LSTM", {"units": 64}), SCORES), (28, 28), 64, 2.0),
        Family("GRU(64), batch 64", (("GRU", {"units": 64}), SCORES), (28, 28), 64, 2.0),
        Family("BatchNormalization 784-128-128-10, batch 128", (*NORMALIZED, *NORMALIZED, SCORES), (784,), 128, 1.5),
    )
}
PREDICTED = MEMORY = "LeNet-5, batch 32"
COLD = "CNN 32-64-64, batch 64"


def write(family, path):
    """Write digits, the order of their batches and starting weights to an .npz file. Kernels are drawn as glassnet draws them."""
    import glassnet

    glassnet.utils.set_random_seed(23)
    weights = family.build(glassnet).get_weights()
    x, y, test_x, test_y, scale = tasks.digits()
    arrays = {f"weight_{i}": weight for i, weight in enumerate(weights)}
    for name, images, labels, rows in (("", x, y, ROWS), ("test_", test_x, test_y, TEST_ROWS)):
        arrays[f"{name}x"] = (images[:rows] * np.float32(scale)).astype(np.float32).reshape(rows, *family.input_shape)
        arrays[f"{name}y"] = labels[:rows].astype(np.int32)
    arrays["order"] = np.random.default_rng(23).permutation(ROWS).astype(np.int32).reshape(-1, family.batch_size)
    np.savez(path, **arrays)


@dataclass(frozen=True)
class FamilyData:
    """Digits, an epoch's row numbers (steps, batch size) and starting weights in Keras's order and layout."""

    x: np.ndarray
    y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    order: np.ndarray
    weights: list[np.ndarray]


def read(path):
    with np.load(path) as file:
        weights = [file[f"weight_{i}"] for i in range(sum(name.startswith("weight_") for name in file.files))]
        return FamilyData(**{name: file[name] for name in ("x", "y", "test_x", "test_y", "order")}, weights=weights)


def loss(scores, y):
    """Mean cross-entropy of scores, in float64."""
    z = np.asarray(scores, np.float64)
    return float(np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]))


def peak_memory():
    """The largest resident memory of this process so far, in megabytes, as Linux tells it.

    `getrusage` would begin at what the program had that started this one, and hide all that is less.
    """
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
