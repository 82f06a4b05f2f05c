"""What the operations compute, as formulas to read: for explanations, never for training.

Each is a Python expression; `notation` writes it in other ways. Tests hold each against the operation's own kernels.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Formula:
    """An operation on each number by itself.

    Attributes:
        output: The result a of z; for losses the value of target t and prediction p.
        derivative: The derivative of the result by z; for losses by p.
        constants: Names of the operation's constants, in order.
        mean: Of losses: whether the values along the last axis are averaged, not summed.
    """

    output: str
    derivative: str
    constants: tuple = ()
    mean: bool = True


GATE = "sigmoid(2 * sqrt(2 / pi) * (z + 0.044715 * z**3))"

ACTIVATIONS = {
    "step": Formula("1 if z >= 0 else 0", "0"),
    "sigmoid": Formula("1 / (1 + exp(-z))", "a * (1 - a)"),
    "hard_sigmoid": Formula("min(max(z / 6 + 1 / 2, 0), 1)", "1 / 6 if abs(z) < 3 else 0"),
    "tanh": Formula("tanh(z)", "1 - a**2"),
    "relu": Formula("max(z, 0)", "1 if z > 0 else 0"),
    "bounded_relu": Formula(
        "max(min(z if z > threshold else 0, top), 0) - slope * max(threshold - z, 0)",
        "(1 if 0 < z < top else 0) if z > threshold else slope",
        ("slope", "top", "threshold"),
    ),
    "leaky_relu": Formula("z if z >= 0 else slope * z", "1 if z >= 0 else slope", ("slope",)),
    "elu": Formula("z if z > 0 else alpha * (exp(z) - 1)", "1 if z > 0 else a + alpha", ("alpha",)),
    "selu": Formula(
        "scale * (z if z > 0 else alpha * (exp(z) - 1))",
        "scale if z > 0 else a + scale * alpha",
        ("scale", "alpha"),
    ),
    "gelu": Formula(
        "z * erfc(-z / sqrt(2)) / 2", "erfc(-z / sqrt(2)) / 2 + z * exp(-z**2 / 2) / sqrt(2 * pi)"
    ),
    "gelu_tanh": Formula(
        f"z * {GATE}",
        f"{GATE} + z * {GATE} * (1 - {GATE}) * 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * z**2)",
    ),
    "silu": Formula("z * sigmoid(z)", "sigmoid(z) * (1 + z * (1 - sigmoid(z)))"),
    "mish": Formula(
        "z * tanh(softplus(z))", "tanh(softplus(z)) + z * sigmoid(z) * (1 - tanh(softplus(z))**2)"
    ),
    "softplus": Formula("softplus(z)", "sigmoid(z)"),
    "softsign": Formula("z / (1 + abs(z))", "1 / (1 + abs(z))**2"),
    "exponential": Formula("exp(z)", "a"),
}  # fmt: skip

UNBOUNDED_RELU = Formula(
    "(z if z > threshold else 0) - slope * max(threshold - z, 0)",
    "1 if z > threshold else slope",
    ("slope", "top", "threshold"),
)

BINARY = "-(s * log(q) + (1 - s) * log(1 - q))"
MISS = "(s * (1 - q) + (1 - s) * q)"
WEIGHT = "(s * positive + (1 - s) * negative)"
BINARY_FOCAL_SLOPE = (
    f"{WEIGHT} * (gamma * {MISS}**(gamma - 1) * (1 - 2 * s) * ({BINARY}) + {MISS}**gamma * (q - s) / (q * (1 - q)))"
)
BINARY_FOCAL = (f"{WEIGHT} * {MISS}**gamma * ({BINARY})", ("factor", "summand", "epsilon", "gamma", "positive", "negative"))

LOSSES = {
    "mean_squared_error": Formula("(p - t)**2", "2 * (p - t)"),
    "sum_of_squares": Formula("(p - t)**2 / 2", "p - t", mean=False),
    "mean_absolute_error": Formula("abs(p - t)", "sign(p - t)"),
    "mean_absolute_percentage_error": Formula(
        "100 * abs(p - t) / max(abs(t), epsilon)", "100 * sign(p - t) / max(abs(t), epsilon)", ("epsilon",)
    ),
    "mean_squared_logarithmic_error": Formula(
        "(log(max(p, epsilon) + 1) - log(max(t, epsilon) + 1))**2",
        "2 * (log(max(p, epsilon) + 1) - log(max(t, epsilon) + 1)) / (p + 1) if p >= epsilon else 0",
        ("epsilon",),
    ),
    "huber": Formula(
        "(p - t)**2 / 2 if abs(p - t) <= delta else delta * abs(p - t) - delta**2 / 2",
        "min(max(p - t, -delta), delta)",
        ("delta",),
    ),
    "log_cosh": Formula("softplus(-2 * abs(p - t)) + abs(p - t) - log(2)", "tanh(p - t)"),
    "poisson": Formula("p - t * log(p + epsilon)", "1 - t / (p + epsilon)", ("epsilon",)),
    "kl_divergence": Formula(
        "min(max(t, epsilon), 1) * log(min(max(t, epsilon), 1) / min(max(p, epsilon), 1))",
        "-min(max(t, epsilon), 1) / p if p == min(max(p, epsilon), 1) else 0",
        ("epsilon",),
        mean=False,
    ),
    "binary_crossentropy": Formula(
        BINARY, "(p - s) / (p * (1 - p))", ("factor", "summand", "epsilon")
    ),
    "binary_crossentropy_of_logits": Formula(
        "softplus(p) - p * s", "sigmoid(p) - s", ("factor", "summand", "epsilon")
    ),
    "binary_focal_crossentropy": Formula(BINARY_FOCAL[0], BINARY_FOCAL_SLOPE, BINARY_FOCAL[1]),
    "binary_focal_crossentropy_of_logits": Formula(
        BINARY_FOCAL[0], f"{BINARY_FOCAL_SLOPE} * q * (1 - q)", BINARY_FOCAL[1]
    ),
    "hinge": Formula("max(1 - t * p, 0)", "-t if t * p < 1 else 0"),
    "squared_hinge": Formula("max(1 - t * p, 0)**2", "-2 * t * max(1 - t * p, 0)"),
}  # fmt: skip
"""In those of binary crossentropy s is the target after label smoothing, q the probability of yes, kept away from 0 and 1."""

OF_SHARES = Formula("-t * log(p / total)", "targets / total - t / p")
OF_LOGITS = Formula("t * (log_total - p)", "targets * exp(p - log_total) - t")

CLASSES = {
    "categorical_crossentropy": OF_SHARES,
    "sparse_categorical_crossentropy": OF_SHARES,
    "categorical_crossentropy_of_logits": OF_LOGITS,
    "sparse_categorical_crossentropy_of_logits": OF_LOGITS,
}
"""Crossentropies of a prediction p for one class, with its target t: `total` is the sum of the row, `log_total` that of
exp(p) as a logarithm, `targets` the sum of the targets."""

FOCAL_VALUE = "-t * alpha * (1 - q)**gamma * log(q)"
FOCAL_SLOPE = "(alpha * t * (gamma * (1 - q)**(gamma - 1) * log(q) - (1 - q)**gamma / q) - mean)"

FOCAL = {
    "categorical_focal_crossentropy": Formula(FOCAL_VALUE, f"{FOCAL_SLOPE} / total"),
    "categorical_focal_crossentropy_of_logits": Formula(FOCAL_VALUE, f"{FOCAL_SLOPE} * q"),
}
"""Of the target t and the share q of one class: `mean` is that of the slopes by all shares, weighted with these."""

STRONGEST = Formula("1 + (1 - t) * p - t * p if violation > 0 else 0", "1 - 2 * t if violation > 0 else 0")
OTHERS = Formula("-t * p if violation > 0 else 0", "-t if violation > 0 else 0")
"""The hinge of classes, for the strongest class but the true one and for all others."""

GENERALIZED = Formula("t * (1 - p**q) / q", "-t * p**(q - 1)")

OVERLAPS = {
    "cosine_similarity": Formula(
        "-t * p / (true * predicted)", "common * p / (true * predicted**3) - t / (true * predicted)"
    ),
    "tversky": Formula(None, "(beta * common - t * (union - (1 - alpha - beta) * common)) / union**2"),
}
"""Of a region's sums; what a single prediction adds to a quotient of sums has no formula."""

SHARED = {
    "softmax": ("a_i * (1 - a_i)", "-(a_i * a_j)"),
    "softmax_along": ("a_i * (1 - a_i)", "-(a_i * a_j)"),
    "log_softmax": ("1 - exp(a_i)", "-exp(a_i)"),
}
"""Derivative of one output of an activation along an axis by the input i: of output i itself, and of another, j."""


def activation(node):
    """The formula of a node that is an activation of single numbers, else None."""
    found = ACTIVATIONS.get(node.operation.name)
    if node.operation.name == "bounded_relu" and node.constants[1] == math.inf:
        return UNBOUNDED_RELU
    return found


def derivative_reads(node):
    """Which tensors the backward pass of an activation reads besides the outputs' derivatives; None where not known."""
    if node.operation.name in SHARED:
        return (node.outputs[0].name,)
    if activation(node) is None:
        return None
    derivative = activation(node).derivative
    named = {name: tensor.name for name, tensor in (("z", node.inputs[0]), ("a", node.outputs[0]))}
    return tuple(tensor for name, tensor in named.items() if name in _names_of(derivative))


def _names_of(expression):
    return compile(expression, "formula", "eval").co_names
