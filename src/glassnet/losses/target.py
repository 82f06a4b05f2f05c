"""Checks of what losses are given: every refusal says what was expected, what came, and what to do."""

import numpy as np

KEPT = ("uint8", "int32", "int64", "float32", "float64")
"""Dtypes of targets that training reads as they are."""


def number_array(values, what):
    """`values` as a C-contiguous array of one of the `KEPT` dtypes, all finite, with at least one example.

    Arguments:
        values: Array-like.
        what: What they are, for error messages, such as `"targets"`.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        raise ValueError(
            f"Expected {what} that are numbers. Received: dtype {array.dtype}, such as {array.ravel()[:1].tolist()}. "
            "Turn names into numbers of classes first: names, y = np.unique(labels, return_inverse=True)."
        )
    if array.ndim == 0 or len(array) == 0:
        raise ValueError(f"Expected {what} of at least one example. Received: shape {array.shape}.")
    if array.dtype.name not in KEPT or not array.dtype.isnative:
        array = array.astype(
            {"b": np.uint8, "f": np.float32 if array.itemsize < 8 else np.float64}.get(array.dtype.kind, np.int64)
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        refuse(array, ~np.isfinite(array), f"finite {what}", "Remove or fill these examples.")
    return np.ascontiguousarray(array)


def refuse(array, wrong, expected, advice):
    """Raises the `ValueError` that names the first wrong element."""
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = index[0] if len(index) == 1 else index
    raise ValueError(f"Expected {expected}. Received: {array[index]} at index {place}. {advice}")


def check_numbers(y_true, shape):
    """Targets shaped like the outputs: (N, *shape). Without the last axis, too, where that has length 1."""
    array = number_array(y_true, "targets")
    if array.shape[1:] == shape:
        return array
    if shape[-1:] == (1,) and array.shape[1:] == shape[:-1]:
        return array.reshape(*array.shape, 1)
    raise ValueError(
        f"Expected targets shaped like the outputs, {_batch(shape)}. Received: shape {array.shape}. "
        "Reshape the targets, or give the last layer as many units as a target has numbers."
    )


def check_probabilities(y_true, shape):
    """Targets between 0 and 1, shaped like the outputs."""
    array = check_numbers(y_true, shape)
    if array.min() < 0 or array.max() > 1:
        wrong = (array < 0) | (array > 1)
        refuse(
            array, wrong, "targets between 0 and 1 (classes or probabilities)",
            "Use the labels 0 and 1, or a loss for numbers such as MeanSquaredError.",
        )  # fmt: skip
    return array


def check_distributions(y_true, shape):
    """One-hot targets or probabilities of classes, shaped like the outputs."""
    given = np.shape(y_true)[1:]
    if shape[-1] > 1 and given in (shape[:-1], (*shape[:-1], 1)):
        raise ValueError(
            f"Expected one-hot targets of shape {_batch(shape)}. Received: shape {np.shape(y_true)}, which looks like "
            "numbers of classes. Use SparseCategoricalCrossentropy, or to_categorical(y) to make them one-hot."
        )
    return check_probabilities(y_true, shape)


def check_classes(y_true, shape, ignored=None):
    """Numbers of classes, (N, *shape without the last axis), from 0 to the length of the last axis; or `ignored`."""
    array, classes = number_array(y_true, "targets"), shape[-1]
    if classes > 1 and array.shape[1:] == shape:
        raise ValueError(
            f"Expected numbers of classes as targets, shape {_batch(shape[:-1])}. Received: shape {array.shape}, which "
            "looks one-hot. Use CategoricalCrossentropy, or np.argmax(y, axis=-1) to make them numbers."
        )
    if array.shape[1:] == (*shape[:-1], 1):
        array = array.reshape(array.shape[:-1])
    if array.shape[1:] != shape[:-1]:
        raise ValueError(
            f"Expected one number of a class for each of the outputs {_batch(shape)}, shape {_batch(shape[:-1])}. "
            f"Received: shape {array.shape}. Reshape the targets."
        )
    if array.dtype.kind != "f" and array.min() >= 0 and array.max() < classes:
        return array  # found out without memory for each of many labels
    wrong = (array < 0) | (array >= classes) | (array != np.floor(array))
    if ignored is not None:
        wrong &= array != ignored
    if wrong.any():
        refuse(
            array, wrong, f"whole numbers of classes from 0 to {classes - 1} for {classes} outputs",
            "Number the classes from 0 on, or give the last layer a unit for each class.",
        )  # fmt: skip
    return array


def check_signs(y_true, shape):
    """Targets -1 and 1, shaped like the outputs; where all are 0 or 1, 0 becomes -1."""
    array = check_numbers(y_true, shape)
    if ((array == 0) | (array == 1)).all():
        array = array.astype("float64" if array.dtype == np.float64 else "float32")
        return 2 * array - 1
    wrong = (array != -1) & (array != 1)
    if wrong.any():
        refuse(
            array,
            wrong,
            "the targets -1 and 1, or 0 and 1",
            "Use two labels, or a loss for more classes such as CategoricalHinge.",
        )
    return array


def check_sample_weight(sample_weight, shape):
    """Weights of examples (B,) or of single values (B, ...), as a float array.

    Arguments:
        sample_weight: Array-like: one number, (B,), (B, 1), or shaped like the values of the loss.
        shape: Of the values of the loss, (B, ...).
    """
    array = np.asarray(sample_weight)
    if array.ndim == 0:
        array = np.full(shape[:1], array)
    array = number_array(array, "sample weights")
    if array.ndim == len(shape) + 1 and array.shape[-1] == 1:
        array = array.reshape(array.shape[:-1])
    if array.shape == (*shape[:1], 1):
        array = array.reshape(shape[:1])
    if array.shape not in (shape[:1], shape):
        raise ValueError(
            f"Expected a sample weight for each example, shape {shape[:1]}, or for each value of the loss, shape "
            f"{shape}. Received: shape {np.shape(sample_weight)}."
        )
    return array if array.dtype.kind == "f" else array.astype("float32")


def _batch(shape):
    """A shape with its batch axis, as error messages show it."""
    return "(" + ", ".join(["N", *map(str, shape)]) + ("," if not shape else "") + ")"
