"""How numbers are called: `"dense_1/z"`, `"d dense_1/z"`, `"dense_1/kernel[3, 1]"`."""

import difflib
import re

DERIVATIVE, AFTER = "d ", "new "
"""What a name is preceded by: `"d v"` is the derivative of the loss by v, `"new v"` what the optimiser makes of v."""


def suggestion(name, known):
    """` Did you mean ...?` for the nearest of the known names, or nothing.

    >>> suggestion("dense/kernl", ["dense/kernel", "dense/bias"])
    " Did you mean 'dense/kernel'?"
    """
    near = difflib.get_close_matches(str(name), known, 1)
    return f" Did you mean {near[0]!r}?" if near else ""


def split(reference):
    """Name and index of a reference: `"dense/kernel[3, 1]"` gives `("dense/kernel", (3, 1))`.

    >>> split("d dense/a[2]"), split("loss")
    (('d dense/a', (2,)), ('loss', ()))
    """
    match = re.fullmatch(r"\s*([^\[\]]+?)\s*(?:\[((?:\s*[-+]?\d+\s*,)*\s*(?:[-+]?\d+\s*)?)\])?\s*", str(reference))
    if match is None:
        raise ValueError(f"Expected a name with an index, such as 'dense_1/kernel[3, 1]'. Received: {reference!r}.")
    name, index = match.groups()
    return name, tuple(int(part) for part in (index or "").split(",") if part.strip())


def joined(name, index):
    """The reference to one number: `joined("dense/kernel", (3, 1))` is `"dense/kernel[3, 1]"`."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def within(index, shape, reference, batched):
    """The index of one number of an array of `shape`, complete and not negative.

    Arguments:
        index: Integers; the example may be left out of a batched tensor's and is then 0.
        shape: Of the array.
        reference: As given, for the message.
        batched: Whether the first axis counts examples.
    """
    full = (0, *index) if batched and len(index) == len(shape) - 1 else index
    if len(full) != len(shape):
        axes = "an index for each axis" if shape else "no index"
        example = " (that of the example may be left out)" if batched else ""
        raise IndexError(f"Expected {axes}{example} of the shape {shape}. Received: {reference!r}.")
    if any(not -size <= i < size for i, size in zip(full, shape, strict=True)):
        raise IndexError(f"Expected an index within the shape {shape}. Received: {reference!r}.")
    return tuple(i % size for i, size in zip(full, shape, strict=True))
