"""Dead ReLUs, counted, and their cure: a slope on the left side, so that a neuron never loses its gradient."""

import numpy as np

from glassnet import Sequential, datasets, layers, optimizers, utils

(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, y = x[:5000].reshape(-1, 784), y[:5000]
x_test = x_test.reshape(-1, 784)
HIDDEN = 2


def learn(activation, rate):
    utils.set_random_seed(1)
    model = Sequential([layers.Input((784,)), layers.Rescaling(1 / 255)])
    for _ in range(HIDDEN):
        model.add(layers.Dense(64, activation=activation))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer=optimizers.SGD(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss = model.fit(x, y, batch_size=32, epochs=8, verbose=0).history["loss"][-1]
    return model, loss, model.evaluate(x_test, y_test, batch_size=100, verbose=0, return_dict=True)["accuracy"]


def silent(model):
    """How many hidden neurons stay at or below 0 for every example: a ReLU there passes no gradient, so it never learns again."""
    counts, a = [], model.layers[0](x)
    for layer in model.layers[1 : 1 + HIDDEN]:
        a = layer(a)
        counts.append(int((a <= 0).all(axis=0).sum()))
    return counts


print(f"784-64-64-10 on {len(x):,} handwritten digits, SGD. Silent: output at or below 0 for all {len(x):,} of them.\n")
print("activation   rate   silent in layer 1   in layer 2      loss   right on test digits")
results = {}
for rate in (0.1, 1.0):
    for activation in ("relu", "leaky_relu"):
        model, loss, accuracy = learn(activation, rate)
        results[activation, rate] = first, second = silent(model)
        print(f"{activation:10}   {rate:4g}   {first:11} of 64   {second:4} of 64   {loss:7.4f}   {accuracy:14.1%}")
