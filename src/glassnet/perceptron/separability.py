"""Which problems a perceptron can solve: those that a hyperplane divides."""

import numpy as np

from glassnet.examples import as_numbers


def separable(x, y):
    """Whether some perceptron has all examples right: whether a hyperplane separates those of 1 from those of 0.

    A proof either way, by linear programming: are there w and b with w.x + b >= 1 for every example of 1 and <= -1 for
    every one of 0? (Minsky and Papert 1969 call such y linear threshold functions of x.)

    Arguments:
        x: Examples (N, I).
        y: Labels (N,) or (N, 1), 0 or 1.

    >>> square = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> separable(square, [0, 1, 1, 1]), separable(square, [0, 1, 1, 0])
    (True, False)
    """
    from scipy.optimize import linprog  # here, because it takes longer to load than all the rest

    x, y = labelled(x, y)
    x = x.astype(np.float64)
    spread = np.ptp(x, axis=0)
    # Lines go over into lines when features are scaled; the solver's tolerances then mean the same for each.
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    sides = np.where(y == 1, -1.0, 1.0) * np.column_stack([x, np.ones(len(x))])
    free = [(None, None)] * sides.shape[1]
    solution = linprog(np.zeros(sides.shape[1]), A_ub=sides, b_ub=-np.ones(len(x)), bounds=free)
    if solution.status not in (0, 2):  # neither found nor proved impossible
        raise ArithmeticError(f"The linear program was not decided: {solution.message}")
    return solution.status == 0


def labelled(x, y):
    """Examples (N, I) and labels (N, 1) of 0 and 1 as arrays. Raises `ValueError` where they are not."""
    x, y = as_numbers(x, "x"), as_numbers(y, "y")
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"Expected x of shape (examples, features). Received: shape {x.shape}.")
    if y.shape not in ((len(x),), (len(x), 1)):
        raise ValueError(f"Expected a label for each of {len(x)} examples. Received: y of shape {y.shape}.")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"Expected labels 0 and 1. Received: {np.unique(y)[:5].tolist()}. Write y > 0 for labels -1 and 1.")
    return x, y.reshape(-1, 1)
