"""The smallest change of an input that changes the answer."""

import math
from dataclasses import dataclass

import numpy as np

from glassnet.inspect.example import one_example
from glassnet.inspect.probe import Probe
from glassnet.layers.structure import flatten, refilled

OVERSHOOT = 1.02
"""Steps go a little beyond the linear boundary, as in DeepFool."""
TRIED = 5
"""How many other answers are tried, the nearest ones by the slopes at the input."""
RAYS, RADII, KEPT = 64, 16, 3
"""Random directions to look in besides, at how many distances each, and how many of the nearest finds to go on from."""
FLAT = 1e-12
"""A slope below this leads nowhere."""
STEPS, ROUNDS, HALVINGS = 50, 20, 40


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """An input as near as could be found that is answered otherwise. Made by `counterfactual`.

    Attributes: `x` and `changed` (arrays shaped like the input, in the network's dtype; of several inputs a list or dictionary
    of them), `answer` and `new_answer` (classes), `outputs` and `new_outputs` (of the network), `change` (`changed - x`), `norm`
    (its length, L2).
    """

    x: object
    changed: object
    answer: int
    new_answer: int
    outputs: np.ndarray
    new_outputs: np.ndarray

    @property
    def change(self):
        pairs = zip(flatten(self.changed), flatten(self.x), strict=True)
        return refilled(self.x, [changed - before for changed, before in pairs])

    @property
    def norm(self):
        pairs = zip(flatten(self.changed), flatten(self.x), strict=True)
        return math.hypot(*(np.linalg.norm(changed.astype(np.float64) - before) for changed, before in pairs))

    def __str__(self):
        of = math.hypot(*(np.linalg.norm(part.astype(np.float64)) for part in flatten(self.x)))
        share = f", {100 * self.norm / of:.3g} % of the input's own length" if of else ""
        return f"{self.answer} becomes {self.new_answer} by a change of length {self.norm:.4g}{share}"


def counterfactual(model, x, target=None, low=None, high=None, of=None):
    """Looks for the smallest change (L2) of one input that changes the network's answer.

    Arguments:
        model: A model that tells classes apart.
        x: One example.
        target: The answer wanted; any other where None.
        low, high: Bounds of the numbers of the input (numbers, or what is shaped like it); None for none.
        of: Name of the output, of a model that has several.

    Returns: `Counterfactual`; what it says was computed by the network itself. Inputs that choose rows of a table (Embedding)
    stay as they are. The way there is a local search by slopes, so
    that a still smaller change may exist in a network that is not linear. Raises `ValueError` where no answer can be changed.

    Source: Moosavi-Dezfooli, Fawzi, Frossard, "DeepFool" (2016), algorithm 2, and random directions; then bisection, and
    the nearest point of the boundary made linear there, again and again (Hasofer and Lind, 1974; Rackwitz and Fiessler,
    1978).

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([[[3.0], [4.0]], [-5.0]])
    >>> print(counterfactual(model, [3.0, 4.0]))
    1 becomes 0 by a change of length 4, 80 % of the input's own length
    """
    search = _Search(model, one_example(model, x), target, low, high, of)
    x = search.x
    found = [search.towards(goal) for goal in search.goals]
    found = [search.nearer(search.bisected(point)) for point in found if point is not None]
    nearest = min(map(search.distance, found), default=None)
    found += [search.nearer(search.bisected(point)) for point in search.around(nearest)]
    if not found:
        raise ValueError(
            f"Expected an input whose answer {search.answer} can be changed{search.wanted}. None was found, neither by the "
            "slopes nor in random directions. Widen low and high, or look whether its neurons are dead (model.diagnose)."
        )
    changed = min(found, key=search.distance)
    answers, outputs = [search.answer, search.at(changed)], [np.array(search.judge(p[None])[0]) for p in (x, changed)]
    return Counterfactual(*(search.judge.inputs.apart(p.astype(model.dtype)) for p in (x, changed)), *answers, *outputs)


class _Search:
    """The network around one input."""

    def __init__(self, model, x, target, low, high, of):
        self.judge = Probe(model, 256, output=of)  # rounding may make equal outputs of different sums
        self.judge.need_numbers()
        self.classes, self.dtype = self.judge.classes, model.dtype
        self.probe = Probe(model, self.judge.output.shape[-1], logits=True, output=of)  # for slopes that do not vanish
        self.x = x = self.judge.inputs.joined(x)[0].astype(model.dtype).astype(np.float64)
        self.answer, self.target = self.at(x), target
        self.wanted = "" if target is None else f" to {target}"
        if target is not None and (not 0 <= target < self.classes or target == self.answer):
            raise ValueError(f"Expected an answer from 0 to {self.classes - 1} but {self.answer}. Received: {target!r}.")
        self.low = self.judge.inputs.spread(-np.inf if low is None else low, "low")
        self.high = self.judge.inputs.spread(np.inf if high is None else high, "high")
        table = self.judge.rows > 0  # its rows have no distance
        self.low, self.high = np.where(table, x, self.low), np.where(table, x, self.high)
        if (x < self.low).any() or (x > self.high).any():
            raise ValueError(
                f"Expected an input within its bounds. Received: {x.min():g} to {x.max():g}, low={low}, high={high}."
            )
        others = [k for k in range(self.classes) if k != self.answer]
        if target is None:
            near = {k: np.linalg.norm(self._step(x, x, k)[0]) for k in others}
            self.goals = sorted(others, key=near.get)[:TRIED]
        else:
            self.goals = [target]

    def _scores(self, point):
        """A score for each class (C,), the largest of which is the answer; and the slopes of each by the input (C, ...)."""
        units = self.probe.output.shape[-1]
        z = self.probe(np.broadcast_to(point, (units, *point.shape)))[0].astype(np.float64)
        slopes = self.probe.gradient(np.eye(units)).astype(np.float64)
        if units == 1:  # yes against no
            middle = 0.5 if self.probe.output_is_probability else 0.0
            z, slopes = np.array([middle, z[0]]), np.stack([np.zeros(point.shape), slopes[0]])
        return z, slopes

    def at(self, point):
        """The network's answer at a point."""
        return int(self.judge.answers(self.judge(point[None]))[0])

    def changes(self, point):
        """Whether the answer there is what is looked for."""
        found = self.at(point)
        return found == self.target if self.target is not None else found != self.answer

    def distance(self, point):
        return np.linalg.norm(point - self.x)

    def towards(self, goal):
        """A near point with another answer, in the direction of class `goal`; None where none was found."""
        point = self.x
        for _ in range(STEPS):
            step, moves = self._step(point, point, goal)
            if not moves:
                return None
            point = np.clip(point + OVERSHOOT * step, self.low, self.high)
            if self.changes(point):
                return point
        return None

    def around(self, reach):
        """Points with another answer that lie in random directions, the nearest ones: where slopes lead astray or vanish.

        Argument: `reach`, how far to look; where None, ten times the length of the input.
        """
        reach = 10 * max(1.0, np.linalg.norm(self.x)) if reach is None else reach
        directions = np.random.default_rng(0).normal(size=(RAYS, *self.x.shape))
        directions *= reach / np.sqrt(np.square(directions).reshape(RAYS, -1).sum(axis=1)).reshape(-1, *[1] * self.x.ndim)
        shares = (np.arange(RADII) + 1) / RADII
        points = self.x + shares.reshape(-1, *[1] * directions.ndim) * directions  # the nearest of all rays first
        points = np.clip(points, self.low, self.high).reshape(-1, *self.x.shape)
        answers = np.empty(len(points), int)
        for part in self.judge.batches(points):
            answers[part] = self.judge.answers(self.judge.program.value(self.judge.output)[: part.stop - part.start])
        other = answers == self.target if self.target is not None else answers != self.answer
        return [point for point in points[other][:KEPT] if self.changes(point)]

    def _step(self, point, origin, goal):
        """The smallest step from `origin` to where `goal` gets as much as the best other class, by the slopes at `point`.

        Returns: The step, and whether any is possible.
        """
        z, slopes = self._scores(point)
        others = np.where(np.arange(len(z)) == goal, -np.inf, z)
        rival = int(others.argmax())
        normal = slopes[goal] - slopes[rival]
        lack = z[rival] - z[goal] + np.sum(normal * (point - origin))
        lack += 1e-6 * max(1.0, np.abs(z).max())  # not to stay where both are equal but for rounding
        if np.abs(normal).max() < FLAT:
            return np.zeros_like(origin), False
        return smallest_step(normal, lack, self.low - origin, self.high - origin), True

    def bisected(self, point):
        """The point nearest to x between x and `point` that still has another answer, in the network's dtype."""
        near, far = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = (near + far) / 2
            near, far = (near, middle) if self.changes(self._between(point, middle)) else (middle, far)
        return self._between(point, far)

    def _between(self, point, share):
        exact = np.clip(self.x + share * (point - self.x), self.low, self.high)
        return exact.astype(self.dtype).astype(np.float64)

    def nearer(self, best):
        """Slides along the boundary from `best` towards x, as long as that brings it nearer."""
        share = 1.0
        for _ in range(ROUNDS):
            step, moves = self._step(best, self.x, self.at(best))
            if not moves:
                return best
            wanted = best + share * (self.x + step - best)
            # A curved boundary may lie a little further out than its tangent.
            candidate = None
            for stretch in (1.0, OVERSHOOT, OVERSHOOT**3):
                point = self._between(self.x + stretch * (wanted - self.x), 1.0)
                if self.changes(point):
                    candidate = self.bisected(point)
                    break
            if candidate is not None and self.distance(candidate) < (1 - 1e-5) * self.distance(best):
                best = candidate
            else:
                share /= 2
        return best


def smallest_step(normal, lack, low, high):
    """The shortest step r with sum(normal * r) = lack and low <= r <= high; as far as possible where there is none.

    It is the multiple of the normal that is cut off at the bounds (low <= 0 <= high).

    >>> smallest_step(np.array([1.0, 1.0]), 3.0, np.array([-1.0, -9.0]), np.array([1.0, 9.0]))
    array([1., 2.])
    """
    step, free = np.zeros_like(normal), normal != 0
    while free.any():
        share = (lack - np.sum(normal[~free] * step[~free])) / np.sum(normal[free] ** 2)
        step[free] = share * normal[free]
        kept = np.clip(step, low, high)
        beyond, step = free & (kept != step), kept
        if not beyond.any():
            break
        free &= ~beyond  # at its bound; the others make up for it
    return step
