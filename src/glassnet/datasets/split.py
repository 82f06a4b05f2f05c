"""Which rows are for training and which for the test."""


def split_rows(n, test_split, rng):
    """Deals `n` rows out at random.

    Arguments:
        n: The number of rows.
        test_split: The share of rows for the test, from 0 up to, not including, 1.
        rng: A `numpy.random.Generator`.

    Returns:
        `(train, test)`: two integer arrays, in random order, that share no row and together have all. The test gets
        `round(n * test_split)` rows, but training never gets none.

    Raises:
        ValueError: There are no rows, or `test_split` is out of range.

    >>> import numpy as np
    >>> train, test = split_rows(5, 0.4, np.random.default_rng(0))
    >>> len(train), len(test), sorted([*train.tolist(), *test.tolist()])
    (3, 2, [0, 1, 2, 3, 4])
    """
    if n < 1:
        raise ValueError(f"Expected at least one row. Received: {n}. Do check where the rows come from.")
    if not 0 <= test_split < 1:
        raise ValueError(f"Expected test_split from 0 up to, not including, 1. Received: {test_split!r}.")
    order = rng.permutation(n)
    test = min(round(n * test_split), n - 1)
    return order[test:], order[:test]
