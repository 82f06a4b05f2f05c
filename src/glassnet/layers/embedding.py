"""Words, characters and other numbered things as vectors that are learnt."""

import math

import numpy as np

from glassnet import initializers, regularizers
from glassnet.engine.kernels.embedding import EMBEDDING
from glassnet.layers.layer import Layer, layers
from glassnet.layers.masking import plan_mask

LARGEST = 2**24
"""Numbers of rows travel as float32, which holds whole numbers exactly up to here."""


@layers.add()
class Embedding(Layer):
    """Each number k becomes row k of a table that is learnt.

    Arguments:
        input_dim: How many rows there are: the numbers are 0 to `input_dim` - 1. At most 2**24.
        output_dim: Length of a row (O).
        embeddings_initializer: Where training starts from.
        embeddings_regularizer: Penalty, or None.
        mask_zero: Whether 0 stands for padding, whose steps the layers behind leave out.
        weights: The table (input_dim, output_dim) to start from, where one is given.

    Inputs (B, ...), whole numbers; outputs (B, ..., O). Weight: `embeddings` (input_dim, O). Tensors: `name/a`, with `mask_zero`
    `name/mask` (B, T). Numbers outside of the table are refused.

    >>> layer = Embedding(3, 2, weights=np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]))
    >>> layer([[2, 1]])
    array([[[3., 4.],
            [1., 2.]]], dtype=float32)
    """

    one_shape = False

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        *,
        mask_zero=False,
        weights=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, size in (("input_dim", input_dim), ("output_dim", output_dim)):
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise ValueError(f"Embedding '{self.name}' expected {name} as a positive whole number. Received: {size!r}.")
        if input_dim > LARGEST:
            raise ValueError(
                f"Embedding '{self.name}' expected input_dim of at most {LARGEST}, up to which float32 holds whole numbers "
                f"exactly. Received: {input_dim}."
            )
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.mask_zero = bool(mask_zero)
        self.embeddings = None
        self._given = None if weights is None else np.reshape(weights, (input_dim, output_dim))

    def build(self, input_shape):
        self.weights.clear()
        start = self.embeddings_initializer if self._given is None else initializers.get(self._given)
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight(shape, start, regularizer=self.embeddings_regularizer, name="embeddings")
        super().build(input_shape)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.output_dim)

    def plan(self, graph, x):
        x.limit = self.input_dim if x.limit is None else min(x.limit, self.input_dim)
        y = graph.tensor(f"{self.name}/a", (*x.shape, self.output_dim))
        graph.add(
            EMBEDDING,
            inputs=(x,),
            outputs=(y,),
            variables=(self.embeddings,),
            sizes=(math.prod(x.shape), self.input_dim, self.output_dim),
            layer=self.name,
        )
        if self.mask_zero:
            if len(x.shape) != 1:
                raise ValueError(
                    f"Embedding '{self.name}' expected inputs (batch, steps), as mask_zero=True. "
                    f"Received: {len(x.shape) + 1} axes."
                )
            y.mask = plan_mask(graph, x, 0.0, self.name)
        return y

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "mask_zero": self.mask_zero,
        }
