"""Records what Keras and PyTorch compute, as data for the tests. Run `python tests/reference/record.py [subject ...]`.

Needs Keras 3 with JAX, and PyTorch. Without arguments it records every subject; the same versions give the same files.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")

from recording.encode import write  # noqa: E402 (Keras reads its backend from the environment when it is imported)

SUBJECTS = (
    "activations",
    "losses",
    "metrics",
    "optimizers",
    "schedules",
    "regularizers",
    "initializers",
    "layers",
    "recurrent",
    "augmentation",
    "convolution",
    "attention",
    "networks",
    "fits",
    "signatures",
    "graphs",
)


def versions():
    import jax
    import keras
    import numpy
    import torch

    modules = {"keras": keras, "jax": jax, "torch": torch, "numpy": numpy}
    return {"python": platform.python_version(), **{name: module.__version__ for name, module in modules.items()}}


def main(subjects):
    data = Path(__file__).parent / "data"
    data.mkdir(exist_ok=True)
    for subject in subjects:
        table = importlib.import_module(f"recording.{subject}").record()
        path = data / f"{subject}.json"
        write(path, {"versions": versions(), **table})
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(table['cases'])} cases")


if __name__ == "__main__":
    main(sys.argv[1:] or SUBJECTS)
