"""Pictures of a digit, made as the pictures of MNIST were made.

Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998, and
the page of the MNIST database: the digit is scaled into 20 x 20 pixels keeping its proportions, with antialiasing, and
placed into 28 x 28 pixels so that its centre of mass is in the middle.
"""

import math
import os

import numpy as np

from glassnet.registry import Configurable

SIDE = 28
BOX = 20
MAX_PIXELS = 50_000_000
MIN_CONTRAST = 16  # of 255; less than that is paper, not ink
INK = 0.15  # a pixel with less than this share of the strongest ink is dirt, shadow or noise
# Formats that hold pixels only. Pillow would hand others, such as PostScript, to a program that runs them.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")


class ImagePreprocessing(Configurable):
    """Turns a picture of one digit into 28 x 28 pixels, light ink on dark ground. Saved with the model.

    It may be dark on light or light on dark, of any size, a drawing or a scan. A picture that already is as MNIST's are
    (28 x 28, light on dark, at most 20 x 20 of ink with its centre of mass in the middle) is returned unchanged.

    >>> paper = np.full((200, 150), 255, np.uint8)
    >>> paper[40:160, 70:80] = 0                      # a one
    >>> digit = ImagePreprocessing().transform(paper)
    >>> digit.shape, digit.dtype, int(digit.max()), np.flatnonzero(digit.any(axis=1))[[0, -1]].tolist()
    ((28, 28), dtype('uint8'), 255, [4, 23])
    """

    def transform(self, image):
        """The picture as `uint8` (28, 28), from 0 (ground) to 255 (ink).

        Arguments:
            image: The path of a file, a Pillow image, or an array: grey (H, W), or (H, W, 3 or 4); integers from 0 to
                255, or floating-point numbers from 0 to 1 or from 0 to 255.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no picture or a damaged one, it is larger than 50 million pixels, or there is no ink.
        """
        grey = _grey(image)
        if is_like_mnist(grey):
            return grey.copy()
        ink = _ink(grey)
        rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
        digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        return _centre(_fit_into_box(digit))


def is_like_mnist(grey):
    """Whether a `uint8` array is a picture as MNIST has them. All 70,000 of them are.

    >>> from glassnet.datasets import mnist
    >>> (x_train, _), _ = mnist.load_data()
    >>> is_like_mnist(x_train[0]), is_like_mnist(255 - x_train[0]), is_like_mnist(x_train[0].T[:, ::-1] // 2)
    (True, False, False)
    """
    if grey.shape != (SIDE, SIDE) or grey.max() < 250:
        return False
    box = [np.ptp(np.flatnonzero(grey.any(axis=axis))) + 1 for axis in (0, 1)]
    return bool(max(box) <= BOX and all(abs(centre - SIDE / 2) < 0.55 for centre in _centre_of_mass(grey)))


def _grey(image):
    """Any picture as `uint8` (H, W)."""
    from PIL import Image  # here, as Pillow takes long to import

    if isinstance(image, np.ndarray):
        return _on_paper(_from_array(image))
    if isinstance(image, Image.Image):
        return _on_paper(image)
    if not isinstance(image, str | os.PathLike):
        raise ValueError(f"Expected a path, a Pillow image or an array. Received: {type(image).__name__}.")
    with open(image, "rb") as file:
        try:
            opened = Image.open(file, formats=FORMATS)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise ValueError(
                f"Expected a picture ({', '.join(FORMATS)}) of at most {MAX_PIXELS} pixels. Received: {image}, which "
                f"cannot be read ({error}). Do save it as PNG."
            ) from error
        return _on_paper(opened)


def _check_size(width, height):
    if width == 0 or height == 0 or width * height > MAX_PIXELS:
        raise ValueError(
            f"Expected a picture of at most {MAX_PIXELS} pixels. Received: {width} x {height}. Do crop it to the digit."
        )


def _from_array(array):
    from PIL import Image

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)) or array.dtype.kind not in "buif":
        raise ValueError(
            f"Expected one picture: numbers of shape (H, W), (H, W, 3) or (H, W, 4). "
            f"Received: {array.dtype} of shape {array.shape}."
        )
    _check_size(array.shape[1], array.shape[0])
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255):  # NaN fails here too
        raise ValueError(f"Expected values from 0 to 255, or from 0 to 1. Received: from {low} to {high}.")
    if array.dtype.kind == "b" or (array.dtype.kind == "f" and high <= 1):
        array = array * 255.0
    return Image.fromarray(np.rint(array).astype(np.uint8))


def _on_paper(image):
    """The grey values of a Pillow image, the right way up. A transparent one is laid on white, a light one on black."""
    from PIL import Image, ImageOps

    _check_size(image.width, image.height)
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255 instead of scaling
            return np.clip(np.asarray(image) // 257, 0, 255).astype(np.uint8)
        if "A" not in image.getbands() and "transparency" not in image.info:
            return np.asarray(image.convert("L"))
        image = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # the file ends early or contradicts itself
        raise ValueError(f"Expected a whole picture. Received: a damaged one ({error}). Do save it again.") from error
    alpha = np.asarray(image.getchannel("A"))
    light = alpha.any() and alpha.min() < 255 and np.average(np.asarray(image.convert("L")), weights=alpha) > 127
    paper = Image.new("RGBA", image.size, "black" if light else "white")
    return np.asarray(Image.alpha_composite(paper, image).convert("L"))


def _ink(grey):
    """How much darker or lighter than the ground each pixel is, `float32`. The ground is what the border shows."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = np.median(border).astype(np.float32)
    difference = grey.astype(np.float32) - ground
    darker, lighter = -difference.min(), difference.max()
    if max(darker, lighter) < MIN_CONTRAST:
        raise ValueError(
            f"Expected a digit in the picture. Received: a blank one (grey values from {grey.min()} to {grey.max()}). "
            "Do draw with more contrast."
        )
    ink = np.maximum(-difference if darker > lighter else difference, 0)
    ink[ink < INK * ink.max()] = 0
    return ink


def _fit_into_box(digit):
    from PIL import Image

    height, width = digit.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Pillow widens a filter by the scale, so that each new pixel is a weighted mean over those it covers. Of its
    # filters this one brings MNIST's own digits, enlarged ten times, back most faithfully.
    scaled = np.asarray(Image.fromarray(digit).resize(size, Image.Resampling.HAMMING))
    return np.clip(np.rint(scaled * (255 / scaled.max())), 0, 255).astype(np.uint8)


def _centre(digit):
    """Places a digit so that its centre of mass comes to lie between 13.5 and 14.5, as in each of MNIST's pictures.

    One so lopsided that it would be cut off stays at the edge.
    """
    picture = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (
        min(max(math.ceil((SIDE - 1) / 2 - centre), 0), SIDE - length)
        for centre, length in zip(_centre_of_mass(digit), digit.shape, strict=True)
    )
    picture[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return picture


def _centre_of_mass(grey):
    """Row and column of the centre of mass, counted in pixels from 0."""
    mass = grey.sum(dtype=np.float64)
    return [float(grey.sum(axis=1 - axis) @ np.arange(grey.shape[axis]) / mass) for axis in (0, 1)]
