"""A denoising autoencoder takes noise off digits that it has never seen, and is compared with a plain blur."""

import sys

import numpy as np

from glassnet import Sequential, datasets, layers, optimizers, utils

EPOCHS = 1 if "small" in sys.argv else 4
NOISE = 0.5  # standard deviation, of pixels between 0 and 1

utils.set_random_seed(0)
(x, _), (x_test, _) = datasets.mnist.load_data()
clean, clean_test = (images.reshape(-1, 784).astype("float32") / 255 for images in (x, x_test))
random = np.random.default_rng(0)
noisy_test = clean_test + random.normal(0, NOISE, clean_test.shape)

model = Sequential(
    [
        layers.Input((784,)),
        layers.GaussianNoise(NOISE, seed=1),  # in training only, another one at each step
        layers.Dense(512, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(512, activation="relu"),
        layers.Dense(784, activation="sigmoid"),
    ]
)
model.compile(optimizers.Adam(1e-3), "mean_squared_error")
model.fit(clean, clean, batch_size=128, epochs=EPOCHS, verbose=0)
cleaned = model.predict(noisy_test, verbose=0)


def blurred(images, width):
    """Each pixel the mean of a square around it."""
    padded = np.pad(images.reshape(-1, 28, 28), ((0, 0), (width, width), (width, width)))
    side = 2 * width + 1
    parts = [padded[:, i : i + 28, j : j + 28] for i in range(side) for j in range(side)]
    return (sum(parts) / side**2).reshape(-1, 784)


def error(images):
    return np.mean((images - clean_test) ** 2)


print("squared error of a pixel on 10,000 test images")
print(f"  with noise        {error(noisy_test):.4f}")
print(f"  blurred           {min(error(blurred(noisy_test, width)) for width in (1, 2)):.4f}")
print(f"  the network       {error(cleaned):.4f}")


def drawn(image):
    return ["".join(" .:*#"[int(np.clip(4.99 * value, 0, 4))] for value in row) for row in image.reshape(28, 28)[3:26:2, 3:25]]


print("\nthe first of them, by the network, and as it was")
for row in zip(*(drawn(images[0]) for images in (noisy_test, cleaned, clean_test)), strict=True):
    print("   ".join(row))
