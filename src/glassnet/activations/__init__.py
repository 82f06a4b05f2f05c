"""Activations: what a neuron makes of its weighted sum z.

Each is an `Activation`: called on an array it returns an array, as in Keras; `plan` puts the same operation into a
network.
"""

import math

from glassnet.activations.activation import Activation, along, each
from glassnet.engine.kernels import activation as kernels
from glassnet.engine.kernels.softmax import LOG_SOFTMAX, SOFTMAX, SOFTMAX_ALONG


@Activation
def linear(x):
    """a = z: no activation.

    >>> linear([-1.5, 2.0])
    array([-1.5,  2. ], dtype=float32)
    """
    return


@Activation
def step(x):
    """The Heaviside step: a = 1 where z >= 0, else 0. Its derivative is 0 everywhere, so gradients end here.

    Source: McCulloch and Pitts (1943); Rosenblatt (1958).

    >>> step([-0.1, 0.0, 3.0])
    array([0., 1., 1.], dtype=float32)
    """
    return each(x, kernels.STEP)


@Activation
def sigmoid(x):
    """a = 1 / (1 + e**-z), between 0 and 1. Derivative: a (1 - a).

    >>> sigmoid([0.0])
    array([0.5], dtype=float32)
    """
    return each(x, kernels.SIGMOID)


@Activation
def hard_sigmoid(x):
    """a = z / 6 + 1/2, not below 0 nor above 1: a sigmoid of three straight lines.

    >>> hard_sigmoid([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return each(x, kernels.HARD_SIGMOID)


@Activation
def tanh(x):
    """The hyperbolic tangent, between -1 and 1. Derivative: 1 - a**2.

    >>> tanh([0.0, 20.0])
    array([0., 1.], dtype=float32)
    """
    return each(x, kernels.TANH)


@Activation
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """The rectified linear unit: a = max(z, 0). In general a = max_value where z >= max_value; z where
    threshold < z < max_value; negative_slope * (z - threshold) below.

    Arguments:
        x: Array of any shape.
        negative_slope: Slope below the threshold.
        max_value: Upper bound of the result; None: no bound.
        threshold: What z must exceed.

    Source: Nair and Hinton (2010).

    >>> relu([-10.0, -5.0, 0.0, 5.0, 10.0])
    array([ 0.,  0.,  0.,  5., 10.], dtype=float32)
    >>> relu([-10.0, 0.0, 10.0], negative_slope=0.5, max_value=6.0)
    array([-5.,  0.,  6.], dtype=float32)
    """
    if max_value is not None and max_value < 0:
        raise ValueError(f"Expected max_value >= 0. Received: {max_value!r}.")
    if negative_slope == 0 and max_value is None and threshold == 0:
        return each(x, kernels.RELU)
    return each(x, kernels.BOUNDED_RELU, negative_slope, math.inf if max_value is None else max_value, threshold)


@Activation
def relu6(x):
    """a = min(max(z, 0), 6).

    >>> relu6([-1.0, 3.0, 9.0])
    array([0., 3., 6.], dtype=float32)
    """
    return each(x, kernels.BOUNDED_RELU, 0.0, 6.0, 0.0)


@Activation
def leaky_relu(x, negative_slope=0.2):
    """a = z where z >= 0, else negative_slope * z: a neuron that always has a gradient.

    Source: Maas, Hannun and Ng (2013).

    >>> leaky_relu([-1.0, 2.0])
    array([-0.2,  2. ], dtype=float32)
    """
    return each(x, kernels.LEAKY_RELU, negative_slope)


@Activation
def elu(x, alpha=1.0):
    """a = z where z > 0, else alpha (e**z - 1).

    Source: Clevert, Unterthiner and Hochreiter (2016).

    >>> elu([-100.0, 2.0])
    array([-1.,  2.], dtype=float32)
    """
    return each(x, kernels.ELU, alpha)


@Activation
def selu(x):
    """a = scale * elu(z, alpha), with the scale and alpha that keep the mean 0 and the variance 1 from layer to layer.

    Source: Klambauer et al. (2017), equation 2.

    >>> selu([0.0, 1.0]).round(4)
    array([0.    , 1.0507], dtype=float32)
    """
    return each(x, kernels.SELU, 1.0507009873554804934193349852946, 1.6732632423543772848170429916717)


@Activation
def gelu(x, approximate=False):
    """a = z times the share of a standard normal distribution below z.

    Arguments:
        x: Array of any shape.
        approximate: Whether to use 0.5 z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z**3))) instead.

    Source: Hendrycks and Gimpel (2016).

    >>> gelu([0.0, 10.0])
    array([ 0., 10.], dtype=float32)
    """
    return each(x, kernels.GELU_TANH if approximate else kernels.GELU)


@Activation
def silu(x):
    """a = z * sigmoid(z), also called swish.

    Source: Elfwing, Uchibe and Doya (2018).

    >>> silu([0.0, 20.0])
    array([ 0., 20.], dtype=float32)
    """
    return each(x, kernels.SILU)


swish = silu


@Activation
def mish(x):
    """a = z * tanh(softplus(z)).

    Source: Misra (2019).

    >>> mish([0.0, 20.0])
    array([ 0., 20.], dtype=float32)
    """
    return each(x, kernels.MISH)


@Activation
def softplus(x):
    """a = log(1 + e**z), a smooth relu. Derivative: sigmoid(z).

    >>> softplus([-200.0, 200.0])
    array([  0., 200.], dtype=float32)
    """
    return each(x, kernels.SOFTPLUS)


@Activation
def softsign(x):
    """a = z / (1 + |z|), between -1 and 1.

    >>> softsign([-1.0, 0.0, 3.0])
    array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    return each(x, kernels.SOFTSIGN)


@Activation
def exponential(x):
    """a = e**z.

    >>> exponential([0.0])
    array([1.], dtype=float32)
    """
    return each(x, kernels.EXPONENTIAL)


@Activation
def softmax(x, axis=-1):
    """a_i = e**z_i / sum over j of e**z_j: positive numbers that add up to 1, read as probabilities.

    Arguments:
        x: Array.
        axis: Along which the sum is taken. In a network any but the batch's.

    Source: Bridle (1990).

    >>> softmax([[1.0, 1.0, 1.0, 1.0]])
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """
    return along(x, axis, SOFTMAX_ALONG, SOFTMAX)


@Activation
def log_softmax(x, axis=-1):
    """a_i = z_i - log(sum over j of e**z_j): the logarithm of `softmax`, which cannot underflow.

    >>> log_softmax([[0.0, -1000.0]])
    array([[    0., -1000.]], dtype=float32)
    """
    return along(x, axis, LOG_SOFTMAX)


ACTIVATIONS = {name: thing for name, thing in globals().items() if isinstance(thing, Activation)}
"""All activations by name."""


def get(identifier):
    """The activation of a name; None gives `linear`, an activation itself.

    >>> get("relu") is relu, get(None) is linear
    (True, True)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, Activation):
        return identifier
    if isinstance(identifier, str) and identifier in ACTIVATIONS:
        return ACTIVATIONS[identifier]
    raise ValueError(
        f"Expected one of the activations {', '.join(sorted(ACTIVATIONS))}. Received: {identifier!r}. "
        "A Python function has no derivative here, so that it cannot be trained."
    )


def serialize(activation):
    """The name of an activation, from which `deserialize` gets it back.

    >>> serialize(swish)
    'silu'
    """
    return get(activation).name


def deserialize(config):
    """The activation that `serialize` named."""
    return get(config)
