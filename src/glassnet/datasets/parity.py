"""Parity of a number: are its bits those of an odd or an even one?

The easiest of all problems once it is learnt (only the last bit counts) and a good first one: a single unit finds it.
"""

import numpy as np

from glassnet.datasets.split import split_rows


def load_data(bits=8, test_split=0.25, seed=0):
    """All numbers that `bits` bits can write, each labelled odd (1) or even (0).

    Arguments:
        bits: How many bits, from 1 to 20.
        test_split: The share of the numbers for the test, from 0 up to, not including, 1.
        seed: Which numbers go where: the same seed gives the same split.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: `float32` arrays (B, bits) of zeros and ones, the most significant bit
        first as `f"{n:08b}"` writes them, and `int64` labels (B,).

    Raises:
        ValueError: `bits` or `test_split` is out of range.

    >>> (x_train, y_train), (x_test, y_test) = load_data()
    >>> x_train.shape, x_test.shape, bool((x_train[:, -1] == y_train).all())
    ((192, 8), (64, 8), True)
    """
    if bits not in range(1, 21):
        raise ValueError(f"Expected bits from 1 to 20. Received: {bits!r}.")
    n = np.arange(2**bits)
    x = (n[:, None] >> np.arange(bits)[::-1] & 1).astype(np.float32)
    train, test = split_rows(len(n), test_split, np.random.default_rng(seed))
    return (x[train], n[train] % 2), (x[test], n[test] % 2)
