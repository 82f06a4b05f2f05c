"""What a network answers to labelled examples: classes with how sure it is of them, or numbers."""

import numpy as np

from glassnet import activations
from glassnet.engine.graph import Graph
from glassnet.examples import count, several
from glassnet.inspect.example import output_number
from glassnet.inspect.probe import Probe
from glassnet.layers.structure import flatten


class Answers:
    """Predictions beside the truth.

    Arguments:
        model: A compiled model.
        x, y: Examples and labels, as for `fit`.
        of: Name of the output, of a model that has several.

    Attributes:
        outputs: (N, O) what the network gives; probabilities where it gives logits. Where it answers with a class for each step
            or place of an example, each of these is an answer of its own. Steps that are masked are left out: no answer is
            expected there.
        kind: `"classes"` or `"numbers"`.
        truth: (N,) class numbers, or (N, O) numbers.
        predicted: Shaped like it.
        confidence: (N,) the output of the class that was named, or None where outputs are not from 0 to 1.
        example, place: (N,) numbers of the example, and of the step or place in it, that each answer is about.
        masked: How many answers were left out.

    Raises `ValueError` where there is no answer that counts.

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
        places, mask = len(rows) // len(y), _mask(model, x, of)
        counted = np.arange(len(rows)) if mask is None else np.flatnonzero(np.repeat(mask.ravel() != 0, len(rows) // mask.size))
        self.masked = len(rows) - len(counted)
        rows, labels = np.asarray(rows)[counted], labels[counted]
        truth = _classes(labels, units)
        self.kind = "numbers" if truth is None else "classes"
        self.confidence = None
        if truth is None:
            if mask is None:  # all numbers of an example are one answer
                rows, labels, counted = rows.reshape(len(y), -1), labels.reshape(len(y), -1), counted[::places]
            self._keep(rows, counted, places)
            self.truth, self.predicted = labels.astype(np.float64), rows.astype(np.float64)
            return
        known = truth >= 0
        self.truth, labels = truth[known], labels[known]
        outputs = self._keep(rows[known], counted[known], places)
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

    def _keep(self, outputs, counted, places):
        """Sets the outputs, and which of so many places of which example each is about."""
        if not len(outputs):
            raise ValueError("Expected an answer that counts. Received: examples whose steps are all masked, or labels below 0.")
        self.outputs, (self.example, self.place) = outputs, np.divmod(counted, places)
        return outputs

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


def _mask(model, x, of):
    """Which steps of the examples' outputs count, (N, T) of 1 and 0; None where nothing is masked."""
    if flatten(model.plan(Graph())[1])[output_number(model, of)].mask is None:
        return None
    probe = Probe(model, min(256, count(x)), output=of)
    x = probe.inputs.joined(x)
    return np.concatenate(
        [np.array(probe.program.value(probe.output.mask)[: part.stop - part.start]) for part in probe.batches(x)]
    )


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
