"""Images distorted as if on rubber, while training."""

import math

from glassnet.engine.kernels import warp
from glassnet.layers.augmentation import FILL_MODES, INTERPOLATIONS, Augmentation
from glassnet.layers.layer import layers


@layers.add()
class ElasticDistortion(Augmentation):
    """Moves the pixels of images by small smooth random displacements while training, as handwriting varies.

    Arguments:
        alpha: How strong: what the smoothed displacements are multiplied by, in pixels.
        sigma: How smooth: standard deviation of the Gaussian, in pixels.
        fill_mode, interpolation, seed, fill_value: As of `RandomRotation`.

    Inputs and outputs (B, H, W, C). Tensors: `name/motion` (B, 2, H, W), the displacements down and to the right in pixels;
    `name/a`. Source: Simard, Steinkraus and Platt (2003), who took alpha 34 and sigma 4 for handwritten digits.

    >>> import numpy as np
    >>> ElasticDistortion(seed=1)(np.ones((1, 28, 28, 1)), training=False).sum()
    np.float32(784.0)
    """

    def __init__(
        self,
        alpha=34.0,
        sigma=4.0,
        fill_mode="constant",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        if not (0 <= alpha < math.inf and 0 < sigma < math.inf):
            raise ValueError(
                f"ElasticDistortion '{self.name}' expected alpha of at least 0 and sigma above 0. Received: {alpha!r}, {sigma!r}."
            )
        self._fill = self.choice("fill_mode", fill_mode, FILL_MODES)
        self._interpolation = self.choice("interpolation", interpolation, INTERPOLATIONS)
        self.alpha, self.sigma = alpha, sigma
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def plan(self, graph, x):
        height, width, channels = x.shape
        radius = math.ceil(3 * self.sigma)  # all but a thousandth of the Gaussian
        a, motion = graph.tensor(f"{self.name}/a", x.shape), graph.tensor(f"{self.name}/motion", (2, height, width))
        graph.add(
            warp.ELASTIC,
            inputs=(x,),
            outputs=(a, motion),
            sizes=(height, width, channels, self._fill, self._interpolation, 0, radius),
            constants=(self.fill_value, self.alpha, self.sigma),
            seed=self.seed % 2**63,
            room=radius + 1 + 2 * height * width,
            layer=self.name,
        )
        return a

    def get_config(self):
        names = ("alpha", "sigma", "fill_mode", "interpolation", "fill_value")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
