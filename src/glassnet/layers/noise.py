"""Layers that do something in training only: Dropout and noise."""

import math

from glassnet.engine.kernels.dropout import DROPOUT
from glassnet.engine.kernels.noise import GAUSSIAN_NOISE
from glassnet.layers.layer import Layer, layers
from glassnet.random import draw_seed


@layers.add()
class Dropout(Layer):
    """Sets a share `rate` of its inputs to 0 at random while training, and scales up the rest so that the sum is kept.

    Arguments:
        rate: Share of inputs left out, 0 <= rate < 1.
        seed: Of its random numbers; drawn where none is given.

    Tensors: `name/mask` (0 or 1 / (1 - rate)), `name/a`. Source: Srivastava et al., "Dropout" (2014).

    >>> import numpy as np
    >>> sorted(set(Dropout(0.5, seed=1)(np.ones((1, 100)), training=True).ravel().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, rate, *, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"Dropout '{self.name}' expected a rate from 0 to below 1. Received: {rate!r}.")
        self.rate = rate
        self.seed = draw_seed(seed)

    def plan(self, graph, x):
        mask = graph.tensor(f"{self.name}/mask", x.shape)
        a = graph.tensor(f"{self.name}/a", x.shape)
        size = math.prod(x.shape)
        graph.add(
            DROPOUT,
            inputs=(x,),
            outputs=(a, mask),
            sizes=(size,),
            constants=(self.rate,),
            seed=self.seed % 2**63,
            layer=self.name,
        )
        return a

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@layers.add()
class GaussianNoise(Layer):
    """Adds noise of mean 0 and standard deviation `stddev` while training.

    Arguments:
        stddev: Standard deviation, in the units of the input.
        seed: Of its random numbers; drawn where none is given.
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not stddev >= 0:
            raise ValueError(f"GaussianNoise '{self.name}' expected stddev >= 0. Received: {stddev!r}.")
        self.stddev = stddev
        self.seed = draw_seed(seed)

    def plan(self, graph, x):
        a = graph.tensor(f"{self.name}/a", x.shape)
        size = math.prod(x.shape)
        graph.add(
            GAUSSIAN_NOISE,
            inputs=(x,),
            outputs=(a,),
            sizes=(size,),
            constants=(self.stddev,),
            seed=self.seed % 2**63,
            layer=self.name,
        )
        return a

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev, "seed": self.seed}
