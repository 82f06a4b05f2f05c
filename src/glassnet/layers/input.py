"""The input of a network: a shape, and nothing to compute."""

from glassnet.layers.keras_tensor import Call, KerasTensor
from glassnet.layers.layer import Layer, layers
from glassnet.layers.shapes import batch_shape as shape_with_batch


@layers.add("Input")
class InputLayer(Layer):
    """Says what one example looks like.

    Arguments:
        shape: Shape of one example, without the batch axis: `(784,)`.
        batch_size: How many examples there are in each batch, where a layer must know it, as a stateful recurrent one; else None.
        batch_shape: Both in one, in place of them: `(32, 784)`.
    """

    def __init__(self, shape=None, *, batch_size=None, batch_shape=None, **kwargs):
        super().__init__(**kwargs)
        if (shape is None) == (batch_shape is None) or (batch_shape is not None and batch_size is not None):
            raise ValueError(f"Expected either shape, or batch_shape. Received: shape={shape!r}, batch_shape={batch_shape!r}.")
        if batch_shape is not None:
            batch_size, *shape = batch_shape
        self.shape = shape_with_batch((None, *shape))[1:]
        if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
            raise ValueError(f"Expected batch_size as a positive whole number or None. Received: {batch_size!r}.")
        self.batch_size = batch_size
        self.build((batch_size, *self.shape))
        self.first_call = Call(self, (), {})
        self.first_call.outputs = KerasTensor(self.input_shape, self.dtype, self.name, self.first_call)

    def plan(self, graph, x):
        return x

    def get_config(self):
        return {**super().get_config(), "shape": list(self.shape), "batch_size": self.batch_size}


def Input(shape=None, *, batch_size=None, batch_shape=None, name=None, dtype=None):  # noqa: N802 - Keras's name
    """A symbolic tensor that a network begins with, the output of an `InputLayer`.

    Arguments:
        shape: Shape of one example, without the batch axis: `(784,)`.
        batch_size: How many examples there are in each batch, where a layer must know it; else None.
        batch_shape: Both in one, in place of them.
        name: Name of the input, by which data can be given to the model.
        dtype: `"float32"`, `"float64"` or None for the default.

    >>> Input((784,), name="pixels")
    <KerasTensor shape=(None, 784), dtype=float32, name=pixels>
    """
    return InputLayer(shape, batch_size=batch_size, batch_shape=batch_shape, name=name, dtype=dtype).output
