"""A model from Python, or from a file, that the studio is to show: which page fits, and a copy for each session."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glassnet.models import load_model
from glassnet.studio.pages import NAMES, page_class


@dataclass(frozen=True)
class Exhibit:
    """What is shown.

    Arguments:
        path: The model's file.
        page: The name of the page.
        data: `(x, y)`, or None.
        folder: The temporary folder that the file is in, or None where it is the user's own.
    """

    path: str
    page: str
    data: tuple | None = None
    folder: tempfile.TemporaryDirectory | None = None

    def model(self):
        """A model of one's own: what a session does to it, no other one sees."""
        return load_model(self.path)

    @classmethod
    def of_file(cls, path):
        """The model in a file. Raises `ValueError` where no page can show it."""
        return cls(str(path), page_for(load_model(path), None))

    @classmethod
    def of(cls, model, data=None):
        """A model, with the data `(x, y)` to show it on, or None. Raises `ValueError` where no page can show them."""
        if data is not None:
            data = tuple(np.asarray(part) for part in data)
            if len(data) != 2 or len(data[0]) != len(data[1]):
                raise ValueError(f"Expected data as (x, y) with a label for each example. Received: {[p.shape for p in data]}.")
        page = page_for(model, data)
        folder = tempfile.TemporaryDirectory(prefix="glassnet-")
        path = Path(folder.name) / "model.safetensors"
        model.save(path)
        return cls(str(path), page, data, folder)


def page_for(model, data):
    """The name of the first page that can show a model. Raises `ValueError` that says what the pages show."""
    found = next((name for name in NAMES if page_class(name).accepts(model, data)), None)
    if found is None:
        raise ValueError(
            "Expected a model that a page of the studio can show, compiled: one that classifies 28 x 28 pictures (digits), one "
            "with two inputs (playground), or a small one of dense layers (backpropagation). "
            f"Received: model '{model.name}' with inputs {model.input_shape}, outputs {model.output_shape}"
            f"{'' if data is None else f' and data {data[0].shape}, {data[1].shape}'}."
        )
    return found
