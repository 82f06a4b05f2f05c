"""Convolutions that keep channels apart: depthwise, and separable ones that mix them in a second step."""

from glassnet import initializers, regularizers
from glassnet.engine.kernels.convolution import CONVOLUTION
from glassnet.engine.kernels.depthwise import DEPTHWISE
from glassnet.engine.kernels.geometry import Geometry
from glassnet.layers.convolution import BaseConvolution
from glassnet.layers.layer import layers


class BaseDepthwise(BaseConvolution):
    """What depthwise and separable convolutions share: a kernel (window, C, depth_multiplier)."""

    def __init__(self, depth_multiplier, depthwise_initializer, depthwise_regularizer, **kwargs):
        super().__init__(**kwargs)
        self.depth_multiplier = self.check_count("depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)

    def add_depthwise_weight(self, input_shape, name):
        shape = (*self.kernel_size, input_shape[-1], self.depth_multiplier)
        return self.add_weight(shape, self.depthwise_initializer, regularizer=self.depthwise_regularizer, name=name)

    def positions(self, input_shape):
        """How many windows there are along each axis."""
        self.check_axes(input_shape)
        windows = self.windows(input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return tuple(positions for _, positions, _ in windows)

    def plan_depthwise(self, graph, x, kernel, bias, name):
        """Adds the depthwise convolution as the tensor `name`; returns it."""
        channels = kernel.shape[-2]
        self.check_channels(x, channels)
        z = graph.tensor(name, (*self.positions((None, *x.shape)), channels * self.depth_multiplier))
        geometry = self.geometry(x.shape, z.shape[-1], channels)
        return self.add_operation(graph, DEPTHWISE, x, z, kernel, bias, geometry)

    def depthwise_config(self):
        return {
            **self.base_config(),
            "depth_multiplier": self.depth_multiplier,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "depthwise_regularizer": regularizers.serialize(self.depthwise_regularizer),
        }


class DepthwiseConvolution(BaseDepthwise):
    """A depthwise convolution of any rank; see `DepthwiseConv2D`."""

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            depth_multiplier, depthwise_initializer, depthwise_regularizer, kernel_size=kernel_size, strides=strides,
            padding=padding, data_format=data_format, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias,
            bias_initializer=bias_initializer, bias_regularizer=bias_regularizer, **kwargs,
        )  # fmt: skip
        self.kernel = None

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.weights.clear()
        self.kernel = self.add_depthwise_weight(input_shape, "kernel")
        self.add_bias(input_shape[-1] * self.depth_multiplier)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.positions(input_shape), input_shape[-1] * self.depth_multiplier)

    def plan(self, graph, x):
        z = self.plan_depthwise(graph, x, self.kernel, self.bias, f"{self.name}/z")
        return self.activation.plan(graph, z, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {**super().get_config(), **self.depthwise_config()}


@layers.add()
class DepthwiseConv1D(DepthwiseConvolution):
    """Each channel of a signal convolved by itself: see `DepthwiseConv2D`."""

    rank = 1


@layers.add()
class DepthwiseConv2D(DepthwiseConvolution):
    """Each channel convolved by itself, with `depth_multiplier` kernels of its own.

    Arguments:
        kernel_size: (height, width) of the window, or one number for both.
        strides: Pixels from one window to the next.
        padding: `"valid"` or `"same"`; see `Conv2D`.
        depth_multiplier: Outputs of each channel (M).
        data_format: `"channels_last"`.
        dilation_rate: Pixels from one number of a window to the next.
        activation: Name or object; None for the plain weighted sum.
        use_bias: Whether each output has a bias.
        depthwise_initializer, bias_initializer: Where training starts from.
        depthwise_regularizer, bias_regularizer: Penalties, or None.

    Inputs (B, height, width, C), outputs (B, positions down, positions across, C * M): those of a channel lie side by side.
    Weights: `kernel` (height, width, C, M), `bias` (C * M,). Tensors: `name/z`, `name/a`.

    >>> import numpy as np
    >>> layer = DepthwiseConv2D(3, depth_multiplier=2)
    >>> layer(np.zeros((1, 5, 5, 4))).shape, layer.count_params()
    ((1, 3, 3, 8), 80)
    """

    def __init__(self, kernel_size, strides=(1, 1), padding="valid", depth_multiplier=1, data_format=None,
                 dilation_rate=(1, 1), activation=None, **kwargs):  # fmt: skip
        super().__init__(kernel_size, strides, padding, depth_multiplier, data_format, dilation_rate, activation, **kwargs)


class SeparableConvolution(BaseDepthwise):
    """A separable convolution of any rank; see `SeparableConv2D`."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            depth_multiplier, depthwise_initializer, depthwise_regularizer, kernel_size=kernel_size, strides=strides,
            padding=padding, data_format=data_format, dilation_rate=dilation_rate, activation=activation, use_bias=use_bias,
            bias_initializer=bias_initializer, bias_regularizer=bias_regularizer, **kwargs,
        )  # fmt: skip
        self.filters = self.check_count("filters", filters)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_kernel = self.pointwise_kernel = None

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.weights.clear()
        self.depthwise_kernel = self.add_depthwise_weight(input_shape, "depthwise_kernel")
        shape = (*(1,) * self.rank, input_shape[-1] * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self.add_weight(
            shape, self.pointwise_initializer, regularizer=self.pointwise_regularizer, name="pointwise_kernel"
        )
        self.add_bias(self.filters)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.positions(input_shape), self.filters)

    def plan(self, graph, x):
        depthwise = self.plan_depthwise(graph, x, self.depthwise_kernel, None, f"{self.name}/depthwise")
        z = graph.tensor(f"{self.name}/z", (*depthwise.shape[:-1], self.filters))
        H, W = self.as_images(depthwise.shape[:-1], 1)
        points = Geometry(H, W, depthwise.shape[-1], H, W, self.filters, 1, 1, 1, 1, 1, 1, 0, 0, 1)
        self.add_operation(graph, CONVOLUTION, depthwise, z, self.pointwise_kernel, self.bias, points)
        return self.activation.plan(graph, z, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {
            **super().get_config(),
            **self.depthwise_config(),
            "filters": self.filters,
            "pointwise_initializer": initializers.serialize(self.pointwise_initializer),
            "pointwise_regularizer": regularizers.serialize(self.pointwise_regularizer),
        }


@layers.add("SeparableConvolution1D")
class SeparableConv1D(SeparableConvolution):
    """A separable convolution of signals: see `SeparableConv2D`."""

    rank = 1


@layers.add("SeparableConvolution2D")
class SeparableConv2D(SeparableConvolution):
    """A depthwise convolution, then one of 1 x 1 that mixes the channels: nearly what `Conv2D` does, with far fewer weights.

    Arguments:
        filters: Channels of the output (O).
        kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier: Of the depthwise step; see `DepthwiseConv2D`.
        activation: Name or object; None for the plain weighted sum.
        use_bias: Whether each filter has a bias.
        depthwise_initializer, pointwise_initializer, bias_initializer: Where training starts from.
        depthwise_regularizer, pointwise_regularizer, bias_regularizer: Penalties, or None.

    Inputs (B, height, width, C), outputs (B, positions down, positions across, O). Weights: `depthwise_kernel` (height, width, C,
    M), `pointwise_kernel` (1, 1, C * M, O), `bias` (O,). Tensors: `name/depthwise`, `name/z`, `name/a`. Source: Chollet,
    "Xception" (2017).

    >>> import numpy as np
    >>> layer = SeparableConv2D(8, 3)
    >>> layer(np.zeros((1, 5, 5, 4))).shape, layer.count_params()
    ((1, 3, 3, 8), 76)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        depth_multiplier=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(
            filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, **kwargs
        )
