"""The plain recurrent layer."""

from glassnet.engine.kernels.simple_rnn import simple_rnn
from glassnet.layers.layer import layers
from glassnet.layers.recurrent import Recurrent


@layers.add("simple_rnn")
class SimpleRNN(Recurrent):
    """h = activation(x @ kernel + h_before @ recurrent_kernel + bias), step by step.

    Arguments: see `Recurrent`.

    Weights: `kernel` (I, U), `recurrent_kernel` (U, U), `bias` (U,). Tensors of all steps: `name/sums`, `name/h` (B, T, U).
    Source: Elman (1990).

    >>> import numpy as np
    >>> SimpleRNN(4, return_sequences=True)(np.ones((2, 7, 3))).shape
    (2, 7, 4)
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            **kwargs,
        )

    def parts(self):
        operation, constants = self.activation.elementwise(self._what)
        return simple_rnn(operation), constants, ()
