"""Images of more or less contrast, while training."""

import math

from glassnet.engine.kernels.contrast import CONTRAST
from glassnet.layers.augmentation import Augmentation, plain
from glassnet.layers.layer import layers


@layers.add()
class RandomContrast(Augmentation):
    """Changes the contrast of images at random while training: (x - mean) * f + mean, with the mean of each channel.

    Arguments:
        factor: f is drawn from 1 - factor to 1 + factor; or (lower, upper) for 1 - lower to 1 + upper.
        value_range: Limits that colours are held between.
        seed: Of its random numbers; drawn where none is given.

    Inputs and outputs (B, H, W, C). Tensors: `name/factor` (B,), `name/a`.

    >>> import numpy as np
    >>> RandomContrast((0.5, 0.0), (0, 1), seed=1)(np.array([[[[0.0], [1.0]]]])).ravel().round(2)
    array([0.18, 0.82], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        lower, upper = factor if isinstance(factor, tuple | list) else (factor, factor)
        if not (0 <= lower <= 1 and 0 <= upper < math.inf):
            raise ValueError(
                f"RandomContrast '{self.name}' expected a factor from 0 to 1, or (lower, upper). Received: {factor!r}."
            )
        if len(value_range) != 2 or not value_range[0] < value_range[1]:
            raise ValueError(
                f"RandomContrast '{self.name}' expected value_range as (lowest, highest). Received: {value_range!r}."
            )
        self.factor, self.value_range = factor, tuple(value_range)
        self._range = 1 - lower, 1 + upper

    def plan(self, graph, x):
        a, factor = graph.tensor(f"{self.name}/a", x.shape), graph.tensor(f"{self.name}/factor", ())
        graph.add(
            CONTRAST,
            inputs=(x,),
            outputs=(a, factor),
            sizes=(math.prod(x.shape[:-1]), x.shape[-1]),
            constants=(*self._range, *self.value_range),
            seed=self.seed % 2**63,
            layer=self.name,
        )
        return a

    def get_config(self):
        return {**super().get_config(), "factor": plain(self.factor), "value_range": list(self.value_range)}
