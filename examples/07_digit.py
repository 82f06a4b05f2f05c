"""Handwritten digits the textbooks' way: sigmoids, squared error, plain gradient descent."""

import numpy as np

from glassnet import Sequential, datasets, layers, losses, optimizers, utils

(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, x_test = x.reshape(-1, 784), x_test.reshape(-1, 784)
targets, test_targets = utils.to_categorical(y), utils.to_categorical(y_test)
SHADES = " .:-=+*#%@"


def network(*hidden):
    utils.set_random_seed(1)
    model = Sequential([layers.Input((784,)), layers.Rescaling(1 / 255)])  # brightness from 0 to 1
    for units in (*hidden, 10):
        model.add(layers.Dense(units, activation="sigmoid"))
    model.compile(optimizer=optimizers.SGD(3.0), loss=losses.SumOfSquares(), metrics=["accuracy"])
    return model


trained = {}
for hidden in ((10,), (16, 16)):
    model = network(*hidden)
    name = "-".join(map(str, (784, *hidden, 10)))
    history = model.fit(x, targets, batch_size=10, epochs=5, verbose=0, validation_data=(x_test, test_targets)).history
    trained[name] = history["val_accuracy"][-1]
    print(f"{name}: {model.count_params():,} weights and biases")
    print("  epoch   squared error   right on 10,000 test digits")
    for epoch, (loss, accuracy) in enumerate(zip(history["loss"], history["val_accuracy"], strict=True), 1):
        print(f"  {epoch:5}   {loss:13.4f}   {accuracy:.2%}")
    print()

print("One test digit, and what the ten output neurons of the last network say:\n")
answers = model.predict(x_test[:1], verbose=0)[0]
for row in range(5, 28):
    pixels = "".join(SHADES[value * 10 // 256] * 2 for value in x_test[0].reshape(28, 28)[row].tolist())
    digit = row - 10
    bar = f"{digit}  {answers[digit]:.3f}  {'#' * round(20 * answers[digit])}" if 0 <= digit < 10 else ""
    print(f"{pixels}  {bar}".rstrip())
print(f"It is a {y_test[0]}; the network says {np.argmax(answers)}.")
better = max(trained, key=trained.get)
misread = round(100 - 100 * trained[better])
print(f"{better} is the better of the two, with {trained[better]:.2%}: of 100 digits about {misread} are misread.")
