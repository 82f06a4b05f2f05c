"""A variable: a named array that may live inside the network's one vector."""

import numpy as np

from glassnet.engine.layout import Layout, Vector


class Variable:
    """A named array of numbers that training or a layer changes.

    By itself it owns its memory. When a model gathers its variables into one vector (`pack`), the variable becomes a view of
    its part.

    Arguments:
        value: Array-like.
        name: Its own name, such as `"kernel"`.
        trainable: Whether training changes it.
        dtype: Type of the elements.
        path: Name with that of its layer, such as `"dense_1/kernel"`.
        regularizer: Penalty on it, or None.
        copy: As in `np.array`; None takes over memory that nobody else holds.

    `is_parameter` stays what `trainable` was at first: a frozen weight is still one of the network's parameters.

    >>> v = Variable([1.0, 2.0], name="w")
    >>> v.assign([3.0, 4.0]); v
    Variable(path='w', shape=(2,), dtype='float32', value=[3. 4.])
    """

    def __init__(self, value, name="variable", trainable=True, dtype="float32", path=None, regularizer=None, copy=True):
        self.value = np.array(value, dtype=dtype, order="C", copy=copy)
        self.name = name
        self.path = path or name
        self.trainable = self.is_parameter = trainable
        self.regularizer = regularizer
        self.vector = None
        self.offset = 0

    @property
    def shape(self):
        return self.value.shape

    @property
    def ndim(self):
        return self.value.ndim

    @property
    def size(self):
        return self.value.size

    @property
    def dtype(self):
        return self.value.dtype.name

    def numpy(self):
        """A copy of the value as a NumPy array."""
        return self.value.copy()

    def assign(self, value):
        """Sets the value in place. Raises `ValueError` where the shape differs."""
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ValueError(
                f"Expected a value of shape {self.shape} for the variable {self.path!r}. Received: shape {value.shape}."
            )
        self.value[...] = value

    def assign_add(self, value):
        self.assign(self.value + np.asarray(value))

    def assign_sub(self, value):
        self.assign(self.value - np.asarray(value))

    def __array__(self, dtype=None, copy=None):
        return np.array(self.value, dtype=dtype, copy=True if copy is None else copy)

    def __float__(self):
        return float(self.value)

    def __int__(self):
        return int(self.value)

    def __getitem__(self, index):
        return self.value[index]

    def __len__(self):
        return len(self.value)

    def __repr__(self):
        return f"Variable(path={self.path!r}, shape={self.shape}, dtype={self.dtype!r}, value={self.value})"


def pack(variables, dtype):
    """Moves variables, in order, into one flat array and returns it as a `Vector`; the variables become views of it.

    >>> w, b = Variable([[1.0, 2.0]], name="w"), Variable([3.0], name="b")
    >>> pack([w, b], "float32").array
    array([1., 2., 3.], dtype=float32)
    >>> w.assign([[7.0, 8.0]]); w.vector.array
    array([7., 8., 3.], dtype=float32)
    """
    layout = Layout()
    for variable in variables:
        layout.add(variable.path, variable.shape)
    vector = Vector(layout, dtype)
    for variable in variables:
        view = vector[variable.path]
        view[...] = variable.value
        variable.value, variable.vector, variable.offset = view, vector, layout.offset(variable.path)
    return vector


def vector_of(variables, dtype):
    """The vector that these variables live in: the one that they share, or a new one where they do not."""
    vector = variables[0].vector if variables else None
    if vector is None or any(variable.vector is not vector for variable in variables):
        vector = pack(variables, dtype)
    return vector
