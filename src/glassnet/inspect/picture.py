"""Arrays as PNG pictures within HTML: images of a data set, and the weights of a neuron."""

import base64
import io
import math

import numpy as np

from glassnet.inspect.html import COLOURS


def image_shape(shape):
    """How inputs of a shape (without batch) are laid out as a picture: (H, W) or (H, W, 3); None where they are none.

    Flat inputs are taken for a square picture from 8 x 8 on.

    >>> image_shape((28, 28, 1)), image_shape((784,)), image_shape((5,))
    ((28, 28), (28, 28), None)
    """
    if len(shape) == 3 and shape[2] in (1, 3):
        return shape[:2] if shape[2] == 1 else shape
    if len(shape) == 2 and min(shape) >= 4:
        return shape
    side = math.isqrt(shape[0]) if len(shape) == 1 else 0
    return (side, side) if side >= 8 and side * side == shape[0] else None


def image_tag(image, low, high):
    """An image (H, W) or (H, W, 3) with numbers from `low` to `high` as an HTML element."""
    scaled = (np.asarray(image, np.float64) - low) / ((high - low) or 1.0)
    pixels = (np.clip(scaled, 0, 1) * 255).round().astype(np.uint8)
    return f'<img alt="" src="{_address(pixels)}">'


def weights_tag(weights, strongest):
    """Weights (H, W) as an HTML element: blue where positive, orange where negative, the fainter the nearer to 0; one picture
    for a light ground and one for a dark."""
    weights = np.nan_to_num(weights, nan=0.0)  # of a training that has diverged
    light, dark = (_address(_signed(weights, strongest, theme)) for theme in (0, 1))
    source = f'<source media="screen and (prefers-color-scheme:dark)" srcset="{dark}"/>'
    return f'<picture>{source}<img alt="" src="{light}"></picture>'


def _signed(weights, strongest, theme):
    """Weights (H, W) as pixels (H, W, 4)."""
    positive, negative = (np.frombuffer(bytes.fromhex(COLOURS[name][theme][1:]), np.uint8) for name in ("positive", "negative"))
    pixels = np.empty((*weights.shape, 4), np.uint8)
    pixels[..., :3] = np.where((weights >= 0)[..., None], positive, negative)
    pixels[..., 3] = (np.clip(np.abs(weights) / (strongest or 1.0), 0, 1) * 255).round()
    return pixels


def _address(pixels):
    """Pixels as the address of a PNG that holds them."""
    from PIL import Image  # here, as Pillow takes long to import

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
