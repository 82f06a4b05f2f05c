"""Initializers: configurations, exact values of the deterministic ones, and the distributions of the random ones.

Random bits cannot match between programs, so the limits and deviations are worked out from the fans (Glorot and Bengio
2010; He et al. 2015) and checked here against a large draw of Keras.
"""

import keras
import numpy as np
from keras.src.initializers.random_initializers import compute_fans

# shape: (fan in, fan out); a kernel (..., I, O) has a receptive field of the axes before
FANS = {(): (1, 1), (7,): (7, 7), (784, 16): (784, 16), (5, 3): (5, 3), (3, 3, 4, 8): (36, 72), (5, 2, 6): (10, 30)}
# A normal distribution cut at two deviations has this deviation; Keras widens the uncut one so that the cut one fits.
TRUNCATED = 0.87962566103423978
SCALED = {
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "HeNormal": (2.0, "fan_in", "truncated_normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "truncated_normal"),
}
VARIANTS = [
    {}, {"scale": 0.5, "mode": "fan_out", "distribution": "uniform"},
    {"scale": 2.0, "mode": "fan_avg", "distribution": "untruncated_normal"},
]  # fmt: skip
PLAIN = [
    ("RandomNormal", {}, {"mean": 0.0, "std": 0.05}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.2}, {"mean": 1.0, "std": 0.2}),
    ("RandomUniform", {}, {"mean": 0.0, "std": 0.05 / 3**0.5, "low": -0.05, "high": 0.05}),
    ("RandomUniform", {"minval": 1.0, "maxval": 3.0}, {"mean": 2.0, "std": 1 / 3**0.5, "low": 1.0, "high": 3.0}),
    ("TruncatedNormal", {}, {"mean": 0.0, "std": 0.05 * TRUNCATED, "low": -0.1, "high": 0.1}),
    (
        "TruncatedNormal",
        {"mean": 1.0, "stddev": 0.2},
        {"mean": 1.0, "std": 0.2 * TRUNCATED, "low": 0.6, "high": 1.4},
    ),
]
EXACT = [
    ("Zeros", {}, (2, 3)), ("Ones", {}, (2, 3)), ("Constant", {}, (2, 3)), ("Constant", {"value": 0.3}, (2, 3)),
    ("Identity", {}, (3, 3)), ("Identity", {"gain": 0.5}, (2, 3)), ("Identity", {}, (3, 2)),
]  # fmt: skip
# (rows, columns) of the flattened matrix, and along which of its axes the vectors are orthonormal
ORTHOGONAL = {(4, 4): "both", (6, 3): "columns", (3, 6): "rows", (2, 2, 3): "columns"}


def record():
    for shape, fans in FANS.items():
        assert compute_fans(shape) == fans, (shape, fans, compute_fans(shape))
    cases = {}
    for class_name, arguments, shape in EXACT:
        value = make(class_name, arguments)(shape)
        cases[_name(class_name, arguments, shape)] = _case(class_name, arguments, shape=shape, value=value)
    for class_name, arguments, distribution in PLAIN:
        check(make(class_name, arguments)((400, 500)), distribution)
        cases[_name(class_name, arguments)] = _case(class_name, arguments, distribution=distribution)
    scaled = [(class_name, {}, rule) for class_name, rule in SCALED.items()]
    for arguments in VARIANTS:
        rule = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal", **arguments}
        scaled.append(("VarianceScaling", arguments, tuple(rule.values())))
    for class_name, arguments, rule in scaled:
        check(make(class_name, arguments)((300, 500)), of_fans(*rule, 300, 500))
        shapes = [{"shape": shape, "fans": fans, **of_fans(*rule, *fans)} for shape, fans in FANS.items()]
        cases[_name(class_name, arguments)] = _case(class_name, arguments, shapes=shapes)
    for arguments in ({}, {"gain": 0.5}):
        for shape, orthonormal in ORTHOGONAL.items():
            check_orthogonal(make("Orthogonal", arguments)(shape), orthonormal, arguments.get("gain", 1.0))
        shapes = [{"shape": shape, "orthonormal": axis} for shape, axis in ORTHOGONAL.items()]
        cases[_name("Orthogonal", arguments)] = _case("Orthogonal", arguments, shapes=shapes)
    return {"cases": cases}


def make(class_name, arguments):
    initializer_class = getattr(keras.initializers, class_name)
    seed = {} if (class_name, arguments) in [(name, own) for name, own, _ in EXACT] else {"seed": 1}
    return initializer_class(**arguments, **seed)


def of_fans(scale, mode, distribution, fan_in, fan_out):
    """The mean, deviation and limits of a variance-scaled distribution: the variance is scale / fan."""
    std = (scale / max(1.0, {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode])) ** 0.5
    limit = {"uniform": 3**0.5 * std, "truncated_normal": 2 * std / TRUNCATED, "untruncated_normal": None}[distribution]
    values = {"mean": 0.0, "std": std}
    return values if limit is None else {**values, "low": -limit, "high": limit}


def check(draw, distribution):
    draw = np.asarray(draw, dtype="float64")
    std = distribution["std"]
    np.testing.assert_allclose(draw.mean(), distribution["mean"], atol=5 * std / draw.size**0.5)
    np.testing.assert_allclose(draw.std(), std, rtol=0.01)
    if "low" in distribution:
        np.testing.assert_allclose(draw.min(), distribution["low"], atol=0.01 * std)
        np.testing.assert_allclose(draw.max(), distribution["high"], atol=0.01 * std)


def check_orthogonal(draw, orthonormal, gain):
    matrix = np.asarray(draw, dtype="float64").reshape(-1, draw.shape[-1]) / gain
    if orthonormal in ("columns", "both"):
        np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=1e-5)
    if orthonormal in ("rows", "both"):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(matrix.shape[0]), atol=1e-5)


def _case(class_name, arguments, **entries):
    config = getattr(keras.initializers, class_name)(**arguments).get_config()
    return {"class": class_name, "arguments": arguments, "config": config, **entries}


def _name(class_name, arguments, *parts):
    return "/".join([class_name, *(f"{key}={value}" for key, value in arguments.items()), *map(str, parts)])
