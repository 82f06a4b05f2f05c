"""The fully connected layer."""

import math

from glassnet import activations, initializers, regularizers
from glassnet.engine.kernels.dense import DENSE
from glassnet.layers.layer import Layer, layers


@layers.add()
class Dense(Layer):
    """activation(x @ kernel + bias): every unit sees every input.

    Arguments:
        units: Number of neurons (O).
        activation: Name or object; None for the plain weighted sum.
        use_bias: Whether each neuron has a bias.
        kernel_initializer, bias_initializer: Where training starts from.
        kernel_regularizer, bias_regularizer: Penalties, or None.

    Inputs (B, ..., I), outputs (B, ..., O). Weights: `kernel` (I, O), `bias` (O,). Tensors: `name/z` (the weighted sum) and
    `name/a` (the activation).

    >>> import numpy as np
    >>> layer = Dense(1, activation="step", kernel_initializer="ones", bias_initializer="zeros")
    >>> layer(np.array([[2.0, -3.0], [2.0, 3.0]]))
    array([[0.],
           [1.]], dtype=float32)
    """

    least_axes = 2
    passes_mask = each_step_alone = True
    one_shape = False

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(units, int) or units < 1:
            raise ValueError(f"Dense '{self.name}' expected a positive whole number of units. Received: {units!r}.")
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel = self.bias = None

    def build(self, input_shape):
        if len(input_shape) < self.least_axes:
            raise ValueError(
                f"Dense '{self.name}' expected inputs of shape (batch, ..., features). Received: shape {tuple(input_shape)}."
            )
        self.weights.clear()
        self.kernel = self.add_weight(
            (input_shape[-1], self.units), self.kernel_initializer, regularizer=self.kernel_regularizer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight((self.units,), self.bias_initializer, regularizer=self.bias_regularizer, name="bias")
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def plan(self, graph, x):
        inputs, units = self.kernel.shape
        if x.shape[-1] != inputs:
            raise ValueError(f"Dense '{self.name}' expected inputs of {inputs} features, got {x.shape[-1]}.")
        rows = math.prod(x.shape[:-1])
        z = graph.tensor(f"{self.name}/z", (*x.shape[:-1], units))
        graph.add(
            DENSE,
            inputs=(x,),
            outputs=(z,),
            variables=(self.kernel, self.bias),
            sizes=(rows, inputs, units),
            room=inputs * units,
            work=rows * inputs * units,
            layer=self.name,
        )
        return self.activation.plan(graph, z, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }
