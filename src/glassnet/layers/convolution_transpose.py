"""Transposed convolution: from a small image to a larger one, with weights that are learnt."""

from glassnet import initializers, regularizers
from glassnet.engine.kernels.convolution_transpose import CONVOLUTION_TRANSPOSE
from glassnet.layers.convolution import BaseConvolution
from glassnet.layers.layer import layers


class ConvolutionTranspose(BaseConvolution):
    """A transposed convolution of any rank; see `Conv2DTranspose`."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
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
        self.filters = self.check_count("filters", filters)
        self.output_padding = None if output_padding is None else self.sides("output_padding", output_padding, least=0)
        if self.output_padding and any(more >= step for more, step in zip(self.output_padding, self.strides, strict=True)):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected output_padding below strides. "
                f"Received: output_padding={output_padding}, strides={self.strides}."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel = None

    def build(self, input_shape):
        self.compute_output_shape(input_shape)
        self.weights.clear()
        shape = (*self.kernel_size, self.filters, input_shape[-1])
        self.kernel = self.add_weight(shape, self.kernel_initializer, regularizer=self.kernel_regularizer, name="kernel")
        self.add_bias(self.filters)
        super().build(input_shape)

    def _sides_of_output(self, input_shape):
        """For each axis of the image: (pixels of the output, of the input, pixels cut off before the first)."""
        more = self.output_padding or (None,) * self.rank
        arguments = zip(input_shape[1:-1], self.kernel_size, self.strides, self.dilation_rate, more, strict=True)
        found = []
        for positions, size, stride, apart, extra in arguments:
            reach = (size - 1) * apart + 1
            if self.padding == "valid":
                pixels, before = (positions - 1) * stride + (max(reach, stride) if extra is None else reach + extra), 0
            else:
                # Keras's: with output_padding the output is (positions - 1) * stride + reach % 2 + output_padding long.
                border = stride + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
                left = min(border // 2 + border % 2, reach - 1)
                pixels, before = (positions - 1) * stride + 1 + border - (reach - 1), reach - 1 - left
            if pixels < 1:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}' expected inputs that give an output of at least one pixel. "
                    f"Received: shape {tuple(input_shape)}."
                )
            found.append((pixels, positions, before))
        return found

    def compute_output_shape(self, input_shape):
        self.check_axes(input_shape)
        return (input_shape[0], *(pixels for pixels, _, _ in self._sides_of_output(input_shape)), self.filters)

    def plan(self, graph, x):
        channels = self.kernel.shape[-1]
        self.check_channels(x, channels)
        z = graph.tensor(f"{self.name}/z", self.compute_output_shape((None, *x.shape))[1:])
        geometry = self.geometry_of(self._sides_of_output((None, *x.shape)), self.filters, channels, 1)
        self.add_operation(graph, CONVOLUTION_TRANSPOSE, x, z, self.kernel, self.bias, geometry)
        return self.activation.plan(graph, z, f"{self.name}/a", layer=self.name)

    def get_config(self):
        return {
            **super().get_config(),
            **self.base_config(),
            "filters": self.filters,
            "output_padding": None if self.output_padding is None else list(self.output_padding),
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
        }


@layers.add("Convolution1DTranspose")
class Conv1DTranspose(ConvolutionTranspose):
    """A transposed convolution of signals: see `Conv2DTranspose`.

    >>> import numpy as np
    >>> layer = Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> layer(np.array([[[1.0], [2.0]]])).ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """

    rank = 1


@layers.add("Convolution2DTranspose")
class Conv2DTranspose(ConvolutionTranspose):
    """Every number of the input lays its multiple of the kernel on the output, where these overlap their sum counts.

    Arguments:
        filters: Channels of the output (O).
        kernel_size: (height, width) of what each input lays down, or one number for both.
        strides: Pixels of the output from one input's to the next one's.
        padding: `"valid"`: the output has all that was laid down; `"same"`: it is `strides` times as large as the input.
        output_padding: Pixels more at the end, below `strides`; None for as many as padding implies.
        data_format: `"channels_last"`.
        dilation_rate: Pixels from one number of the kernel to the next.
        activation: Name or object; None for the plain sum.
        use_bias: Whether each filter has a bias.
        kernel_initializer, bias_initializer: Where training starts from.
        kernel_regularizer, bias_regularizer: Penalties, or None.

    Inputs (B, height, width, C), outputs (B, more, more, O). Weights: `kernel` (height, width, O, C), `bias` (O,). Tensors:
    `name/z` and `name/a`. It is the backward pass of a convolution with the same kernel, which is why it is also, wrongly, called
    deconvolution. Source: Zeiler et al., "Deconvolutional Networks" (2010).

    >>> import numpy as np
    >>> Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((2, 7, 7, 16))).shape
    (2, 14, 14, 8)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        **kwargs,
    ):
        super().__init__(filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate, activation, **kwargs)
