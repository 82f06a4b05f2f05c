"""Activations as layers of their own."""

from glassnet import activations
from glassnet.layers.layer import Layer, layers


@layers.add()
class Activation(Layer):
    """An activation by name: `Activation("relu")`.

    >>> Activation("relu")([[-1.0, 2.0]])
    array([[0., 2.]], dtype=float32)
    """

    passes_mask = each_step_alone = True

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def plan(self, graph, x):
        return self.activation.plan(graph, x, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class _Shaped(Layer):
    """An activation with arguments of its own, named in `arguments`."""

    passes_mask = each_step_alone = True
    activation = None
    arguments = ()

    def plan(self, graph, x):
        settings = {argument: getattr(self, argument) for argument in self.arguments}
        return self.activation.plan(graph, x, f"{self.name}/a", layer=self.name, **settings)

    def get_config(self):
        return {**super().get_config(), **{argument: getattr(self, argument) for argument in self.arguments}}


@layers.add()
class ReLU(_Shaped):
    """max(x, 0), with an upper limit, a slope below and a threshold where wanted.

    >>> ReLU(max_value=6)([[-1.0, 2.0, 9.0]])
    array([[0., 2., 6.]], dtype=float32)
    """

    activation = activations.relu
    arguments = ("max_value", "negative_slope", "threshold")

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold


@layers.add()
class LeakyReLU(_Shaped):
    """x where positive, else negative_slope * x: a neuron that cannot die.

    >>> LeakyReLU(negative_slope=0.5)([[-1.0, 2.0]])
    array([[-0.5,  2. ]], dtype=float32)
    """

    activation = activations.leaky_relu
    arguments = ("negative_slope",)

    def __init__(self, negative_slope=0.3, **kwargs):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope


@layers.add()
class ELU(_Shaped):
    """x where positive, else alpha * (e**x - 1)."""

    activation = activations.elu
    arguments = ("alpha",)

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha


@layers.add()
class Softmax(_Shaped):
    """Shares of e**x along the last axis: positive numbers that add up to 1."""

    each_step_alone = False  # its axis may be that of the steps
    activation = activations.softmax
    arguments = ("axis",)

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
