"""The listing that a reader of the textbooks brings along runs with only its two import lines changed."""

import subprocess
import sys

LISTING = """\
import numpy as np
import glassnet as keras
np.random.seed(1)
keras.utils.set_random_seed(1)
train_X = np.array([[int(b) for b in f"{n:08b}"] for n in range(16)])
train_y = np.array([n % 2 for n in range(16)])
test_X = np.array([[1,0,0,1,1,1,0,1], [1,0,0,0,0,1,1,0]])
model = keras.models.Sequential()
model.add(keras.layers.Dense(1, input_dim=8, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=keras.optimizers.SGD(lr=1.0), metrics=['accuracy'])
model.fit(train_X, train_y, epochs=20, batch_size=5)
print([round(x[0]) for x in model.predict(test_X)])   # [1, 0]
"""


def run():
    return subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_listing_learns_which_numbers_are_odd():
    lines = run()
    assert lines[-1] == "[1, 0]"
    epochs = [line for line in lines if line.startswith("Epoch")]
    assert len(epochs) == 20 and "Epoch 20/20" in epochs[-1] and "accuracy 1.0000" in epochs[-1]


def test_it_gives_the_same_losses_each_time():
    first, second = ([line.split("accuracy")[0] for line in run() if line.startswith("Epoch")] for _ in range(2))
    assert first == second
