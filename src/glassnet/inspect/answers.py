"""What a network answers to labelled examples: classes with how sure it is of them, or numbers."""

import numpy as np

from glassnet import activations
from glassnet.examples import several
from glassnet.inspect.example import output_number
from glassnet.layers.structure import flatten


class Answers:
    """Predictions beside the truth.

    Arguments:
        model: A compiled model.
        x, y: Examples and labels, as for `fit`.
        of: Name of the output, of a model that has several.

    Attributes:
        outputs: (N, O) what the network gives; probabilities where it gives logits. Where it answers with a class for each step
            or place of an example, each of these is an answer of its own.
        kind: `"classes"` or `"numbers"`.
        truth: (N,) class numbers, or (N, O) numbers.
        predicted: Shaped like it.
        confidence: (N,) the output of the class that was named, or None where outputs are not from 0 to 1.
        example, place: (N,) numbers of the example, and of the step or place in it, that each answer is about.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> answers = Answers(model, [[2.0], [-2.0]], [1, 1])
    >>> answers.kind, answers.predicted, answers.right
    ('classes', array([1, 0]), array([ True, False]))
    """

    def __init__(self, model, x, y, of=None):
        number = output_number(model, of)
        x, y, _ = model._data(x, y)
        self.x, loss = x, model._losses[number]
        y = several(y)[number]
        outputs = flatten(model.predict(x, batch_size=min(256, len(y)), verbose=0))[number]
        units = outputs.shape[-1]
        sparse = tuple(loss.target_shape(outputs.shape[1:])) != outputs.shape[1:]
        rows, labels = outputs.reshape(-1, units), y.reshape(-1, 1 if sparse else units)
        if getattr(loss, "from_logits", False):
            rows = activations.softmax(rows) if units > 1 else activations.sigmoid(rows)
        truth = _classes(labels, units)
        self.kind = "numbers" if truth is None else "classes"
        self.confidence = None
        if truth is None:
            self.outputs = np.asarray(rows).reshape(len(y), -1)
            self.truth, self.predicted = y.reshape(self.outputs.shape).astype(np.float64), self.outputs.astype(np.float64)
            self.example, self.place = np.arange(len(y)), np.zeros(len(y), int)
            return
        counted = np.flatnonzero(truth >= 0)
        truth, labels, outputs = truth[counted], labels[counted], np.asarray(rows)[counted]
        self.outputs, (self.example, self.place) = outputs, np.divmod(counted, len(rows) // len(y))
        self.truth = truth
        in_range = bool(outputs.min() >= 0 and outputs.max() <= 1.00001)  # rounding may pass 1
        if units == 1:
            signs = (labels < 0).any() or "Hinge" in type(loss).__name__  # classes -1 and 1
            middle = 0.0 if signs else 0.5
            in_range = in_range and not signs
            self.predicted = (self.outputs[:, 0] > middle).astype(np.int64)
            sure = np.where(self.predicted, self.outputs[:, 0], 1 - self.outputs[:, 0])
        else:
            self.predicted = self.outputs.argmax(axis=1)
            sure = self.outputs.max(axis=1)
        self.confidence = np.clip(sure, 0, 1) if in_range else None
        self.classes = max(2, units)

    @property
    def right(self):
        """(N,) whether the class was right."""
        return self.predicted == self.truth

    @property
    def accuracy(self):
        """The share of right classes."""
        return float(self.right.mean())

    def surest_mistakes(self, most):
        """Numbers of the answers that were wrong, those with the strongest wrong output first."""
        wrong = np.flatnonzero(~self.right)
        strength = self.outputs.max(axis=1) if self.confidence is None else self.confidence
        return wrong[np.argsort(-strength[wrong], kind="stable")][:most]


def _classes(y, units):
    """Labels (N, K) as class numbers (N,); None where they are numbers to be met."""
    if units > 1 and y.shape[1] == units:
        return y.argmax(axis=1) if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all() else None
    if y.shape[1] != 1:
        return None
    column = y[:, 0]
    if units == 1:
        return (column > 0).astype(np.int64) if np.isin(column, (0, 1)).all() or np.isin(column, (-1, 1)).all() else None
    return column.astype(np.int64)
