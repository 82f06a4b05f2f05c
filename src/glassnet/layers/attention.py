"""Attention: each place of a sequence looks at all others, and takes from those that fit."""

import math

from glassnet import activations, initializers, regularizers
from glassnet.engine.kernels.attention import ATTENTION_MIX, ATTENTION_SCORES
from glassnet.engine.kernels.dense import DENSE
from glassnet.engine.kernels.dropout import DROPOUT
from glassnet.layers.layer import Layer, layers
from glassnet.random import draw_seed

PARTS = ("query", "key", "value")


@layers.add()
class MultiHeadAttention(Layer):
    """Several heads that each compare queries with keys, and return the mean of the values that fit best.

    `layer(query, value)`; `layer(x, x)` is self-attention, `layer(x, x, use_causal_mask=True)` one that does not look ahead,
    `layer(query, value, key)` takes keys that differ from the values, `return_attention_scores=True` returns the weights of the
    mean beside the output. Places that the values' mask (`Masking`, `Embedding(mask_zero=True)`) calls padding get no attention.

    Arguments:
        num_heads: Number of heads (N).
        key_dim: Size of each head's queries and keys.
        value_dim: Size of each head's values; `key_dim` where none is given.
        dropout: Share of the attention that is left out at random while training.
        use_bias: Whether the four weighted sums have biases.
        output_shape: Number of features of the output; those of the query where none is given.
        kernel_initializer, bias_initializer: Where training starts from.
        kernel_regularizer, bias_regularizer: Penalties, or None.
        seed: Of the dropout; drawn where none is given.

    Inputs: query (B, T, F), value (B, S, F), key (B, S, F); output (B, T, O). Weights: `query/kernel` (F, N, key_dim),
    `query/bias` (N, key_dim), the same for `key` and `value`; `attention_output/kernel` (N, value_dim, O), `.../bias` (O,).
    Tensors: `name/query`, `name/key`, `name/value` (B, T or S, N, size), `name/scores` and `name/attention` (B, N, T, S),
    `name/context` (B, T, N, value_dim), `name/z`. Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.2.

    >>> import numpy as np
    >>> x = np.eye(4)[None]
    >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
    >>> output, attention = layer(x, x, use_causal_mask=True, return_attention_scores=True)
    >>> output.shape, attention.shape
    ((1, 4, 4), (1, 2, 4, 4))
    >>> attention[0, 0, 0]  # the first place can only look at itself
    array([1., 0., 0., 0.], dtype=float32)
    """

    least_axes = 3

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        *,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads, self.key_dim = num_heads, key_dim
        self.value_dim = key_dim if value_dim is None else value_dim
        self.output_size = output_shape
        for what in ("num_heads", "key_dim", "value_dim", "output_size"):
            size = getattr(self, what)
            if not (isinstance(size, int) and size >= 1 or what == "output_size" and size is None):
                what = "output_shape" if what == "output_size" else what
                raise ValueError(
                    f"MultiHeadAttention '{self.name}' expected {what} as a positive whole number. Received: {size!r}."
                )
        if not 0 <= dropout < 1:
            raise ValueError(f"MultiHeadAttention '{self.name}' expected dropout from 0 to below 1. Received: {dropout!r}.")
        self.dropout, self.use_bias = dropout, bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.seed = draw_seed(seed)

    def build(self, query_shape, value_shape=None, key_shape=None):
        value_shape = query_shape if value_shape is None else value_shape
        shapes = dict(zip(PARTS, (query_shape, value_shape if key_shape is None else key_shape, value_shape), strict=True))
        for part, shape in shapes.items():
            if len(shape) != 3:
                raise ValueError(
                    f"MultiHeadAttention '{self.name}' expected a {part} of shape (batch, places, features). "
                    f"Received: shape {tuple(shape)}."
                )
        self._check_places(shapes["key"][1], shapes["value"][1])
        self.weights.clear()
        sizes = {"query": self.key_dim, "key": self.key_dim, "value": self.value_dim}
        self.projections = {
            part: self._add_sum(part, (shape[-1], self.num_heads, sizes[part]), (self.num_heads, sizes[part]))
            for part, shape in shapes.items()
        }
        outputs = self.output_size or query_shape[-1]
        self.projections["attention_output"] = self._add_sum(
            "attention_output", (self.num_heads, self.value_dim, outputs), (outputs,)
        )
        super().build(query_shape)

    def _check_places(self, keys, values):
        if keys != values:
            raise ValueError(
                f"MultiHeadAttention '{self.name}' expected as many keys as values. Received: {keys} keys, {values} values."
            )

    def _add_sum(self, part, kernel_shape, bias_shape):
        """Kernel and bias of one of the four weighted sums."""
        kernel = self.add_weight(
            kernel_shape, self.kernel_initializer, regularizer=self.kernel_regularizer, name=f"{part}/kernel"
        )
        if not self.use_bias:
            return kernel, None
        bias = self.add_weight(bias_shape, self.bias_initializer, regularizer=self.bias_regularizer, name=f"{part}/bias")
        return kernel, bias

    def compute_output_shape(self, query_shape, value_shape=None, key_shape=None):
        return (*query_shape[:-1], self.output_size or query_shape[-1])

    def plan(self, graph, query, value, key=None, use_causal_mask=False, return_attention_scores=False):
        key = value if key is None else key
        self._check_places(key.shape[0], value.shape[0])
        heads, queries, keys = self.num_heads, query.shape[0], key.shape[0]
        q, k, v = (
            self._project(graph, part, x, f"{self.name}/{part}", self.projections[part][0].shape[1:])
            for part, x in zip(PARTS, (query, key, value), strict=True)
        )
        padding = value.mask or key.mask  # 0 for places that no query may look at
        scores = graph.tensor(f"{self.name}/scores", (heads, queries, keys))
        pairs = heads * queries * keys
        graph.add(
            ATTENTION_SCORES,
            inputs=(q, k, padding),
            outputs=(scores,),
            sizes=(queries, keys, heads, self.key_dim, int(padding is not None), bool(use_causal_mask)),
            constants=(1 / math.sqrt(self.key_dim),),
            scratch=queries * keys,
            work=pairs * self.key_dim,
            layer=self.name,
        )
        attention = activations.softmax.plan(graph, scores, f"{self.name}/attention", layer=self.name)
        kept = self._drop(graph, attention) if self.dropout else attention
        context = graph.tensor(f"{self.name}/context", (queries, heads, self.value_dim))
        graph.add(
            ATTENTION_MIX,
            inputs=(kept, v),
            outputs=(context,),
            sizes=(queries, keys, heads, self.value_dim),
            work=pairs * self.value_dim,
            layer=self.name,
        )
        z = self._project(graph, "attention_output", context, f"{self.name}/z", self.projections["attention_output"][0].shape[2:])
        z.mask = query.mask
        return [z, attention] if return_attention_scores else z

    def _project(self, graph, part, x, name, shape):
        """The weighted sum `part` at each place of x; of shape `shape` there."""
        kernel, bias = self.projections[part]
        z = graph.tensor(name, (x.shape[0], *shape))
        places, inputs, units = x.shape[0], math.prod(x.shape[1:]), math.prod(shape)
        if kernel.size != inputs * units:
            raise ValueError(
                f"MultiHeadAttention '{self.name}' expected {kernel.size // units} features for its {part}, got {inputs}."
            )
        graph.add(
            DENSE,
            inputs=(x,),
            outputs=(z,),
            variables=(kernel, bias),
            sizes=(places, inputs, units),
            room=inputs * units,
            work=places * inputs * units,
            layer=self.name,
        )
        return z

    def _drop(self, graph, attention):
        kept, mask = (graph.tensor(f"{self.name}/{name}", attention.shape) for name in ("attention_kept", "attention_mask"))
        graph.add(
            DROPOUT,
            inputs=(attention,),
            outputs=(kept, mask),
            sizes=(1, math.prod(attention.shape)),
            constants=(self.dropout,),
            seed=self.seed % 2**63,
            layer=self.name,
        )
        return kept

    def get_config(self):
        plain = ("num_heads", "key_dim", "value_dim", "dropout", "use_bias", "seed")
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in plain},
            "output_shape": self.output_size,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
        }
