"""What all activations share: the eager call, the derivative, the place in a network."""

import functools
import inspect
import math

import numpy as np

from glassnet.engine import eager
from glassnet.engine.graph import Graph, Tensor
from glassnet.engine.kernels.activation import LINEAR, Elementwise


class Activation:
    """An activation function: callable on arrays, and with a place in a network.

    Made from a function of the same name and arguments that says which operation it is (the parts of a graph's `Node`,
    or None for the identity).

    >>> from glassnet.activations import relu
    >>> relu([-1.0, 2.0])
    array([0., 2.], dtype=float32)
    >>> relu.derivative([-1.0, 2.0])
    array([0., 1.], dtype=float32)
    """

    def __init__(self, parts):
        functools.update_wrapper(self, parts)
        self.name = parts.__name__
        self._parts = parts

    def plan(self, graph, z, name, layer="", **arguments):
        """Adds the tensor `name`, shaped like `z`, and the node that computes it; returns the tensor.

        Arguments:
            graph: `Graph`.
            z: Tensor of the graph.
            name: Of the result, such as `"dense_1/a"`.
            layer: Name of the layer that the node belongs to.
            arguments: The activation's own.
        """
        parts = self._parts(z, **arguments)
        if parts is None:
            return graph.alias(name, z)
        a = graph.tensor(name, z.shape, z.batched)
        graph.add(inputs=(z,), outputs=(a,), layer=layer, **parts)
        return a

    def elementwise(self, what):
        """(operation, constants) for kernels that have the activation amid their own loops.

        Arguments:
            what: What asks for it, for the error message.

        Raises `ValueError` for activations along an axis.
        """
        parts = self._parts(Tensor("z", (1,))) or each(Tensor("z", (1,)), LINEAR)
        if not isinstance(parts["operation"], Elementwise):
            raise ValueError(f"{what} expected an activation of single numbers, such as 'tanh'. Received: {self.name!r}.")
        return parts["operation"], parts["constants"]

    def __call__(self, x, *args, **kwargs):
        """The activation of every number of `x`, or along an axis of it.

        Returns an array shaped like `x`: float64 where `x` is an array of float64, else float32.
        """
        return self._run(x, None, args, kwargs)

    def derivative(self, x, *args, **kwargs):
        """The derivative of the activation by its argument at each number of `x`, from the backward kernel.

        Raises `ValueError` for activations along an axis: there each output depends on every input; see `gradient`.
        """
        if "axis" in inspect.signature(self).parameters:
            raise ValueError(
                f"Expected an activation of single numbers. Received: {self.name}, of which each output depends on all "
                f"inputs. Call {self.name}.gradient(x, da)."
            )
        return self._run(x, np.ones(np.shape(x)), args, kwargs)

    def gradient(self, x, da, *args, **kwargs):
        """The derivative of sum(da * activation(x)) by `x`: what the backward pass makes of `da`, shaped like `x`."""
        if np.shape(da) != np.shape(x):
            raise ValueError(f"Expected da shaped like x, {np.shape(x)}. Received: shape {np.shape(da)}.")
        return self._run(x, da, args, kwargs)

    def _run(self, x, da, args, kwargs):
        """The activation of x or, where `da` is given, its gradient."""
        dtype = "float64" if getattr(x, "dtype", None) == np.float64 else "float32"
        x = np.asarray(x, dtype)
        graph = Graph()
        z = graph.tensor("z", x.shape, batched=False)
        parts = self._parts(z, *args, **kwargs)
        if parts is None or x.size == 0:
            return np.array(x if da is None else da, dtype)
        a = graph.tensor("a", x.shape, batched=False)
        graph.add(inputs=(z,), outputs=(a,), **parts)
        program = eager.run(graph, {"z": x}, dtype, input_gradients=("z",))
        if da is None:
            return program.acts["a"]
        program.act_grads["a"][...] = da
        program.once(program.calls("forward", "loss", backward=True), 1)
        return program.act_grads["z"]

    def __repr__(self):
        return f"<activation {self.name}>"


def each(x, operation, *constants):
    """The node of an operation on every number of a tensor. It takes at least as long as 8 multiply-adds of a product."""
    size = math.prod(x.shape)
    return {"operation": operation, "sizes": (size,), "constants": constants, "work": 8 * size}


def along(x, axis, operation, operation_on_rows=None):
    """The node of an operation along an axis, counted with the batch; of `operation_on_rows` along the last."""
    shape = (None, *x.shape) if x.batched else x.shape
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"Expected an axis of the shape {shape}. Received: axis={axis}.")
    axis %= len(shape)
    if shape[axis] is None:
        raise ValueError(f"Expected an axis other than the batch's of the shape {shape}. Received: axis=0. Use axis=-1.")
    before, after = shape[1:axis] if x.batched else shape[:axis], shape[axis + 1 :]
    if operation_on_rows and not after:
        operation = operation_on_rows
    return {"operation": operation, "sizes": (math.prod(before), shape[axis], math.prod(after))}
