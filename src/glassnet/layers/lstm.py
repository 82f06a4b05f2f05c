"""The layer of long short-term memory."""

from glassnet import activations
from glassnet.engine.kernels.lstm import lstm
from glassnet.layers.layer import layers
from glassnet.layers.recurrent import Recurrent


@layers.add("lstm")
class LSTM(Recurrent):
    """Long short-term memory: a state c that gates fill, forget and show, so that it can be carried over many steps.

    i, f, o = recurrent_activation(...), c~ = activation(...) of x @ kernel + h_before @ recurrent_kernel + bias;
    c = f * c_before + i * c~; h = o * activation(c).

    Arguments: see `Recurrent`, and
        recurrent_activation: Of the gates.
        unit_forget_bias: Whether the forget gate's bias starts from 1 more, so that states last from the start.

    Weights: `kernel` (I, 4 U), `recurrent_kernel` (U, 4 U), `bias` (4 U,), in the order i, f, c~, o. Tensors of all steps:
    `name/sums` (B, T, 4 U), `name/i`, `name/f`, `name/c~`, `name/o`, `name/c`, `name/h` (B, T, U).
    Sources: Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins (2000); Jozefowicz et al. (2015) on the forget bias.

    >>> import numpy as np
    >>> layer = LSTM(4, return_state=True)
    >>> output, h, c = layer(np.ones((2, 7, 3)))
    >>> output.shape, bool((output == h).all())
    ((2, 4), True)
    """

    gates = _width = 4
    states = ("h", "c")

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
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
        self.recurrent_activation = activations.get(recurrent_activation) or activations.linear
        self.recurrent_activation.elementwise(self._what)
        self.unit_forget_bias = bool(unit_forget_bias)

    def _start_bias(self, shape, dtype=None):
        bias = super()._start_bias(shape, dtype)
        if self.unit_forget_bias:
            bias[self.units : 2 * self.units] = 1
        return bias

    def parts(self):
        act, constants = self.activation.elementwise(self._what)
        gate, gate_constants = self.recurrent_activation.elementwise(self._what)
        return lstm(act, gate), (*constants, *gate_constants), ("i", "f", "c~", "o")

    def get_config(self):
        gate = activations.serialize(self.recurrent_activation)
        return {**super().get_config(), "recurrent_activation": gate, "unit_forget_bias": self.unit_forget_bias}
