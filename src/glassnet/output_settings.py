"""What `compile` is told for each of several outputs: losses, their weights, metrics."""

from numbers import Real

import numpy as np

from glassnet import losses


def losses_of_outputs(loss, names):
    """The loss object of a model's only output, or a list of them, one for each of several.

    Arguments:
        loss: Name or object; list or dictionary of them.
        names: Of the outputs; None for one output.
    """
    if names is None:
        if isinstance(loss, list | tuple) and len(loss) == 1:
            loss = loss[0]
        elif isinstance(loss, dict) and len(loss) == 1 and "class_name" not in loss:
            (loss,) = loss.values()
        return losses.get(loss)
    if loss is None:
        return None
    if isinstance(loss, list | tuple) or isinstance(loss, dict) and "class_name" not in loss:
        return [losses.get(one) for one in _by_output(loss, names, "loss", missing=None)]
    return [losses.get(loss) for _ in names]


def loss_weights_of(weights, names, output_names):
    """A number for each output, in a list; None where all count once."""
    if weights is None:
        return None
    names = names or output_names or ["output"]
    if isinstance(weights, Real):
        weights = [weights]
    weights = _by_output(weights, names, "loss_weights", missing=1.0)
    for weight in weights:
        if not isinstance(weight, Real) or not np.isfinite(weight):
            raise ValueError(f"Expected loss_weights that are finite numbers. Received: {weight!r}.")
    return [float(weight) for weight in weights]


def metrics_of_outputs(group, names, what):
    """The metrics of the only output, a list, or a list of lists for several."""
    if names is None:
        if isinstance(group, dict) and len(group) == 1:
            (group,) = group.values()
            group = group if isinstance(group, list | tuple) else [group]
        if not isinstance(group, list | tuple | None):
            raise ValueError(f'Expected {what} as a list, such as ["accuracy"]. Received: {group!r}.')
        return list(group or ())
    groups = [None] * len(names) if not group else _by_output(group, names, what, missing=None)
    return [[] if one is None else list(one) if isinstance(one, list | tuple) else [one] for one in groups]


def _by_output(given, names, what, missing):
    """The parts of a list or dictionary, in the order of the outputs."""
    if isinstance(given, dict):
        unknown = [str(name) for name in given if name not in names]
        if unknown:
            raise ValueError(f"Expected {what} for the outputs {', '.join(names)}. Received: {', '.join(unknown)}, too.")
        return [given.get(name, missing) for name in names]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        raise ValueError(
            f"Expected {what} as a list of {len(names)}, one for each of the outputs {', '.join(names)}, or a dictionary. "
            f"Received: {given!r}."
        )
    return list(given)
