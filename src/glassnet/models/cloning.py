"""A model anew, from its configuration."""

from glassnet.registry import nameless_classes


def clone_model(model):
    """A model of the same layers with weights of its own, as they are before training.

    Arguments:
        model: Any model; one of a class of its own has a `get_config`.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3)])
    >>> clone_model(model).layers[0].kernel is model.layers[0].kernel
    False
    """
    with nameless_classes():
        copy = type(model).from_config(model.get_config())
    if model.built and not copy.built:  # of a class with a call
        copy.build_from_config(model.get_build_config())
    return copy
