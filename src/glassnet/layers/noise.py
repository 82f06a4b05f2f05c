"""Noise added in training only."""

import math

from glassnet.engine.kernels.noise import GAUSSIAN_NOISE
from glassnet.layers.layer import Layer, layers
from glassnet.random import draw_seed


@layers.add()
class GaussianNoise(Layer):
    """Adds noise of mean 0 and standard deviation `stddev` while training.

    Arguments:
        stddev: Standard deviation, in the units of the input.
        seed: Of its random numbers; drawn where none is given.
    """

    passes_mask = each_step_alone = True

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
