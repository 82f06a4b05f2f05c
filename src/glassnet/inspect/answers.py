"""What a network answers to labelled examples: classes with how sure it is of them, or numbers."""

import numpy as np

from glassnet import activations


class Answers:
    """Predictions beside the truth.

    Arguments:
        model: A compiled model.
        x, y: Examples and labels, as for `fit`.

    Attributes:
        outputs: (N, O) what the network gives; probabilities where it gives logits.
        kind: `"classes"` or `"numbers"`.
        truth: (N,) class numbers, or (N, O) numbers.
        predicted: Shaped like it.
        confidence: (N,) the output of the class that was named, or None where outputs are not from 0 to 1.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, activation="sigmoid", kernel_initializer="ones")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> answers = Answers(model, [[2.0], [-2.0]], [1, 1])
    >>> answers.kind, answers.predicted, answers.right
    ('classes', array([1, 0]), array([ True, False]))
    """

    def __init__(self, model, x, y):
        x, y, _ = model._checked(x, y)
        self.x = x
        outputs = model.predict(x, batch_size=min(256, len(x)), verbose=0).reshape(len(x), -1)
        units = outputs.shape[1]
        if getattr(model.loss, "from_logits", False):
            outputs = activations.softmax(outputs) if units > 1 else activations.sigmoid(outputs)
        self.outputs = np.asarray(outputs)
        truth = _classes(y.reshape(len(y), -1), units)
        self.kind = "numbers" if truth is None else "classes"
        self.confidence = None
        if truth is None:
            self.truth, self.predicted = y.reshape(outputs.shape).astype(np.float64), outputs.astype(np.float64)
            return
        self.truth = truth
        in_range = bool(outputs.min() >= 0 and outputs.max() <= 1.00001)  # rounding may pass 1
        if units == 1:
            signs = (y < 0).any() or "Hinge" in type(model.loss).__name__  # classes -1 and 1
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
        """Numbers of the examples that were wrong, those with the strongest wrong output first."""
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
