"""Image augmentation with ranges of one number, which leaves nothing to chance: what comes out in training."""

import keras
import numpy as np

from .precision import precision

IMAGES = np.random.default_rng(1).normal(size=(2, 5, 6, 2)).round(3)
MODES = [
    {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 0.5}
    for fill_mode in ("constant", "reflect", "wrap", "nearest")
    for interpolation in ("bilinear", "nearest")
]
CASES = [
    *(("RandomRotation", {"factor": [turn, turn], **mode}) for turn in (0.07, -0.3) for mode in MODES),
    *(("RandomTranslation", {"height_factor": [0.31, 0.31], "width_factor": [-0.21, -0.21], **mode}) for mode in MODES),
    *(("RandomZoom", {"height_factor": [0.3, 0.3], **mode}) for mode in MODES),
    ("RandomZoom", {"height_factor": [-0.4, -0.4], "width_factor": [0.2, 0.2]}),
]


def record():
    cases = {}
    for number, (class_name, arguments) in enumerate(CASES):
        with precision("float64"):
            layer = getattr(keras.layers, class_name)(**arguments)
            outputs = np.asarray(layer(IMAGES, training=True))
        cases[f"{class_name}/{number}"] = {"class": class_name, "arguments": arguments, "float64": {"outputs": outputs}}
    return {"inputs": IMAGES, "cases": cases}
