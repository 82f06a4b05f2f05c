"""Overfitting, and three cures: too few digits to learn from, and a network large enough to learn them by heart."""

from glassnet import Sequential, callbacks, datasets, layers, regularizers, utils

(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, y = x[:1000].reshape(-1, 784), y[:1000]
x_test = x_test.reshape(-1, 784)
EPOCHS = 60


def learn(penalty=None, dropout=0.0, stopping=False):
    """Epochs used, then loss and accuracy on the training digits and on the test digits."""
    utils.set_random_seed(1)
    model = Sequential([
        layers.Input((784,)),
        layers.Rescaling(1 / 255),
        layers.Dense(128, activation="relu", kernel_regularizer=penalty),
        layers.Dropout(dropout),
        layers.Dense(10, activation="softmax", kernel_regularizer=penalty),
    ])  # fmt: skip
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    patience = [callbacks.EarlyStopping(patience=3, restore_best_weights=True)] if stopping else []
    split = 0.2 if stopping else 0.0  # digits that it does not learn from, to see when it gets worse
    history = model.fit(x, y, epochs=EPOCHS, verbose=0, validation_split=split, callbacks=patience)
    seen = model.evaluate(x, y, verbose=0)
    return len(history.epoch), *seen, *model.evaluate(x_test, y_test, batch_size=100, verbose=0)


print(f"784-128-10: 101,770 weights and biases for only {len(x):,} digits. Tested on {len(x_test):,} others.\n")
print("                       training digits       test digits")
print("cure          epochs   loss   accuracy       loss   accuracy   gap")
cures = {
    "none": {},
    "L2": {"penalty": regularizers.L2(0.003)},
    "dropout": {"dropout": 0.5},
    "early stop": {"stopping": True},
}
results = {}
for name, settings in cures.items():
    epochs, loss, accuracy, test_loss, test_accuracy = results[name] = learn(**settings)
    gap = f"{100 * (accuracy - test_accuracy):5.1f} points"
    print(f"{name:12}  {epochs:6}   {loss:.3f}   {accuracy:7.1%}      {test_loss:.3f}   {test_accuracy:7.1%}   {gap}")
