"""What is wrong with the data: scales of the inputs, frequencies of the classes."""

import numpy as np

from glassnet.inspect.doctor import cure
from glassnet.inspect.doctor.finding import Finding
from glassnet.inspect.doctor.thresholds import (
    IMBALANCE,
    INPUTS_OFF_CENTRE,
    INPUTS_TOO_LARGE,
    INPUTS_TOO_SMALL,
    INPUTS_UNEVEN,
    VARYING,
)


def inputs_not_scaled(examination, adapt_to):
    """Inputs of the first layers with weights that are far from mean 0 and variance 1.

    Arguments:
        examination: `Examination`.
        adapt_to: The data (N, ...) of each input, that the cure takes mean and variance from.
    """
    found = [(*ill, numbers) for matrix, numbers in examination.inputs() if (ill := _out_of_scale(matrix)) is not None]
    if not found:
        return None
    measured, threshold, what, details, numbers = found[0]
    model, data = examination.model, {number: adapt_to[number] for number in numbers}
    several = f" of the inputs {', '.join(model.input_names[n] for n in numbers)}" if len(adapt_to) > 1 else ""
    if all(array.dtype == np.uint8 for array in data.values()):
        text = f"A Rescaling(1/255) layer in front{several}, which brings bytes to 0..1."
    else:
        text = f"A Normalization layer in front{several}, adapted to the data, and new weights behind it."
    return Finding(
        "inputs_not_scaled",
        float(measured),
        threshold,
        f"{what}, so that no learning rate suits the weights of all of them.",
        text,
        lambda: cure.scaled(model, data),
        (examination.layers[0].layer,) if examination.layers else (),
        details,
    )


def _out_of_scale(inputs):
    """What is wrong with the scale of a matrix (rows, features): measured number, threshold, words, details; or None."""
    inputs = inputs[:, (inputs != np.median(inputs, axis=0)).mean(axis=0) >= VARYING]
    if not inputs.size:
        return None
    mean, deviation = np.abs(inputs.mean(axis=0)), inputs.std(axis=0)
    size = np.sqrt(np.square(inputs).mean(axis=0))
    largest = size.max()
    measures = (
        (largest, INPUTS_TOO_LARGE, largest > INPUTS_TOO_LARGE.limit, "Some inputs are large"),
        (largest, INPUTS_TOO_SMALL, largest < INPUTS_TOO_SMALL.limit, "All inputs are small"),
        _above((mean / deviation).max(), INPUTS_OFF_CENTRE, "Some inputs lie far from 0"),
        _above(deviation.max() / deviation.min(), INPUTS_UNEVEN, "The inputs differ much in scale"),
    )
    found = [(measured, threshold, what) for measured, threshold, is_found, what in measures if is_found]
    return (*found[0], {"mean": mean, "deviation": deviation}) if found else None


def _above(measured, threshold, what):
    return measured, threshold, measured > threshold.limit, what


def class_numbers(end, y):
    """The class of each example, (N,); None where the targets are no classes.

    Arguments:
        end: `Output` that is looked at.
        y: Its targets as training reads them.
    """
    if end.sparse and y.ndim == 1:
        return y.astype(np.int64)
    if y.ndim != 2 or not ((y == 0) | (y == 1) | (y == -1)).all():
        return None
    if y.shape[1] > 1:
        return y.argmax(axis=1) if (y.sum(axis=1) == 1).all() and y.min() == 0 else None
    return (y[:, 0] > 0).astype(np.int64)


def unbalanced_classes(model, end, y):
    """Classes of very different frequencies.

    Arguments:
        model: A compiled model.
        end: `Output` that is looked at.
        y: Its targets as training reads them.
    """
    classes = class_numbers(end, y)
    if classes is None:
        return None
    numbers, counts = np.unique(classes[classes >= 0], return_counts=True)
    if len(numbers) < 2 or counts.max() / counts.min() <= IMBALANCE.limit:
        return None
    labels = np.unique(y) if y.ndim == 2 and y.shape[1] == 1 else numbers
    weights = {int(label): len(y) / (len(numbers) * int(count)) for label, count in zip(labels, counts, strict=True)}
    given = {"class_weight": weights}
    if end.name is not None:  # class_weight is for one output
        by_example = np.select([classes == n for n in numbers], list(weights.values()), 1.0)
        given = {"sample_weight": {**dict.fromkeys(model.output_names), end.name: by_example}}
    rarest, most = int(counts.argmin()), int(counts.argmax())
    return Finding(
        "unbalanced_classes",
        float(counts.max() / counts.min()),
        IMBALANCE,
        f"Class {labels[most]} has {counts[most]} examples, class {labels[rarest]} only {counts[rarest]}: a network "
        "that never says "
        f"{labels[rarest]} is right on {counts.max() / counts.sum():.1%}.",
        f"Give each class the same say: {next(iter(given))} in fit, N / (classes * examples of the class), the weights of "
        "King and Zeng (2001) for equal shares.",
        lambda: cure.rebuilt(model, anew=None),
        (),
        {"counts": {int(label): int(count) for label, count in zip(labels, counts, strict=True)}},
        given,
    )
