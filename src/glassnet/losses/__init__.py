"""Losses: how wrong a network is, as one number that training lowers.

A loss is an object (`losses.MeanSquaredError()`), found by name, too (`losses.get("mse")`). The functions of the same
names in snake case (`losses.mean_squared_error`) return the value of each sample.
"""

import inspect

from glassnet.losses.crossentropy import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
)
from glassnet.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from glassnet.losses.loss import Loss, per_sample, registry
from glassnet.losses.overlap import CosineSimilarity, Dice, Tversky
from glassnet.losses.regression import (
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SumOfSquares,
)
from glassnet.losses.target import check_sample_weight

mean_squared_error = mse = MSE = per_sample(MeanSquaredError)
mean_absolute_error = mae = MAE = per_sample(MeanAbsoluteError)
mean_absolute_percentage_error = mape = MAPE = per_sample(MeanAbsolutePercentageError)
mean_squared_logarithmic_error = msle = MSLE = per_sample(MeanSquaredLogarithmicError)
sum_of_squares = per_sample(SumOfSquares)
cosine_similarity = per_sample(CosineSimilarity)
huber = per_sample(Huber)
log_cosh = logcosh = per_sample(LogCosh)
binary_crossentropy = bce = BCE = per_sample(BinaryCrossentropy)
binary_focal_crossentropy = per_sample(BinaryFocalCrossentropy)
categorical_crossentropy = per_sample(CategoricalCrossentropy)
categorical_focal_crossentropy = per_sample(CategoricalFocalCrossentropy)
sparse_categorical_crossentropy = per_sample(SparseCategoricalCrossentropy)
categorical_generalized_cross_entropy = per_sample(CategoricalGeneralizedCrossEntropy)
poisson = per_sample(Poisson)
kl_divergence = kld = KLD = kullback_leibler_divergence = per_sample(KLDivergence)
hinge = per_sample(Hinge)
squared_hinge = per_sample(SquaredHinge)
categorical_hinge = per_sample(CategoricalHinge)
dice = per_sample(Dice)
tversky = per_sample(Tversky)


def get(identifier):
    """The loss object of a name, a class, a configuration, one of this module's functions, or a loss; None for None.

    Raises `ValueError` for unknown names and for Python functions of other modules.

    >>> get("mse")
    MeanSquaredError(name='mean_squared_error', reduction='sum_over_batch_size')
    """
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if hasattr(identifier, "loss_class"):
        return identifier.loss_class()
    if isinstance(identifier, str | dict) or inspect.isclass(identifier) and issubclass(identifier, Loss):
        return registry.get(identifier)
    raise ValueError(
        f"Expected the name, the configuration or an object of a loss. Received: {identifier!r}. A Python function has "
        "no derivative here (there is no automatic differentiation), so that it cannot be trained. "
        "Use one of glassnet.losses, or a subclass of Loss with an operation = ops.operation(forward, backward)."
    )


def serialize(loss):
    """A loss as plain data, `{"class_name", "config"}`.

    >>> serialize(Huber(delta=2.0))["config"]["delta"]
    2.0
    """
    return registry.serialize(get(loss))


def deserialize(config):
    """The loss that `serialize` described, or that a name names."""
    return get(config)


__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "SumOfSquares",
    "Tversky",
    "check_sample_weight",
    "deserialize",
    "get",
    "serialize",
]
