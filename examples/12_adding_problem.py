"""The adding problem: two numbers among a hundred are marked; what is their sum? A plain recurrent layer forgets the first one.

Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997); Le, Jaitly and Hinton (2015).
Guessing 1 each time has an error of 0.167.
"""

import sys

import numpy as np

import glassnet
from glassnet import callbacks, layers, optimizers
from glassnet.models import Sequential

small = "small" in sys.argv
LAG, EXAMPLES, EPOCHS = (20, 4_000, 6) if small else (100, 10_000, 15)


def problem(seed, examples):
    """Sequences (N, LAG, 2) of numbers between 0 and 1 and marks, two of them 1; and the sums of the marked numbers (N,)."""
    random = np.random.default_rng(seed)
    numbers, marks = random.random((examples, LAG)), np.zeros((examples, LAG))
    rows = np.arange(examples)
    first, second = random.integers(0, LAG // 2, examples), random.integers(LAG // 2, LAG, examples)
    marks[rows, first] = marks[rows, second] = 1
    return np.stack([numbers, marks], axis=-1).astype("float32"), (numbers * marks).sum(axis=1)


x, y = problem(1, EXAMPLES)
x_test, y_test = problem(2, 1000)
print(f"mean squared error on 1000 new sequences of {LAG} steps; always guessing 1: {np.mean((y_test - 1) ** 2):.4f}")


class Solved(callbacks.Callback):
    """Ends the training once the error is small."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = logs["loss"] < 0.002


for layer in (layers.SimpleRNN, layers.LSTM, layers.GRU):
    glassnet.utils.set_random_seed(3)
    model = Sequential([layers.Input((LAG, 2)), layer(32), layers.Dense(1)])
    model.compile(optimizers.Adam(0.005, clipnorm=1.0), "mean_squared_error")
    history = model.fit(x, y, batch_size=50, epochs=EPOCHS, verbose=0, callbacks=[Solved()])
    error = model.evaluate(x_test, y_test, verbose=0)
    print(f"{layer.__name__:<10} {error:.4f} after {len(history.history['loss'])} epochs")
