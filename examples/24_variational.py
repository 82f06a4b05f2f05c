"""A variational autoencoder draws digits from noise. The penalty on its code is an operation written and checked here."""

import sys

import numpy as np

from glassnet import Model, check_gradients, datasets, layers, ops, optimizers, utils

EPOCHS, CODE, SHARE = 1 if "small" in sys.argv else 6, 8, 1 / 784  # the loss is per pixel, so the penalty is, too


def divergence(mean, spread, kl):
    """From N(mean, e**spread) to N(0, 1), summed over the numbers of a code (Kingma and Welling 2014, appendix B)."""
    for b in range(mean.shape[0]):
        kl[b, 0] = 0
        for i in range(mean.shape[1]):
            kl[b, 0] += 0.5 * (mean[b, i] ** 2 + np.exp(spread[b, i]) - 1 - spread[b, i])


def divergence_backward(mean, spread, kl, dkl, dmean, dspread):
    for b in range(mean.shape[0]):
        for i in range(mean.shape[1]):
            dmean[b, i] += dkl[b, 0] * mean[b, i]
            dspread[b, i] += dkl[b, 0] * 0.5 * (np.exp(spread[b, i]) - 1)


kl_divergence = ops.operation(divergence, divergence_backward, name="kl", output_shape=lambda mean, spread: (1,))
random = np.random.default_rng(0)
print(check_gradients(kl_divergence, list(random.normal(size=(2, 3, 4)))), "\n")

utils.set_random_seed(0)
(x, _), (x_test, _) = datasets.mnist.load_data()
pixels, pixels_test = (images.reshape(-1, 784).astype("float32") / 255 for images in (x, x_test))
image = layers.Input((784,), name="image")
h = layers.Dense(256, activation="relu")(image)
mean, spread = layers.Dense(CODE, name="mean")(h), layers.Dense(CODE, kernel_initializer="zeros", name="log_variance")(h)
noise = layers.GaussianNoise(1.0, seed=1)(layers.Rescaling(0.0)(mean))  # none outside of training
width = layers.Activation("exponential")(layers.Rescaling(0.5)(spread))
code = layers.add([mean, layers.multiply([width, noise])], name="code")
hidden = layers.Dense(256, activation="relu", name="brush")(code)
drawing = layers.Dense(784, activation="sigmoid", name="drawing")(hidden)
model = Model(image, [drawing, kl_divergence(mean, spread, name="kl")])
decoder = Model(code, drawing)
model.compile(optimizers.Adam(1e-3), {"drawing": "binary_crossentropy", "kl": "mean_absolute_error"}, {"drawing": 1, "kl": SHARE})
model.fit(pixels, [pixels, np.zeros(len(pixels))], batch_size=128, epochs=EPOCHS, verbose=0)

logs = model.evaluate(pixels_test, [pixels_test, np.zeros(len(pixels_test))], batch_size=256, verbose=0, return_dict=True)
print(f"test images: {784 * logs['drawing_loss']:.0f} nats for the pixels, {logs['kl_loss']:.1f} for a code of {CODE} numbers")
codes = Model(image, mean).predict(pixels_test, batch_size=256, verbose=0)
print(f"codes of test images: mean {codes.mean():+.2f}, standard deviation {codes.std():.2f}; noise has 0 and 1\n")
drawn = decoder.predict(random.normal(size=(5, CODE)), verbose=0).reshape(5, 28, 28)[:, 3:26:2, 4:24]
print("drawn from noise:")
for row in range(drawn.shape[1]):
    print("  ".join("".join(" .:*#"[int(4.99 * value)] for value in one[row]) for one in drawn))
