"""The loss around a network's parameters, along one or two directions, with the path that training took."""

from dataclasses import dataclass

import numpy as np

from glassnet.inspect.direction import principal_directions, random_directions, weight_places
from glassnet.inspect.loss_surface import LossSurface

MARGIN = 0.25
"""How much farther than the path the picture reaches to each side, as a share of its length."""

STATES = 200
"""How many states of a timeline are shown at most, evenly chosen."""


@dataclass(eq=False, repr=False)
class Landscape:
    """What `landscape` returns, for one direction (n) or two (n, n).

    Attributes:
        names: What each direction is called.
        axes: Arrays (n,): coordinates along each direction; for a chosen weight, its value.
        loss: Loss at each point, (n,) or (n, n), the first axis being that of the first direction.
        directions: (1 or 2, P).
        centre: Coordinates of the model's own parameters.
        centre_loss: The loss there.
        path: Coordinates (S, 1 or 2) of the states kept by the timeline, projected; None without one.
        path_steps: Their steps.
        path_loss: Loss at the states themselves (S,), which may lie beside the surface shown.
        shares: For the path's principal directions: how much of its spread each shows.
    """

    names: tuple
    axes: tuple
    loss: np.ndarray
    directions: np.ndarray
    centre: np.ndarray
    centre_loss: float
    path: np.ndarray | None = None
    path_steps: list | None = None
    path_loss: np.ndarray | None = None
    shares: np.ndarray | None = None

    def __repr__(self):
        size = " x ".join(str(len(axis)) for axis in self.axes)
        path = "" if self.path is None else f", a path of {len(self.path)} states"
        return (
            f"<Landscape along {' and '.join(self.names)}: {size} points, loss {self.loss.min():.6g} to "
            f"{self.loss.max():.6g}, {self.centre_loss:.6g} at the centre{path}>"
        )


def landscape(
    model,
    x,
    y,
    directions="random",
    *,
    dimensions=2,
    points=25,
    span=None,
    timeline=None,
    sample_weight=None,
    batch_size=256,
    seed=0,
):
    """The loss on given examples at a grid of points around the model's parameters. The model is left as it is.

    Arguments:
        model: A compiled `Model`.
        x, y: Examples and labels; a few hundred are enough for a picture.
        directions: `"random"` (filter-normalised), `"path"` (principal directions of the timeline's states), or one or
            two weights by name, such as `("dense/kernel[3, 1]", "dense/bias[0]")`.
        dimensions: 1 or 2 directions, where no weights are named.
        points: Points along each direction, at least 2; odd, for one of them to be the centre.
        span: How far to go to either side: for random directions, in lengths of the filters; for weights, in their units;
            for the path, in its own. None for 1, or with a timeline for all that the path passes and a quarter more.
        timeline: A `Timeline` whose path is shown.
        sample_weight, batch_size: As in `evaluate`.
        seed: Of the random directions.

    Returns: `Landscape`. Source: Li et al., "Visualizing the Loss Landscape of Neural Nets" (2018).

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mean_squared_error")
    >>> model.set_weights([[[2.0]], [0.0]])
    >>> valley = landscape(model, [[1.0], [-1.0]], [[2.0], [-2.0]], "dense/kernel[0, 0]", points=3)
    >>> valley.axes[0], valley.loss
    (array([1., 2., 3.]), array([1., 0., 1.]))
    """
    if not isinstance(points, int) or points < 2:
        raise ValueError(f"Expected points as a whole number of at least 2. Received: {points!r}.")
    if dimensions not in (1, 2):
        raise ValueError(f"Expected dimensions as 1 or 2. Received: {dimensions!r}.")
    surface = LossSurface(model, x, y, sample_weight, batch_size)
    here = model.params.array.astype(float)
    steps = [] if timeline is None else _evenly(timeline.steps)
    path = np.array([timeline.at(step).params.array for step in steps], float) if steps else None
    if timeline is not None and (path is None or path.shape[1] != here.size):
        raise ValueError(f"Expected a timeline that has watched model '{model.name}'. Received: {timeline!r}.")
    names, vectors, centre, shares = _directions(model, directions, dimensions, here, path, seed)
    walked = None if path is None else centre + np.linalg.lstsq(vectors.T, (path - here).T, rcond=None)[0].T
    axes = tuple(np.linspace(low, high, points) for low, high in _ranges(span, centre, walked))
    loss = np.empty([points] * len(vectors))
    for index in np.ndindex(loss.shape):
        offset = np.array([axis[i] for axis, i in zip(axes, index, strict=True)]) - centre
        loss[index] = surface(here + offset @ vectors)
    return Landscape(
        names=names,
        axes=axes,
        loss=loss,
        directions=vectors,
        centre=centre,
        centre_loss=surface(here),
        path=walked,
        path_steps=None if path is None else steps,
        path_loss=None if path is None else np.array([surface(state) for state in path]),
        shares=shares,
    )


def _directions(model, directions, dimensions, here, path, seed):
    """Names, vectors (D, P), coordinates of the centre (D,) and, for the path's directions, their shares."""
    zero = np.zeros(dimensions)
    if isinstance(directions, str) and directions == "random":
        names = ("a random direction", "another random direction")[:dimensions]
        return names, random_directions(model, dimensions, seed), zero, None
    if isinstance(directions, str) and directions == "path":
        if path is None:
            raise ValueError("Expected a timeline for the directions of the path: landscape(..., timeline=timeline).")
        vectors, shares = principal_directions(path, here, dimensions)
        names = ("the path's first direction", "the path's second direction")[:dimensions]
        return names, vectors, zero, shares
    names = (directions,) if isinstance(directions, str) else tuple(directions) if isinstance(directions, tuple | list) else ()
    if len(names) not in (1, 2):
        raise ValueError(
            f"Expected 'random', 'path', or the names of one or two weights. Received: {directions!r}. A path is given as "
            "directions='path', timeline=timeline."
        )
    places = weight_places(model, names)
    vectors = np.zeros((len(names), here.size))
    vectors[np.arange(len(names)), places] = 1
    return names, vectors, here[places], None


def _evenly(steps):
    chosen = np.linspace(0, len(steps) - 1, min(len(steps), STATES)).round().astype(int)
    return [steps[i] for i in chosen]


def _ranges(span, centre, walked):
    """From where to where each axis goes."""
    if span is not None and (not np.isfinite(span) or span <= 0):
        raise ValueError(f"Expected span as a positive number. Received: {span!r}.")
    if span is not None or walked is None:
        reach = 1.0 if span is None else span
        return [(c - reach, c + reach) for c in centre]
    low, high = np.minimum(walked.min(axis=0), centre), np.maximum(walked.max(axis=0), centre)
    margin = np.where(high > low, MARGIN * (high - low), 1.0)
    return list(zip(low - margin, high + margin, strict=True))
