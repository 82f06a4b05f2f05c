"""An autoencoder squeezes digits through two numbers: what is left of them, and where each digit lies on the plane."""

import sys

import numpy as np

from glassnet import Model, datasets, layers, optimizers, utils

EPOCHS = 2 if "small" in sys.argv else 10

utils.set_random_seed(0)
(x, _), (x_test, y_test) = datasets.mnist.load_data()
pixels, pixels_test = (images.reshape(-1, 784).astype("float32") / 255 for images in (x, x_test))

image = layers.Input((784,), name="image")
h = layers.Dense(256, activation="relu")(image)
h = layers.Dense(64, activation="relu")(h)
code = layers.Dense(2, name="code")(h)
h = layers.Dense(64, activation="relu")(code)
h = layers.Dense(256, activation="relu")(h)
autoencoder = Model(image, layers.Dense(784, activation="sigmoid", name="copy")(h))
encoder = Model(image, code)
decoder = Model(code, autoencoder.output)  # a part of the same network: the weights are the same ones

autoencoder.compile(optimizers.Adam(1e-3), "mean_squared_error")
autoencoder.fit(pixels, pixels, batch_size=128, epochs=EPOCHS, verbose=0)

error = autoencoder.evaluate(pixels_test, pixels_test, verbose=0)
mean = np.mean((pixels_test - pixels.mean(axis=0)) ** 2)
centred = pixels - pixels.mean(axis=0)
axes = np.linalg.eigh(centred.T @ centred)[1][:, -2:]
rest = pixels_test - pixels.mean(axis=0)
linear = np.mean((rest - rest @ axes @ axes.T) ** 2)
print("squared error of a pixel on test images")
print(f"  the mean image for all    {mean:.4f}")
print(f"  two principal components  {linear:.4f}")
print(f"  two numbers, autoencoder  {error:.4f}")

codes = encoder.predict(pixels_test, verbose=0)
centres = np.array([np.median(codes[y_test == digit], axis=0) for digit in range(10)])
nearest = np.argmin(((codes[:, None] - centres) ** 2).sum(axis=2), axis=1)
print(f"\nIt was never told what a digit is. Yet the nearest of ten centres names {np.mean(nearest == y_test):.0%} of them.\n")

low, high = np.percentile(codes, [2, 98], axis=0)
plane = [[" "] * 64 for _ in range(20)]
for (right, up), digit in zip(codes[:1500], y_test, strict=False):
    column, row = int(63 * (right - low[0]) / (high[0] - low[0])), int(19 * (high[1] - up) / (high[1] - low[1]))
    if 0 <= column < 64 and 0 <= row < 20:
        plane[row][column] = str(digit)
print("\n".join("".join(row).rstrip() for row in plane))

made = decoder.predict(centres[[0]], verbose=0).reshape(28, 28)[2:26:2, 4:24]
print("\nWhat the decoder draws at the centre of the 0s:")
print("\n".join("".join(" .:*#"[int(4.99 * value)] for value in row) for row in made))
