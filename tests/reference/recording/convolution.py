"""Convolution, pooling and resizing: outputs, output shapes and gradients, as for the other layers, over shapes and options."""

import keras

from . import layers
from .layers import _normal

INPUTS = {
    "signal": _normal(30, 2, 7, 4),
    "image": _normal(31, 2, 6, 5, 4),
    "grey": _normal(32, 2, 7, 6, 1),
    "small": _normal(33, 2, 3, 2, 3),
    "tied": _normal(34, 2, 6, 5, 2).round(0),
}
WINDOWS = [
    {"kernel_size": 3}, {"kernel_size": [2, 3], "padding": "same"}, {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": [3, 2], "strides": [2, 1]}, {"kernel_size": 2, "dilation_rate": 2, "padding": "same"},
    {"kernel_size": 2, "dilation_rate": [2, 1]}, {"kernel_size": 1, "use_bias": False}, {"kernel_size": 1, "strides": 2},
]  # fmt: skip
SIGNAL_WINDOWS = [
    {"kernel_size": 3}, {"kernel_size": 2, "padding": "same"}, {"kernel_size": 3, "strides": 2, "padding": "same"},
    {"kernel_size": 3, "padding": "causal"}, {"kernel_size": 2, "padding": "causal", "dilation_rate": 2},
    {"kernel_size": 3, "padding": "causal", "strides": 2},
]  # fmt: skip
TRANSPOSED = [
    {"kernel_size": 3}, {"kernel_size": 3, "strides": 2}, {"kernel_size": [2, 3], "strides": 2, "padding": "same"},
    {"kernel_size": 2, "strides": 3}, {"kernel_size": 4, "strides": 2, "padding": "same"},
    {"kernel_size": 1, "strides": 2, "padding": "same"}, {"kernel_size": 2, "dilation_rate": 2, "padding": "same"},
    {"kernel_size": 3, "strides": 2, "output_padding": 1},
    {"kernel_size": 3, "strides": 2, "output_padding": 0, "padding": "same"},
]  # fmt: skip
POOLED = [
    {"pool_size": 2}, {"pool_size": 2, "padding": "same"}, {"pool_size": [3, 2], "strides": 1}, {"pool_size": 3, "strides": 2},
    {"pool_size": 3, "strides": 1, "padding": "same"}, {"pool_size": 2, "strides": 3},
]  # fmt: skip
SIGNAL_POOLED = [{"pool_size": 2}, {"pool_size": 3, "strides": 2, "padding": "same"}, {"pool_size": 3, "strides": 1}]


def record():
    cases = {}
    for number, (class_name, arguments, name) in enumerate(table()):
        with layers.precision("float64"):
            layer = getattr(keras.layers, class_name)(**arguments)
            layer.build(INPUTS[name].shape)
            weights = {v.name: _normal(40 + i, *v.shape) for i, v in enumerate(layer.trainable_variables)}
        cases[f"{class_name}/{number}/{name}"] = layers.case(class_name, arguments, name, weights, inputs=INPUTS)
    return {"inputs": INPUTS, "cases": cases}


def table():
    """(class, arguments, name of the inputs) of every case."""
    for window in WINDOWS:
        yield "Conv2D", {"filters": 3, **window}, "image"
        yield "DepthwiseConv2D", {"depth_multiplier": 2 if "padding" in window else 1, **window}, "image"
    yield "Conv2D", {"filters": 6, "kernel_size": 3, "padding": "same", "groups": 2, "activation": "tanh"}, "image"
    yield "Conv2D", {"filters": 4, "kernel_size": 3, "strides": 2, "groups": 4}, "image"
    yield "Conv2D", {"filters": 17, "kernel_size": 5, "activation": "relu"}, "grey"
    yield "Conv2D", {"filters": 2, "kernel_size": [3, 2]}, "small"
    for window in SIGNAL_WINDOWS:
        yield "Conv1D", {"filters": 3, **window}, "signal"
        if window.get("padding") != "causal":
            yield "DepthwiseConv1D", window, "signal"
    yield "Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2}, "signal"
    for window in (*WINDOWS[:4], {"kernel_size": 2, "depth_multiplier": 2}):
        yield "SeparableConv2D", {"filters": 3, **window}, "image"
    yield "SeparableConv1D", {"filters": 3, "kernel_size": 3, "padding": "same"}, "signal"
    for window in TRANSPOSED:
        yield "Conv2DTranspose", {"filters": 2, **window}, "small"
    for window in ({"kernel_size": 3, "strides": 2}, {"kernel_size": 2, "strides": 2, "padding": "same", "use_bias": False}):
        yield "Conv1DTranspose", {"filters": 3, **window}, "signal"
    for kind in ("Max", "Average"):
        for window in POOLED:
            yield f"{kind}Pooling2D", window, "image"
        for window in SIGNAL_POOLED:
            yield f"{kind}Pooling1D", window, "signal"
        for axes, name in ((1, "signal"), (2, "image")):
            for arguments in ({}, {"keepdims": True}):
                yield f"Global{kind}Pooling{axes}D", arguments, name
    for window in (POOLED[0], POOLED[2]):  # several are the largest
        yield "MaxPooling2D", window, "tied"
    for arguments in ({}, {"size": [3, 1]}, {"interpolation": "bilinear"}, {"size": [3, 2], "interpolation": "bilinear"}):
        yield "UpSampling2D", arguments, "small"
    yield "UpSampling1D", {"size": 3}, "signal"
    for padding in (1, [2, 0], [[1, 0], [0, 2]]):
        yield "ZeroPadding2D", {"padding": padding}, "small"
    for cropping in (1, [2, 1], [[1, 0], [0, 2]]):
        yield "Cropping2D", {"cropping": cropping}, "image"
    for ends in (1, [2, 1]):
        yield "ZeroPadding1D", {"padding": ends}, "signal"
        yield "Cropping1D", {"cropping": ends}, "signal"
