"""The doctor's visit: all examinations in order, causes before symptoms."""

import numpy as np

from glassnet.inspect.doctor import data, fitting, gradients, labels, learning_rate, neurons
from glassnet.inspect.doctor.examination import Examination
from glassnet.inspect.doctor.finding import Diagnosis


def diagnose(model, x, y, validation_data=None):
    """Examines a compiled model on data: what would keep it from learning, or has done so.

    Arguments:
        model: A compiled model, trained or not. No number of it is changed.
        x: Examples (N, ...).
        y: Labels, as for `fit`; such as do not fit the loss are a finding, too.
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
    x, _, _ = model._checked(x, need_y=False)
    ending = [labels.softmax_of_one_unit(model, y)]
    if ending == [None]:
        ending = [labels.labels_do_not_fit(model, y)]
    if ending != [None]:  # nothing that follows can be run, or would mean anything
        return Diagnosis(ending, model.name, len(x))
    x, y, _ = model._checked(x, y)
    exam = Examination(model, x, y)
    losses, validation_losses = _curve(model, "loss"), _curve(model, "val_loss")
    validation_loss = None
    if validation_data is not None:
        validation_x, validation_y, _ = model._checked(*validation_data)
        validation_loss = Examination(model, validation_x, validation_y).loss
    found = [
        labels.logits_mismatch(exam),
        labels.targets_out_of_reach(model, y),
        scaling := data.inputs_not_scaled(exam, x),
        data.unbalanced_classes(model, y),
    ]
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
    symptoms = [
        fitting.chance_level(exam, losses, causes),
        fitting.underfitting(exam, losses, causes),
        fitting.overfitting(exam, losses, validation_losses, validation_loss),
    ]
    return Diagnosis(causes + [finding for finding in symptoms if finding is not None], model.name, len(exam.chosen))


def _curve(model, name):
    """A quantity of the last training after each epoch."""
    return [] if model.history is None else [float(value) for value in model.history.history.get(name, ())]
