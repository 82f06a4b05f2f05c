"""XOR: a single neuron cannot, two hidden neurons can. Each tries ten times, from ten random beginnings."""

import numpy as np

from glassnet import Sequential, layers, optimizers, utils
from glassnet.perceptron import separable

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
y = np.array([0, 1, 1, 0])
TRIES = 10


def learn(hidden, seed):
    """Trains a network with so many hidden neurons; returns it, its loss and how many of the four answers are right."""
    utils.set_random_seed(seed)
    model = Sequential([layers.Input((2,))])
    if hidden:
        model.add(layers.Dense(hidden, activation="tanh"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile(optimizer=optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=4, epochs=1000, verbose=0)
    loss, accuracy = model.evaluate(x, y, verbose=0)
    return model, loss, round(4 * accuracy)


print(f"Is there a straight line with (0,1), (1,0) on one side and (0,0), (1,1) on the other? {separable(x, y)}.\n")
print(f"network   parameters   best loss   tries with all 4 right, of {TRIES}")
best = {}
for hidden in (0, 2, 4):
    runs = [learn(hidden, seed) for seed in range(TRIES)]
    best[hidden] = min(runs, key=lambda run: run[1])
    name = f"2-{hidden}-1" if hidden else "2-1"
    solved = sum(right == 4 for _, _, right in runs)
    print(f"{name:7}   {runs[0][0].count_params():10}   {best[hidden][1]:9.4f}   {solved:3}")

print(f"\nThe single neuron ends at {best[0][1]:.4f}, and log 2 = {np.log(2):.4f}: it can only shrug its shoulders.")
print("Two hidden neurons draw two lines and the output joins the sides; but from some beginnings they get stuck.\n")

model = best[2][0]
middle, answers = model.layers[0](x), model.predict(x, verbose=0)
print("Inside the best 2-2-1 network")
print("  input    hidden 1  hidden 2   output   answer")
for point, (first, second), output in zip(x.astype(int), middle, answers[:, 0], strict=True):
    print(f"  {point[0]}  {point[1]}      {first:7.2f}  {second:8.2f}   {output:6.3f}   {round(float(output))}")
