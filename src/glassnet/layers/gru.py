"""The layer of gated recurrent units."""

from glassnet import activations
from glassnet.engine.kernels.gru import gru
from glassnet.layers.layer import layers
from glassnet.layers.recurrent import Recurrent


@layers.add("gru")
class GRU(Recurrent):
    """Gated recurrent units: each state is a mixture of the one before and a candidate.

    z, r = recurrent_activation(...) of x @ kernel + h_before @ recurrent_kernel + biases; the candidate h~ is the activation of
    the same sum, with what comes from the state before multiplied by r; h = z * h_before + (1 - z) * h~.

    Arguments: see `Recurrent`, and
        recurrent_activation: Of the gates.
        reset_after: Whether the reset gate r multiplies h_before @ recurrent_kernel (then there is a second bias for this
            product), or h_before itself.

    Weights: `kernel` (I, 3 U), `recurrent_kernel` (U, 3 U), `bias` (2, 3 U), without `reset_after` (3 U,), in the order z, r, h~.
    Tensors of all steps: `name/z`, `name/r`, `name/h~`, `name/h` (B, T, U), and `name/sums` (B, T, 4 U): the candidate's sum of
    inputs, the sums of z and of r, the candidate's sum of the state.
    Source: Cho et al. (2014).

    >>> import numpy as np
    >>> GRU(4, return_sequences=True)(np.ones((2, 7, 3))).shape
    (2, 7, 4)
    """

    gates, _width = 3, 4

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        *,
        reset_after=True,
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
        self.reset_after = bool(reset_after)

    @property
    def bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    @property
    def _groups(self):
        return 1 if self.reset_after else 3  # the candidate's product is one by itself

    def parts(self):
        act, constants = self.activation.elementwise(self._what)
        gate, gate_constants = self.recurrent_activation.elementwise(self._what)
        return gru(act, gate, self.reset_after), (*constants, *gate_constants), ("z", "r", "h~")

    def get_config(self):
        gate = activations.serialize(self.recurrent_activation)
        return {**super().get_config(), "recurrent_activation": gate, "reset_after": self.reset_after}
