"""Initializers that draw nothing."""

import numpy as np

from glassnet.initializers.initializer import Initializer, initializers, standard


@initializers.add("zero")
class Zeros(Initializer):
    """All zeros.

    >>> Zeros()((3,))
    array([0., 0., 0.], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        return np.zeros(*standard(shape, dtype))


@initializers.add("one")
class Ones(Initializer):
    """All ones.

    >>> Ones()((3,))
    array([1., 1., 1.], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        return np.ones(*standard(shape, dtype))


@initializers.add()
class Constant(Initializer):
    """One value everywhere.

    Arguments:
        value: A number, or numbers whose shape can be broadcast to the one asked for.

    >>> Constant(0.5)((2,), dtype="float64")
    array([0.5, 0.5])
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        shape, dtype = standard(shape, dtype)
        return np.full(shape, self.value, dtype)

    def get_config(self):
        return {"value": np.asarray(self.value).tolist()}


@initializers.add("IdentityInitializer")
class Identity(Initializer):
    """The identity matrix times `gain`, cut off or filled up with zeros where it is not square.

    Arguments:
        gain: The value on the diagonal.

    >>> Identity(2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        shape, dtype = standard(shape, dtype)
        if len(shape) != 2:
            raise ValueError(f"Expected a shape of 2 dimensions for an identity matrix. Received: shape={shape}.")
        return (self.gain * np.eye(*shape)).astype(dtype)

    def get_config(self):
        return {"gain": self.gain}
