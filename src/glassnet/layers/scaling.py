"""Layers that bring inputs to a common scale."""

import math

import numpy as np

from glassnet.engine.kernels.normalize import NORMALIZE
from glassnet.engine.kernels.rescale import RESCALE
from glassnet.layers.layer import Layer, layers


@layers.add()
class Rescaling(Layer):
    """x * scale + offset: `Rescaling(1 / 255)` brings pixels to 0..1 on the way in, so that the data stay bytes.

    Arguments:
        scale, offset: A number, or one for each of the last axis.

    >>> import numpy as np
    >>> Rescaling(1 / 255)(np.array([[0, 51, 255]], "uint8")).round(3)
    array([[0. , 0.2, 1. ]], dtype=float32)
    """

    passes_mask = each_step_alone = True

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        if not (np.isfinite(scale).all() and np.isfinite(offset).all()):
            raise ValueError(f"Rescaling '{self.name}' expected finite numbers. Received: {scale!r}, {offset!r}.")

    def plan(self, graph, x):
        scales, offsets = np.atleast_1d(self.scale).tolist(), np.atleast_1d(self.offset).tolist()
        features = x.shape[-1] if x.shape else 1
        for numbers in (scales, offsets):
            if len(numbers) not in (1, features):
                raise ValueError(
                    f"Rescaling '{self.name}' expected one number or {features} (the last axis). Received: {len(numbers)}."
                )
        a = graph.tensor(f"{self.name}/a", x.shape)
        graph.add(
            RESCALE,
            inputs=(x,),
            outputs=(a,),
            sizes=(math.prod(x.shape[:-1]), features, len(scales), len(offsets)),
            constants=(*scales, *offsets),
            layer=self.name,
        )
        return a

    def get_config(self):
        plain = {name: np.asarray(getattr(self, name)).tolist() for name in ("scale", "offset")}
        return {**super().get_config(), **plain}


@layers.add()
class Normalization(Layer):
    """(x - mean) / sqrt(variance), with the mean and variance of data seen beforehand (`adapt`) or given.

    Arguments:
        axis: Axis or axes (counted with the batch axis) that keep statistics of their own; None for one mean of all.
        mean, variance: Given statistics, both or neither.
        invert: The way back: x * sqrt(variance) + mean.

    Weights where not given: `mean`, `variance`, `count` (never trained).

    >>> import numpy as np
    >>> layer = Normalization(); layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer([[1.0, 30.0]])
    array([[-1.,  1.]], dtype=float32)
    """

    passes_mask = True

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = None if axis is None else tuple(axis) if isinstance(axis, tuple | list) else (axis,)
        if (mean is None) != (variance is None):
            raise ValueError(f"Normalization '{self.name}' expected both mean and variance, or neither.")
        self.given = mean is not None
        self.mean_argument, self.variance_argument = mean, variance
        if self.given and not (np.isfinite(mean).all() and np.isfinite(variance).all() and np.all(np.asarray(variance) >= 0)):
            raise ValueError(f"Normalization '{self.name}' expected a finite mean and a finite variance of at least 0.")
        self.invert = bool(invert)
        self.mean = self.variance = self.count = None

    def build(self, input_shape):
        rank = len(input_shape)
        axes = sorted(axis % rank for axis in self.axis or ())
        if axes and (axes[0] == 0 or axes != list(range(axes[0], axes[-1] + 1))):
            raise ValueError(
                f"Normalization '{self.name}' expected neighbouring axes behind the batch axis. Received: {self.axis}."
            )
        first, last = (axes[0], axes[-1] + 1) if axes else (rank, rank)
        self._kept = tuple(axes)
        features = tuple(input_shape[first:last])
        if axes:
            self._sizes = (math.prod(input_shape[1:first]), math.prod(features), math.prod(input_shape[last:]))
        else:
            self._sizes = (1, 1, math.prod(input_shape[1:]))
        self.weights.clear()
        self.mean = self.add_weight(features, "zeros", trainable=False, name="mean")
        self.variance = self.add_weight(features, "ones", trainable=False, name="variance")
        self.count = self.add_weight((), "zeros", trainable=False, name="count")
        if self.given:
            self.mean.assign(np.broadcast_to(np.squeeze(self.mean_argument), features))
            self.variance.assign(np.broadcast_to(np.squeeze(self.variance_argument), features))
        super().build(input_shape)

    def adapt(self, data):
        """Takes mean and variance from `data` (N, ...), in float64."""
        data = np.asarray(data)
        if data.ndim < 1 or len(data) == 0 or data.dtype.kind not in "buif":
            raise ValueError(
                f"Normalization '{self.name}' expected numbers of shape (examples, ...). "
                f"Received: shape {data.shape}, dtype {data.dtype}."
            )
        if not np.isfinite(data).all():
            raise ValueError(
                f"Normalization '{self.name}' expected finite numbers, but the data hold NaN or infinity. Clean them first."
            )
        if not self.built:
            self.build((None, *data.shape[1:]))
        axes = tuple(axis for axis in range(data.ndim) if axis not in self._kept)
        self.mean.assign(data.mean(axis=axes, dtype=np.float64))
        self.variance.assign(data.var(axis=axes, dtype=np.float64))
        self.count.assign(data.size // self.mean.size)

    def plan(self, graph, x):
        a = graph.tensor(f"{self.name}/a", x.shape)
        graph.add(
            NORMALIZE,
            inputs=(x,),
            outputs=(a,),
            state=(self.mean, self.variance),
            sizes=(*self._sizes, self.invert),
            layer=self.name,
        )
        return a

    def get_config(self):
        axis = None if self.axis is None else list(self.axis)
        plain = [None if v is None else np.asarray(v).tolist() for v in (self.mean_argument, self.variance_argument)]
        return {**super().get_config(), "axis": axis, "mean": plain[0], "variance": plain[1], "invert": self.invert}
