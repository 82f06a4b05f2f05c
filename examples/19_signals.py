"""Four kinds of signals drowned in noise, told apart by convolutions along time."""

import sys

import numpy as np

from glassnet import Sequential, layers, utils

SMALL = "small" in sys.argv
LENGTH, LOUDEST, KINDS = 128, 2.0, ("sine", "square", "rising", "falling")


def signals(count, noise, generator):
    """`count` signals of LENGTH samples and their kinds: phase and pitch are drawn, and noise of deviation `noise` is added."""
    kind = generator.integers(len(KINDS), size=count)
    time = np.linspace(0, 1, LENGTH)
    low, high = generator.uniform(3, 6, (2, count, 1)) * [[[1]], [[2]]]
    sweep = np.select([kind == 2, kind == 3], [1, -1])[:, None]  # a chirp's pitch rises or falls from one end to the other
    pitch = np.where(sweep == 0, (low + high) / 2, np.where(sweep > 0, low, high))
    turns = pitch * time + sweep * (high - low) * time**2 / 2 + generator.uniform(0, 1, (count, 1))
    wave = np.sqrt(2) * np.sin(2 * np.pi * turns)  # as loud as a square wave of 1
    wave[kind == 1] = np.sign(wave[kind == 1])
    return (wave + noise * generator.standard_normal(wave.shape))[..., None], kind


utils.set_random_seed(1)
generator = np.random.default_rng(1)
model = Sequential(
    [
        layers.Input((LENGTH, 1)),
        layers.Conv1D(16, 9, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(32, 9, padding="same", activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(32, 9, padding="same", activation="relu"),
        layers.GlobalAveragePooling1D(),
        layers.Dense(len(KINDS), activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
count = 4000 if SMALL else 16000
x, y = signals(count, generator.uniform(0, LOUDEST, (count, 1)), generator)
model.fit(x, y, batch_size=64, epochs=4 if SMALL else 10, verbose=0)
print(f"{model.count_params():,} parameters learnt from {len(x):,} signals of {LENGTH} samples, noise up to {LOUDEST}.\n")

print("                              right, and of each kind")
print("noise   all     " + "".join(f"{name:>9}" for name in KINDS))
for noise in (0.0, 0.5, 1.0, 1.5, 2.0):
    x, y = signals(2000, noise, generator)
    answers = model.predict(x, batch_size=500, verbose=0).argmax(1)
    each = [np.mean(answers[y == kind] == kind) for kind in range(len(KINDS))]
    print(f"{noise:5}   {np.mean(answers == y):6.1%}  " + "".join(f"{share:9.1%}" for share in each))
