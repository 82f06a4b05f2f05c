"""What all metrics share: running sums that batches add to, and a result worked out from them."""

import math
from collections import Counter

import numpy as np

from glassnet.config import check_dtype, floatx
from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable, vector_of
from glassnet.registry import Configurable, Registry, snake_case

metrics = Registry("metric")

_names = Counter()


def _new_name(cls):
    """`auc`, then `auc_1`, `auc_2`: metrics that are not given a name are numbered."""
    base = snake_case(cls.__name__)
    _names[base] += 1
    return base if _names[base] == 1 else f"{base}_{_names[base] - 1}"


def ratio(a, b):
    """a / b, and 0 where b is 0."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.divide(a, b, out=np.zeros(b.shape), where=b != 0)[()]


class Metric(Configurable):
    """The base of all metrics.

    A metric keeps running sums (`totals`, float64). `update_state` adds a batch to them, `result` is worked out from
    them. The training loop does the same with the operations that `plan` puts into the network's program.

    Arguments:
        dtype: `"float32"` or `"float64"`, in which batches are computed and results given; None for `config.floatx()`.
        name: Its name in logs; None for a numbered one of its class.
    """

    def __init__(self, dtype=None, name=None):
        self.name = name or _new_name(type(self))
        self.dtype = self.compute_dtype = check_dtype(dtype or floatx())
        self._state = None
        self._programs = {}

    @property
    def totals(self):
        """The running sums: float64 array (n,), None before it is known how many there are."""
        return None if self._state is None else self._state.value

    @property
    def variables(self):
        """The running sums as a list of one `Variable`; empty before it is known how many there are."""
        return [] if self._state is None else [self._state]

    def build(self, count):
        """Makes the running sums, all 0. Raises `ValueError` where there are some already, and not as many."""
        if self._state is None:
            self._state = Variable(np.zeros(count), "totals", False, "float64", f"{self.name}/totals")
        elif self._state.size != count:
            raise ValueError(
                f"Metric {self.name!r} expected batches shaped like those before. "
                f"Received: a batch that needs {count} running sums instead of {self._state.size}. "
                "Use another metric for it."
            )

    def plan(self, graph, y_pred, target, weights=None, name=None):
        """Adds this metric's operations to a graph.

        Arguments:
            graph: `Graph`.
            y_pred: Tensor of the predictions.
            target: Tensor of the targets.
            weights: Tensor of the weights: one for each example, or for each of its first axes; None for weights of 1.
            name: What its tensors' names begin with; `self.name` by default.

        Returns: its nodes, of which the last one keeps the totals.
        """
        raise NotImplementedError(f"Expected {type(self).__name__} to define plan(). Do so.")

    def result_from(self, totals):
        """The metric's value, a float or an array, worked out from running sums."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define result_from(totals). Do so.")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch.

        Arguments:
            y_true: Targets (B, ...).
            y_pred: Predictions (B, ...).
            sample_weight: Weights (B,), or one for each of an example's parts, (B, T); a number weighs all; None for 1.
        """
        self._run(y_true, y_pred, sample_weight)

    def result(self):
        """The value for all batches since the last reset, in the metric's dtype."""
        if self._state is None:
            raise ValueError(f"Metric {self.name!r} has no result before the first batch. Call update_state first.")
        return np.asarray(self.result_from(self.totals), self.compute_dtype)[()]

    def reset_state(self):
        """Sets the running sums to 0."""
        if self._state is not None:
            self.totals[:] = 0

    def __call__(self, *args, **kwargs):
        """Adds a batch and returns the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}

    def _run(self, y_true, y_pred, sample_weight):
        """Adds a batch by means of the operations of the training loop; returns their program and the batch's size."""
        target, y_pred = self._prepare(y_true, y_pred)
        B = len(y_pred)
        if len(target) != B:
            raise ValueError(
                f"Metric {self.name!r} expected as many targets as predictions. "
                f"Received: y_true of shape {target.shape}, y_pred of shape {y_pred.shape}."
            )
        feeds = {"y_pred": y_pred, "target": target}
        if sample_weight is not None:
            weights = np.asarray(sample_weight, self.compute_dtype)
            feeds["weights"] = weights if weights.ndim else self._scalar_weight(weights, B)
            if len(feeds["weights"]) != B:
                raise ValueError(
                    f"Metric {self.name!r} expected a weight for each of {B} examples. "
                    f"Received: sample_weight of shape {weights.shape}."
                )
        program, node = self._program({key: feed.shape[1:] for key, feed in feeds.items()}, B)
        for key, feed in feeds.items():
            program.acts[key][:B] = feed
        totals = program.node_totals(node)
        totals[:] = self.totals
        program.once(program.calls("metric"), B)
        self.totals[:] = totals
        return program, B

    def _prepare(self, y_true, y_pred):
        """Targets and predictions as arrays (B, ...)."""
        return tuple(np.atleast_1d(np.asarray(y, self.compute_dtype)) for y in (y_true, y_pred))

    def _scalar_weight(self, weight, B):
        return np.full(B, weight)

    def _program(self, shapes, B):
        """The program for batches of these shapes and up to B examples, and the node that keeps the totals."""
        key = tuple(shapes.items())
        if key not in self._programs or self._programs[key][0].batch_size < B:
            graph = Graph()
            tensors = {name: graph.tensor(name, shape) for name, shape in shapes.items()}
            nodes = self.plan(graph, tensors["y_pred"], tensors["target"], tensors.get("weights"))
            program = Program(graph, vector_of([], self.compute_dtype), None, max(B, 1), self.compute_dtype)
            self._programs[key] = program, nodes[-1]
        return self._programs[key]

    def _add_node(self, graph, operation, inputs, totals, **parts):
        """A node of this metric that keeps `totals` running sums."""
        self.build(totals)
        return graph.add(operation, inputs=inputs, totals=totals, phase="metric", layer=self.name, **parts)

    def _check_same_shape(self, y_pred, target):
        """The common shape of predictions and targets, one of which may lack a last axis of 1."""
        p, t = y_pred.shape, target.shape
        if p == t:
            return p
        if p == (*t, 1) or t == (*p, 1):
            return min(p, t, key=len) or (1,)
        raise ValueError(
            f"Metric {self.name!r} expected targets shaped like the predictions, (batch, {_text(p)}). "
            f"Received: y_true of shape (batch, {_text(t)}). Give one target for each prediction."
        )

    def _weight_rows(self, weights, shape):
        """How many weights an example has, 0 for none. Their axes must be the first of `shape`, the values'."""
        if weights is None:
            return 0
        given = weights.shape
        while given and given[-1] == 1:
            given = given[:-1]
        if given != shape[: len(given)]:
            raise ValueError(
                f"Metric {self.name!r} expected a weight for each example, or for each value (batch, {_text(shape)}). "
                f"Received: sample_weight of shape (batch, {_text(weights.shape)})."
            )
        return math.prod(given)


def _text(shape):
    return ", ".join(map(str, shape))
