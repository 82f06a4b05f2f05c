"""Model files: one safetensors file, the parameter vector as its body, everything else as plain text in its header.

The header's `__metadata__` holds one JSON text under `glassnet`: configuration, compilation, preprocessing, history, seed,
training runs. The
tensors are named after the variables and lie in the order of the network's vector, without gaps, so that the beginning of the
body *is* the vector. Optimiser slots follow as `optimizer/...`. Reading executes nothing.

Format: the safetensors project's documentation (8 bytes length, JSON header, body).
"""

import json
import os
import secrets
from pathlib import Path

import numpy as np
import safetensors

from glassnet.callbacks import History
from glassnet.layers.layer_weights import weights_from_file
from glassnet.preprocessing import preprocessings
from glassnet.training_run import TrainingRun, compilation_of

VERSION = 1
_DTYPES = {"float32": "F32", "float64": "F64", "int64": "I64"}


def write(path, tensors, description):
    """Writes named arrays, in their order, and a description (plain data) atomically: the file is whole or not there."""
    header, offset = {"__metadata__": {"glassnet": json.dumps(description)}}, 0
    for name, array in tensors.items():
        end = offset + array.nbytes
        header[name] = {"dtype": _DTYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)  # so that the vector lies on a cache line where the file is mapped into memory
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for array in tensors.values():
                file.write(np.ascontiguousarray(array).data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path):
    """`(tensors, description)` of a file. Raises `ValueError` for a damaged or foreign file, `FileNotFoundError` for none."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"Expected a model file at {path}. There is none.")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dictionary
    except (safetensors.SafetensorError, TypeError, MemoryError) as error:
        raise ValueError(f"Expected a whole safetensors file. {path.name} is damaged or something else: {error}.") from error
    try:
        description = json.loads(metadata.get("glassnet", "null"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"Expected glassnet's description in the header of {path.name}. It cannot be read: {error}.") from error
    if not isinstance(description, dict) or not isinstance(description.get("model"), dict):
        raise ValueError(f"Expected a file that model.save wrote. {path.name} has weights but no description of a model.")
    if description.get("version") != VERSION:
        raise ValueError(
            f"Expected a model file of version {VERSION}. {path.name} has {description.get('version')!r}: "
            "it needs another version of glassnet."
        )
    return tensors, description


def _check_path(filepath, overwrite):
    path = Path(filepath)
    if path.suffix != ".safetensors":
        raise ValueError(f"Expected a file name that ends in .safetensors. Received: {str(filepath)!r}.")
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists. Give overwrite=True or another name.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Expected an existing folder for {path.name}. There is no {path.parent}.")
    return path


def _weights_of(model):
    if not model.built:
        raise ValueError(f"Model '{model.name}' has no weights yet: build or train it before saving.")
    return {v.path: v.value for v in (*model.params_variables, *model.state_variables)}


def save_model(model, filepath, overwrite=True):
    """See `Model.save`."""
    path = _check_path(filepath, overwrite)
    tensors = _weights_of(model)
    optimizer = model.optimizer
    if optimizer is not None and optimizer.slots is not None:
        tensors["optimizer/slots"] = optimizer.slots.array
    history = model.history
    write(
        path,
        tensors,
        {
            "version": VERSION,
            "model": model.serialize(),
            "compile": model.get_compile_config(),
            "compiled_anew": model.compiled_anew,
            "steps": 0 if optimizer is None else int(optimizer.steps),
            "seed": model.seed,
            "epochs_trained": model._epochs_trained,
            "preprocessing": preprocessings.serialize(model.preprocessing),
            "training_runs": [run.get_config() for run in model.training_runs],
            "history": None if history is None else {"epoch": history.epoch, "history": history.history},
        },
    )


def load_model(filepath):
    """See `models.load_model`."""
    from glassnet.models.model import deserialize

    tensors, description = read(filepath)
    name = Path(filepath).name
    try:
        with weights_from_file():
            model = deserialize(description["model"])
        _fill(model, tensors, name)
        model.seed, model._epochs_trained = _count(description, "seed"), _count(description, "epochs_trained")
        model.training_runs = [TrainingRun.from_config(run) for run in description.get("training_runs", ())]
        model.preprocessing = preprocessings.deserialize(description.get("preprocessing"))
        if description.get("compile"):
            model.compile_from_config(description["compile"])
            _fill_optimizer(model.optimizer, model, tensors, description, name)
            _fill_runs(model, description)
        if description.get("history"):
            model.history = History()
            model.history.model = model
            model.history.epoch = list(description["history"]["epoch"])
            model.history.history = dict(description["history"]["history"])
    except ValueError as error:
        raise ValueError(f"Cannot load {name}. {error}") from error
    except (KeyError, TypeError, AttributeError, MemoryError, OverflowError, RecursionError) as error:
        raise ValueError(
            f"Expected a model file that model.save wrote. The description in {name} is damaged: {error!r}."
        ) from error
    return model


def _count(description, name):
    """A number of the description that counts something."""
    number = description[name]
    if not isinstance(number, int) or number < 0:
        raise ValueError(f"Expected {name} as a whole number of at least 0 in the file's description. Received: {number!r}.")
    return number


def _fill(model, tensors, name):
    wanted = {v.path: v for v in (*model.params_variables, *model.state_variables)}
    found = {key: array for key, array in tensors.items() if not key.startswith("optimizer/")}
    if {k: v.shape for k, v in wanted.items()} != {k: a.shape for k, a in found.items()}:
        raise ValueError(
            f"The weights in {name} do not fit its network. Expected: { {k: v.shape for k, v in wanted.items()} }. "
            f"Received: { {k: a.shape for k, a in found.items()} }."
        )
    for path, variable in wanted.items():
        if found[path].dtype.kind != "f":
            raise ValueError(f"Expected weights of type float. {path} in {name} has the dtype {found[path].dtype}.")
        if not np.isfinite(found[path]).all():
            raise ValueError(f"Expected finite weights. {path} in {name} holds NaN or infinity.")
        variable.assign(found[path])


def _fill_optimizer(optimizer, model, tensors, description, name):
    optimizer.steps.assign(_count(description, "steps"))
    if "optimizer/slots" in tensors:
        optimizer.build(model.params_variables)
        slots = tensors["optimizer/slots"]
        if slots.shape != optimizer.slots.array.shape:
            raise ValueError(
                f"The optimiser's numbers in {name} do not fit. Expected: {optimizer.slots.array.shape}. Received: {slots.shape}."
            )
        optimizer.slots.array[...] = slots


def _fill_runs(model, description):
    """Tells the model whether it was compiled since its last `fit`, and its first `fit` how it was compiled, where a file of an
    earlier glassnet does not say so: as the model is, if that has gone on with the same optimizer."""
    runs = model.training_runs
    model.compiled_anew = bool(description.get("compiled_anew", not runs))
    if "compiled_anew" not in description and runs and runs[-1].steps_after == int(model.optimizer.steps):
        runs[0].compiled = compilation_of(model)


def save_weights(model, filepath, overwrite=True):
    """See `Model.save_weights`."""
    write(_check_path(filepath, overwrite), _weights_of(model), {"version": VERSION, "model": model.serialize()})


def load_weights(model, filepath):
    """See `Model.load_weights`."""
    tensors, _ = read(filepath)
    _fill(model, tensors, Path(filepath).name)
