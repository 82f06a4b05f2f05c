"""The same examples looked at again and again while a network learns: a trace whose numbers are renewed in place."""

import numpy as np

from glassnet.inspect.trace import trace


class Watch:
    """Runs examples through a model as often as it is asked to: many times faster than a new `trace` each time.

    It has a copy of the weights and a memory of its own, so that looking changes no number of the model.

    Arguments:
        model: A model; compiled, where `y` is given.
        x: Examples (B, ...).
        y: Their labels, or None for the way forward only.

    Attributes: `trace`, which has the numbers of the last look by name. Those that belong to the optimizer, such as
    `"new dense/kernel"`, are of the first.

    >>> from glassnet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron")])
    >>> watch = Watch(model, [[1.0, 1.0], [2.0, 0.0]])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> watch.look()["neuron/z"].ravel()
    array([6., 5.], dtype=float32)
    """

    def __init__(self, model, x, y=None):
        self.model, self.trace = model, trace(model, np.asarray(x), y)
        program = self.trace.program
        self._calls = program.prediction if y is None else program.gradient

    def look(self):
        """Computes all numbers with the model's present weights. Returns the `trace`: its arrays change with the next look."""
        program = self.trace.program
        program.params.array[:] = self.model.params.array
        program.state.array[:] = self.model.state.array
        program.once(self._calls, self.trace.batch_size, self.trace.training)
        return self.trace
