"""What each input contributes to an output of the whole network: integrated gradients."""

import numpy as np

from glassnet.inspect.example import one_example
from glassnet.inspect.probe import Probe


class Attribution:
    """Shares of the inputs in one output. Made by `integrated_gradients`.

    Attributes:
        values: Float64, shaped like the input (of several a list or dictionary): what each number adds to the output, compared
            with the baseline.
        output: Number of the output.
        prediction, baseline_prediction: The output for x and for the baseline, floats.
        residual: `prediction - baseline_prediction` minus the sum of the values: the error of the sum that stands for the
            integral. More steps make it smaller.
    """

    def __init__(self, values, inputs, output, prediction, baseline_prediction):
        self._values, self._inputs = values, inputs
        self.values, self.output = inputs.apart(values), output
        self.prediction, self.baseline_prediction = prediction, baseline_prediction
        self.residual = prediction - baseline_prediction - float(values.sum())

    def ranked(self, most=None):
        """`[(name, value)]` of the inputs, the largest of either sign first."""
        order = np.argsort(-np.abs(self._values), axis=None, kind="stable")[:most]
        places = [tuple(map(int, np.unravel_index(k, self._values.shape))) for k in order]
        return [(self._inputs.name(at), float(self._values[at])) for at in places]

    def __str__(self):
        lines = [
            f"output {self.output}: {self.prediction:.6g}, for the baseline {self.baseline_prediction:.6g}; "
            f"{self.residual:+.2g} unexplained"
        ]
        return "\n".join(lines + [f"  {name}  {value:+.4g}" for name, value in self.ranked(10)])


def integrated_gradients(model, x, output=None, baseline=0.0, steps=128, of=None):
    """The share of each input in an output: its difference to the baseline times the mean slope on the way from there.

    Arguments:
        model: A model.
        x: One example.
        output: Number of the output, counted flat; the largest where None.
        baseline: What stands for "no input": a number, or what is shaped like x.
        steps: Points on the straight way from the baseline to x (midpoint rule).
        of: Name of the output, of a model that has several.

    Returns: `Attribution`; inputs that choose rows of a table (Embedding) stay as they are and have no share. Raises
    `ValueError` or `IndexError` where an argument does not fit.

    Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017), equations 1 and 3.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1)])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> print(integrated_gradients(model, [1.0, -2.0]))
    output 0: -3, for the baseline 1; +0 unexplained
      input[1]  -6
      input[0]  +2
    """
    x = one_example(model, x)
    if steps < 1:
        raise ValueError(f"Expected at least one step. Received: {steps!r}.")
    probe = Probe(model, min(steps, 128), output=of)
    probe.need_numbers()
    x, baseline = probe.inputs.joined(x).astype(np.float64), probe.inputs.spread(baseline, "a baseline")[None]
    baseline = np.where(probe.rows > 0, x, baseline)  # between two rows of a table there is nothing
    ends = [probe(end)[0].astype(np.float64).ravel() for end in (x, baseline)]
    units = len(ends[0])
    output = int(ends[0].argmax()) if output is None else output
    if not -units <= output < units:
        raise IndexError(f"Expected an output from 0 to {units - 1}. Received: {output!r}.")
    seeds = np.zeros(units)
    seeds[output] = 1
    shares = ((np.arange(steps) + 0.5) / steps).reshape(-1, *[1] * (x.ndim - 1))
    total = np.zeros(x.shape[1:])
    for _ in probe.batches(baseline + shares * (x - baseline)):
        total += probe.gradient(seeds.reshape(probe.output.shape)).sum(axis=0, dtype=np.float64)
    predictions = (float(end[output]) for end in ends)
    return Attribution((x - baseline)[0] * total / steps, probe.inputs, output % units, *predictions)
