"""Regularizers: the penalty of a weight and its gradient."""

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .precision import in_each_precision

_random = np.random.default_rng(3)
INPUTS = {
    "kernel": _random.normal(size=(4, 3)).round(3),
    "bias": np.array([0.5, -1.25, 0.0]),
    "convolution": _random.normal(size=(2, 2, 1, 2)).round(3),
}
CASES = [
    ("L1", {}), ("L1", {"l1": 0.3}),
    ("L2", {}), ("L2", {"l2": 0.3}),
    ("L1L2", {}), ("L1L2", {"l1": 0.3, "l2": 0.2}), ("L1L2", {"l1": 0.3}), ("L1L2", {"l2": 0.2}),
    ("OrthogonalRegularizer", {}), ("OrthogonalRegularizer", {"factor": 0.3}),
    ("OrthogonalRegularizer", {"factor": 0.3, "mode": "columns"}),
]  # fmt: skip


def record():
    cases = {}
    for class_name, arguments in CASES:
        for name in ("kernel",) if class_name == "OrthogonalRegularizer" else INPUTS:
            case_name = "/".join([class_name, *(f"{key}={value}" for key, value in arguments.items()), name])
            values = in_each_precision(lambda dtype, c=class_name, a=arguments, n=name: penalty(c, a, n, dtype))
            config = getattr(keras.regularizers, class_name)(**arguments).get_config()
            cases[case_name] = {"class": class_name, "arguments": arguments, "config": config, "inputs": name, **values}
    return {"inputs": INPUTS, "cases": cases}


def penalty(class_name, arguments, name, dtype):
    regularizer = getattr(keras.regularizers, class_name)(**arguments)
    value, gradient = jax.value_and_grad(regularizer)(jnp.asarray(INPUTS[name], dtype))
    return {"value": value, "gradient": gradient}
