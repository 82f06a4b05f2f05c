"""Data to learn from: in the package, drawn by formula, downloaded once, or a table of your own.

>>> from glassnet import datasets
>>> (x_train, y_train), (x_test, y_test) = datasets.circle.load_data(n=300, noise=0.1)
>>> [dataset.name for dataset in datasets.catalogue()][:3]
['mnist', 'fashion_mnist', 'parity']
"""

import importlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Dataset:
    """What `catalogue` tells about one set.

    Arguments:
        name: `glassnet.datasets.<name>` has its `load_data()`.
        what: What it holds, in a line.
        inputs: The shape of one input.
        target: What is to be predicted: "10 classes", "binary" or "regression".
        sizes: How many rows for training and for the test by default.
        licence: Of the data.
    """

    name: str
    what: str
    inputs: tuple
    target: str
    sizes: tuple
    licence: str


FORMULA = "none needed (drawn by formula)"

_CATALOGUE = (
    Dataset("mnist", "handwritten digits", (28, 28), "10 classes", (60000, 10000), "CC BY-SA 3.0"),
    Dataset("fashion_mnist", "pictures of clothes, downloaded once", (28, 28), "10 classes", (60000, 10000), "MIT"),
    Dataset("parity", "all 8-bit numbers: odd or even?", (8,), "binary", (192, 64), FORMULA),
    Dataset("weather", "New York's days of 2013: rainy or dry?", (2,), "binary", (873, 219), "CC0 1.0"),
    Dataset("circle", "a disc in a ring", (2,), "binary", (250, 250), FORMULA),
    Dataset("xor", "four quadrants, opposite ones alike", (2,), "binary", (250, 250), FORMULA),
    Dataset("gauss", "two clouds", (2,), "binary", (250, 250), FORMULA),
    Dataset("spiral", "two arms wound round each other", (2,), "binary", (250, 250), FORMULA),
    Dataset("moons", "two half circles that hook into each other", (2,), "binary", (250, 250), FORMULA),
    Dataset("regression_plane", "heights of a tilted plane", (2,), "regression", (250, 250), FORMULA),
    Dataset("regression_gauss", "heights of three hills and three pits", (2,), "regression", (250, 250), FORMULA),
)

_IN_POINTS = ("circle", "xor", "gauss", "spiral", "moons", "regression_plane", "regression_gauss")
_MODULES = ("mnist", "fashion_mnist", "parity", "weather", "csv", "points")


def catalogue():
    """What there is: a list of `Dataset`. Tables of your own are read by `glassnet.datasets.csv`."""
    return list(_CATALOGUE)


def find(name):
    """The set called `name`: what has its `load_data()`.

    Raises:
        ValueError: There is none of that name; the error lists the names there are.

    >>> find("parity").load_data(bits=3)[0][0].shape
    (6, 3)
    """
    names = [dataset.name for dataset in _CATALOGUE]
    if name not in names:
        raise ValueError(f"Expected the name of a dataset: {', '.join(names)}. Received: {name!r}.")
    return __getattr__(name)


def __getattr__(name):
    # Sets are imported when they are first used, so that `import glassnet` stays fast.
    if name in _IN_POINTS:
        return getattr(importlib.import_module("glassnet.datasets.points"), name)
    if name in _MODULES:
        return importlib.import_module(f"glassnet.datasets.{name}")
    raise AttributeError(f"module 'glassnet.datasets' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_IN_POINTS, *_MODULES])
