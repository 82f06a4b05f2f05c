"""What layers that look at an image through a window share: sizes, strides, padding, and the shapes that follow."""

from glassnet.layers.layer import Layer

AXES = {1: "steps", 2: "height, width"}


class WindowLayer(Layer):
    """A layer whose outputs each see a window of the input: convolutions and pooling.

    A subclass says for how many axes it is (`rank`): 1 for signals (B, steps, C), 2 for images (B, height, width, C). Signals are
    computed as images of height 1.
    """

    rank = 2
    paddings = ("valid", "same")

    def sides(self, name, value, least=1):
        """An argument such as `strides` as a tuple of `rank` integers. Raises `ValueError` for anything else."""
        sides = (value,) * self.rank if isinstance(value, int) and not isinstance(value, bool) else value
        sides = tuple(sides) if isinstance(sides, list | tuple) else ()
        if len(sides) != self.rank or any(not isinstance(s, int) or isinstance(s, bool) or s < least for s in sides):
            wanted = "a whole number" if self.rank == 1 else "a whole number or a pair of them"
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {name} as {wanted}, at least {least}. Received: {name}={value!r}."
            )
        return sides

    def checked_padding(self, padding):
        """`padding` in lower case. Raises `ValueError` for one that the layer does not know."""
        known = self.paddings
        if not isinstance(padding, str) or padding.lower() not in known:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected padding as one of {', '.join(map(repr, known))}. "
                f"Received: padding={padding!r}."
            )
        return padding.lower()

    def check_data_format(self, data_format):
        """Raises `ValueError` for what is not None or `"channels_last"`."""
        if data_format not in (None, "channels_last"):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected data_format 'channels_last', (batch, {AXES[self.rank]}, "
                f"channels). Received: data_format={data_format!r}. Move the channels to the end, as np.moveaxis(x, 1, -1) does."
            )

    @property
    def least_axes(self):
        return self.rank + 2

    def check_axes(self, input_shape):
        """Raises `ValueError` for a shape that has not the layer's axes."""
        if len(input_shape) != self.rank + 2:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs of shape (batch, {AXES[self.rank]}, channels). "
                f"Received: shape {tuple(input_shape)}."
            )

    def windows(self, input_shape, window, strides, padding, dilation=1):
        """For each axis of the image: (pixels, positions, pixels of padding before the first).

        `"valid"`: windows lie within the image. `"same"`: ceil(pixels / stride) of them, with the padding spread evenly, one more
        behind where it is odd. `"causal"`: all padding before. Raises `ValueError` where no window fits.
        """
        found = []
        dilation = (dilation,) * self.rank if isinstance(dilation, int) else dilation
        for pixels, size, stride, apart in zip(input_shape[1:-1], window, strides, dilation, strict=True):
            reach = (size - 1) * apart + 1
            before = reach - 1 if padding == "causal" else 0
            positions = (pixels + before - reach) // stride + 1
            if padding == "same":
                positions = -(-pixels // stride)
                before = max((positions - 1) * stride + reach - pixels, 0) // 2
            if positions < 1:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}' expected inputs of at least its window, {tuple(window)}"
                    + (f" with {max(dilation)} pixels from one to the next" if max(dilation) > 1 else "")
                    + f", in (batch, {AXES[self.rank]}, channels). Received: shape {tuple(input_shape)}. "
                    + "Use padding='same', a smaller window, or fewer or smaller layers before."
                )
            found.append((pixels, positions, before))
        return found

    def as_images(self, sides, fill):
        """A pair for each of the `rank` axes as one for an image: a signal has a height of `fill`."""
        return ((fill,) if self.rank == 1 else ()) + tuple(sides)
