"""Transfer: a network that has learnt the digits 0 to 4 learns 5 to 9 from 100 examples of each, against one from nothing."""

import sys

import numpy as np

from glassnet import Sequential, datasets, layers, optimizers, utils

SMALL = "small" in sys.argv
EXAMPLES = 100  # of each new digit

utils.set_random_seed(0)
(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, x_test = x[..., None], x_test[..., None]
old, new = y < 5, np.concatenate([np.flatnonzero(y == digit)[:EXAMPLES] for digit in range(5, 10)])
new_test = y_test >= 5


def body():
    """The layers that are to be carried over."""
    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.3),
        ],
        name="body",
    )


def learn(body, head, rate, x, y, epochs):
    """Trains a body with a head behind it."""
    model = Sequential([body, head])
    model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)
    return model


def show(what, model):
    right = model.evaluate(x_test[new_test], y_test[new_test] - 5, batch_size=256, verbose=0)[1]
    print(f"{what:45} {sum(weight.size for weight in model.trainable_weights):8,} {right:8.1%}")


trained = body()
first = learn(trained, layers.Dense(5, activation="softmax", name="zero_to_four"), 1e-3, x[old], y[old], 1 if SMALL else 3)
right = first.evaluate(x_test[~new_test], y_test[~new_test], batch_size=256, verbose=0)[1]
print(f"Learnt on {old.sum():,} images of 0 to 4: {right:.1%} of the test images of 0 to 4 are read right.")
print(f"\nNow 5 to 9, from {len(new)} images                 weights trained    right")
show("from nothing", learn(body(), layers.Dense(5, activation="softmax", name="alone"), 1e-3, x[new], y[new] - 5, 30))
head = layers.Dense(5, activation="softmax", name="five_to_nine")
trained.trainable = False
show("the trained body, frozen, with a new head", learn(trained, head, 3e-3, x[new], y[new] - 5, 20))
trained.trainable = True
show("then thawed and fine-tuned", learn(trained, head, 5e-4, x[new], y[new] - 5, 30))
