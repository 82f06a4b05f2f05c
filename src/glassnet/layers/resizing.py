"""Images and signals made larger or smaller, with nothing to learn."""

import math

from glassnet.engine.kernels.resizing import FRAME, UPSAMPLE
from glassnet.layers.layer import layers
from glassnet.layers.window import WindowLayer

WORK = 8
"""Multiply-adds that take as long as a number that is copied."""


class _Resizing(WindowLayer):
    """What these layers share: sizes of the output for each axis of the image."""

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        self.check_axes(input_shape)
        return (input_shape[0], *self.sides_of_output(input_shape), input_shape[-1])

    def plan_resized(self, graph, x, operation, *sizes):
        """Adds the operation from x to the tensor `name/a`."""
        a = graph.tensor(f"{self.name}/a", self.compute_output_shape((None, *x.shape))[1:])
        sides = (*self.as_images(x.shape[:-1], 1), x.shape[-1], *self.as_images(a.shape[:-1], 1))
        work = WORK * math.prod(a.shape)
        graph.add(operation, inputs=(x,), outputs=(a,), sizes=(*sides, *sizes), work=work, layer=self.name)
        return a


class _Framing(_Resizing):
    """What padding and cropping share: how much before and behind, for each axis."""

    def ends(self, name, value):
        """An argument as `((before, behind), ...)`, a pair for each axis. Raises `ValueError` for anything else."""
        ends = value
        if isinstance(value, int):
            ends = ((value, value),) * self.rank
        elif isinstance(value, list | tuple) and all(isinstance(side, int) for side in value):
            ends = (value,) if self.rank == 1 else tuple((side, side) for side in value)
        fits = isinstance(ends, list | tuple) and len(ends) == self.rank
        fits = fits and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in ends)
        if not fits or any(not isinstance(n, int) or isinstance(n, bool) or n < 0 for pair in ends for n in pair):
            pairs = "(before, behind)" if self.rank == 1 else "((top, bottom), (left, right)), a pair"
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {name} as {pairs} or a number, of at least 0. "
                f"Received: {name}={value!r}."
            )
        return tuple(tuple(pair) for pair in ends)

    def plain(self, ends):
        """The same as JSON has it."""
        return list(ends[0]) if self.rank == 1 else [list(pair) for pair in ends]


class _ZeroPadding(_Framing):
    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.padding = self.ends("padding", padding)
        self.check_data_format(data_format)

    def sides_of_output(self, input_shape):
        return (size + sum(pair) for size, pair in zip(input_shape[1:-1], self.padding, strict=True))

    def plan(self, graph, x):
        return self.plan_resized(graph, x, FRAME, *self.as_images((before for before, _ in self.padding), 0))

    def get_config(self):
        return {**super().get_config(), "padding": self.plain(self.padding), "data_format": "channels_last"}


@layers.add()
class ZeroPadding1D(_ZeroPadding):
    """Steps of 0 before and behind a signal: (B, steps, C) to (B, before + steps + behind, C).

    Arguments:
        padding: (before, behind), or one number for both.
        data_format: `"channels_last"`.

    >>> import numpy as np
    >>> ZeroPadding1D((1, 2))(np.ones((1, 2, 1))).ravel()
    array([0., 1., 1., 0., 0.], dtype=float32)
    """

    rank = 1


@layers.add()
class ZeroPadding2D(_ZeroPadding):
    """A border of 0 round an image.

    Arguments:
        padding: ((top, bottom), (left, right)), (vertical, horizontal), or one number for all four.
        data_format: `"channels_last"`.

    >>> import numpy as np
    >>> ZeroPadding2D(((1, 0), (0, 2)))(np.ones((1, 2, 2, 1))).shape
    (1, 3, 4, 1)
    """

    def __init__(self, padding=(1, 1), data_format=None, **kwargs):
        super().__init__(padding, data_format, **kwargs)


class _Cropping(_Framing):
    def __init__(self, cropping, **kwargs):
        super().__init__(**kwargs)
        self.cropping = self.ends("cropping", cropping)

    def sides_of_output(self, input_shape):
        sides = [size - sum(pair) for size, pair in zip(input_shape[1:-1], self.cropping, strict=True)]
        if min(sides) < 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs larger than what is cut off, {self.cropping}. "
                f"Received: shape {tuple(input_shape)}."
            )
        return sides

    def plan(self, graph, x):
        return self.plan_resized(graph, x, FRAME, *self.as_images((-before for before, _ in self.cropping), 0))

    def get_config(self):
        return {**super().get_config(), "cropping": self.plain(self.cropping)}


@layers.add()
class Cropping1D(_Cropping):
    """Cuts steps off a signal: (B, steps, C) to (B, steps - before - behind, C).

    Arguments:
        cropping: (before, behind), or one number for both.
    """

    rank = 1

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(cropping, **kwargs)


@layers.add()
class Cropping2D(_Cropping):
    """Cuts the borders off an image.

    Arguments:
        cropping: ((top, bottom), (left, right)), (vertical, horizontal), or one number for all four.
        data_format: `"channels_last"`.

    >>> import numpy as np
    >>> Cropping2D(((1, 0), (0, 2)))(np.arange(9.0).reshape(1, 3, 3, 1)).ravel()
    array([3., 6.], dtype=float32)
    """

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(cropping, **kwargs)
        self.check_data_format(data_format)


class _UpSampling(_Resizing):
    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        self.size = self.sides("size", size)
        self.interpolation = "nearest"

    def sides_of_output(self, input_shape):
        return (side * factor for side, factor in zip(input_shape[1:-1], self.size, strict=True))

    def plan(self, graph, x):
        return self.plan_resized(graph, x, UPSAMPLE, int(self.interpolation == "bilinear"))


@layers.add()
class UpSampling1D(_UpSampling):
    """Every step of a signal `size` times.

    >>> import numpy as np
    >>> UpSampling1D(2)(np.array([[[1.0], [2.0]]])).ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """

    rank = 1

    def get_config(self):
        return {**super().get_config(), "size": self.size[0]}


@layers.add()
class UpSampling2D(_UpSampling):
    """An image `size` times as large.

    Arguments:
        size: Factors of (height, width), or one number for both.
        data_format: `"channels_last"`.
        interpolation: `"nearest"` repeats every pixel, `"bilinear"` blends the four around.

    >>> import numpy as np
    >>> UpSampling2D(interpolation="bilinear")(np.array([[[[0.0], [4.0]]]]))[0, 0, :, 0]
    array([0., 1., 3., 4.], dtype=float32)
    """

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(size, **kwargs)
        self.check_data_format(data_format)
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected interpolation 'nearest' or 'bilinear'. "
                f"Received: interpolation={interpolation!r}."
            )
        self.interpolation = interpolation

    def get_config(self):
        return {
            **super().get_config(),
            "size": list(self.size),
            "data_format": "channels_last",
            "interpolation": self.interpolation,
        }
