"""A variable: a named array that may live inside the network's one vector."""

import weakref

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
        self.is_weight = True  # False for what is kept from batch to batch, which set_weights leaves alone
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


class SharedVector(Vector):
    """A vector that variables live in. `residents` are they, as weak references: a model that is gone needs no room."""

    residents = ()


def pack(variables, dtype):
    """Moves variables, in order, into one flat array and returns it as a `Vector`; the variables become views of it.

    Variables that shared a vector with one of these before come along behind them, so that models that have layers in common
    go on living in one vector. The vector returned is the part of these variables.

    >>> w, b = Variable([[1.0, 2.0]], name="w"), Variable([3.0], name="b")
    >>> pack([w, b], "float32").array
    array([1., 2., 3.], dtype=float32)
    >>> w.assign([[7.0, 8.0]]); w.vector.array
    array([7., 8., 3.], dtype=float32)
    """
    layout = Layout()
    for variable in variables:
        layout.add(variable.path, variable.shape)
    own, homes = set(map(id, variables)), {id(v.vector): v.vector for v in variables if v.vector is not None}
    residents = [reference() for home in homes.values() for reference in getattr(home, "residents", ())]
    others = [v for v in residents if v is not None and id(v) not in own and id(v.vector) in homes]
    for number, variable in enumerate(others):
        layout.add(f"{number}:{variable.path}", variable.shape)  # another model's layers may be called as this one's
    vector = SharedVector(layout, dtype)
    vector.residents = [weakref.ref(variable) for variable in (*variables, *others)]
    for variable, name in zip((*variables, *others), layout.entries, strict=True):
        view = vector[name]
        view[...] = variable.value
        variable.value, variable.vector, variable.offset = view, vector, layout.offset(name)
    return _part(variables) if others else vector


def vector_of(variables, dtype):
    """The vector of exactly these variables: the one they live in, a part of it, or a new one where they are scattered."""
    home = variables[0].vector if variables else None
    if home is None or any(variable.vector is not home for variable in variables):
        return pack(variables, dtype)
    if len(home) == len(variables) and all(variable.path in home for variable in variables):
        return home
    part = _part(variables)
    return pack(sorted(variables, key=lambda variable: variable.offset), dtype) if part is None else part


def _part(variables):
    """The part of their vector that these variables fill, in the order in which they lie there; None where there are gaps."""
    variables = sorted(variables, key=lambda variable: variable.offset)
    home, first, layout = variables[0].vector, variables[0].offset, Layout()
    for variable in variables:
        if layout.add(variable.path, variable.shape) != variable.offset - first:
            return None
    return Vector(layout, home.array.dtype, home.array[first : first + layout.size])
