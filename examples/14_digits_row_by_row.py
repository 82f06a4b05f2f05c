"""A digit read as 28 rows, one after the other, by gated recurrent units; and how often the network is right after so many."""

import sys

import numpy as np

import glassnet
from glassnet import datasets, layers, optimizers
from glassnet.models import Sequential

small = "small" in sys.argv
EXAMPLES, EPOCHS, UNITS = (8_000, 4, 32) if small else (60_000, 3, 64)

glassnet.utils.set_random_seed(6)
(x, y), (x_test, y_test) = datasets.mnist.load_data()
model = Sequential(
    [
        layers.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.GRU(UNITS, return_sequences=True, name="rows"),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(optimizers.Adam(0.003), "sparse_categorical_crossentropy")
# The digit is asked for after each row, though the first rows cannot know it.
model.fit(x[:EXAMPLES], np.repeat(y[:EXAMPLES, None], 28, axis=1), batch_size=64, epochs=EPOCHS, verbose=0)
answers = model.predict(x_test, batch_size=200, verbose=0)
right = (answers.argmax(axis=-1) == y_test[:, None]).mean(axis=0)
print("right after so many rows: " + ", ".join(f"{n}: {right[n - 1]:.1%}" for n in (7, 14, 18, 21, 24, 28)))
t = model.trace(x_test[:1], np.repeat(y_test[:1, None], 28, axis=1))
print("update gate of unit 0, row by row, in tenths: " + " ".join(f"{10 * z:.0f}" for z in t["rows/z"][0, :, 0]))
