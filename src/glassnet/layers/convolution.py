"""Convolution of signals and images."""

from glassnet import activations, initializers, regularizers
from glassnet.engine.kernels.convolution import CONVOLUTION
from glassnet.engine.kernels.geometry import Geometry, kernel_size, planned, positions_together
from glassnet.layers.layer import layers
from glassnet.layers.window import WindowLayer


class BaseConvolution(WindowLayer):
    """What all convolutions share: window, strides, dilation, activation, bias, and their place in a graph."""

    def __init__(self, kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer,
                 bias_regularizer, **kwargs):  # fmt: skip
        super().__init__(**kwargs)
        self.kernel_size = self.sides("kernel_size", kernel_size)
        self.strides = self.sides("strides", strides)
        self.dilation_rate = self.sides("dilation_rate", dilation_rate)
        self.padding = self.checked_padding(padding)
        self.check_data_format(data_format)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected strides or dilation_rate of 1. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}."
            )
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias = None

    def check_count(self, name, value):
        """`value`, a positive whole number. Raises `ValueError` for anything else."""
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {name} as a positive whole number. Received: {name}={value!r}."
            )
        return value

    def add_bias(self, outputs):
        if self.use_bias:
            self.bias = self.add_weight((outputs,), self.bias_initializer, regularizer=self.bias_regularizer, name="bias")

    def check_channels(self, x, channels):
        """Raises `ValueError` where a tensor of a graph is none that the layer was built for."""
        self.check_axes((None, *x.shape))
        if x.shape[-1] != channels:
            raise ValueError(f"{type(self).__name__} '{self.name}' expected inputs of {channels} channels, got {x.shape[-1]}.")

    def geometry(self, image_shape, outputs, groups):
        """The `Geometry` of the convolution of an image (..., C) to `outputs` channels."""
        windows = self.windows((None, *image_shape), self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return self.geometry_of(windows, image_shape[-1], outputs, groups)

    def geometry_of(self, windows, channels, outputs, groups):
        (H, P, TOP), (W, Q, LEFT) = self.as_images(windows, (1, 1, 0))
        sides = (self.as_images(sides, 1) for sides in (self.kernel_size, self.strides, self.dilation_rate))
        (KH, KW), (SH, SW), (DH, DW) = sides
        return Geometry(H, W, channels, P, Q, outputs, KH, KW, SH, SW, DH, DW, TOP, LEFT, groups)

    def add_operation(self, graph, operation, x, z, kernel, bias, geometry):
        """Adds the operation from x to z."""
        plan = planned(geometry, positions_together(geometry) if operation.patches else 1)
        graph.add(
            operation,
            inputs=(x,),
            outputs=(z,),
            variables=(kernel, bias),
            sizes=(*geometry, *plan),
            room=plan.SHARED + 2 * plan.HALF,
            work=geometry.P * geometry.Q * kernel_size(geometry),
            layer=self.name,
        )
        return z

    def base_config(self):
        """The arguments of all convolutions as plain data."""
        return {
            "kernel_size": list(self.kernel_size),
            "strides": list(self.strides),
            "padding": self.padding,
            "data_format": "channels_last",
            "dilation_rate": list(self.dilation_rate),
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }


class Convolution(BaseConvolution):
    """A convolution of any rank; see `Conv2D`."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias, bias_initializer,
            bias_regularizer, **kwargs,
        )  # fmt: skip
        self.filters, self.groups = self.check_count("filters", filters), self.check_count("groups", groups)
        if self.filters % self.groups:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected filters that groups divide. "
                f"Received: filters={filters}, groups={groups}."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel = None

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        channels = input_shape[-1]
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs whose channels groups={self.groups} divides. "
                f"Received: shape {tuple(input_shape)}."
            )
        self.weights.clear()
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.add_weight(shape, self.kernel_initializer, regularizer=self.kernel_regularizer, name="kernel")
        self.add_bias(self.filters)
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        self.check_axes(input_shape)
        windows = self.windows(input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return (input_shape[0], *(positions for _, positions, _ in windows), self.filters)

    def plan(self, graph, x):
        self.check_channels(x, self.kernel.shape[-2] * self.groups)
        z = graph.tensor(f"{self.name}/z", self.compute_output_shape((None, *x.shape))[1:])
        geometry = self.geometry(x.shape, self.filters, self.groups)
        self.add_operation(graph, CONVOLUTION, x, z, self.kernel, self.bias, geometry)
        return self.activation.plan(graph, z, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {
            **super().get_config(),
            **self.base_config(),
            "filters": self.filters,
            "groups": self.groups,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
        }


@layers.add("Convolution1D")
class Conv1D(Convolution):
    """The same small set of weights at every step of a signal: see `Conv2D`.

    Inputs (B, steps, C), outputs (B, positions, filters). `padding` may be `"causal"`, too: no output sees later steps.

    >>> import numpy as np
    >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
    >>> layer(np.array([[[1.0], [2.0], [4.0]]])).ravel()
    array([1., 3., 6.], dtype=float32)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


@layers.add("Convolution2D")
class Conv2D(Convolution):
    """activation(convolution of x with kernel + bias): every output sees the same small window, at its own place of the image.

    Arguments:
        filters: Channels of the output (O).
        kernel_size: (height, width) of the window, or one number for both.
        strides: Pixels from one window to the next.
        padding: `"valid"`: windows lie within the image; `"same"`: the image gets a border of 0 so that there are
            ceil(pixels / stride) windows.
        data_format: `"channels_last"`.
        dilation_rate: Pixels from one number of a window to the next.
        groups: Parts of the channels that are convolved each by itself, each to its part of the filters.
        activation: Name or object; None for the plain weighted sum.
        use_bias: Whether each filter has a bias.
        kernel_initializer, bias_initializer: Where training starts from.
        kernel_regularizer, bias_regularizer: Penalties, or None.

    Inputs (B, height, width, C), outputs (B, positions down, positions across, O). Weights: `kernel` (height, width, C / groups,
    O), `bias` (O,). Tensors: `name/z` (the weighted sum) and `name/a` (the activation). As everywhere in the field, the kernel is
    not turned round before it is laid on the image. Source: LeCun et al. (1989), "Backpropagation Applied to Handwritten Zip
    Code Recognition".

    >>> import numpy as np
    >>> Conv2D(8, 5, activation="relu")(np.zeros((2, 28, 28, 1))).shape
    (2, 24, 24, 8)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        groups=1,
        activation=None,
        **kwargs,
    ):
        super().__init__(filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, **kwargs)
