"""`saving.load_model`, as in Keras."""

from glassnet.models import load_model

__all__ = ["load_model"]
