"""Gradients that fade or grow from layer to layer, and steps that do not suit the weights."""

import numpy as np

from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.learning_rate import LOWER_RATE, at_a_lower_rate
from glassnet.inspect.doctor.thresholds import EXPLODING, UPDATE_TOO_LARGE, UPDATES_UNEVEN, VANISHING

SQUASHING = ("sigmoid", "hard_sigmoid", "tanh", "softsign", "step")
"""Activations whose slope is below 1 nearly everywhere, so that gradients fade behind them."""


def delta_sizes(examination):
    """`{layer: size of delta}`, the derivative of the loss by z, for the layers with kernels, in order.

    The size is the root mean square over examples and units, of the norm over the places where a unit stands with the same
    weights: the pixels of a convolution, the steps of a sequence. Their number alone makes no gradient fade. Where a layer has
    several kernels side by side, such as those of attention, the largest counts.
    """
    sizes = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for node in examination.layers:
            delta = examination.delta(node)
            squares = np.square(delta, dtype=np.float64).sum() / (len(delta) * delta.shape[-1])
            sizes[node.layer] = max(float(np.sqrt(squares)), sizes.get(node.layer, 0.0))
    return sizes


def first_and_last(examination, sizes):
    """Two of the `delta_sizes`: of the first layer, and of the last one, which makes an output; the largest of several such."""
    return next(iter(sizes.values())), max(sizes[node.layer] for node in examination.last)


def vanishing_gradient(examination):
    """Whether delta fades on its way from the last layer to the first."""
    sizes = delta_sizes(examination)
    steps = examination.activations("step")
    if not examination.finite or not sizes or (len(sizes) < 2 and not steps):
        return None
    below, above = first_and_last(examination, sizes)
    ratio = below / above if above > 0 else 0.0
    # Exactly 0 is another illness (dead, or all alike), except behind a step function, which lets nothing through.
    if ratio >= VANISHING.limit or (ratio == 0 and not steps):
        return None
    model, first = examination.model, next(iter(sizes))
    hidden = [node.layer for node in examination.activations(*SQUASHING) if not examination.is_last(node)]
    last = [node.layer for node in steps if examination.is_last(node)]

    def treatment():
        def change(configs):
            configs = cure.with_initializer(configs, [node.layer for node in examination.hidden], "HeUniform")
            return cure.with_activation(cure.with_activation(configs, hidden, "relu"), last, "sigmoid")

        return cure.rebuilt(model, change, anew=None)

    return Finding(
        "vanishing_gradient",
        ratio,
        VANISHING,
        f"On its way back the gradient shrinks to {ratio:.2g} of its size, so that '{first}' learns next to nothing.",
        "Begin anew with relu in the hidden layers and He's initialisation (He et al., 2015), which keep the "
        "gradient's "
        "size; a step function in the last layer becomes a sigmoid.",
        treatment,
        (first,),
        {"delta": sizes},
    )


def exploding_gradient(examination):
    """Whether delta grows on its way from the last layer to the first, or is not finite."""
    sizes = delta_sizes(examination)
    if not sizes or not np.isfinite(examination.probe.params.array).all():
        return None
    below, above = first_and_last(examination, sizes)
    ratio = below / above if 0 < above < np.inf else np.inf
    if np.isfinite(list(sizes.values())).all() and (ratio <= EXPLODING.limit or above == 0):
        return None
    model = examination.model

    def treatment():
        return cure.rebuilt(
            model,
            lambda configs: cure.with_initializer(configs, list(sizes), "GlorotUniform"),
            anew=None,
            global_clipnorm=1.0,
            clipnorm=None,
            clipvalue=None,
        )

    return Finding(
        "exploding_gradient",
        float(ratio) if not np.isnan(ratio) else np.inf,
        EXPLODING,
        f"On its way back the gradient grows {ratio:.2g} times, so that the first layers are thrown about by every step.",
        "Begin anew with Glorot's smaller kernels, and clip the gradient: global_clipnorm=1.",
        treatment,
        (next(iter(sizes)),),
        {"delta": sizes},
    )


def update_too_large(examination):
    """Kernels that a step changes by an amount of their own size."""
    ratios = examination.update_ratios
    large = {path: ratio for path, ratio in ratios.items() if ratio > UPDATE_TOO_LARGE.limit}
    if not large:
        return None
    worst = max(large, key=large.get)
    return Finding(
        "update_too_large",
        large[worst],
        UPDATE_TOO_LARGE,
        f"A step changes {worst} by {large[worst]:.2g} of its size, so that each step forgets what the ones before it learnt.",
        LOWER_RATE,
        lambda: at_a_lower_rate(examination),
        tuple(path.partition("/")[0] for path in large),
        {"ratios": ratios},
    )


def updates_uneven(examination):
    """Kernels that hardly move while others do."""
    ratios = examination.update_ratios
    moving = {path: ratio for path, ratio in ratios.items() if ratio > 0}
    if len(moving) < 2:
        return None
    slow, fast = min(moving, key=moving.get), max(moving, key=moving.get)
    ratio, model = moving[slow] / moving[fast], examination.model
    if ratio >= UPDATES_UNEVEN.limit:
        return None

    return Finding(
        "updates_uneven",
        ratio,
        UPDATES_UNEVEN,
        f"A step changes {slow} by only {moving[slow]:.2g} of its size, {fast} by {moving[fast]:.2g}: the first hardly learns.",
        "Adam (Kingma and Ba, 2015), whose steps do not depend on the size of the gradient: learning_rate=0.001.",
        lambda: cure.rebuilt(model, optimizer={"class_name": "Adam", "config": {"learning_rate": 0.001}}),
        (slow.partition("/")[0],),
        {"ratios": ratios},
    )
