"""Pooling: windows of signals and images made to one number for each channel."""

import math

from glassnet.engine.kernels.mean_of_steps import MEAN_OF_STEPS
from glassnet.engine.kernels.pooling import AVERAGE_POOLING, MAX_POOLING
from glassnet.layers.layer import layers
from glassnet.layers.window import WindowLayer

WORK = 8
"""Multiply-adds that take as long as a pixel of a window."""


def add_pooling(graph, operation, x, a, windows, window, strides, layer):
    """Adds the pooling of x to a; `windows` has (pixels, positions, padding before) for height and width."""
    (H, P, top), (W, Q, left) = windows
    channels = x.shape[-1]
    graph.add(
        operation,
        inputs=(x,),
        outputs=(a,),
        sizes=(H, W, channels, P, Q, *window, *strides, top, left),
        work=WORK * P * Q * math.prod(window) * channels,
        layer=layer,
    )
    return a


class Pooling(WindowLayer):
    """Pooling of any kind and rank: a subclass gives `operation` and `rank`."""

    operation = None

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.pool_size = self.sides("pool_size", pool_size)
        self.strides = self.pool_size if strides is None else self.sides("strides", strides)
        self.padding = self.checked_padding(padding)
        self.check_data_format(data_format)

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        self.check_axes(input_shape)
        windows = self.windows(input_shape, self.pool_size, self.strides, self.padding)
        return (input_shape[0], *(positions for _, positions, _ in windows), input_shape[-1])

    def plan(self, graph, x):
        shape = (None, *x.shape)
        a = graph.tensor(f"{self.name}/a", self.compute_output_shape(shape)[1:])
        windows = self.as_images(self.windows(shape, self.pool_size, self.strides, self.padding), (1, 1, 0))
        window, strides = (self.as_images(sides, 1) for sides in (self.pool_size, self.strides))
        return add_pooling(graph, self.operation, x, a, windows, window, strides, self.name)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": list(self.pool_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "data_format": "channels_last",
        }


class _Pooling2D(Pooling):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@layers.add("MaxPool1D")
class MaxPooling1D(Pooling):
    """The largest number of each window of a signal, channel by channel: see `MaxPooling2D`.

    >>> import numpy as np
    >>> MaxPooling1D()(np.array([[[1.0], [3.0], [2.0], [0.0]]])).ravel()
    array([3., 2.], dtype=float32)
    """

    rank = 1
    operation = MAX_POOLING


@layers.add("MaxPool2D")
class MaxPooling2D(_Pooling2D):
    """The largest number of each window of an image, channel by channel.

    Arguments:
        pool_size: (height, width) of the window, or one number for both.
        strides: Pixels from one window to the next; as many as the window has where None.
        padding: `"valid"` or `"same"`; what lies outside of the image does not count.
        data_format: `"channels_last"`.

    Inputs (B, height, width, C), outputs (B, positions down, positions across, C). Tensor: `name/a`. The gradient goes to the
    largest number alone, to the first one where several are equal.

    >>> import numpy as np
    >>> MaxPooling2D()(np.arange(16.0).reshape(1, 4, 4, 1)).reshape(2, 2)
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """

    operation = MAX_POOLING


@layers.add("AvgPool1D")
class AveragePooling1D(Pooling):
    """The mean of each window of a signal, channel by channel: see `AveragePooling2D`."""

    rank = 1
    operation = AVERAGE_POOLING

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@layers.add("AvgPool2D")
class AveragePooling2D(_Pooling2D):
    """The mean of each window of an image, channel by channel.

    Arguments: those of `MaxPooling2D`. With padding `"same"` the mean is of those pixels that lie in the image.

    >>> import numpy as np
    >>> AveragePooling2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).reshape(2, 2)
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """

    operation = AVERAGE_POOLING

    def __init__(self, pool_size, strides=None, padding="valid", data_format=None, name=None, **kwargs):
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


class GlobalPooling(WindowLayer):
    """One number for each channel of the whole image: a subclass gives `operation` and `rank`."""

    operation = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.check_data_format(data_format)
        self.keepdims = bool(keepdims)

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        self.check_axes(input_shape)
        return (input_shape[0], *((1,) * self.rank if self.keepdims else ()), input_shape[-1])

    def plan(self, graph, x):
        a = graph.tensor(f"{self.name}/a", self.compute_output_shape((None, *x.shape))[1:])
        window = self.as_images(x.shape[:-1], 1)
        windows = tuple((size, 1, 0) for size in window)
        return add_pooling(graph, self.operation, x, a, windows, window, window, self.name)

    def get_config(self):
        return {**super().get_config(), "data_format": "channels_last", "keepdims": self.keepdims}


@layers.add("GlobalMaxPool1D")
class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel of a signal: (B, steps, C) to (B, C)."""

    rank = 1
    operation = MAX_POOLING


@layers.add("GlobalMaxPool2D")
class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel of an image: (B, height, width, C) to (B, C).

    Arguments:
        data_format: `"channels_last"`.
        keepdims: Whether the output keeps the axes, of length 1.
    """

    operation = MAX_POOLING


@layers.add("GlobalAvgPool1D")
class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel of a signal: (B, steps, C) to (B, C). Of a signal with a mask, that of the steps that count.

    >>> import glassnet
    >>> masking = glassnet.layers.Masking(input_shape=(3, 1))
    >>> glassnet.Sequential([masking, GlobalAveragePooling1D()]).predict([[[4.0], [2.0], [0.0]]], verbose=0)
    array([[3.]], dtype=float32)
    """

    rank = 1
    operation = AVERAGE_POOLING

    def plan(self, graph, x):
        if x.mask is None:
            return super().plan(graph, x)
        a = graph.tensor(f"{self.name}/a", self.compute_output_shape((None, *x.shape))[1:])
        graph.add(MEAN_OF_STEPS, inputs=(x, x.mask), outputs=(a,), sizes=x.shape, layer=self.name)
        return a


@layers.add("GlobalAvgPool2D")
class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel of an image: (B, height, width, C) to (B, C).

    Arguments:
        data_format: `"channels_last"`.
        keepdims: Whether the output keeps the axes, of length 1.

    Source: Lin, Chen and Yan, "Network In Network" (2014).

    >>> import numpy as np
    >>> GlobalAveragePooling2D()(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 4.]], dtype=float32)
    """

    operation = AVERAGE_POOLING
