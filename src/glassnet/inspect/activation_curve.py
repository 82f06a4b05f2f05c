"""An activation as two curves: what it makes of z, and its derivative, both by the kernels that networks run."""

import numpy as np

from glassnet.activations import get
from glassnet.inspect.slopes import LocalBackward
from glassnet.layers import Activation, Input
from glassnet.models import Sequential


def activation_curve(activation, z):
    """The values and the derivatives of an activation that works on each number by itself.

    Arguments:
        activation: Name or object, such as "sigmoid".
        z: Numbers (N,).

    Returns: `(a, slope)`, arrays (N,). Raises `ValueError` for one such as softmax, whose outputs depend on each other.

    >>> a, slope = activation_curve("sigmoid", [0.0, 100.0])
    >>> a.tolist(), slope.tolist()
    ([0.5, 1.0], [0.25, 0.0])
    """
    activation = get(activation)
    if activation.name in ("softmax", "log_softmax"):
        raise ValueError(f"Expected an activation of single numbers, such as 'sigmoid'. Received: {activation.name!r}.")
    z = np.asarray(z, np.float32).reshape(-1, 1)
    trace = Sequential([Input((1,)), Activation(activation, name="activation")]).trace(z)
    nodes = [node for node in trace.graph.nodes if node.phase == "forward"]
    if not nodes:  # linear
        return z[:, 0].copy(), np.ones(len(z), np.float32)
    node = nodes[-1]
    slope = LocalBackward(trace, node).each(node.inputs[0].name)
    return trace[node.outputs[0].name][:, 0].copy(), np.asarray(slope).reshape(-1).copy()
