"""Overfitting, and three cures: few digits to learn from, and a network large enough to know them by heart."""

from glassnet import Sequential, callbacks, datasets, layers, losses, regularizers, utils

(x, y), (x_test, y_test) = datasets.mnist.load_data()
x, y = x[:1000].reshape(-1, 784), y[:1000]
x_test = x_test.reshape(-1, 784)
EPOCHS, BATCH = 40, 8
crossentropy = losses.SparseCategoricalCrossentropy()  # measured without L2's penalty, to compare like with like


def learn(penalty=None, dropout=0.0, stopping=False):
    """Epochs, then loss and share of right answers on the training digits and on the test digits."""
    utils.set_random_seed(1)
    model = Sequential([
        layers.Input((784,)),
        layers.Rescaling(1 / 255),
        layers.Dense(128, activation="relu", kernel_regularizer=penalty),
        layers.Dropout(dropout),
        layers.Dense(10, activation="softmax", kernel_regularizer=penalty),
    ])  # fmt: skip
    model.compile(optimizer="adam", loss=crossentropy)
    patience = [callbacks.EarlyStopping(patience=5, restore_best_weights=True)] if stopping else []
    held_back = 0.2 if stopping else 0.0  # digits that show when it begins to get worse
    history = model.fit(x, y, BATCH, EPOCHS, verbose=0, validation_split=held_back, callbacks=patience)
    measured = [len(history.epoch)]
    for digits, labels in ((x, y), (x_test, y_test)):
        answers = model.predict(digits, BATCH, verbose=0)
        measured += [float(crossentropy(labels, answers)), float((answers.argmax(axis=1) == labels).mean())]
    return measured


print(f"784-128-10: 101,770 weights and biases for only {len(x):,} digits. Tested on {len(x_test):,} others.\n")
print("                          training digits       test digits")
print("cure             epochs     loss    right      loss   right")
cures = {
    "none": {},
    "L2 penalty": {"penalty": regularizers.L2(0.002)},
    "dropout": {"dropout": 0.5},
    "early stopping": {"stopping": True},
}
results = {}
for name, settings in cures.items():
    epochs, loss, right, test_loss, test_right = results[name] = learn(**settings)
    print(f"{name:15}  {epochs:6}   {loss:6.3f}   {right:6.1%}   {test_loss:7.3f}   {test_right:5.1%}")

_, loss, right, test_loss, test_right = results.pop("none")
print(f"\nWithout a cure it is right on {right:.1%} of its own digits, on {test_right:.1%} of the others, and its loss")
print(f"there is {test_loss / loss:,.0f} times as high: it is sure even where it is wrong. That is overfitting.")
for name, (epochs, _, _, cured_loss, cured_right) in results.items():
    changes = f"test loss {cured_loss / test_loss - 1:+.0%}, right {100 * (cured_right - test_right):+.1f} points"
    print(f"  {name + ':':15}  {changes}, after {epochs} epochs")
print("A lower loss: it is less sure of its mistakes. More right answers are another matter.")
