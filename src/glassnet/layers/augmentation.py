"""Layers that change images at random while training, so that a network learns what does not matter."""

import math

import numpy as np

from glassnet.engine.kernels import warp
from glassnet.layers.layer import Layer, layers
from glassnet.random import draw_seed

FILL_MODES = {"constant": warp.CONSTANT, "reflect": warp.REFLECT, "wrap": warp.WRAP, "nearest": warp.CLAMP}
INTERPOLATIONS = {"bilinear": 0, "nearest": 1}
FLIPS = {
    "horizontal": warp.LEFT_RIGHT,
    "vertical": warp.UP_DOWN,
    "horizontal_and_vertical": warp.LEFT_RIGHT | warp.UP_DOWN,
}


def plain(factor):
    """A factor as JSON has it: a pair as a list."""
    return list(factor) if isinstance(factor, tuple) else factor


class Augmentation(Layer):
    """What all have in common: inputs (B, H, W, C), a seed, and that a call by itself changes something, as in Keras."""

    least_axes = 4

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = draw_seed(seed)

    def __call__(self, inputs, training=True):
        return super().__call__(inputs, training=training)

    def build(self, input_shape):
        if len(input_shape) != 4:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected images of shape (batch, height, width, channels). "
                f"Received: shape {tuple(input_shape)}. For grey ones without channels, put layers.Reshape((28, 28, 1)) before."
            )
        super().build(input_shape)

    def choice(self, what, value, known):
        """What a name stands for. Raises `ValueError` that lists what there is."""
        if value not in known:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {what} as one of {', '.join(known)}. Received: {value!r}."
            )
        return known[value]

    def range(self, what, factor, least=-1.0):
        """(lowest, highest) of a factor: a number f for -f to f, or a pair."""
        pair = tuple(factor) if isinstance(factor, tuple | list) else (-factor, factor)
        if len(pair) != 2 or not np.isfinite(pair).all() or not least <= pair[0] <= pair[1]:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {what} as a number of at least 0, or as (lowest, highest) from "
                f"{least:g} on. Received: {factor!r}."
            )
        return float(pair[0]), float(pair[1])

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


class _Affine(Augmentation):
    """Rotations, shifts, zooms and flips: one map of the plane for each example."""

    def __init__(self, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self._fill = self.choice("fill_mode", fill_mode, FILL_MODES)
        self._interpolation = self.choice("interpolation", interpolation, INTERPOLATIONS)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def ranges(self, height, width):
        """The ranges that differ from no change at all, by name: `rotation`, `zoom`s and `shift`s (in pixels), and `flips`."""
        return {}

    def plan(self, graph, x):
        height, width, channels = x.shape
        ranges = self.ranges(height, width)
        a, motion = graph.tensor(f"{self.name}/a", x.shape), graph.tensor(f"{self.name}/motion", (2, 3))
        rotation, shift_y, shift_x = (ranges.get(name, (0.0, 0.0)) for name in ("rotation", "height_shift", "width_shift"))
        zoom_y, zoom_x = ranges.get("height_zoom", (1.0, 1.0)), ranges.get("width_zoom", (1.0, 1.0))
        alike = ranges.get("alike", False)
        graph.add(
            warp.AFFINE,
            inputs=(x,),
            outputs=(a, motion),
            sizes=(height, width, channels, self._fill, self._interpolation, ranges.get("flips", 0), 0),
            constants=(self.fill_value, *rotation, *zoom_y, *zoom_x, *shift_y, *shift_x, alike),
            seed=self.seed % 2**63,
            layer=self.name,
            work=warp.WORK * height * width * channels,
        )
        return a


class _Filled(_Affine):
    def get_config(self):
        plain = {name: getattr(self, name) for name in ("fill_mode", "interpolation", "fill_value")}
        return {**super().get_config(), **plain}


@layers.add()
class RandomFlip(_Affine):
    """Mirrors images at random while training, each with a chance of one half.

    Arguments:
        mode: `"horizontal"` (left and right), `"vertical"` (up and down) or `"horizontal_and_vertical"`.
        seed: Of its random numbers; drawn where none is given.

    Inputs and outputs (B, H, W, C). Tensors: `name/motion` (B, 2, 3), `name/a`.

    >>> import numpy as np
    >>> RandomFlip("horizontal", seed=1)(np.array([[[[1.0], [2.0], [3.0]]]])).ravel()
    array([3., 2., 1.], dtype=float32)
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self._flips = self.choice("mode", mode, FLIPS)
        self.mode = mode

    def ranges(self, height, width):
        return {"flips": self._flips}

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}


@layers.add()
class RandomRotation(_Filled):
    """Rotates images at random while training.

    Arguments:
        factor: Largest turn to either side in shares of a whole one (0.1 is 36 degrees), or (lowest, highest); what is above 0
            turns counter-clockwise.
        fill_mode: What lies outside: `"reflect"`, `"constant"`, `"wrap"` or `"nearest"`.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: Of its random numbers; drawn where none is given.
        fill_value: For `"constant"`.

    Inputs and outputs (B, H, W, C). Tensors: `name/motion` (B, 2, 3), `name/a`.

    >>> import numpy as np
    >>> RandomRotation((0.25, 0.25), interpolation="nearest")(np.array([[[[1.0], [2.0]], [[3.0], [4.0]]]])).reshape(2, 2)
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """

    def __init__(self, factor, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0, **kwargs):
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self._range = self.range("factor", factor)
        self.factor = factor

    def ranges(self, height, width):
        return {"rotation": tuple(2 * math.pi * turn for turn in self._range)}

    def get_config(self):
        return {**super().get_config(), "factor": plain(self.factor)}


@layers.add()
class RandomTranslation(_Filled):
    """Shifts images at random while training.

    Arguments:
        height_factor: Largest shift up and down in shares of the height, or (lowest, highest); what is above 0 shifts down.
        width_factor: The same for left and right; what is above 0 shifts to the right.
        fill_mode, interpolation, seed, fill_value: As of `RandomRotation`.

    Inputs and outputs (B, H, W, C). Tensors: `name/motion` (B, 2, 3), `name/a`.

    >>> import numpy as np
    >>> RandomTranslation(0.0, (0.5, 0.5), fill_mode="constant")(np.array([[[[1.0], [2.0]]]])).ravel()
    array([0., 1.], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self._height, self._width = self.range("height_factor", height_factor), self.range("width_factor", width_factor)
        self.height_factor, self.width_factor = height_factor, width_factor

    def ranges(self, height, width):
        down, right = tuple(height * part for part in self._height), tuple(width * part for part in self._width)
        return {"height_shift": down, "width_shift": right}

    def get_config(self):
        factors = {"height_factor": plain(self.height_factor), "width_factor": plain(self.width_factor)}
        return {**super().get_config(), **factors}


@layers.add()
class RandomZoom(_Filled):
    """Zooms images at random while training.

    Arguments:
        height_factor: Largest change of the height seen, in shares of it, or (lowest, highest); what is above 0 zooms out.
        width_factor: The same for the width; None to zoom both alike.
        fill_mode, interpolation, seed, fill_value: As of `RandomRotation`.

    Inputs and outputs (B, H, W, C). Tensors: `name/motion` (B, 2, 3), `name/a`.

    >>> import numpy as np
    >>> image = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> RandomZoom((-0.5, -0.5), interpolation="nearest")(image).reshape(4, 4)[0]
    array([5., 5., 6., 6.], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        **kwargs,
    ):
        super().__init__(fill_mode, interpolation, seed, fill_value, **kwargs)
        self._height = self.range("height_factor", height_factor)
        self._width = self._height if width_factor is None else self.range("width_factor", width_factor)
        self.height_factor, self.width_factor = height_factor, width_factor

    def ranges(self, height, width):
        zooms = (tuple(1 + part for part in pair) for pair in (self._height, self._width))
        return {**dict(zip(("height_zoom", "width_zoom"), zooms, strict=True)), "alike": self.width_factor is None}

    def get_config(self):
        factors = {"height_factor": plain(self.height_factor), "width_factor": plain(self.width_factor)}
        return {**super().get_config(), **factors}
