"""A network that reads characters and says which comes next, learnt on a text that comes with Python: its help."""

import sys
import textwrap
from pydoc_data.topics import topics

import numpy as np

import glassnet
from glassnet import layers, optimizers
from glassnet.models import Sequential

small = "small" in sys.argv
LENGTH, EPOCHS, CHARACTERS, UNITS = (20, 6, 20_000, 32) if small else (60, 12, 200_000, 128)

glassnet.utils.set_random_seed(4)
text = " ".join(" ".join(topics[name].replace("*", "").split()) for name in sorted(topics))[:CHARACTERS]
alphabet = sorted(set(text))
number = {character: n for n, character in enumerate(alphabet)}
numbers = np.array([number[character] for character in text])
rows = (len(numbers) - 1) // LENGTH
x = numbers[: rows * LENGTH].reshape(rows, LENGTH)
y = numbers[1 : rows * LENGTH + 1].reshape(rows, LENGTH)


def network(steps, batch_size=None, stateful=False):
    """The same layers for learning from many lines, and for writing one character after the other."""
    return Sequential(
        [
            layers.Input((steps,), batch_size=batch_size),
            layers.Embedding(len(alphabet), 32),
            layers.LSTM(UNITS, return_sequences=True, stateful=stateful),
            layers.Dense(len(alphabet), activation="softmax"),
        ]
    )


print(f"guessing: {np.log2(len(alphabet)):.2f} bits a character")
model = network(LENGTH)
model.compile(optimizers.Adam(0.003), "sparse_categorical_crossentropy")
for epoch in range(EPOCHS):
    history = model.fit(x, y, batch_size=32, epochs=1, verbose=0)
    print(f"epoch {epoch + 1}: {history.history['loss'][-1] / np.log(2):.2f} bits a character")

writer, random, seed = network(1, batch_size=1, stateful=True), np.random.default_rng(5), "The value of "
for variable, learnt in zip(writer.trainable_weights, model.trainable_weights, strict=True):  # not the states, which begin with 0
    variable.assign(learnt)
written = seed
for n in range(len(seed) + 200 - 1):
    shares = writer.predict(np.array([[number[written[n]]]]), batch_size=1, verbose=0)[0, 0].astype(float) ** 1.5
    if n >= len(seed) - 1:
        written += alphabet[random.choice(len(alphabet), p=shares / shares.sum())]
print(textwrap.fill(written, 100))
