"""Regularizers: penalties on the weights or activations of a layer, which are added to the loss."""

import math
from numbers import Real

import numpy as np

from glassnet.engine import eager
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.penalty import PENALTY_OF_ACTIVITY, PENALTY_OF_VARIABLE
from glassnet.engine.variable import Variable
from glassnet.registry import Configurable, Registry

regularizers = Registry("regularizer")


def _strength(name, value, default):
    """A strength as a float; the default for None."""
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ValueError(f"Expected `{name}` to be a finite number that is not negative. Received: {name}={value!r}.")
    return float(value)


class Regularizer(Configurable):
    """The base of all regularizers, whose penalty is `l1 * sum(abs(x)) + l2 * sum(x ** 2)`.

    A subclass sets the attributes `l1` and `l2`.
    """

    l1 = l2 = 0.0

    def __call__(self, x):
        """The penalty of an array or `Variable` x: a float64 for float64, else a float32."""
        return self._run(x).acts["penalty"][()]

    def gradient(self, x):
        """The derivative of the penalty by x, shaped like x. It is 0 where x is 0.

        >>> L1(0.5).gradient([1.0, -2.0, 0.0])
        array([ 0.5, -0.5,  0. ], dtype=float32)
        """
        return self._run(x).grads["x"].copy()

    def _run(self, x):
        given = getattr(x, "dtype", None)  # a list has none, and counts as float32
        dtype = "float64" if given is not None and np.dtype(given) == np.float64 else "float32"
        graph = Graph()
        self.plan(graph, Variable(np.array(x, dtype), "x", dtype=dtype), "penalty")
        return eager.run(graph, {}, dtype, phases=("loss",), backward=True)

    def plan(self, graph, variable, name):
        """Adds the node (phase `"loss"`) whose output, the scalar tensor `name`, is the penalty of a `Variable`.

        Its one running total is the penalty times the batch size, its backward pass adds to the variable's gradient.
        """
        return graph.add(
            PENALTY_OF_VARIABLE,
            outputs=(graph.tensor(name, (), batched=False),),
            variables=(variable,),
            sizes=(variable.size,),
            constants=(self.l1, self.l2),
            totals=1,
            phase="loss",
        )

    def plan_activity(self, graph, tensor, name):
        """Like `plan`, for the activations of a batch: the scalar tensor `name` is the mean penalty of an example."""
        return graph.add(
            PENALTY_OF_ACTIVITY,
            inputs=(tensor,),
            outputs=(graph.tensor(name, (), batched=False),),
            sizes=(math.prod(tensor.shape),),
            constants=(self.l1, self.l2),
            totals=1,
            phase="loss",
        )


@regularizers.add()
class L1(Regularizer):
    """`l1 * sum(abs(x))`: drives the weights that matter least to exactly 0 (Tibshirani 1996, lasso).

    Arguments:
        l1: Strength, not negative.

    >>> L1(0.5)([1.0, -2.0])
    np.float32(1.5)
    """

    def __init__(self, l1=0.01):
        self.l1 = _strength("l1", l1, 0.01)

    def get_config(self):
        return {"l1": self.l1}


@regularizers.add()
class L2(Regularizer):
    """`l2 * sum(x ** 2)`: keeps all weights small (Hoerl and Kennard 1970, ridge regression).

    Arguments:
        l2: Strength, not negative.

    >>> L2(0.5)([1.0, -2.0])
    np.float32(2.5)
    """

    def __init__(self, l2=0.01):
        self.l2 = _strength("l2", l2, 0.01)

    def get_config(self):
        return {"l2": self.l2}


@regularizers.add("l1l2")
class L1L2(Regularizer):
    """`l1 * sum(abs(x)) + l2 * sum(x ** 2)` (Zou and Hastie 2005, elastic net).

    Arguments:
        l1: Strength of the first, not negative.
        l2: Strength of the second, not negative.

    >>> L1L2(l1=0.5, l2=1.0)([1.0, -2.0])
    np.float32(6.5)
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = _strength("l1", l1, 0.0), _strength("l2", l2, 0.0)

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


def get(identifier):
    """A regularizer from its name, its configuration, its class, or itself; None for None.

    >>> get("l2"), get({"class_name": "L1", "config": {"l1": 0.5}}), get(None)
    (L2(l2=0.01), L1(l1=0.5), None)
    """
    found = regularizers.get(identifier)
    if found is not None and not isinstance(found, Regularizer):
        raise ValueError(
            f"Expected a regularizer, its name or its configuration. Received: {identifier!r}. "
            "Use L1, L2, L1L2 or a subclass of Regularizer that sets l1 and l2."
        )
    return found


serialize = regularizers.serialize
deserialize = regularizers.deserialize

# Keras lets a regularizer be named in lower case as well: `regularizers.l2(0.01)`.
l1, l2, l1_l2 = L1, L2, L1L2
