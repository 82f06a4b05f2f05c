"""Whole networks: outputs, loss, gradients of every weight, and the weights after five full-batch steps."""

import jax
import keras
import numpy as np
import torch

from .precision import in_each_precision

STEPS = 5
OPTIMIZERS = {"SGD": {"learning_rate": 0.5}, "Adam": {"learning_rate": 0.05}}


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).round(3)


def dense(units, activation, **arguments):
    return {"class": "Dense", "arguments": {"units": units, "activation": activation, **arguments}}


def _weights(seed, *sizes):
    """Kernels and biases in the order of `get_weights`."""
    weights = []
    for number, (inputs, units) in enumerate(zip(sizes, sizes[1:], strict=False)):
        weights += [0.7 * _normal([seed, number], inputs, units), 0.3 * _normal([seed, number, 1], units)]
    return [weight.round(3) for weight in weights]


BITS = np.array([[int(bit) for bit in f"{number:08b}"] for number in range(16)], dtype=float)
ODD = (np.arange(16) % 2).astype(float)[:, None]
PLANE = _normal(1, 10, 2)
HEIGHT = np.sin(PLANE[:, :1] * PLANE[:, 1:]).round(3)
ROWS = _normal(2, 10, 5)
CLASSES = np.array([0, 2, 1, 1, 2, 0, 2, 1, 0, 2])
L2 = {"class_name": "L2", "config": {"l2": 0.02}}
L1L2 = {"class_name": "L1L2", "config": {"l1": 0.01, "l2": 0.03}}
REGULARIZED = [
    dense(4, "relu", kernel_regularizer=L2, bias_regularizer={"class_name": "L1", "config": {"l1": 0.05}}),
    dense(3, "softmax", kernel_regularizer=L1L2, activity_regularizer=L2),
]
NETWORKS = {
    "parity_8-1": {
        "layers": [dense(1, "sigmoid")], "weights": _weights(3, 8, 1), "x": BITS, "y": ODD,
        "loss": "binary_crossentropy",
    },
    "plane_2-4-2-1": {
        "layers": [dense(4, "tanh"), dense(2, "tanh"), dense(1, "tanh")], "weights": _weights(4, 2, 4, 2, 1),
        "x": PLANE, "y": HEIGHT, "loss": "mean_squared_error",
    },
    "classes_5-4-3": {
        "layers": [dense(4, "relu"), dense(3, "softmax")], "weights": _weights(5, 5, 4, 3), "x": ROWS,
        "y": np.eye(3)[CLASSES], "loss": "categorical_crossentropy",
    },
    "classes_5-4-3_sparse": {
        "layers": [dense(4, "relu"), dense(3, "softmax")], "weights": _weights(5, 5, 4, 3), "x": ROWS, "y": CLASSES,
        "loss": "sparse_categorical_crossentropy",
    },
    "classes_5-4-3_regularized": {
        "layers": REGULARIZED, "weights": _weights(5, 5, 4, 3), "x": ROWS, "y": CLASSES,
        "loss": "sparse_categorical_crossentropy",
    },
    "sigmoid_squared_5-4-3": {
        "layers": [dense(4, "sigmoid"), dense(3, "sigmoid")], "weights": _weights(6, 5, 4, 3), "x": ROWS,
        "y": np.eye(3)[CLASSES], "loss": "mean_squared_error",
    },
}  # fmt: skip
TORCH_LOSS = {
    "binary_crossentropy": lambda p, y: -(y * p.log() + (1 - y) * (1 - p).log()).mean(),
    "mean_squared_error": lambda p, y: ((p - y) ** 2).mean(),
    "categorical_crossentropy": lambda p, y: -(y * p.log()).sum(-1).mean(),
    "sparse_categorical_crossentropy": lambda p, y: -p[torch.arange(len(y)), y].log().mean(),
}
TORCH_ACTIVATION = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "softmax": lambda z: torch.softmax(z, -1)
}  # fmt: skip


def record():
    cases = {}
    for name, network in NETWORKS.items():
        values = in_each_precision(lambda dtype, n=network: run(n, dtype))
        if network["layers"] is not REGULARIZED:
            compare_with_torch(name, network, values["float64"])
        cases[name] = {**network, **values}
    return {"optimizers": OPTIMIZERS, "cases": cases}


def build(network, dtype):
    layers = [getattr(keras.layers, layer["class"])(**layer["arguments"]) for layer in network["layers"]]
    model = keras.Sequential([keras.Input(network["x"].shape[1:]), *layers])
    model.set_weights([weight.astype(dtype) for weight in network["weights"]])
    return model


def run(network, dtype):
    x = network["x"].astype(dtype)
    model = build(network, dtype)
    loss_function = keras.losses.get(network["loss"])
    y = network["y"].astype(dtype)

    def total(weights):
        outputs, _, extra = model.stateless_call(weights, [], x, return_losses=True)
        return loss_function(y, outputs).mean() + sum(extra), outputs

    weights = [variable.value for variable in model.trainable_variables]
    (value, outputs), gradients = jax.value_and_grad(total, has_aux=True)(weights)
    # JAX's one-hot rows of sparse targets are float64, whatever the outputs are.
    per_sample = np.asarray(loss_function(y, outputs), dtype)
    trained = {class_name: train(network, class_name, dtype) for class_name in OPTIMIZERS}
    return {"outputs": outputs, "per_sample": per_sample, "loss": value, "gradients": gradients, "trained": trained}


def train(network, class_name, dtype):
    """The weights after STEPS steps on the whole batch, and the loss before each of them."""
    model = build(network, dtype)
    model.compile(optimizer=getattr(keras.optimizers, class_name)(**OPTIMIZERS[class_name]), loss=network["loss"])
    rows = len(network["x"])
    history = model.fit(network["x"], network["y"], batch_size=rows, epochs=STEPS, shuffle=False, verbose=0)
    return {"losses": [float(value) for value in history.history["loss"]], "weights": model.get_weights()}


def compare_with_torch(name, network, values):
    weights = [torch.tensor(weight, requires_grad=True) for weight in network["weights"]]
    a = torch.tensor(network["x"])
    for kernel, bias, layer in zip(weights[::2], weights[1::2], network["layers"], strict=True):
        a = TORCH_ACTIVATION[layer["arguments"]["activation"]](a @ kernel + bias)
    loss = TORCH_LOSS[network["loss"]](a, torch.tensor(network["y"]))
    loss.backward()
    np.testing.assert_allclose(values["loss"], loss.item(), rtol=1e-10, err_msg=name)
    for gradient, weight in zip(values["gradients"], weights, strict=True):
        np.testing.assert_allclose(gradient, weight.grad, rtol=1e-9, atol=1e-14, err_msg=name)
