"""What is seen of the playground's network at a moment: computed by the library in the training's thread, as bytes to show."""

from dataclasses import dataclass

import numpy as np

from glassnet.inspect.watch import Watch
from glassnet.studio.pages.playground.network import denses, one_hot

SIDE = 100
"""Places of the output's map each way."""
BOUNDED = ("tanh", "sigmoid", "hard_sigmoid", "softsign", "softmax", "step")
EXAMPLES = 256
"""Training points whose gradient is shown, at most."""


def plane(extent, side):
    """Points of the plane (side * side, 2), row by row from the top: the middles of equal squares."""
    middles = ((np.arange(side) + 0.5) / side * 2 - 1) * extent
    x, y = np.meshgrid(middles, -middles)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def levels(values, scale=1.0):
    """Numbers from -scale to scale as bytes from 0 to 255; what is beyond, or no number, is at an end."""
    return np.clip(np.nan_to_num(values / scale) * 127.5 + 127.5, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Seen:
    """A look: `params` (a copy of the vector), `tiles` (units, S, S), `field` and `winner` (SIDE, SIDE), `chosen` (the field of
    one neuron, or None), `gradients` and `deltas` (or None), `outputs` for all points (N, C)."""

    params: np.ndarray
    tiles: np.ndarray
    field: np.ndarray
    winner: np.ndarray | None
    chosen: np.ndarray | None
    gradients: np.ndarray | None
    deltas: np.ndarray | None
    outputs: np.ndarray


class Look:
    """Looks at a model; called by the `TrainingThread`.

    Arguments:
        model: The model.
        points: `Points`.

    Attributes: `slopes` (whether gradients are wanted), `example` (the number of the training point whose they are, None for
    all), `chosen` (`(layer, unit)` of the neuron that is shown large, or None), `tile` (the side of a tile).
    """

    def __init__(self, model, points):
        self.points, self.slopes, self.example, self.chosen = points, False, None, None
        self.layers = denses(model)
        units = sum(layer.units for layer in self.layers)
        self.tile = next(side for side in (50, 25, 20) if units * side * side <= 120_000 or side == 20)
        everywhere = plane(points.extent, SIDE)
        data = np.concatenate([points.train[0], points.test[0]])
        self._grid = Watch(model, points.features.transform(everywhere))
        self._data = Watch(model, points.features.transform(data)) if len(data) else None
        self._slopes, self._of = None, ()

    def __call__(self, model):
        trace = self._grid.look()
        tiles = [self._tiles(layer, trace) for layer in self.layers]
        outputs = trace.prediction
        field, winner = self._field(outputs)
        chosen = None
        if self.chosen is not None and self.chosen[0] >= 0:
            layer, unit = self.chosen
            chosen = self._bytes(self.layers[layer], trace[f"{self.layers[layer].name}/a"][:, unit : unit + 1])[:, 0]
        gradients, deltas = self._look_at_slopes(model) if self.slopes else (None, None)
        seen = np.empty((0, outputs.shape[1])) if self._data is None else self._data.look().prediction.copy()
        return Seen(model.params.array.copy(), np.concatenate(tiles), field, winner, chosen, gradients, deltas, seen)

    def _tiles(self, layer, trace):
        """The layer's neurons as tiles (units, S, S)."""
        step = SIDE // self.tile
        values = trace[f"{layer.name}/a"].reshape(SIDE, SIDE, -1)[step // 2 :: step, step // 2 :: step]
        return np.ascontiguousarray(self._bytes(layer, values.reshape(self.tile**2, -1)).T).reshape(-1, self.tile, self.tile)

    def _bytes(self, layer, values):
        """A layer's activations (places, units) as bytes: those without a bound are scaled, neuron by neuron."""
        if layer is self.layers[-1]:
            return levels(values * 2 - 1 if self.points.classes == 2 and layer.units == 1 else values)
        scale = 1.0 if layer.activation.name in BOUNDED else np.maximum(np.abs(np.nan_to_num(values)).max(axis=0), 1e-6)
        return levels(values, scale)

    def _field(self, outputs):
        if self.points.classes == 2 and outputs.shape[1] == 2:
            outputs = outputs[:, 1:]
        if outputs.shape[1] == 1:
            return levels(outputs[:, 0] * 2 - 1 if self.points.classes else outputs[:, 0]), None
        winner = np.nan_to_num(outputs).argmax(axis=1).astype(np.uint8)
        return (np.clip(np.nan_to_num(outputs.max(axis=1)), 0, 1) * 255).astype(np.uint8), winner

    def _look_at_slopes(self, model):
        count = len(self.points.train[0])
        rows = [self.example] if self.example is not None else (np.arange(min(count, EXAMPLES)) * count // min(count, EXAMPLES))
        if self._slopes is None or self._of != self.example:
            (x, y), _ = self.points.arrays(one_hot(model, self.points.classes))
            self._slopes, self._of = Watch(model, x[rows], y[rows]), self.example
        trace = self._slopes.look()
        deltas = np.concatenate([trace[f"d {layer.name}/z"].sum(axis=0) for layer in self.layers])
        return trace.program.grads.array.copy(), deltas
