"""The loss of a network as a function of its parameter vector: the program's own evaluation, at any place."""

import numpy as np

from glassnet.compilation import CompiledNetwork
from glassnet.examples import count, of_each


class LossSurface:
    """A function of the parameter vector: the loss on given examples, with penalties, as `model.evaluate` computes it.

    The model itself does not move: the program evaluates a vector of its own.

    Arguments:
        model: A compiled `Model`.
        x, y: Examples and labels, as for `fit`.
        sample_weight: (N,) weights of the examples, or what `fit` takes.
        batch_size: Examples at once.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    >>> model.compile("sgd", "mean_squared_error")
    >>> surface = LossSurface(model, [[1.0], [2.0]], [[2.0], [4.0]])
    >>> surface([2.0]), surface([1.0])
    (0.0, 2.5)
    """

    def __init__(self, model, x, y, sample_weight=None, batch_size=256):
        model._need_compile()
        data = model._data(x, y, sample_weight)
        dtypes = (of_each(lambda array: array.dtype.name, part) for part in data)
        self._compiled = CompiledNetwork(model, min(batch_size, count(data[0])), *dtypes)
        self._compiled.read(*data)
        program = self._compiled.program
        self._params = program.params.array.copy()
        program.memory = program.memory._replace(params=self._params, state=program.memory.state.copy())
        self._order = np.arange(count(data[0]))
        self._rates = np.zeros(-(-count(data[0]) // program.batch_size))

    def __call__(self, params):
        """The loss at a parameter vector (P,), a float."""
        program = self._compiled.program
        self._params[...] = params
        self._compiled.begin(self._order, 0)
        program.steps(program.evaluation, self._rates, training=False)
        return self._compiled.logs()["loss"]
