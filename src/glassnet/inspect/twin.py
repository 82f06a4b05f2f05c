"""A second model like a first one: the same layers and weights, another optimizer."""

import random

from glassnet.layers.layer import weights_from_file


def like(optimizer, model, **changes):
    """A new optimizer with the arguments of another one but for `changes`, for the variables of `model`.

    Arguments:
        optimizer: The other one.
        model: Its variables are called as those that the other one trains.
        **changes: Arguments that differ.
    """
    new = type(optimizer)(**{**optimizer.get_config(), **changes})
    return new


def twin(model):
    """A copy of a compiled model that shares nothing with it but loss, metrics and data.

    Its weights are zero until they are set.
    """
    state = random.getstate()  # a new model draws seeds that are then set: the program's other random numbers stay the same
    try:
        with weights_from_file():
            copy = type(model).from_config(model.get_config())
    finally:
        random.setstate(state)
    return copy
