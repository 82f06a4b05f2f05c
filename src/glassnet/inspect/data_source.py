"""Which data set of the library an array is: found by its checksum."""

import numpy as np

from glassnet import datasets
from glassnet.training_run import checksum

DOWNLOADED = ("fashion_mnist",)
"""Sets that are not asked, because that could mean to download them."""


def library_data(described, called=str):
    """The lines of Python that load these arrays, or None where one of them is of no data set of the library.

    Arguments:
        described: `{name: {"shape", "dtype", "sha256"}}`, names as of `fit`: x, y, x_val, y_val.
        called: Function that gives the variable of each name.

    >>> from glassnet.training_run import Data
    >>> (x, y), _ = datasets.parity.load_data()
    >>> library_data(Data({"x": x[:100], "y": y[:100]}).describe())[1:]
    ['x = x_train[:100]', 'y = y_train[:100]']
    """
    if not {"x", "y"} <= described.keys() <= {"x", "y", "x_val", "y_val"}:
        return None
    for name in (dataset.name for dataset in datasets.catalogue() if dataset.name not in DOWNLOADED):
        parts = _parts(name, described["x"]["shape"])
        if parts is None:
            continue
        found = {which: _expression(about, which[0], parts) for which, about in described.items()}
        if all(found.values()):
            load = f"(x_train, y_train), (x_test, y_test) = datasets.{name}.load_data()"
            return [load, *(f"{called(which)} = {expression}" for which, expression in found.items())]
    return None


def _parts(name, shape):
    """The arrays of a set by name, or None where its examples have another size than `shape` (N, ...)."""
    size = next(np.prod(dataset.inputs) for dataset in datasets.catalogue() if dataset.name == name)
    if np.prod(shape[1:]) != size:
        return None
    (x_train, y_train), (x_test, y_test) = datasets.find(name).load_data()
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _expression(about, letter, parts):
    """How an array comes from one of the set: its first rows, in another shape, scaled from bytes, or one-hot."""
    shape, dtype = tuple(about["shape"]), np.dtype(about["dtype"])
    for part, array in parts.items():
        if part[0] != letter or len(array) < shape[0]:
            continue
        rows = array[: shape[0]]
        text = part if len(array) == shape[0] else f"{part}[:{shape[0]}]"
        for candidate, written in _changed(rows, text, shape, dtype):
            if candidate.shape == shape and checksum(candidate) == about["sha256"]:
                return written
    return None


def _changed(rows, text, shape, dtype):
    # fit itself makes columns of labels (N,)
    ending = "" if shape in (rows.shape, (*rows.shape, 1)) else f".reshape{shape}"
    if rows.size == np.prod(shape):
        reshaped = rows.reshape(shape)
        if rows.dtype == dtype:
            yield reshaped, text + ending
        else:
            yield reshaped.astype(dtype), f'{text}{ending}.astype("{dtype}")'
        if rows.dtype == np.uint8 and dtype.kind == "f":
            yield (reshaped / 255).astype(dtype), f'({text}{ending} / 255).astype("{dtype}")'
    elif len(shape) == 2 and rows.ndim == 1 and rows.dtype.kind in "ui" and rows.max() < shape[1]:
        yield np.eye(shape[1], dtype=dtype)[rows], f'np.eye({shape[1]}, dtype="{dtype}")[{text}]'
