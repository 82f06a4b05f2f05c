"""Dead ReLUs, counted, and their cure: leaky_relu, whose slope on the left side keeps the gradient alive."""

from glassnet import Sequential, datasets, initializers, layers, optimizers, utils

(x, y), (x_test, y_test) = datasets.circle.load_data()
UNITS, BEGINNINGS = 16, 5


def silent(model):
    """How many hidden neurons stay at or below 0 for every example: a ReLU there is dead, no gradient passes."""
    return int((model.layers[0](x) <= 0).all(axis=0).sum())


def learn(activation, bias, seed):
    """Silent neurons before and after training, neurons whose weights never moved, loss, share of right answers."""
    utils.set_random_seed(seed)
    hidden = layers.Dense(UNITS, activation=activation, bias_initializer=initializers.Constant(bias))
    model = Sequential([layers.Input((2,)), hidden, layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
    before, kernel = silent(model), hidden.kernel.numpy()
    loss = model.fit(x, y, batch_size=10, epochs=200, verbose=0).history["loss"][-1]
    unmoved = int((hidden.kernel.numpy() == kernel).all(axis=0).sum())
    return before, silent(model), unmoved, loss, model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]


print(f"Is a point inside a circle? A 2-{UNITS}-1 network learns from {len(x)}, is tested on {len(x_test)} others.")
print("A single step that is too large can push biases far below 0. Here they begin at 0, and then at -3.")
print(f"Each line is the mean of {BEGINNINGS} random beginnings, counting hidden neurons, {UNITS} in all.\n")
print("activation   bias   silent at first   at the end   never moved     loss   right on test points")
means = {}
for activation, bias in (("relu", 0), ("relu", -3), ("leaky_relu", -3)):
    runs = [learn(activation, bias, seed) for seed in range(BEGINNINGS)]
    means[activation, bias] = [sum(column) / BEGINNINGS for column in zip(*runs, strict=True)]
    before, after, unmoved, loss, accuracy = means[activation, bias]
    neurons = f"{before:15.1f}   {after:10.1f}   {unmoved:11.1f}"
    print(f"{activation:10}   {bias:4}   {neurons}   {loss:6.4f}   {accuracy:13.1%}")

dead, cured = means["relu", -3], means["leaky_relu", -3]
print(f"\nOf the {dead[0]:.1f} silent ReLUs {dead[2]:.1f} keep exactly the weights they began with: they are dead.")
print(f"The network has to do with the few others, and is right on {dead[4]:.1%} of the test points.")
print(f"With leaky_relu the same beginning leaves {cured[2]:.1f} unmoved; it is right on {cured[4]:.1%}.")
