"""A deep network that does not learn, and the same one with residual links, which does (He et al. 2015)."""

import sys

import numpy as np

from glassnet import Input, Model, datasets, layers, utils

DEPTH, UNITS, EPOCHS = 40, 32, 1 if "small" in sys.argv else 4
(x, y), (x_test, y_test) = datasets.mnist.load_data()


def network(residual):
    """784, then DEPTH layers of UNITS neurons, each with or without a way around it, then 10."""
    utils.set_random_seed(1)
    image = Input((28, 28))
    h = layers.Dense(UNITS)(layers.Flatten()(layers.Rescaling(1 / 255)(image)))
    for number in range(DEPTH):
        change = layers.Dense(UNITS, activation="relu", name=f"layer_{number + 1}")(h)
        h = layers.Add()([h, change]) if residual else change
        if residual:
            h = layers.LayerNormalization()(h)
    model = Model(image, layers.Dense(10, activation="softmax")(h))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def slopes(model):
    """How large the gradients of the kernels of the first, the middle and the last of the layers are: root mean squares."""
    trace = model.trace(x[:100], y[:100])
    kernels = [trace[f"d layer_{number}/kernel"] for number in (1, DEPTH // 2, DEPTH)]
    return [float(np.sqrt(np.mean(kernel**2))) for kernel in kernels]


print(f"{DEPTH} layers of {UNITS} neurons on {len(x):,} digits, {EPOCHS} epochs.\n")
print("                  gradient before training, in layer         test digits")
print(f"links               1         {DEPTH // 2}         {DEPTH}     parameters    right")
right = {}
for name, residual in (("plain", False), ("residual", True)):
    model = network(residual)
    first, middle, last = slopes(model)
    model.fit(x, y, batch_size=128, epochs=EPOCHS, verbose=0)
    right[name] = model.evaluate(x_test, y_test, batch_size=1000, verbose=0, return_dict=True)["accuracy"]
    print(f"{name:10}  {first:10.1e} {middle:10.1e} {last:10.1e}  {model.count_params():12,}   {right[name]:6.1%}")

print("\nWithout links, numbers and gradients have to pass all layers one after the other, and fade. With links they have a")
print(f"way around each: the same depth, {100 * (right['residual'] - right['plain']):+.1f} points of the test digits right.")
