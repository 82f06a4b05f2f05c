"""What a network says to noise, and how sure it is of itself."""

import numpy as np

from glassnet.inspect.probe import Probe


class NoiseAnswers:
    """What a network answered to noise. Made by `noise`.

    Attributes:
        x: The noise (N, ...); of several inputs a list or dictionary of it.
        answers: (N,) class of each.
        confidences: Float64 (N,): what the network gave that class.
        counts: (C,) how often each class was the answer.
        mean_confidence: Float.
    """

    def __init__(self, x, probabilities, answers):
        self.x, self.answers = x, answers
        self.confidences = probabilities[np.arange(len(answers)), answers].astype(np.float64)
        self.counts = np.bincount(answers, minlength=probabilities.shape[1])
        self.mean_confidence = float(self.confidences.mean())

    def share_above(self, confidence):
        """Share of the noise that got an answer given more than `confidence`."""
        return float((self.confidences > confidence).mean())

    def __str__(self):
        classes = len(self.counts)
        lines = [
            f"{len(self.answers)} times noise: mean confidence {100 * self.mean_confidence:.1f} %, where chance is "
            f"{100 / classes:.1f} %; {100 * self.share_above(0.9):.1f} % of it answered with more than 90 %"
        ]
        for k in np.argsort(-self.counts, kind="stable"):
            if self.counts[k]:
                sure = self.confidences[self.answers == k].mean()
                share = 100 * self.counts[k] / len(self.answers)
                lines.append(f"  {k}: {share:.1f} % of the answers, mean confidence {100 * sure:.1f} %")
        return "\n".join(lines)


def noise(model, samples=1000, seed=0, low=0.0, high=1.0, of=None):
    """Shows a network noise, every number drawn evenly from [low, high), and counts its answers. Inputs that choose rows of a
    table (Embedding) choose any of them.

    Arguments:
        model: A model that tells classes apart with a softmax or sigmoid.
        samples: How many inputs of noise (N).
        seed: Of the noise.
        low, high: Range of the numbers: 0 and 255 where the model scales bytes itself. What is shaped like the input, for ranges
            of their own.
        of: Name of the output, of a model that has several.

    Returns: `NoiseAnswers`. Raises `ValueError` where the network does not say how sure it is.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([[[0.0], [0.0]], [2.0]])
    >>> print(noise(model, 100))
    100 times noise: mean confidence 88.1 %, where chance is 50.0 %; 0.0 % of it answered with more than 90 %
      1: 100.0 % of the answers, mean confidence 88.1 %
    """
    if not model.built:
        raise ValueError(f"Expected a model that knows its input. Call build((None, ...)) on '{model.name}' first.")
    probe = Probe(model, max(1, min(samples, 256)), output=of)
    inputs, table = probe.inputs, probe.rows > 0
    lowest, highest = np.where(table, 0, inputs.spread(low, "low")), np.where(table, probe.rows, inputs.spread(high, "high"))
    if samples < 1 or not (lowest < highest).all():
        raise ValueError(f"Expected at least one sample, and low < high. Received: {samples}, low={low}, high={high}.")
    classes = probe.classes
    x = np.random.default_rng(seed).uniform(lowest, highest, (samples, *inputs.shape))
    x = np.where(table, np.floor(x), x).astype(model.dtype)
    probabilities, answers = np.empty((samples, classes), model.dtype), np.empty(samples, int)
    for part in probe.batches(x):
        outputs = probe.program.value(probe.output)[: part.stop - part.start]
        probabilities[part], answers[part] = probe.confidences(outputs), probe.answers(outputs)
    return NoiseAnswers(inputs.apart(x), probabilities, answers)
