"""Models: networks that can be trained, saved and looked into."""

from glassnet.models.cloning import clone_model
from glassnet.models.functional import Functional
from glassnet.models.model import Model, models
from glassnet.models.sequential import Sequential


def load_model(filepath):
    """A model from a file that `save` wrote, ready to predict and to train on. Raises `ValueError` for anything else.

    Nothing in the file is executed.
    """
    from glassnet.formats.safetensors import load_model

    return load_model(filepath)


__all__ = ["Functional", "Model", "Sequential", "clone_model", "load_model", "models"]
