"""Directions through the space of parameters, along which a loss can be looked at."""

import numpy as np

from glassnet.inspect.names import split, suggestion, within


def random_directions(model, count, seed):
    """Directions (count, P) drawn at random, each filter as long as the network's own: scales of layers do not matter.

    A filter is what leads to one unit or channel (the last axis of a weight array). Variables of one axis, such as biases,
    and frozen ones are left alone.

    Source: Li et al., "Visualizing the Loss Landscape of Neural Nets" (2018), on filter-wise normalization.
    """
    generator = np.random.default_rng(seed)
    directions = np.zeros((count, model.params.array.size))
    for direction in directions:
        for variable in model.params_variables:
            drawn = generator.normal(size=variable.shape)
            if variable.ndim < 2 or not variable.trainable:
                continue
            axes = tuple(range(variable.ndim - 1))
            length, own = (np.sqrt(np.sum(np.square(a, dtype=float), axis=axes)) for a in (drawn, variable.value))
            direction[variable.offset : variable.offset + variable.size] = (drawn * (own / length)).ravel()
    return directions


def principal_directions(path, centre, count):
    """The orthonormal directions (count, P) in which a path (S, P) spreads most about `centre`, and their shares of it.

    Source: Li et al. (2018), on paths of optimization: the singular vectors of the differences to the last point.

    >>> directions, shares = principal_directions(np.array([[3.0, 0, 0], [0, 1.0, 0]]), np.zeros(3), 2)
    >>> abs(directions), shares
    (array([[1., 0., 0.], [0., 1., 0.]]), array([0.9, 0.1]))
    """
    _, lengths, directions = np.linalg.svd(path - centre, full_matrices=False)
    total = np.sum(lengths**2)
    if np.sum(lengths > 1e-12 * max(lengths[0], 1e-300)) < count:
        raise ValueError(
            f"Expected a path that spreads in {count} directions. Received: {len(path)} kept states on a line or in one place. "
            "Keep more of them, by a smaller Timeline(every=...), or give dimensions=1."
        )
    return directions[:count], lengths[:count] ** 2 / total


def weight_places(model, names):
    """Where in the parameter vector the weights called `"dense/kernel[3, 1]"` lie. Raises `ValueError` or `IndexError`."""
    places = []
    variables = {variable.path: variable for variable in model.params_variables}
    for reference in names:
        name, index = split(reference)
        if name not in variables:
            raise ValueError(
                f"Expected 'random', 'path', or weights of {', '.join(variables)}, such as '{next(iter(variables))}[0, 0]'. "
                f"Received: {reference!r}.{suggestion(name, variables)}"
            )
        variable = variables[name]
        places.append(
            variable.offset + int(np.ravel_multi_index(within(index, variable.shape, reference, False), variable.shape))
        )
    if len(set(places)) < len(places):
        raise ValueError(f"Expected different weights. Received: {list(names)}.")
    return places
