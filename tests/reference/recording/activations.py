"""Activations: values and derivatives on a grid, rows for softmax; Keras and PyTorch are checked against each other."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch

from .precision import in_each_precision

GRID = np.array(
    [-100, -20, -10, -6, -4.5, -3.5, -2.5, -2, -1.5, -0.9, -0.75, -0.5, -0.3, -0.1, -1e-3, -1e-7]
    + [0, 1e-7, 1e-3, 0.1, 0.3, 0.5, 0.75, 0.9, 1.5, 2, 2.5, 3.5, 4.5, 5.5, 7, 10, 20, 100]
)
ROWS = np.array([[0, 0, 0], [1, 2, 3], [-1.5, 0.25, 4], [20, -20, 0], [1000, 1000, -1000], [1e-7, 0, -1e-7]])
DIRECTIONS = np.array([[1, 0, 0], [0.5, -1, 2], [1, 2, 3], [0.3, 0.2, -0.7], [1, 0, 1], [2, 1, -1]], dtype=float)

ELEMENTWISE = {
    "linear": {}, "sigmoid": {}, "hard_sigmoid": {}, "tanh": {}, "hard_tanh": {}, "relu": {}, "relu6": {},
    "leaky_relu": {}, "elu": {}, "selu": {}, "celu": {}, "gelu": {}, "silu": {}, "hard_silu": {}, "mish": {},
    "softplus": {}, "softsign": {}, "exponential": {}, "log_sigmoid": {}, "tanh_shrink": {}, "squareplus": {},
}  # fmt: skip
VARIANTS = {
    "relu": [
        {"negative_slope": 0.1},
        {"max_value": 2.25},
        {"threshold": 0.6},
        {"negative_slope": 0.1, "max_value": 2.25, "threshold": 0.6},
    ],
    "leaky_relu": [{"negative_slope": 0.01}],
    "elu": [{"alpha": 0.5}],
    "gelu": [{"approximate": True}],
}
ALONG_AN_AXIS = ("softmax", "log_softmax")
F = torch.nn.functional
TORCH = {
    "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "relu6": F.relu6, "elu": F.elu, "selu": F.selu,
    "gelu": F.gelu, "silu": F.silu, "mish": F.mish, "softsign": F.softsign, "exponential": torch.exp,
    "hard_sigmoid": F.hardsigmoid, "log_sigmoid": F.logsigmoid, "tanh_shrink": F.tanhshrink,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2), "softplus": lambda x: F.softplus(x, threshold=1000),
}  # fmt: skip


def record():
    cases = {}
    for name, plain in ELEMENTWISE.items():
        for arguments in [plain, *VARIANTS.get(name, [])]:
            case = in_each_precision(lambda dtype, n=name, a=arguments: elementwise(n, a, dtype))
            if not arguments and name in TORCH:
                compare_with_torch(name, case["float64"])
            cases[_case_name(name, arguments)] = {"function": name, "arguments": arguments, "inputs": "grid", **case}
    for name in ALONG_AN_AXIS:
        for axis in (-1, 0):
            case = in_each_precision(lambda dtype, n=name, a=axis: along_axis(n, a, dtype))
            arguments = {} if axis == -1 else {"axis": axis}
            cases[_case_name(name, arguments)] = {"function": name, "arguments": arguments, "inputs": "rows", **case}
    return {"inputs": {"grid": GRID, "rows": ROWS, "directions": DIRECTIONS}, "cases": cases}


def elementwise(name, arguments, dtype):
    activation = getattr(keras.activations, name)
    x = jnp.asarray(GRID, dtype)
    value, pullback = jax.vjp(lambda x: activation(x, **arguments), x)
    return {"value": value, "derivative": pullback(jnp.ones_like(value))[0]}


def along_axis(name, axis, dtype):
    activation = getattr(keras.activations, name)
    value, pullback = jax.vjp(lambda x: activation(x, axis=axis), jnp.asarray(ROWS, dtype))
    return {"value": value, "gradient": pullback(jnp.asarray(DIRECTIONS, dtype))[0]}


def compare_with_torch(name, case):
    x = torch.tensor(GRID, requires_grad=True)
    value = TORCH[name](x)
    value.sum().backward()
    np.testing.assert_allclose(case["value"], value.detach(), rtol=1e-12, atol=1e-15, err_msg=name)
    # At the kink of a piecewise function the two take different one-sided derivatives: that is convention, not error.
    # PyTorch keeps the slope of hard_sigmoid, 1/6, in float32.
    np.testing.assert_allclose(case["derivative"][GRID != 0], x.grad[GRID != 0], rtol=1e-7, atol=1e-15, err_msg=name)


def _case_name(name, arguments):
    return "/".join([name, *(f"{key}={value}" for key, value in arguments.items())])
