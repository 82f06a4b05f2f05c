"""Layers that normalise inside the network: over the batch, over a layer, over groups of channels."""

import math

from glassnet import initializers, regularizers
from glassnet.engine.kernels.batch_normalization import BATCH_NORMALIZATION
from glassnet.engine.kernels.group_normalization import GROUP_NORMALIZATION
from glassnet.layers.layer import Layer, layers


class _Normalizing(Layer):
    """What the three have in common: a scale `gamma` and an offset `beta`, learnt, and a smallest variance `epsilon`."""

    least_axes = 2
    passes_mask = True

    def __init__(
        self, epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, **kwargs
    ):
        super().__init__(**kwargs)
        if not epsilon > 0:
            raise ValueError(f"{type(self).__name__} '{self.name}' expected epsilon > 0. Received: {epsilon!r}.")
        self.epsilon, self.center, self.scale = epsilon, bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.gamma = self.beta = None

    def _add_scale_and_offset(self, shape):
        self.weights.clear()
        if self.scale:
            self.gamma = self.add_weight(shape, self.gamma_initializer, regularizer=self.gamma_regularizer, name="gamma")
        if self.center:
            self.beta = self.add_weight(shape, self.beta_initializer, regularizer=self.beta_regularizer, name="beta")

    def _plan(self, graph, inputs, operation, statistics, batched, **parts):
        """Adds the operation with its tensors: the output, the normalised numbers, and the mean and variance used."""
        a, normalized = (graph.tensor(f"{self.name}/{name}", inputs[0].shape) for name in ("a", "normalized"))
        mean, variance = (graph.tensor(f"{self.name}/{name}", statistics, batched) for name in ("mean", "variance"))
        graph.add(
            operation,
            inputs=inputs,
            outputs=(a, normalized, mean, variance),
            variables=(self.gamma, self.beta),
            layer=self.name,
            **parts,
        )
        return a

    def get_config(self):
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
        }


@layers.add()
class BatchNormalization(_Normalizing):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each channel over the batch.

    In training those of the batch count, and running ones follow them; in prediction, and where the layer is frozen
    (`trainable = False`), the running ones count. Steps that are masked (`Masking`, `Embedding(mask_zero=True)`) are normalised,
    too, but no part of the statistics.

    Arguments:
        axis: The last axis; channels come last here.
        momentum: Share of the running statistics that is kept at a step, 0 to 1.
        epsilon: Added to the variance.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer: Where training starts from.
        moving_mean_initializer, moving_variance_initializer: The same for the running statistics.
        beta_regularizer, gamma_regularizer: Penalties, or None.

    Inputs and outputs (B, ..., C). Weights: `gamma`, `beta`, `moving_mean`, `moving_variance` (C,). Tensors: `name/mean`,
    `name/variance` (C,), `name/normalized`, `name/a`. Source: Ioffe and Szegedy, "Batch Normalization" (2015).

    >>> import numpy as np
    >>> layer = BatchNormalization(epsilon=1e-9)
    >>> layer(np.array([[1.0, 10.0], [3.0, 30.0]]), training=True).round(3)
    array([[-1., -1.],
           [ 1.,  1.]], dtype=float32)
    >>> layer.moving_mean.numpy().round(3)  # a hundredth of the way from 0 to (2, 20)
    array([0.02, 0.2 ], dtype=float32)
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, **kwargs
        )
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNormalization '{self.name}' expected a momentum from 0 to 1. Received: {momentum!r}.")
        self.axis, self.momentum = axis, momentum
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.moving_mean = self.moving_variance = None

    def build(self, input_shape):
        _check_axes(self, (self.axis,), len(input_shape))
        channels = input_shape[-1:]
        self._add_scale_and_offset(channels)
        self.moving_mean = self.add_weight(channels, self.moving_mean_initializer, trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            channels, self.moving_variance_initializer, trainable=False, name="moving_variance"
        )
        super().build(input_shape)

    def plan(self, graph, x):
        channels, rows = x.shape[-1], math.prod(x.shape[:-1])
        return self._plan(
            graph,
            (x, x.mask),
            BATCH_NORMALIZATION,
            (channels,),
            batched=False,
            state=(self.moving_mean, self.moving_variance),
            sizes=(rows, channels, not self.trainable, rows if x.mask is None else rows // x.mask.shape[0]),
            constants=(self.epsilon, self.momentum),
            room=3 * channels,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
        }


@layers.add()
class LayerNormalization(_Normalizing):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of each example by itself.

    Arguments:
        axis: The last axis, or a list of the last ones, over which mean and variance are taken.
        epsilon: Added to the variance.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer: Where training starts from.
        beta_regularizer, gamma_regularizer: Penalties, or None.

    Inputs and outputs (B, ..., F). Weights: `gamma`, `beta`, shaped like the axes. Tensors: `name/mean`, `name/variance`,
    `name/normalized`, `name/a`. Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).

    >>> LayerNormalization(epsilon=1e-9)([[1.0, 3.0], [10.0, 30.0]]).round(3)
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis=-1,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, **kwargs
        )
        self.axis = tuple(axis) if isinstance(axis, tuple | list) else axis

    def build(self, input_shape):
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        _check_axes(self, axes, len(input_shape))
        self._add_scale_and_offset(tuple(input_shape[-len(axes) :]))
        self._axes = len(axes)
        super().build(input_shape)

    def plan(self, graph, x):
        before, size = x.shape[: -self._axes], math.prod(x.shape[-self._axes :])
        return self._plan(
            graph,
            (x,),
            GROUP_NORMALIZATION,
            (*before, *[1] * self._axes),
            batched=True,
            sizes=(math.prod(before), 1, 1, size),
            constants=(self.epsilon,),
        )

    def get_config(self):
        return {**super().get_config(), "axis": list(self.axis) if isinstance(self.axis, tuple) else self.axis}


@layers.add()
class GroupNormalization(_Normalizing):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance of groups of channels of each example.

    Arguments:
        groups: Number of groups, which divides the channels; -1 for one group a channel.
        axis: The last axis; channels come last here.
        epsilon: Added to the variance.
        center, scale: Whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer: Where training starts from.
        beta_regularizer, gamma_regularizer: Penalties, or None.

    Inputs and outputs (B, ..., C). Weights: `gamma`, `beta` (C,). Tensors: `name/mean`, `name/variance` (B, groups),
    `name/normalized`, `name/a`. Source: Wu and He, "Group Normalization" (2018).

    >>> GroupNormalization(groups=2, epsilon=1e-9)([[1.0, 3.0, 10.0, 30.0]]).round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups=32,
        axis=-1,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        **kwargs,
    ):
        super().__init__(
            epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, **kwargs
        )
        if not isinstance(groups, int) or groups < -1 or groups == 0:
            raise ValueError(f"GroupNormalization '{self.name}' expected a number of groups, or -1. Received: {groups!r}.")
        self.groups, self.axis = groups, axis

    def build(self, input_shape):
        _check_axes(self, (self.axis,), len(input_shape))
        channels = input_shape[-1]
        groups = channels if self.groups == -1 else self.groups
        if channels % groups:
            raise ValueError(
                f"GroupNormalization '{self.name}' expected a number of groups that divides {channels} channels. "
                f"Received: {groups}."
            )
        self._add_scale_and_offset((channels,))
        super().build(input_shape)

    def plan(self, graph, x):
        channels = x.shape[-1]
        groups = channels if self.groups == -1 else self.groups
        sizes = (1, math.prod(x.shape[:-1]), groups, channels // groups)
        return self._plan(
            graph, (x,), GROUP_NORMALIZATION, (groups,), batched=True, sizes=sizes, constants=(self.epsilon,)
        )

    def get_config(self):
        return {**super().get_config(), "groups": self.groups, "axis": self.axis}


def _check_axes(layer, axes, rank):
    """Raises `ValueError` where the axes are not the last ones of `rank`."""
    if rank < 2 or sorted(axis % rank for axis in axes) != list(range(rank - len(axes), rank)) or len(axes) >= rank:
        raise ValueError(
            f"{type(layer).__name__} '{layer.name}' expected the last axis{' or axes' if len(axes) > 1 else ''}, behind the "
            f"batch axis. Received: axis {layer.axis!r} for inputs of {rank} axes. Put channels last, or use layers.Reshape."
        )
