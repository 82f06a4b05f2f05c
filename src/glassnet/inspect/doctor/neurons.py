"""Neurons that cannot learn: dead ReLUs, saturated units, units that are all the same."""

import numpy as np

from glassnet import initializers
from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.examination import kernels
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.thresholds import AT_A_LIMIT, DEAD_UNITS, SATURATED_UNITS, SYMMETRY, USUALLY

LIMITS = {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "tanh": (-1, 1), "softsign": (-1, 1)}
"""The activations that approach two limits."""


def by_unit(numbers):
    """The array (B, ..., units) as a matrix (rows, units)."""
    return numbers.reshape(-1, numbers.shape[-1])


def dead_units(examination):
    """`{layer: numbers of its ReLUs that are 0 for every example}`, for every layer of ReLUs."""
    found = {}
    for node in examination.activations("relu", "bounded_relu"):
        slope = node.constants[0] if node.constants else 0
        if slope == 0:
            found[node.layer] = np.flatnonzero((by_unit(examination.values(node.outputs[0])) == 0).all(axis=0)).tolist()
    return found


def dead_relu(examination, since=None):
    """Layers with dead ReLUs.

    Arguments:
        examination: `Examination`.
        since: `{layer: {unit: epoch after which it was found dead and stayed so}}`, where a `Doctor` watched.
    """
    units = {node.layer: node.outputs[0].shape[-1] for node in examination.activations("relu", "bounded_relu")}
    dead = {layer: numbers for layer, numbers in dead_units(examination).items() if numbers}
    shares = {layer: len(numbers) / units[layer] for layer, numbers in dead.items()}
    layers = tuple(layer for layer, share in shares.items() if share > DEAD_UNITS.limit)
    if not layers:
        return None
    worst = max(layers, key=shares.get)
    details = {"units": {layer: dead[layer] for layer in layers}, "shares": shares}
    story = ""
    if since is not None:
        known = {layer: {unit: since[layer][unit] for unit in dead[layer] if unit in since[layer]} for layer in layers}
        details["since"] = known
        epochs = sorted(known[worst].values())
        story = f" The first of them has been dead since epoch {epochs[0]}, 0 being before training." if epochs else ""
    return Finding(
        "dead_relu",
        shares[worst],
        DEAD_UNITS,
        f"{len(dead[worst])} of {units[worst]} ReLUs of '{worst}' are 0 for every example, so that no gradient "
        "reaches their "
        f"weights and they never change.{story}",
        "leaky_relu in place of relu, whose slope on the left lets the gradient through, and new weights for the dead units.",
        lambda: _revived(examination, {layer: dead[layer] for layer in layers}),
        layers,
        details,
    )


def _revived(examination, dead):
    """The model with leaky_relu in the layers of `dead` and new weights and biases of 0 for the units that it names."""
    cured = cure.rebuilt(examination.model, lambda configs: cure.with_activation(configs, dead, "leaky_relu"))
    for node in examination.activations("relu", "bounded_relu"):
        writer = examination.writer(node.inputs[0])
        if node.layer in dead and writer is not None:
            for variable in cured.get_layer(writer.layer).trainable_weights:
                make = initializers.HeUniform() if len(variable.shape) >= 2 else initializers.Zeros()
                variable.value[..., dead[node.layer]] = make(variable.shape, variable.dtype)[..., dead[node.layer]]
    return cured


def saturated_activation(examination, unscaled):
    """Hidden layers whose units are at a limit of their activation for nearly all examples.

    Arguments:
        examination: `Examination`.
        unscaled: The finding that the inputs are not scaled, or None: it would be the cause.
    """
    units, shares = {}, {}
    for node in examination.activations(*LIMITS):
        if not examination.is_last(node):
            low, high = LIMITS[node.operation.name]
            margin, a = AT_A_LIMIT * (high - low), by_unit(examination.values(node.outputs[0]))
            flat = ((a < low + margin) | (a > high - margin)).mean(axis=0) >= USUALLY
            units[node.layer], shares[node.layer] = np.flatnonzero(flat).tolist(), float(flat.mean())
    layers = tuple(layer for layer, share in shares.items() if share > SATURATED_UNITS.limit)
    if not layers:
        return None
    worst, model = max(layers, key=shares.get), examination.model

    def anew():
        names = _feeding(examination, layers)
        return cure.rebuilt(model, lambda configs: cure.with_initializer(configs, names, "GlorotUniform"), anew=None)

    return Finding(
        "saturated_activation",
        shares[worst],
        SATURATED_UNITS,
        f"{len(units[worst])} units of '{worst}' sit at a limit of their activation for nearly every example, where "
        "its slope is "
        "almost 0: they hardly learn.",
        unscaled.cure if unscaled else "Begin anew with Glorot's smaller kernels and biases of 0.",
        unscaled.treatment if unscaled else anew,
        layers,
        {"units": {layer: units[layer] for layer in layers}, "shares": shares},
    )


def _feeding(examination, layers):
    """Names of the layers whose kernels make what the activations of `layers` read: often the same layers."""
    nodes = [node for node in examination.activations(*LIMITS) if node.layer in layers]
    return {writer.layer for node in nodes if (writer := examination.writer(node.inputs[0])) is not None}


def symmetric_initialization(examination):
    """Hidden layers whose units have the same weights and the same gradients: they stay copies of one another."""
    spread = {}
    for node in examination.hidden:
        variable = kernels(node)[0]
        numbers = [by_unit(vector[variable.path]) for vector in (examination.probe.params, examination.probe.grads)]
        if numbers[0].shape[1] > 1:
            spread[node.layer] = max(_spread(matrix) for matrix in numbers)
    layers = tuple(layer for layer, number in spread.items() if number <= SYMMETRY.limit)
    if not layers:
        return None
    model = examination.model
    return Finding(
        "symmetric_initialization",
        min(spread.values()),
        SYMMETRY,
        f"All units of '{layers[0]}' have the same weights and get the same gradients, so that they remain one unit, "
        "many times "
        "over.",
        "Begin anew with random kernels (Glorot's).",
        lambda: cure.rebuilt(
            model,
            lambda configs: cure.with_initializer(configs, {node.layer for node in examination.layers}, "GlorotUniform"),
            anew=None,
        ),
        layers,
        {"spread": spread},
    )


def _spread(matrix):
    """The largest difference between the columns, relative to the largest number."""
    largest = np.abs(matrix).max()
    return 0.0 if largest == 0 else float((matrix.max(axis=1) - matrix.min(axis=1)).max() / largest)
