"""The recorded reference numbers, as tests read them: `load("losses")["cases"]["mean_squared_error/regression"]`."""

import json
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent / "data"


def load(subject):
    """The table `data/<subject>.json`, with every `{"array": dtype, "data": lists}` as a NumPy array of that dtype."""
    with open(DATA / f"{subject}.json", encoding="utf-8") as file:
        return json.load(file, object_hook=_decode)


def _decode(entry):
    if "array" in entry:
        return np.array(entry["data"], dtype=entry["array"])
    # JSON has string keys only; those of a `class_weight` are class numbers.
    return {int(key) if key.isdecimal() else key: value for key, value in entry.items()}
