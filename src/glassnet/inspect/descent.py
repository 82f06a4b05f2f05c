"""Descent on a function of one or two variables of the user's own, by any optimizer, with its path."""

from dataclasses import dataclass

import numpy as np

from glassnet import optimizers
from glassnet.engine.variable import Variable
from glassnet.inspect.twin import fresh
from glassnet.preprocessing.user_formula import UserFormula

FAR = 1e12
"""A coordinate beyond this has left every picture: the descent diverges."""

FLAT = 1e-6
"""A curvature between minus and plus this counts as none."""


@dataclass(eq=False, repr=False)
class Path:
    """What `descend` returns, for a function of D = 1 or 2 variables and S steps made.

    Attributes:
        function: What was descended.
        points: Float64 (S + 1, D), from the start on.
        values: (S + 1,), the function there.
        gradients: (S + 1, D).
        outcome: `"converged"` (the slope is below the tolerance), `"diverged"` (out of bounds, or higher than at the start
            with growing steps), or `"moving"` (the steps were used up on the way).
        place: What is there where it stopped: `"minimum"`, `"maximum"`, `"saddle"`, `"flat"` or `"slope"`.
        curvatures: (D,) second derivatives along the principal axes there, smallest first (eigenvalues of the Hessian).
        optimizer: Its configuration.
    """

    function: object
    points: np.ndarray
    values: np.ndarray
    gradients: np.ndarray
    outcome: str
    place: str
    curvatures: np.ndarray
    optimizer: dict

    @property
    def steps(self):
        """How many steps were made."""
        return len(self.points) - 1

    def surface(self, points=41, margin=0.25):
        """The function around the path, to draw it: `(axes, values)`, D arrays (n,) and an array (n,) or (n, n).

        Arguments:
            points: Points along each axis.
            margin: How far beyond the path, as a share of its width.
        """
        seen = self.points[np.all(np.abs(self.points) <= FAR, axis=1)]
        low, high = seen.min(axis=0), seen.max(axis=0)
        reach = np.where(high > low, margin * (high - low), 1.0)
        axes = tuple(np.linspace(a, b, points) for a, b in zip(low - reach, high + reach, strict=True))
        values = np.empty([points] * len(axes))
        for index in np.ndindex(values.shape):
            values[index] = self.function(*(axis[i] for axis, i in zip(axes, index, strict=True)))
        return axes, values

    def __repr__(self):
        at = ", ".join(f"{number:.6g}" for number in self.points[-1])
        return f"<Path of {self.steps} steps: {self.outcome}, value {self.values[-1]:.6g} at ({at}), {self.place}>"


def descend(function, start, optimizer="sgd", steps=100, *, gradient=None, tolerance=1e-6):
    """Lets an optimizer go down a function of one or two variables.

    Arguments:
        function: A Python function of x, or of x and y, or a formula as text, such as `"x**2 + 3*y**2"` (`UserFormula`).
        start: A number, or a pair of numbers.
        optimizer: A name or an `Optimizer`; a new one with the same arguments is used.
        steps: The most that are made.
        gradient: A function of the same variables that returns the derivative by each; None for central differences.
        tolerance: The length of the gradient below which the descent has converged.

    Returns: `Path`. Raises `ValueError` where start and function do not fit, or the function is not finite there.

    >>> descend("(x - 3)**2", 0.0, optimizers.SGD(learning_rate=0.4))
    <Path of 10 steps: converged, value ... at (3), minimum>
    >>> descend("x**2", 1.0, optimizers.SGD(learning_rate=1.1), steps=20).outcome
    'diverged'
    """
    function = UserFormula(function) if isinstance(function, str) else function
    point = np.atleast_1d(np.array(start, float))
    if point.shape not in ((1,), (2,)) or not np.isfinite(point).all():
        raise ValueError(f"Expected start as one or two finite numbers. Received: {start!r}.")
    if isinstance(function, UserFormula) and len(function.variables) > len(point):
        raise ValueError(f"Expected start as a pair (x, y), for {function.text!r} has two variables. Received: {start!r}.")
    if not isinstance(steps, int) or steps < 1:
        raise ValueError(f"Expected steps as a positive whole number. Received: {steps!r}.")
    optimizer = optimizers.get(optimizer)
    optimizer = fresh(optimizer)
    slope = _differences(function) if gradient is None else lambda p: np.atleast_1d(np.array(gradient(*p), float))
    variable = Variable(point, "point", dtype="float64")
    points, values, gradients = [point], [_value(function, point)], [slope(point)]
    if not np.isfinite(values[0]) or not np.isfinite(gradients[0]).all():
        raise ValueError(f"Expected a function that is finite at the start. Received: {values[0]} at {start!r}.")
    if gradients[0].shape != point.shape:
        raise ValueError(f"Expected a gradient of {len(point)} numbers. Received: shape {gradients[0].shape}.")
    for _ in range(steps):
        if np.linalg.norm(gradients[-1]) < tolerance:
            break
        optimizer.apply_gradients([(gradients[-1], variable)])
        points.append(variable.numpy())
        values.append(_value(function, points[-1]))
        gradients.append(slope(points[-1]))
        if not _within(points[-1], values[-1], gradients[-1]):
            break
    points, values, gradients = np.array(points), np.array(values), np.array(gradients)
    outcome = _outcome(points, values, gradients, tolerance)
    curvatures = _curvatures(function, points[-1])
    return Path(
        function=function,
        points=points,
        values=values,
        gradients=gradients,
        outcome=outcome,
        place=_place(curvatures) if outcome == "converged" else "slope",
        curvatures=curvatures,
        optimizer=optimizer.get_config(),
    )


def _value(function, point):
    with np.errstate(all="ignore"):
        value = np.asarray(function(*point), float)
    if value.shape != ():
        raise ValueError(f"Expected a function that returns a number. Received: shape {value.shape} at {point.tolist()}.")
    return float(value)


def _differences(function):
    """The gradient of a function by central differences, exact to about 1e-10 of its scale."""

    def slope(point):
        gradient = np.empty(len(point))
        for i, step in enumerate(np.finfo(float).eps ** (1 / 3) * np.maximum(1, np.abs(point))):
            ahead, behind = point.copy(), point.copy()
            ahead[i] += step
            behind[i] -= step
            gradient[i] = (_value(function, ahead) - _value(function, behind)) / (ahead[i] - behind[i])
        return gradient

    return slope


def _curvatures(function, point):
    """Eigenvalues of the matrix of second derivatives, by central differences; NaN where the function is not finite."""
    step = np.finfo(float).eps ** 0.25 * np.maximum(1, np.abs(point))
    moves = np.diag(step)
    hessian = np.empty((len(point), len(point)))
    for i, a in enumerate(moves):
        for j, b in enumerate(moves):
            corners = [_value(function, point + sign_a * a + sign_b * b) for sign_a in (1, -1) for sign_b in (1, -1)]
            with np.errstate(all="ignore"):
                hessian[i, j] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step[i] * step[j])
    return np.linalg.eigvalsh(hessian) if np.isfinite(hessian).all() else np.full(len(point), np.nan)


def _within(point, value, gradient):
    """Whether the descent is somewhere that it can go on from."""
    return bool(np.isfinite(value) and np.isfinite(gradient).all() and (np.abs(point) <= FAR).all())


def _outcome(points, values, gradients, tolerance):
    if not _within(points[-1], values[-1], gradients[-1]):
        return "diverged"
    if np.linalg.norm(gradients[-1]) < tolerance:
        return "converged"
    moves = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return "diverged" if values[-1] > values[0] and moves[-1] > moves[0] else "moving"


def _place(curvatures):
    up, down = (curvatures > FLAT).any(), (curvatures < -FLAT).any()
    if up and down:
        return "saddle"
    if (np.abs(curvatures) <= FLAT).any():
        return "flat"
    return "minimum" if up else "maximum"
