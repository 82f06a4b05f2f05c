"""The input of a network: a shape, and nothing to compute."""

from glassnet.layers.layer import Layer, batch_shape, layers


@layers.add("Input")
class InputLayer(Layer):
    """Says what one example looks like.

    Arguments:
        shape: Shape of one example, without the batch axis: `(784,)`.
    """

    def __init__(self, shape, **kwargs):
        super().__init__(**kwargs)
        self.shape = batch_shape((None, *shape))[1:]
        self.build((None, *self.shape))

    def plan(self, graph, x):
        return x

    def get_config(self):
        return {**super().get_config(), "shape": list(self.shape)}


def Input(shape, *, name=None, dtype=None):  # noqa: N802 - Keras's name
    """The input of a network: `Input((784,))`. See `InputLayer`."""
    return InputLayer(shape, name=name, dtype=dtype)
