"""A model anew, from its configuration."""


def clone_model(model):
    """A model of the same layers with weights of its own, as they are before training.

    Arguments:
        model: A `Sequential` or functional model.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(3)])
    >>> clone_model(model).layers[0].kernel is model.layers[0].kernel
    False
    """
    return type(model).from_config(model.get_config())
