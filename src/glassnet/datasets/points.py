"""Points in the plane, to see with the eyes what a small network learns: five sets with classes, two with a height.

The same families of sets as in TensorFlow Playground (D. Smilkov, S. Carter, "A Neural Network Playground", 2016) and,
for the moons, scikit-learn, in coordinates from about -6 to 6; the formulas are in the docstrings.
"""

import math

import numpy as np

from glassnet.datasets.split import split_rows

RADIUS = 5.0


class PointSet:
    """One of the sets in this module. `load_data` makes its points; nothing is stored.

    >>> (x_train, y_train), (x_test, y_test) = spiral.load_data(n=200, noise=0.1, test_split=0.25, seed=1)
    >>> x_train.shape, y_train.shape, x_test.shape, sorted(set(y_train.tolist()))
    ((150, 2), (150,), (50, 2), [0, 1])
    """

    def __init__(self, draw):
        self.name = draw.__name__
        self.draw = draw
        self.__doc__ = draw.__doc__

    def load_data(self, n=500, noise=0.0, test_split=0.5, seed=0, **shape):
        """Draws the points and splits them.

        Arguments:
            n: How many points, training and test together; at least 2.
            noise: From 0 (the rule without exception) to 0.5 (hard to see). The set's docstring says what it moves.
            test_split: The share of points for the test, from 0 up to, not including, 1.
            seed: The same seed gives the same points.
            shape: What only this set has: `classes` (2 to 6) for `spiral`.

        Returns:
            `(x_train, y_train), (x_test, y_test)`: points (B, 2) in `float32`; classes (B,) in `int64` counted from 0,
            or heights (B,) from -1 to 1 in `float32` for the regression sets.

        Raises:
            ValueError: An argument is out of range.
        """
        if n < 2:
            raise ValueError(f"Expected n, the number of points, to be at least 2. Received: {n!r}.")
        if not 0 <= noise <= 0.5:
            raise ValueError(f"Expected noise from 0 to 0.5. Received: {noise!r}.")
        rng = np.random.default_rng(seed)
        x, y = self.draw(int(n), noise, rng, **shape)
        x = x.astype(np.float32)
        y = y.astype(np.int64 if y.dtype.kind in "bi" else np.float32)
        train, test = split_rows(int(n), test_split, rng)
        return (x[train], y[train]), (x[test], y[test])

    def __repr__(self):
        return f"<dataset {self.name}>"


def _blur(points, noise, rng):
    """`points`, each moved along both axes by up to `noise` radii: the place whose label a noisy point is given."""
    return points + rng.uniform(-noise, noise, points.shape) * RADIUS


def _polar(radius, angle):
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


@PointSet
def circle(n, noise, rng):
    """A disc (class 1, radius below 2.5) in a ring (class 0, radius 3.5 to 5).

    Noise moves a point before it is judged.
    """
    inside = np.arange(n) < n // 2
    radius = np.where(inside, rng.uniform(0, 0.5, n), rng.uniform(0.7, 1, n)) * RADIUS
    points = _polar(radius, rng.uniform(0, 2 * math.pi, n))
    return points, np.hypot(*_blur(points, noise, rng).T) < RADIUS / 2


@PointSet
def xor(n, noise, rng):
    """A square of four: class 1 where the coordinates have different signs. No straight line separates it.

    A gap of 0.6 lies along the axes. Noise moves a point before it is judged.
    """
    points = rng.uniform(-RADIUS, RADIUS, (n, 2))
    points += np.copysign(0.3, points)
    judged = _blur(points, noise, rng)
    return points, judged[:, 0] * judged[:, 1] < 0


@PointSet
def gauss(n, noise, rng):
    """Two clouds around (-2, -2), class 0, and (2, 2), class 1. Noise widens them: variance 0.5 + 7 * noise."""
    label = np.arange(n) % 2
    centre = np.where(label == 1, 2.0, -2.0)
    return centre[:, None] + rng.normal(0, math.sqrt(0.5 + 7 * noise), (n, 2)), label


@PointSet
def spiral(n, noise, rng, classes=2):
    """Arms that wind round each other 1.75 times, one for each class. Noise moves points by up to 5 * noise."""
    if classes not in range(2, 7):
        raise ValueError(f"Expected classes from 2 to 6. Received: {classes!r}.")
    label = np.arange(n) % classes
    along = np.arange(n) // classes / math.ceil(n / classes)
    angle = 2 * math.pi * (1.75 * along + label / classes)
    return _blur(_polar(along * RADIUS, angle), noise, rng), label


@PointSet
def moons(n, noise, rng):
    """Two half circles of radius 3.5 that hook into each other. Noise is Gaussian, with a deviation of 3.5 * noise."""
    label = np.arange(n) % 2
    angle = rng.uniform(0, math.pi, n)
    points = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    points[label == 1] *= -1  # the lower moon is the upper one, turned by half a circle around the origin
    return 3.5 * (points + rng.normal(0, noise, (n, 2))), label


@PointSet
def regression_plane(n, noise, rng):
    """A tilted plane, (x1 + x2) / 12 over a square of side 12. Noise moves a point before its height is taken."""
    points = rng.uniform(-6, 6, (n, 2))
    return points, np.clip(_blur(points, noise, rng).sum(axis=1) / 12, -1, 1)


@PointSet
def regression_gauss(n, noise, rng):
    """Three hills and three pits, 0 elsewhere. Noise moves a point before its height is taken.

    A hill is a cone of radius 2 and height 1 around (-4, 2.5), (4, 2.5) and (0, -2.5); a pit is the same downwards, at
    these places mirrored.
    """
    points = rng.uniform(-6, 6, (n, 2))
    hills = np.array([[-4, 2.5], [4, 2.5], [0, -2.5]])
    judged = _blur(points, noise, rng)

    def height(centres):
        distance = np.linalg.norm(judged[:, None] - centres, axis=2).min(axis=1)
        return np.clip(1 - distance / 2, 0, 1)

    return points, height(hills) - height(hills * [1, -1])
