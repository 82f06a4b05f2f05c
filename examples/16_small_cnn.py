"""A small convolutional network of today's make reads 99.4 % of the test digits, in minutes on two cores."""

import sys
from time import perf_counter

from glassnet import Sequential, datasets, layers, optimizers, utils

SMALL = "small" in sys.argv
EPOCHS, BATCH = 2 if SMALL else 14, 64
(x, y), (x_test, y_test) = datasets.mnist.load_data()
if SMALL:
    x, y = x[:6000], y[:6000]


def block(filters):
    """A convolution, the largest of each 2 by 2 places, normalised over the batch, then relu."""
    convolution = layers.Conv2D(filters, 3, use_bias=False)  # the normalisation has a bias
    return [convolution, layers.MaxPooling2D(2), layers.BatchNormalization(momentum=0.9), layers.ReLU()]


utils.set_random_seed(1)
model = Sequential(
    [
        layers.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Reshape((28, 28, 1)),
        layers.RandomRotation(0.03, fill_mode="constant"),  # 11 degrees
        layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),  # 2 pixels
        *block(16),
        *block(32),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(10, activation="softmax"),
    ]
)
steps = EPOCHS * -(-len(x) // BATCH)
rate = optimizers.schedules.CosineDecay(0.0, steps, warmup_target=4e-3, warmup_steps=steps // 5)
model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
print(f"{model.count_params():,} parameters, {len(x):,} digits, {EPOCHS} epochs, each digit turned and shifted at random.\n")
print("epochs   seconds   loss     training   test digits right")
began = perf_counter()
for epoch in range(EPOCHS):
    history = model.fit(x, y, batch_size=BATCH, epochs=epoch + 1, initial_epoch=epoch, verbose=0).history
    seconds = perf_counter() - began
    right = model.evaluate(x_test, y_test, batch_size=1000, verbose=0, return_dict=True)["accuracy"]
    print(f"{epoch + 1:6}   {seconds:7.0f}   {history['loss'][-1]:.4f}   {history['accuracy'][-1]:7.2%}   {right:7.2%}")

print(f"\n{right:.2%} right: {round((1 - right) * len(x_test))} of {len(x_test):,} test digits wrong.")
