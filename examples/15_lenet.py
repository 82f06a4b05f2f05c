"""LeNet-5 (LeCun et al. 1998) reads handwritten digits: two convolutions with pooling, then three dense layers.

The network is theirs, with relu for tanh and the largest of each 2 by 2 places for their mean. As theirs, it learns from digits
that are moved a little, each time anew: turned and shifted.
"""

import sys
from time import perf_counter

import numpy as np

from glassnet import Sequential, datasets, layers, optimizers, utils

SMALL = "small" in sys.argv
EPOCHS, BATCH = 2 if SMALL else 50, 64
(x, y), (x_test, y_test) = datasets.mnist.load_data()
if SMALL:
    x, y = x[:12000], y[:12000]

utils.set_random_seed(1)
model = Sequential(
    [
        layers.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Reshape((28, 28, 1)),
        layers.RandomRotation(0.03, fill_mode="constant"),  # 11 degrees
        layers.RandomTranslation(0.05, 0.05, fill_mode="constant"),  # 1.4 pixels
        layers.Conv2D(6, 5, padding="same", activation="relu", name="strokes"),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 5, activation="relu", name="shapes"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="relu"),
        layers.Dense(84, activation="relu"),
        layers.Dense(10, activation="softmax", name="digits"),
    ]
)
steps = EPOCHS * -(-len(x) // BATCH)
rate = optimizers.schedules.CosineDecay(0.0, steps, warmup_target=3e-3, warmup_steps=steps // 10)
model.compile(optimizers.AdamW(rate, weight_decay=0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
print(f"LeNet-5: {model.count_params():,} parameters, {len(x):,} digits, {EPOCHS} epochs.")
began = perf_counter()
model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
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
