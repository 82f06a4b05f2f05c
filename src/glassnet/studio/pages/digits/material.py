"""The pictures of digits that the page's network learns from and is tested on."""

import numpy as np

from glassnet.studio import preparation

SIDE = 28


class Material:
    """Pictures as a model wants them, and as they look.

    Arguments:
        train, test: `(x, y)`: inputs (N, ...) of 784 numbers each, and class numbers (N,).
        high: The number of full ink: 255 where the inputs are bytes, 1 where they are scaled.
        names: Of the classes.
    """

    def __init__(self, train, test, high, names):
        (self.x, self.y), (self.x_test, self.y_test) = train, test
        self.high, self.names = high, names

    def input(self, grey):
        """A picture, uint8 (28, 28), as a batch of one input."""
        return (grey.astype(self.x.dtype) * (self.high / 255)).astype(self.x.dtype).reshape(1, *self.x.shape[1:])

    def grey(self, x):
        """Inputs (N, ...) as pictures, uint8 (N, 28, 28)."""
        return np.rint(np.clip(np.asarray(x, np.float32) * (255 / self.high), 0, 255)).astype(np.uint8).reshape(-1, SIDE, SIDE)


def mnist():
    """MNIST, the same arrays for all sessions."""
    train, test = preparation.mnist()
    return Material(train, test, 255, [str(digit) for digit in range(10)])


def material_for(model, data):
    """The material for a model from Python.

    Arguments:
        model: A built model.
        data: `(x, y)`, of which the last sixth is kept to test on; MNIST where None.
    """
    shape = tuple(model.input_shape[1:])
    if data is None:
        digits = mnist()
        high = 255 if any(type(layer).__name__ == "Rescaling" for layer in model.layers) else 1
        dtype = np.uint8 if high == 255 else np.float32
        parts = [
            ((x.astype(dtype) * dtype(1 if high == 255 else 1 / 255)).astype(dtype).reshape(-1, *shape), y)
            for x, y in ((digits.x, digits.y), (digits.x_test, digits.y_test))
        ]
        return Material(*parts, high, digits.names)
    x, y = (np.asarray(part) for part in data)
    y = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(len(y))
    kept = len(x) - max(len(x) // 6, 1)
    names = [str(number) for number in range(model.output_shape[-1])]
    return Material((x[:kept], y[:kept]), (x[kept:], y[kept:]), 255 if x.max() > 1 else 1, names)
