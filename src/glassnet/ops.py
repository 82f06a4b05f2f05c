"""Operations: those on several tensors, and those of one's own.

A network is put together of layers; what is here works on symbolic tensors and on arrays, for the `call` of a layer of one's own.
"""

from glassnet.layers.merge import add, average, concatenate, dot, maximum, minimum, multiply, subtract
from glassnet.layers.operation import CustomOperation, operations

__all__ = [
    "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "operation", "subtract",
]  # fmt: skip


def operation(forward, backward=None, *, name=None, output_shape=None):
    """An operation of one's own, in two Python functions that Numba compiles into the training loop.

    Arguments:
        forward: `forward(inputs..., variables..., outputs..., constants...)`, which writes the outputs. Each input and output is
            an array (B, ...) with the batch axis; variables are arrays; constants are numbers.
        backward: `backward(inputs..., variables..., outputs..., derivatives by outputs..., by inputs..., by variables...,
            constants...)`, which *adds* to the derivatives by inputs and variables. None for an operation without a derivative.
        name: Its name in saved models; that of `forward` where none is given.
        output_shape: Function of the inputs' shapes (without the batch axis) that gives the output's, or a list of shapes for
            several outputs; None where it is that of the first input.

    Returns: a function of symbolic tensors, or arrays: `y = op(x)`, `y = op(x, other, constants=(0.5,))`.

    The functions may use numbers, loops and the arrays they are given, but make no new arrays. They are compiled at the first
    use, and kept on disk where they stand in a file. `glassnet.check_gradients(op, x)` proves the backward function.

    >>> import numpy as np
    >>> def square(x, y):
    ...     for b in range(x.shape[0]):
    ...         for i in range(x.shape[1]):
    ...             y[b, i] = x[b, i] ** 2
    >>> def square_backward(x, y, dy, dx):
    ...     for b in range(x.shape[0]):
    ...         for i in range(x.shape[1]):
    ...             dx[b, i] += 2 * x[b, i] * dy[b, i]
    >>> operation(square, square_backward, name="doc_square")(np.array([[1.0, 3.0]]))
    array([[1., 9.]], dtype=float32)
    """
    made = CustomOperation(forward, backward, name, output_shape)
    operations[made.name] = made
    return made
