"""Layers: outputs, output shapes and the gradients of `sum(outputs * directions)` by the inputs and the weights."""

from inspect import signature

import jax
import jax.numpy as jnp
import keras
import numpy as np

from .precision import precision


def _normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).round(3)


INPUTS = {
    "rows": _normal(1, 4, 3),
    "steps": _normal(2, 2, 3, 4),
    "images": _normal(3, 2, 4, 3, 2),
    "flat": _normal(4, 5, 12),
    "scalars": _normal(5, 5),
    "maps": _normal(7, 3, 2, 2, 4),
    "constant_column": np.column_stack([_normal(6, 5, 2), np.full(5, 2.5)]),
}
WEIGHTS = {
    "rows": {"kernel": _normal(10, 3, 5), "bias": _normal(11, 5)},
    "steps": {"kernel": _normal(12, 4, 2), "bias": _normal(13, 2)},
}
ACTIVATIONS = (
    "linear", "sigmoid", "hard_sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish",
    "softplus", "softsign", "exponential", "softmax", "relu6", "log_softmax",
)  # fmt: skip
ADAPTED = [
    ({}, "rows"), ({}, "constant_column"), ({"axis": None}, "rows"), ({"axis": -1}, "steps"), ({"axis": 1}, "steps"),
    ({"axis": [1, 2]}, "steps"), ({"axis": -1}, "images"), ({"invert": True}, "rows"), ({"axis": None}, "scalars"),
]  # fmt: skip
PLAIN = [
    ("Normalization", {"mean": 0.5, "variance": 4.0, "axis": None}, "rows"),
    ("Normalization", {"mean": [0.5, -1.0, 2.0], "variance": [4.0, 0.25, 1.0]}, "rows"),
    ("Normalization", {"mean": [0.5, -1.0, 2.0], "variance": [4.0, 0.25, 1.0], "invert": True}, "rows"),
    ("Normalization", {"mean": [0.5, -1.0, 2.0], "variance": [4.0, 0.0, 1.0]}, "rows"),
    ("Rescaling", {"scale": 1 / 255}, "rows"),
    ("Rescaling", {"scale": 2.0, "offset": -1.0}, "rows"),
    ("Rescaling", {"scale": [2.0, 1.0, 0.5], "offset": [-1.0, 0.0, 1.0]}, "rows"),
    ("Flatten", {}, "rows"), ("Flatten", {}, "steps"), ("Flatten", {}, "images"), ("Flatten", {}, "scalars"),
    ("Reshape", {"target_shape": [3, 4]}, "flat"), ("Reshape", {"target_shape": [-1, 2]}, "flat"),
    ("Reshape", {"target_shape": [2, -1, 3]}, "flat"), ("Reshape", {"target_shape": [-1]}, "images"),
    ("Activation", {"activation": "tanh"}, "steps"), ("Activation", {"activation": "softmax"}, "steps"),
    ("ReLU", {}, "steps"), ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, "steps"),
    ("LeakyReLU", {}, "steps"), ("LeakyReLU", {"negative_slope": 0.1}, "steps"),
    ("ELU", {}, "steps"), ("ELU", {"alpha": 0.5}, "steps"),
    ("Softmax", {}, "steps"), ("Softmax", {"axis": 1}, "steps"),
    ("Dropout", {"rate": 0.5}, "steps"), ("GaussianNoise", {"stddev": 0.5}, "steps"),
]  # fmt: skip
CHANNELS = {"gamma": _normal(16, 4) + 1, "beta": _normal(17, 4)}
MOVING = {"moving_mean": _normal(18, 4), "moving_variance": abs(_normal(19, 4)) + 0.5}
NORMALIZED = [
    ("BatchNormalization", {}, "maps", {**CHANNELS, **MOVING}),
    ("BatchNormalization", {"momentum": 0.7, "epsilon": 0.1}, "steps", {**CHANNELS, **MOVING}),
    ("BatchNormalization", {"center": False}, "maps", {"gamma": CHANNELS["gamma"], **MOVING}),
    ("BatchNormalization", {"scale": False}, "maps", {"beta": CHANNELS["beta"], **MOVING}),
    ("BatchNormalization", {"center": False, "scale": False}, "maps", MOVING),
    ("LayerNormalization", {}, "steps", CHANNELS),
    ("LayerNormalization", {"epsilon": 0.1, "center": False}, "steps", {"gamma": CHANNELS["gamma"]}),
    ("LayerNormalization", {"scale": False}, "maps", {"beta": CHANNELS["beta"]}),
    ("LayerNormalization", {"axis": [-2, -1]}, "steps", {"gamma": _normal(21, 3, 4), "beta": _normal(22, 3, 4)}),
    ("GroupNormalization", {"groups": 2}, "maps", CHANNELS),
    ("GroupNormalization", {"groups": 1, "epsilon": 0.1, "scale": False}, "steps", {"beta": CHANNELS["beta"]}),
    ("GroupNormalization", {"groups": -1, "center": False}, "maps", {"gamma": CHANNELS["gamma"]}),
]  # fmt: skip
MASK = np.array([[1, 1, 0], [0, 1, 0]], bool)
"""Steps of `steps` that count."""
MASKED = [
    ("BatchNormalization", {"momentum": 0.7, "epsilon": 0.1}, {**CHANNELS, **MOVING}),
    ("BatchNormalization", {"center": False, "scale": False}, MOVING),
    ("GroupNormalization", {"groups": 2}, CHANNELS),
    ("GlobalAveragePooling1D", {}, {}),
    ("GlobalAveragePooling1D", {"keepdims": True}, {}),
]
ALPHA = {
    "PReLU": ({}, abs(_normal(14, 3, 4))),
    "PReLU/shared_axes": ({"shared_axes": [1]}, abs(_normal(15, 1, 4))),
}


def record():
    cases = {}
    for name, weights in WEIGHTS.items():
        units = {"units": len(weights["bias"])}
        for activation in ACTIVATIONS:
            cases[f"Dense/{activation}/{name}"] = case("Dense", {**units, "activation": activation}, name, weights)
        kernel = {"kernel": weights["kernel"]}
        cases[f"Dense/no_bias/{name}"] = case("Dense", {**units, "use_bias": False}, name, kernel)
    for number, (arguments, name) in enumerate(ADAPTED):
        cases[f"Normalization/adapted/{number}/{name}"] = case("Normalization", arguments, name, adapt=True)
    for number, (class_name, arguments, name) in enumerate(PLAIN):
        cases[f"{class_name}/{number}/{name}"] = case(class_name, arguments, name)
    for number, (class_name, arguments, name, weights) in enumerate(NORMALIZED):
        cases[f"{class_name}/{number}/{name}"] = case(class_name, arguments, name, weights)
        if class_name == "BatchNormalization":
            cases[f"{class_name}/{number}/{name}/training"] = case(class_name, arguments, name, weights, training=True)
    for number, (class_name, arguments, weights) in enumerate(MASKED):
        cases[f"{class_name}/masked/{number}"] = case(class_name, arguments, "steps", weights, mask=MASK)
        if class_name == "BatchNormalization":
            training = case(class_name, arguments, "steps", weights, training=True, mask=MASK)
            cases[f"{class_name}/masked/{number}/training"] = training
    for case_name, (arguments, alpha) in ALPHA.items():
        cases[f"{case_name}/steps"] = case("PReLU", arguments, "steps", {"alpha": alpha})
    return {"inputs": INPUTS, "cases": cases}


def case(class_name, arguments, name, weights=None, adapt=False, training=False, inputs=INPUTS, mask=None):
    weights = weights or {}
    with precision("float64"):
        values = run(class_name, arguments, inputs[name], weights, adapt, training, mask)
    entries = {"class": class_name, "arguments": arguments, "inputs": name, "weights": weights, "adapted": adapt}
    entries.update({"training": True} if training else {})
    entries.update({} if mask is None else {"mask": mask})
    return {**entries, "float64": values}


def run(class_name, arguments, given, weights, adapt, training, mask):
    layer = getattr(keras.layers, class_name)(**arguments)
    inputs = jnp.asarray(given)
    values = {}
    if adapt:
        layer.adapt(given)
        values.update(adapted_mean=layer.mean, adapted_variance=layer.variance)
    else:
        layer.build(inputs.shape)
    layer.set_weights(list(weights.values()) if weights else layer.get_weights())
    (outputs, state), pullback = jax.vjp(
        lambda weights, inputs: apply(layer, weights, inputs, training, mask), trainable(layer), inputs
    )
    directions = jnp.asarray(_normal(20, *outputs.shape))
    by_weights, by_inputs = pullback((directions, [jnp.zeros_like(part) for part in state]))
    gradients = {"inputs": by_inputs, **dict(zip(weights, by_weights, strict=False))}  # what is not trained comes last
    if training:
        values["state"] = {variable.name: value for variable, value in zip(layer.non_trainable_variables, state, strict=True)}
    values.update(outputs=outputs, output_shape=list(layer.compute_output_shape((None, *inputs.shape[1:]))))
    return {**values, "directions": directions, "gradients": gradients}


def trainable(layer):
    return [variable.value for variable in layer.trainable_variables]


def apply(layer, given, inputs, training, mask):
    """Outputs, and what the layer keeps without training it, behind them."""
    fixed = [variable.value for variable in layer.non_trainable_variables]
    named = {"training": True} if training else {}
    named.update({} if mask is None or "mask" not in signature(layer.call).parameters else {"mask": jnp.asarray(mask)})
    return layer.stateless_call(given, fixed, inputs, **named)
