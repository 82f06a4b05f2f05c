"""Checking examples before any work is done: arrays of the right shape, finite, in a dtype that the engine reads."""

import functools

import numpy as np

READABLE = frozenset(map(np.dtype, ("uint8", "float32", "float64", "int32", "int64")))
"""Types that are read as they are; others are converted to one of these."""


def as_numbers(array, what, network_dtype="float64"):
    """`array` as a C-contiguous NumPy array of a readable dtype, finite in the network's. Raises `ValueError`.

    >>> as_numbers([[True, False]], "x")
    array([[1, 0]], dtype=uint8)
    >>> as_numbers([["a"]], "x")
    Traceback (most recent call last):
    ValueError: Expected numbers in x. Received: dtype <U1. Convert categories to numbers first.
    """
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ValueError(f"Expected {what} as an array whose rows have equal lengths. {error}") from error
    if array.dtype.kind not in "buif":
        raise ValueError(f"Expected numbers in {what}. Received: dtype {array.dtype}. Convert categories to numbers first.")
    if array.dtype not in READABLE:  # numbers in another order of bytes are of another type
        wider = {"b": "uint8", "u": "int64", "i": "int64", "f": "float64" if array.dtype.itemsize > 4 else "float32"}
        converted = array.astype(wider[array.dtype.kind])
        if array.dtype.kind == "u" and array.size and converted.min() < 0:
            raise ValueError(f"Expected {what} below 2**63. Received: {array.max()}.")
        array = converted
    if array.dtype.kind == "f" and not is_finite(array, network_dtype):
        bad = np.argwhere(~(np.abs(array) <= np.finfo(network_dtype).max))
        place = tuple(int(i) for i in bad[0])
        too_large = np.isfinite(array[place])
        raise ValueError(
            f"Expected {f'numbers that {network_dtype} can hold' if too_large else 'finite numbers'} in {what}. "
            f"Received: {array[place]} at {list(place)} ({len(bad)} such numbers in all). "
            + ("Scale them, or build the network with dtype='float64'." if too_large else "Remove or replace them first.")
        )
    return np.ascontiguousarray(array)


@functools.cache
def _largest(dtype):
    """The largest number of a dtype."""
    return np.finfo(dtype).max


def is_finite(array, dtype):
    """Whether all numbers are finite, in `dtype` too: by minimum and maximum, which need no memory."""
    limit = _largest(dtype)
    return array.size == 0 or bool(-limit <= array.min() and array.max() <= limit)


def check_inputs(x, input_shape, model_name, first_layer, dtype, what="x"):
    """`x` as the gather reads it, (N, *input_shape). Raises `ValueError` for a wrong shape or no examples.

    Arguments:
        x: Array-like (N, ...).
        input_shape: Shape of one example that the model expects; None where it takes its shape from `x`.
        model_name, first_layer: For the message.
        dtype: The network's.
        what: Which data they are, for the message.
    """
    x = as_numbers(x, what, dtype)
    if x.ndim < 2:
        raise ValueError(
            f"Model '{model_name}' expected {what} of shape (examples, features). Received: shape {x.shape}. "
            + ("For one example, write x.reshape(1, -1)." if x.ndim == 1 else "")
        )
    if len(x) == 0:
        raise ValueError(f"Model '{model_name}' expected at least one example. Received: {what} of shape {x.shape}.")
    if 0 in x.shape:
        raise ValueError(f"Model '{model_name}' expected at least one feature. Received: {what} of shape {x.shape}.")
    if input_shape is not None and x.shape[1:] != tuple(input_shape):
        if len(input_shape) == 1 and x.ndim == 2:
            raise ValueError(f"{first_layer} expected inputs of {input_shape[0]} features, got {x.shape[1]}.")
        raise ValueError(f"{first_layer} expected inputs of shape (examples, {', '.join(map(str, input_shape))}), got {x.shape}.")
    return x


def several(arrays):
    """Arrays of several inputs or outputs as a tuple of them; a single one in a tuple of one.

    Checked data of one input or output are an array, of several a tuple of arrays (and None, where there is none).
    """
    return arrays if isinstance(arrays, tuple) else (arrays,)


def of_each(function, arrays):
    """What a function makes of an array, or a tuple of what it makes of each; None stays None."""
    if isinstance(arrays, tuple):
        return tuple(of_each(function, array) for array in arrays)
    return None if arrays is None else function(arrays)


def count(arrays):
    """How many examples there are."""
    return len(next(array for array in several(arrays) if array is not None))


def only(given, names):
    """The data of a model's one input or output, which may be given by name.

    >>> only({"age": [1]}, ["age"]), only([1], ["age"])
    ([1], [1])
    """
    return given[names[0]] if isinstance(given, dict) and list(given) == names else given


def by_name(given, names, what, owner):
    """The parts of data for each of several inputs or outputs, in the order of their names.

    Arguments:
        given: List or tuple in that order, or dictionary.
        names: Those of the inputs or outputs.
        what: What is given, for messages, such as `"x"`.
        owner: Whose inputs they are, for messages.

    Raises `ValueError` where they are too few, too many, or called otherwise.

    >>> by_name({"b": 2, "a": 1}, ["a", "b"], "x", "Model 'm'")
    [1, 2]
    """
    if isinstance(given, dict):
        if set(given) != set(names):
            raise ValueError(
                f"{owner} expected {what} for {', '.join(names)}. Received: a dictionary of {', '.join(map(str, given))}."
            )
        return [given[name] for name in names]
    if not isinstance(given, list | tuple) or len(given) != len(names):
        received = f"{len(given)} parts" if isinstance(given, list | tuple) else type(given).__name__
        raise ValueError(
            f"{owner} expected {what} as a list of {len(names)}, for {', '.join(names)}, or a dictionary. Received: {received}."
        )
    return list(given)


def check_counts(**numbers):
    """Refuses what is neither None nor a positive whole number.

    >>> check_counts(batch_size=0)
    Traceback (most recent call last):
    ValueError: Expected batch_size as a positive whole number. Received: 0.
    """
    for name, number in numbers.items():
        if number is not None and (not isinstance(number, int | np.integer) or number < 1):
            raise ValueError(f"Expected {name} as a positive whole number. Received: {number!r}.")


def check_weights(sample_weight, examples):
    """Weights of the examples, (N,). Raises `ValueError` where they do not fit."""
    weights = as_numbers(sample_weight, "sample_weight")
    if weights.shape == (examples, 1):
        weights = weights.reshape(-1)
    if weights.shape != (examples,):
        raise ValueError(f"Expected one sample weight for each of {examples} examples. Received: shape {weights.shape}.")
    if weights.min() < 0:
        raise ValueError(f"Expected sample weights of at least 0. Received: {weights.min()}.")
    return weights


def class_weights(class_weight, y):
    """Weights of examples from `{class: weight}` and labels: classes (N,), (N, 1) or one-hot (N, C)."""
    if not isinstance(class_weight, dict):
        raise ValueError(f"Expected class_weight as a dictionary {{class: weight}}. Received: {class_weight!r}.")
    labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y))
    weights = np.ones(len(y), np.float64)
    for label, weight in class_weight.items():
        if not np.isfinite(weight) or weight < 0:
            raise ValueError(f"Expected class weights of at least 0. Received: {weight!r} for class {label!r}.")
        weights[labels == label] = weight
    return weights


def split_off_validation(arrays, validation_split):
    """The last part of each array for validation, as Keras splits: (training arrays, validation arrays)."""
    if not 0 <= validation_split < 1:
        raise ValueError(f"Expected validation_split from 0 to below 1. Received: {validation_split!r}.")
    examples = count(arrays[0])
    at = int(examples * (1 - validation_split))
    if at == 0 or at == examples:
        raise ValueError(
            f"A validation_split of {validation_split} of {examples} examples leaves one part empty. Give more examples "
            "or validation_data."
        )
    return [of_each(lambda a: a[:at], a) for a in arrays], [of_each(lambda a: a[at:], a) for a in arrays]


def check_limits(tensors, arrays):
    """Refuses inputs that choose rows of a table which it does not have.

    Arguments:
        tensors: A network's inputs; `Tensor.limit` says what is possible.
        arrays: An array (N, ...) for each.
    """
    for tensor, array in zip(tensors, arrays, strict=True):
        if tensor.limit is None:
            continue
        wrong = (array < 0) | (array >= tensor.limit) | (array != np.floor(array))
        if wrong.any():
            index = tuple(map(int, np.argwhere(wrong)[0]))
            raise ValueError(
                f"Expected whole numbers from 0 to {tensor.limit - 1} as inputs of an Embedding of {tensor.limit} rows. "
                f"Received: {array[index]} at index {index}. Number the things from 0 on, or give it a larger input_dim."
            )
