"""The doctor's visit: all examinations in order, causes before symptoms."""

from dataclasses import replace

import numpy as np

from glassnet.examples import by_name, count, only, several
from glassnet.inspect.doctor import data, fitting, gradients, labels, learning_rate, neurons
from glassnet.inspect.doctor.examination import Examination
from glassnet.inspect.doctor.finding import Diagnosis
from glassnet.inspect.doctor.output import outputs_of


def diagnose(model, x, y, validation_data=None):
    """Examines a compiled model on data: what would keep it from learning, or has done so.

    Arguments:
        model: A compiled model, trained or not. No number of it is changed.
        x: Examples (N, ...), as for `fit`.
        y: Labels, as for `fit`; such as do not fit the loss are a finding, too. Of several outputs each is looked at.
        validation_data: (x, y) that were not trained on, for overfitting; the history of the last `fit` is looked at
            as well.

    Returns: `Diagnosis`, whose `Finding`s have the measured number, its threshold with the source, what it means, and a
    cure that `finding.apply()` makes.

    Raises `ValueError` as `fit` does for a model that is not compiled, and for data that cannot be read.

    >>> import numpy as np
    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="softmax")])
    >>> model.compile(optimizer="sgd", loss="binary_crossentropy")
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> diagnosis = diagnose(model, x, x[:, 0] > 0)
    >>> diagnosis.names
    ['softmax_of_one_unit']
    >>> diagnosis.apply("softmax_of_one_unit").layers[0].activation
    <activation sigmoid>
    """
    return examine(model, x, y, validation_data)


def examine(model, x, y, validation_data=None, dead_since=None):
    """`diagnose`, with what a `Doctor` saw: `dead_since` is `{layer: {unit: epoch}}`."""
    model._need_compile()
    if y is None:
        raise ValueError(f"Expected labels y to examine model '{model.name}' with. Received: None.")
    x, _, _ = model._data(x, need_y=False)
    ends = outputs_of(model)
    given = _labels(model, ends, y)
    ending = [
        labels.softmax_of_one_unit(model, end, part) or labels.labels_do_not_fit(model, end, part)
        for end, part in zip(ends, given, strict=True)
    ]
    if any(ending):  # nothing that follows can be run, or would mean anything
        return Diagnosis(_named(ending, ends), model.name, count(x))
    x, y, _ = model._data(x, y)
    exam = Examination(model, x, y)
    losses, validation_losses = _curve(model, "loss"), _curve(model, "val_loss")
    validation_loss = None
    if validation_data is not None:
        validation_loss = Examination(model, *model._data(*validation_data)[:2]).loss
    ends, targets = exam.ends, exam.targets
    found = _named([labels.logits_mismatch(exam, end) for end in ends], ends)
    found += _named([labels.targets_out_of_reach(model, *pair) for pair in zip(ends, targets, strict=True)], ends)
    found.append(scaling := data.inputs_not_scaled(exam, several(x)))
    found += _named([data.unbalanced_classes(model, *pair) for pair in zip(ends, targets, strict=True)], ends)
    if np.isfinite(exam.probe.params.array).all():
        found += [
            neurons.symmetric_initialization(exam),
            neurons.dead_relu(exam, dead_since),
            neurons.saturated_activation(exam, scaling),
            gradients.exploding_gradient(exam),
            gradients.vanishing_gradient(exam),
        ]
    found.append(learning_rate.learning_rate_too_high(exam, losses))
    if exam.finite:
        found += [
            gradients.update_too_large(exam),
            gradients.updates_uneven(exam),
            learning_rate.learning_rate_too_low(exam),
        ]
    causes = [finding for finding in found if finding is not None]
    curves = [losses if end.name is None else _curve(model, f"{end.name}_loss") for end in ends]
    chance = [fitting.chance_level(exam, end, curve, causes) for end, curve in zip(ends, curves, strict=True)]
    symptoms = [
        *_named(chance, ends),
        fitting.underfitting(exam, losses, causes),
        fitting.overfitting(exam, losses, validation_losses, validation_loss),
    ]
    return Diagnosis(causes + [finding for finding in symptoms if finding is not None], model.name, len(exam.chosen))


def _labels(model, ends, y):
    """The labels of each output that has a loss, as they are given."""
    if len(model.output_names) == 1:
        return [only(y, model.output_names)]
    parts = by_name(model._for_losses(y), model.output_names, "y", f"Model '{model.name}'")
    return [parts[end.number] for end in ends]


def _named(findings, ends):
    """The findings that there are, each with the name of its output where there are several."""
    pairs = [(finding, end) for finding, end in zip(findings, ends, strict=True) if finding is not None]
    return [
        finding if end.name is None else replace(finding, meaning=f"Output '{end.name}': {finding.meaning}")
        for finding, end in pairs
    ]


def _curve(model, name):
    """A quantity of the last training after each epoch."""
    return [] if model.history is None else [float(value) for value in model.history.history.get(name, ())]
