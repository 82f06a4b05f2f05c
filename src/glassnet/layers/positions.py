"""Where a place of a sequence is: numbers for each place, to be added to what stands there."""

import math

import numpy as np

from glassnet import initializers
from glassnet.engine.kernels.broadcast import BROADCAST
from glassnet.engine.kernels.rescale import RESCALE
from glassnet.layers.layer import Layer, layers


class _Positions(Layer):
    """A table with a row for each place, the same for all examples: `layers.add([x, layer(x)])` tells the network where it is."""

    least_axes = 3
    passes_mask = True

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs of shape (batch, places, features). "
                f"Received: shape {tuple(input_shape)}."
            )
        super().build(input_shape)


@layers.add()
class PositionEmbedding(_Positions):
    """For each place of a sequence a row of numbers, learnt. Its output is to be added to its input.

    Arguments:
        sequence_length: The most places that there may be.
        initializer: Where training starts from.

    Inputs (B, T, F), of which only the shape counts; outputs (B, T, F). Weight: `embeddings` (sequence_length, F).
    Source: Gehring et al., "Convolutional Sequence to Sequence Learning" (2017), section 3.1.

    >>> PositionEmbedding(2, initializer="ones")(np.zeros((1, 2, 3)))
    array([[[1., 1., 1.],
            [1., 1., 1.]]], dtype=float32)
    """

    def __init__(self, sequence_length, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        if not isinstance(sequence_length, int) or sequence_length < 1:
            raise ValueError(
                f"PositionEmbedding '{self.name}' expected a positive whole sequence_length. Received: {sequence_length!r}."
            )
        self.sequence_length, self.initializer = sequence_length, initializers.get(initializer)
        self.embeddings = None

    def build(self, input_shape):
        super().build(input_shape)
        if input_shape[1] > self.sequence_length:
            raise ValueError(
                f"PositionEmbedding '{self.name}' expected at most {self.sequence_length} places, got {input_shape[1]}."
            )
        self.weights.clear()
        self.embeddings = self.add_weight((self.sequence_length, input_shape[2]), self.initializer, name="embeddings")
        self.trainable = self.trainable_flag

    def plan(self, graph, x):
        a = graph.tensor(f"{self.name}/a", x.shape)
        graph.add(BROADCAST, outputs=(a,), variables=(self.embeddings,), sizes=(math.prod(x.shape),), layer=self.name)
        return a

    def get_config(self):
        initializer = initializers.serialize(self.initializer)
        return {**super().get_config(), "sequence_length": self.sequence_length, "initializer": initializer}


@layers.add()
class SinePositionEncoding(_Positions):
    """For each place of a sequence waves of several lengths, not learnt. Its output is to be added to its input.

    Feature 2i is sin(place / w**(2i / F)), feature 2i + 1 the cosine of the same, with w the longest wavelength by 2 pi.

    Arguments:
        max_wavelength: The longest wavelength, in places by 2 pi.

    Inputs (B, T, F), of which only the shape counts; outputs (B, T, F). Source: Vaswani et al. (2017), section 3.5.

    >>> SinePositionEncoding()(np.zeros((1, 2, 2))).round(3)
    array([[[0.   , 1.   ],
            [0.841, 0.54 ]]], dtype=float32)
    """

    def __init__(self, max_wavelength=10000, **kwargs):
        super().__init__(**kwargs)
        if not 0 < max_wavelength < math.inf:
            raise ValueError(
                f"SinePositionEncoding '{self.name}' expected max_wavelength as a number above 0. Received: {max_wavelength!r}."
            )
        self.max_wavelength = max_wavelength

    def table(self, places, features):
        """The numbers, (places, features)."""
        feature = np.arange(features)
        angles = np.arange(places)[:, None] / self.max_wavelength ** (feature // 2 * 2 / features)
        return np.where(feature % 2 == 0, np.sin(angles), np.cos(angles))

    def plan(self, graph, x):
        a, size = graph.tensor(f"{self.name}/a", x.shape), math.prod(x.shape)
        numbers = self.table(*x.shape).ravel().tolist()
        graph.add(
            RESCALE, inputs=(x,), outputs=(a,), sizes=(1, size, 1, size), constants=(0.0, *numbers), layer=self.name
        )
        return a

    def get_config(self):
        return {**super().get_config(), "max_wavelength": self.max_wavelength}
