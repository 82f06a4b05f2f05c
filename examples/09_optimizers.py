"""Ten optimizers on one problem: the same network, the same beginning, the same order of examples."""

from glassnet import Sequential, datasets, layers, optimizers, utils

(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, y = x[:10000].reshape(-1, 784), y[:10000]
x_test = x_test.reshape(-1, 784)

TEN = [
    optimizers.SGD(0.1),
    optimizers.Adagrad(0.01),
    optimizers.Adadelta(1.0),
    optimizers.RMSprop(0.001),
    optimizers.Adam(0.001),
    optimizers.AdamW(0.001),
    optimizers.Adamax(0.002),
    optimizers.Nadam(0.001),
    optimizers.Lion(0.0003),
    optimizers.Ftrl(0.1),
]
EPOCHS = 6


def learn(optimizer):
    utils.set_random_seed(1)  # the same weights to begin with, for all
    model = Sequential([
        layers.Input((784,)),
        layers.Rescaling(1 / 255),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    losses = model.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=0).history["loss"]
    return losses, model.evaluate(x_test, y_test, batch_size=100, verbose=0, return_dict=True)["accuracy"]


print(f"784-32-10 on {len(x):,} handwritten digits. Loss after each epoch, accuracy on {len(x_test):,} other digits.\n")
print("optimizer      rate  " + "  ".join(f"epoch {epoch}" for epoch in range(1, EPOCHS + 1)) + "    test")
results = {}
for optimizer in TEN:
    name, rate = type(optimizer).__name__, float(optimizer.learning_rate)
    losses, accuracy = results[name] = learn(optimizer)
    print(f"{name:9}  {rate:8g}  " + "  ".join(f"{loss:7.4f}" for loss in losses) + f"  {accuracy:6.2%}")

ranking = sorted(results, key=lambda name: results[name][0][-1])
spread = [accuracy for _, accuracy in results.values()]
print(f"\nLowest loss in the end: {ranking[0]}, {ranking[1]}, {ranking[2]}; highest: {ranking[-1]}.")
print(f"Right on digits not seen: from {min(spread):.1%} to {max(spread):.1%}. That counts, and differs less.")
print("The rates are usual ones, not the best for each: with other rates the order changes.")
