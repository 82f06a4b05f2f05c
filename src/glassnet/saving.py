"""Saved models, and classes of one's own in them, as in Keras."""

import inspect
import sys

from glassnet.initializers.initializer import Initializer, initializers
from glassnet.layers.layer import Layer, layers
from glassnet.losses.loss import Loss
from glassnet.losses.loss import registry as losses
from glassnet.metrics.metric import Metric, metrics
from glassnet.models import Model, load_model, models
from glassnet.optimizers.optimizer import Optimizer, optimizers
from glassnet.regularizers import Regularizer, regularizers
from glassnet.schedules import LearningRateSchedule, schedules

__all__ = ["get_registered_name", "load_model", "register_keras_serializable"]

_REGISTRIES = {
    Model: models,
    Layer: layers,
    Loss: losses,
    Metric: metrics,
    Optimizer: optimizers,
    Regularizer: regularizers,
    Initializer: initializers,
    LearningRateSchedule: schedules,
}


def register_keras_serializable(package="Custom", name=None):
    """Class decorator: lets models with objects of a class of one's own be saved and loaded.

    Arguments:
        package: Name of what the class belongs to; it is saved as `package>name`.
        name: Name of the class; its own where none is given.

    The class needs `get_config`, which gives the arguments of its `__init__`. A program that loads such a model must have
    imported the class: a file names it, it holds no code.

    >>> from glassnet import layers
    >>> @register_keras_serializable(package="docs")
    ... class Doubled(layers.Layer):
    ...     def call(self, x):
    ...         return layers.add([x, x])
    >>> get_registered_name(Doubled), layers.serialize(Doubled(name="twice"))["class_name"]
    ('docs>Doubled', 'docs>Doubled')
    """

    def register(cls):
        registries = [registry for base, registry in _REGISTRIES.items() if inspect.isclass(cls) and issubclass(cls, base)]
        for registry in registries:  # a model is a layer, too
            full = f"{package}>{name or cls.__name__}"
            for other in [key for key, entered in registry.classes.items() if entered is cls]:
                del registry.classes[other]
            registry.classes[full] = cls
        if registries:
            return cls
        bases = ", ".join(base.__name__ for base in _REGISTRIES)
        raise ValueError(f"Expected a subclass of one of {bases}. Received: {cls!r}.")

    return register


def get_registered_name(cls):
    """The name by which files name a class. Raises `ValueError` for one that is not registered."""
    return next(registry for base, registry in _REGISTRIES.items() if issubclass(cls, base)).name_of(cls)


def importable_class(name):
    """The class of one's own that files call `name`, where a program can import it from its module; else None."""
    cls = next((registry.classes[name] for registry in _REGISTRIES.values() if name in registry.classes), None)
    if cls is None or cls.__module__ == "__main__":
        return None
    return cls if getattr(sys.modules.get(cls.__module__), cls.__name__, None) is cls else None
