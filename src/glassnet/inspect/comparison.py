"""Two trainings beside each other, number by number."""

import numpy as np

from glassnet.engine.layout import Vector


class Comparison:
    """What `compare` returns.

    Attributes:
        steps: Steps at which both are kept.
        loss: Float64 (S, 2): loss of the mini-batch of each step, of the first and of the second training.
        distance: `{variable: (S,)}`: Euclidean distance between its numbers in one and in the other.
        by_layer: The same, `{layer: (S,)}`.

    `print` shows the table of losses and distances.
    """

    def __init__(self, first, second, steps):
        self.steps, self._first, self._second = steps, first, second
        self.loss = np.array([[first.at(step).loss, second.at(step).loss] for step in steps])
        differences = [self.difference(step) for step in steps]
        self.distance = {name: np.array([_norm(d[name]) for d in differences]) for name in differences[0]}
        layers = {}
        for name, distances in self.distance.items():
            layers.setdefault(name.rpartition("/")[0], []).append(distances)
        self.by_layer = {layer: np.sqrt(np.sum(np.square(parts), axis=0)) for layer, parts in layers.items()}

    def difference(self, step):
        """Parameters of the second minus those of the first after a step, as a float64 `Vector` with their names."""
        a, b = self._first.at(step).params, self._second.at(step).params
        return Vector(a.layout, "float64", b.array.astype("float64") - a.array)

    def __str__(self):
        names = ["step", "loss", "loss", *self.by_layer]
        columns = [self.steps, *self.loss.T, *self.by_layer.values()]
        widths = [max(12, len(name) + 2) for name in names]
        lines = ["".join(name.rjust(width) for name, width in zip(names, widths, strict=True))]
        for row in zip(*columns, strict=True):
            cells = [str(row[0]), *("-" if np.isnan(value) else f"{value:.6g}" for value in row[1:])]  # no loss before a step
            lines.append("".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)))
        return "\n".join(lines)


def compare(first, second):
    """Sets two timelines of the same network beside each other.

    Arguments:
        first, second: `Timeline`s or `Branch`es.

    Returns: `Comparison`. Raises `ValueError` where the networks differ or no step is kept in both, `TypeError` for what is no
    timeline.

    >>> from glassnet import layers
    >>> from glassnet.inspect.timeline import Timeline
    >>> from glassnet.models import Sequential
    >>> model, timeline = Sequential([layers.Input((2,)), layers.Dense(1, name="dense")]), Timeline(every=2)
    >>> model.compile("sgd", "mean_squared_error")
    >>> _ = model.fit([[0, 1], [1, 0]], [1, 2], batch_size=1, epochs=3, verbose=0, callbacks=[timeline])
    >>> comparison = compare(timeline, timeline.branch(2, learning_rate=0.02))
    >>> comparison.steps, comparison.by_layer["dense"][0], bool(comparison.by_layer["dense"][-1] > 0)
    ([2, 4, 6], np.float64(0.0), True)
    """
    for timeline in (first, second):
        if not (hasattr(timeline, "steps") and hasattr(timeline, "at")):  # whatever keeps states by their steps
            raise TypeError(
                f"Expected two timelines. Received: {timeline!r}. Give compare another Timeline, or a branch of the first one: "
                "timeline.branch(step, learning_rate=0.01)."
            )
    steps = sorted(set(first.steps) & set(second.steps))
    if not steps:
        raise ValueError(f"Expected timelines with steps in common. Received: {first.steps} and {second.steps}.")
    a, b = (timeline.at(steps[0]).params.layout.entries for timeline in (first, second))
    if a != b:
        raise ValueError(f"Expected timelines of the same network. Received: parameters {a} and {b}.")
    return Comparison(first, second, steps)


def _norm(array):
    return float(np.sqrt(np.sum(np.square(array))))
