"""A layer of 3 neurons with 4 inputs, worked out by hand and compared with the network.

Numbers as in H. Kinsley and D. Kukiela, Neural Networks from Scratch in Python (2020).
"""

import math

import numpy as np

from glassnet import layers

x = [1.0, 2.0, 3.0, 2.5]
kernel = np.array([[0.2, 0.5, -0.26], [0.8, -0.91, -0.27], [-0.5, 0.26, 0.17], [1.0, -0.5, 0.87]])
bias = np.array([2.0, 3.0, 0.5])

print(f"Inputs x = {x}")
print("kernel (a row for each input, a column for each neuron):")
for row in kernel:
    print("  " + "  ".join(f"{weight:5.2f}" for weight in row))
print(f"bias = {bias.tolist()}\n")

by_hand = []
for neuron in range(3):
    terms = [x[i] * kernel[i, neuron] for i in range(4)]
    z = sum(terms) + bias[neuron]
    by_hand.append((z, 1 / (1 + math.exp(-z))))
    written = " + ".join(f"{x[i]:g}*({kernel[i, neuron]:g})" for i in range(4))
    print(f"neuron {neuron + 1}: z = {written} + {bias[neuron]:g}")
    print(f"            = {' + '.join(f'({term:g})' for term in terms)} + {bias[neuron]:g} = {z:.4f}")
    print(f"          a = sigmoid(z) = 1 / (1 + e^-z) = {by_hand[-1][1]:.4f}\n")

weighted_sum = layers.Dense(3, dtype="float64")
layer = layers.Dense(3, activation="sigmoid", dtype="float64")
for dense in (weighted_sum, layer):
    dense.build((None, 4))
    dense.set_weights([kernel, bias])
z, a = weighted_sum(np.array([x]))[0], layer(np.array([x]))[0]

by_network = np.column_stack([z, a])
print("            z by hand    network    a by hand    network")
for neuron, (hand, network) in enumerate(zip(by_hand, by_network, strict=True), 1):
    print(f"neuron {neuron}  {hand[0]:11.4f}  {network[0]:9.4f}  {hand[1]:11.4f}  {network[1]:9.4f}")
difference = abs(np.array(by_hand) - by_network).max()
print(f"\nLargest difference: {difference:.0e}. That is all a layer does: 12 products, 3 sums, 3 squashings.")
