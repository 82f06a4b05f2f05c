"""Seeds: one call fixes every random number that follows."""

import random as python_random

import numpy as np


def set_random_seed(seed):
    """Seeds Python's and NumPy's global generators, from which every seed not given by hand is drawn.

    Arguments:
        seed: A non-negative integer.

    >>> set_random_seed(1); first = draw_seed()
    >>> set_random_seed(1); first == draw_seed()
    True
    """
    if not isinstance(seed, int | np.integer) or seed < 0 or seed >= 2**32:
        raise ValueError(f"Expected a seed between 0 and 2**32 - 1. Received: {seed!r}.")
    python_random.seed(int(seed))
    np.random.seed(int(seed))


def draw_seed(seed=None):
    """`seed` itself where one is given, else the next one of Python's global generator."""
    return python_random.randint(1, 10**9) if seed is None else int(seed)
