"""Keras in one floating point type: layers, losses, metrics and optimizers made inside compute in it throughout."""

from contextlib import contextmanager

import keras
from keras.src.backend.common import dtypes

DTYPES = ("float64", "float32")

# With JAX, Keras's type promotion turns every float64 into float32, even with JAX's own 64 bits switched on; the
# "float64" numbers would then be right to 7 digits only.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


@contextmanager
def precision(dtype):
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def in_each_precision(record):
    """`{"float64": record("float64"), "float32": record("float32")}`, each computed in that type throughout."""
    values = {}
    for dtype in DTYPES:
        with precision(dtype):
            values[dtype] = record(dtype)
    return values
