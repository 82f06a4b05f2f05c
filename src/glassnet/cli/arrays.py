"""Files of arrays, .npz: data of any shape, also for models of several inputs and outputs."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np


def is_arrays(data):
    """Whether `data` is meant as the path of a file of arrays."""
    return Path(data).suffix == ".npz"


def array_parts(model, path, labelled=True):
    """`[(x, y)]`, and behind it `(x_val, y_val)` where the file has them, as `fit` takes them: tuples where a model has several
    inputs or outputs, whose arrays are called x_0, x_1, y_0, y_1. Where labels need not be there, y may be None.

    Raises `ValueError` where arrays are missing, `FileNotFoundError` where there is no such file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, BadZipFile) as error:
        raise ValueError(f"Expected a file of arrays of numbers, as numpy.savez writes it. Received: {path}: {error}.") from error
    endings = [ending for ending in ("", "_val") if not ending or any("_val" in name for name in arrays)]
    parts = [_part(model, arrays, ending, path, labelled) for ending in endings]
    return [part for part in parts if part is not None]


def _part(model, arrays, ending, path, labelled):
    trained = [loss is not None for loss in model._losses] if model.loss is not None else [True] * len(model.output_names)
    wanted = [_names(f"x{ending}", len(model.input_names)), _names(f"y{ending}", len(model.output_names))]
    needed = [*wanted[0], *(name for name, is_needed in zip(wanted[1], trained, strict=True) if is_needed)]
    if not labelled and set(wanted[0]) <= set(arrays) and not set(needed) <= set(arrays):
        return _several([arrays[name] for name in wanted[0]]), None
    if not set(needed) <= set(arrays):
        kinds = f"inputs {', '.join(model.input_names)}; outputs {', '.join(model.output_names)}"
        raise ValueError(f"Expected the arrays {', '.join(needed)} ({kinds}) in {path}. Received: {', '.join(arrays) or 'none'}.")
    return tuple(_several([arrays.get(name) for name in names]) for names in wanted)


def _names(name, count):
    return [name] if count == 1 else [f"{name}_{number}" for number in range(count)]


def _several(arrays):
    return arrays[0] if len(arrays) == 1 else tuple(arrays)
