"""LeNet-5 (LeCun et al. 1998) reads handwritten digits: two convolutions with pooling, then three dense layers."""

import sys
from time import perf_counter

import numpy as np

from glassnet import Sequential, datasets, layers, utils

SMALL = "small" in sys.argv
EPOCHS = 1 if SMALL else 8
(x, y), (x_test, y_test) = datasets.mnist.load_data()
if SMALL:
    x, y = x[:12000], y[:12000]

utils.set_random_seed(1)
model = Sequential(
    [
        layers.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Reshape((28, 28, 1)),
        layers.Conv2D(6, 5, padding="same", activation="tanh", name="strokes"),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh", name="shapes"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"),
        layers.Dense(10, activation="softmax", name="digits"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
print(f"LeNet-5: {model.count_params():,} parameters, {len(x):,} digits, {EPOCHS} epochs.")
began = perf_counter()
model.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=0)
seconds = perf_counter() - began
right = model.evaluate(x_test, y_test, batch_size=1000, verbose=0, return_dict=True)["accuracy"]
print(f"Right on {len(x_test):,} digits it has not seen: {right:.2%}, after {seconds:.0f} seconds.\n")

SHADES = " .:-=+*#%@"
trace = model.trace(x_test[:1], y_test[:1])
pictures = trace["strokes/a"][0, :, :, :3]
pictures = np.abs(pictures - pictures[0, 0])  # from what it makes of empty paper
print(f"Test digit 0 is a {y_test[0]}. Of the six pictures that the first layer makes of it, three:")
for line in pictures[2:26:2]:  # characters are twice as high as they are wide
    shades = np.round(line.T / pictures.max() * (len(SHADES) - 1)).astype(int)
    print("  ".join("".join(SHADES[shade] for shade in row) for row in shades).rstrip())
