"""Optimizers: how the gradient changes the parameters."""

from glassnet.optimizers import schedules
from glassnet.optimizers.adam import Adam, Adamax, AdamW, Nadam
from glassnet.optimizers.adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from glassnet.optimizers.gradient_descent import SGD, Lion
from glassnet.optimizers.optimizer import Optimizer, optimizers


def get(identifier):
    """An optimizer from its name in any case, its configuration, its class, or itself; None for None.

    >>> get("adam"), get(SGD).name
    (Adam(learning_rate=0.001, ...), 'sgd')
    """
    found = optimizers.get(identifier.lower() if isinstance(identifier, str) else identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise ValueError(f"Expected an optimizer, its name or its configuration. Received: {identifier!r}.")
    return found


def serialize(optimizer):
    """`{"class_name", "config"}`: plain data. Raises `ValueError` where the learning rate is a function, which is
    none."""
    if callable(optimizer.get_config()["learning_rate"]):
        raise ValueError(
            f"Cannot save the {type(optimizer).__name__}: its learning rate is a function. "
            "Use a number or a LearningRateSchedule."
        )
    return optimizers.serialize(optimizer)


deserialize = optimizers.deserialize

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "optimizers",
    "schedules",
    "serialize",
]
