"""What all losses share: checks of targets, their place in a network, and the eager call."""

import inspect
import math

import numpy as np

from glassnet import config
from glassnet.engine import eager
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.reduction import MEAN, SUM, WEIGHTED_MEAN
from glassnet.engine.kernels.sequence import BOTH_MASKS
from glassnet.losses.target import check_numbers, check_sample_weight
from glassnet.registry import Configurable, Registry, snake_case

registry = Registry("loss function")

REDUCTIONS = {"sum_over_batch_size": MEAN, "mean": MEAN, "sum": SUM, "mean_with_sample_weight": WEIGHTED_MEAN}


class Loss(Configurable):
    """How wrong predictions are: one value for each example, then one number that training lowers.

    Arguments:
        name: Name of the object; its class's in snake case where None.
        reduction: What makes one number of the values: `"sum_over_batch_size"` or `"mean"` (their mean; weights do not
            change what is divided by), `"sum"`, `"mean_with_sample_weight"` (divided by the sum of the weights),
            `"none"` or None (the values stay).
        dtype: `"float32"` or `"float64"`, of the eager call; a network computes in its own. `floatx()` where None.

    A subclass says which operation it is: in `operation`, as `ops.operation` makes one of a forward function
    `(y_pred, y_true, values, ...)` and a backward function `(y_pred, y_true, values, dvalues, dy_pred, dy_true, ...)`; behind
    these come the subclass's own `arguments`, numbers. There is no automatic differentiation here, so a Python function
    alone cannot be trained.
    """

    operation = None

    arguments = ()
    """Names of the subclass's own arguments, which `get_config` returns."""

    whole_batch = False
    """Whether the loss has one value for a batch, which all of its examples carry."""

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if reduction not in (*REDUCTIONS, "none", None):
            known = ", ".join(map(repr, REDUCTIONS))
            raise ValueError(f"Expected one of the reductions {known}, 'none' or None. Received: {reduction!r}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction
        self.dtype = config.floatx() if dtype is None else config.check_dtype(dtype)

    def parts(self, shape):
        """The node's operation, sizes, constants and scratch for predictions of `shape` without the batch."""
        if self.operation is None:
            raise NotImplementedError(
                f"Expected a loss of glassnet. Received: {type(self).__name__}, which names no operation and so has no "
                "derivative. Use one of glassnet.losses, or give the class an operation = ops.operation(forward, backward)."
            )
        shapes = [shape, self.target_shape(shape)], [self.values_shape(shape)]
        return self.operation.parts(*shapes, constants=[float(getattr(self, name)) for name in self.arguments], dtype=self.dtype)

    def values_shape(self, output_shape):
        """Shape of the values, without the batch, for predictions of `output_shape`."""
        return tuple(output_shape[:-1])

    def target_shape(self, output_shape):
        """Shape of the target tensor, without the batch, for predictions of `output_shape`."""
        return tuple(output_shape)

    def check_target(self, y_true, output_shape):
        """`y_true` as an array (N, *target_shape(output_shape)) that training can read.

        Raises `ValueError` where shape, dtype or numbers do not fit this loss.
        """
        return check_numbers(y_true, tuple(output_shape))

    def plan(self, graph, y_pred, target, name="loss"):
        """Adds the tensor `name/values` and the node that computes it from two others; returns the tensor."""
        parts = self.parts(tuple(y_pred.shape))
        values = graph.tensor(f"{name}/values", self.values_shape(y_pred.shape))
        graph.add(inputs=(y_pred, target), outputs=(values,), phase="loss", **parts)
        return self.with_mask(values, y_pred.mask)

    def with_mask(self, values, mask):
        """The tensor of values, of which those count that the mask of the predictions lets count."""
        if mask is not None and mask.shape != values.shape:
            raise ValueError(
                f"Expected a value of the loss {self.name!r} for each step of the mask, shape {mask.shape}. "
                f"Received: values of shape {values.shape}. Let the last layer give one row of numbers for each step."
            )
        values.mask = mask
        return values

    def plan_reduction(self, graph, values, weights, name="loss"):
        """Adds the tensor `name`, one number, and the node that makes it of `values`; returns the node.

        Its `totals` are the sum of loss * batch and the number of examples; its one constant is a factor of the loss.

        Arguments:
            graph: `Graph`.
            values: What `plan` returned.
            weights: Tensor of weights, one for each example or each value, or None.
            name: Of the tensor.

        Raises `ValueError` where the reduction leaves more than one number.
        """
        if self.reduction not in REDUCTIONS:
            raise ValueError(
                f"Expected a reduction that leaves one number to lower. Received: reduction={self.reduction!r} of the "
                f"loss {self.name!r}. Use 'sum_over_batch_size'."
            )
        # All examples carry the same value: unweighted, their sum is that value once.
        operation = MEAN if self.whole_batch and weights is None else REDUCTIONS[self.reduction]
        rows = math.prod(values.shape)
        values_per_weight = 1 if weights is None else rows // math.prod(weights.shape)
        loss = graph.tensor(name, (), batched=False)
        mask = graph.tensors.get(f"{name}/mask")
        if values.mask is not None:
            mask = values.mask if mask is None else self._both(graph, values.mask, mask, name)
        return graph.add(
            operation,
            inputs=(values, weights, mask),
            outputs=(loss,),
            sizes=(rows, values_per_weight),
            constants=(1.0,),
            totals=2,
            phase="loss",
        )

    @staticmethod
    def _both(graph, first, second, name):
        """The mask of what counts by two masks: padding, and a class that is ignored."""
        both = graph.tensor(f"{name}/counted", first.shape)
        size = math.prod(first.shape)
        graph.add(BOTH_MASKS, inputs=(first, second), outputs=(both,), sizes=(size,), phase="loss")
        return both

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of predictions: one number, or an array of values with the reduction `"none"`.

        Arguments:
            y_true: Targets (B, ...).
            y_pred: Predictions (B, ...).
            sample_weight: None, one number, (B,), or shaped like the values.
        """
        if self.reduction in REDUCTIONS:
            return self._run(y_true, y_pred, sample_weight).acts["loss"][()]
        values = self.call(y_true, y_pred)
        if sample_weight is None:
            return values
        shape = np.shape(y_pred)[:1] if self.whole_batch else np.shape(values)
        weights = check_sample_weight(sample_weight, shape).astype(self.dtype)
        return values * weights.reshape(weights.shape + (1,) * (np.ndim(values) - weights.ndim))

    def call(self, y_true, y_pred):
        """The value of each sample: an array shaped like the predictions without their last axis."""
        values = self._run(y_true, y_pred, reduced=False).acts["loss/values"]
        single = self.whole_batch or np.ndim(y_pred) == 1 and np.ndim(y_true) < 2
        return values[0] if single else values

    def gradient(self, y_true, y_pred, sample_weight=None):
        """The derivative of the loss, reduced to one number, by `y_pred`, from the backward kernels."""
        program = self._run(y_true, y_pred, sample_weight, backward=True)
        return program.act_grads["y_pred"].reshape(np.shape(y_pred))

    def _run(self, y_true, y_pred, sample_weight=None, reduced=True, backward=False):
        """The program that has computed the loss."""
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred, self.dtype)
        if y_pred.ndim == 0:
            raise ValueError("Expected predictions with at least one axis. Received: a single number. Put it in a list.")
        if y_pred.ndim == 1:  # one example, except where the targets say that it is a column
            column = y_true.ndim == 2 and y_true.shape[1] == 1
            y_true, y_pred = (y_true, y_pred[:, None]) if column else (y_true[None], y_pred[None])
        target = self.check_target(y_true, y_pred.shape[1:])
        if len(target) != len(y_pred):
            raise ValueError(f"Expected a target for each of {len(y_pred)} predictions. Received: {len(target)} targets.")
        graph, feeds = Graph(), {"y_pred": y_pred, "y_true": target}
        prediction = graph.tensor("y_pred", y_pred.shape[1:])
        values = self.plan(graph, prediction, graph.tensor("y_true", target.shape[1:]))
        weights = None
        if sample_weight is not None:
            feeds["sample_weight"] = check_sample_weight(sample_weight, (len(y_pred), *values.shape))
            weights = graph.tensor("sample_weight", feeds["sample_weight"].shape[1:])
        if reduced:
            self.plan_reduction(graph, values, weights)
        wanted = ("y_pred",) if backward else ()
        return eager.run(graph, feeds, self.dtype, phases=("loss",), backward=backward, input_gradients=wanted)

    def get_config(self):
        own = {argument: getattr(self, argument) for argument in self.arguments}
        return {"name": self.name, "reduction": self.reduction, **own}


def per_sample(loss_class):
    """The function `(y_true, y_pred, ...)` that returns the value of each sample, with a loss class's own arguments.

    It computes in float64 where `y_pred` is an array of float64, else in float32.
    """
    common = ("reduction", "name", "dtype")
    own = [p for p in inspect.signature(loss_class).parameters.values() if p.name not in common]
    first = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("y_true", "y_pred")]
    signature = inspect.Signature([*first, *own])

    def function(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        y_true, y_pred = given.pop("y_true"), given.pop("y_pred")
        dtype = "float64" if getattr(y_pred, "dtype", None) == np.float64 else "float32"
        return loss_class(**given, dtype=dtype).call(y_true, y_pred)

    function.__name__ = function.__qualname__ = snake_case(loss_class.__name__)
    function.__signature__ = signature
    function.__doc__ = f"The value of each sample, without a reduction. {loss_class.__doc__}"
    function.loss_class = loss_class
    return function
