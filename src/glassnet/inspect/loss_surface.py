"""The loss of a network as a function of its parameter vector: the program's own evaluation, at any place."""

import numpy as np

from glassnet.compilation import CompiledNetwork


class LossSurface:
    """A function of the parameter vector: the loss on given examples, with penalties, as `model.evaluate` computes it.

    The model itself does not move: the program evaluates a vector of its own.

    Arguments:
        model: A compiled `Model`.
        x, y: Examples and labels.
        sample_weight: (N,) weights of the examples.
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
        x, y, weights = model._checked(x, y, sample_weight)
        dtypes = (x.dtype.name, y.dtype.name, weights is not None and weights.dtype.name)
        self._compiled = CompiledNetwork(model, min(batch_size, len(x)), *dtypes)
        self._compiled.read(x, y, weights)
        program = self._compiled.program
        self._params = program.params.array.copy()
        program.memory = program.memory._replace(params=self._params, state=program.memory.state.copy())
        self._order = np.arange(len(x))
        self._rates = np.zeros(-(-len(x) // program.batch_size))

    def __call__(self, params):
        """The loss at a parameter vector (P,), a float."""
        program = self._compiled.program
        self._params[...] = params
        self._compiled.begin(self._order, 0)
        program.steps(program.evaluation, self._rates, training=False)
        return self._compiled.logs()["loss"]
