"""Tables as JSON that a diff can be read from, and that gives back every bit."""

import json

import numpy as np

WIDTH = 118


def encode(value):
    """`value` with its arrays (NumPy's or a backend's) as JSON: `{"array": dtype, "data": nested lists}`."""
    if isinstance(value, dict):
        return {str(key): encode(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [encode(entry) for entry in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        return array.item()
    lists = _shortest(array) if array.dtype == np.float32 else array.tolist()
    if not np.array_equal(np.array(lists, dtype=array.dtype), array, equal_nan=True):
        raise ValueError(f"An array of {array.dtype} does not survive JSON: {array}")
    return {"array": array.dtype.name, "data": lists}


def _shortest(array):
    if array.ndim:
        return [_shortest(row) for row in array]
    return float(str(array))


def write(path, table):
    """Writes `table` to `path`: a line for whatever fits in one, arrays always in one."""
    path.write_text(_lines(encode(table), "") + "\n", encoding="utf-8")


def _lines(value, indent):
    compact = json.dumps(value)
    if _is_array(value) or len(indent) + len(compact) <= WIDTH:
        return compact
    deeper = indent + " "
    if isinstance(value, dict):
        entries = [f"{deeper}{json.dumps(key)}: {_lines(entry, deeper)}" for key, entry in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _lines(entry, deeper) for entry in value) + f"\n{indent}]"


def _is_array(value):
    if isinstance(value, dict):
        return "array" in value
    return not isinstance(value, list) or all(isinstance(entry, int | float) for entry in value)
