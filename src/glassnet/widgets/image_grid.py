"""A grid of small images: the weights into neurons, pictures of a data set, the activations of a layer."""

import numpy as np
import traitlets

from glassnet.widgets.picture import Packed, Picture


class ImageGrid(Picture):
    """Images beside each other, each with a caption; they can be clicked.

    The browser sets `clicked`, `{"index": i, "number": how many clicks there were}`, and `hovered`, the index under the
    pointer or with the focus, -1 for none.

    Attributes:
        size: Least width of an image in pixels; the grid fills its place.
        captions: For each image `[title, rest]`.
        selected: Index of the one with a frame, -1 for none.
        crossed: Indices of those that are crossed out, such as neurons that are switched off.
        item: What one image is called, as in "Neuron"; screen readers say it with its caption.
        nothing: Text in place of an empty grid.
        images, shape, signed: As `show` and `show_signed` set them.

    >>> grid = ImageGrid()
    >>> grid.show(np.zeros((3, 28, 28), np.uint8), [["7", "99 %"]] * 3)
    >>> grid.shape, grid.signed
    ([28, 28], False)
    """

    size = traitlets.Int(64).tag(sync=True)
    images = Packed("uint8")
    shape = traitlets.List([0, 0]).tag(sync=True)
    signed = traitlets.Bool(False).tag(sync=True)
    captions = traitlets.List().tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    crossed = traitlets.List().tag(sync=True)
    item = traitlets.Unicode("").tag(sync=True)
    nothing = traitlets.Unicode("").tag(sync=True)
    clicked = traitlets.Dict({"index": -1, "number": 0}).tag(sync=True)
    hovered = traitlets.Int(-1).tag(sync=True)

    def show(self, images, captions=None):
        """Shows pixels, uint8 (N, H, W), 0 as the ground and 255 as ink."""
        self._set(np.asarray(images, np.uint8), False, captions)

    def show_signed(self, images, captions=None, strongest=None):
        """Shows numbers (N, H, W), positive ones in one colour, negative ones in the other.

        Arguments:
            images: Real numbers.
            captions: For each image `[title, rest]`; None leaves the captions as they are.
            strongest: The number that gets the full colour; the largest of each image where None.
        """
        self._set(signed_bytes(images, strongest), True, captions)

    def _set(self, images, signed, captions):
        if images.ndim != 3:
            raise ValueError(f"Expected images (N, H, W). Received: an array of shape {images.shape}.")
        with self.hold_trait_notifications():
            self.images, self.shape, self.signed = images, list(images.shape[1:]), signed
            if captions is not None:
                self.captions = captions


def signed_bytes(images, strongest=None):
    """Numbers (N, H, W) as bytes: 128 is 0, 255 the strongest positive number, 1 the strongest negative one.

    >>> signed_bytes([[[0.0, -2.0, 1.0]]]).tolist()
    [[[128, 1, 192]]]
    """
    images = np.nan_to_num(np.asarray(images, np.float32), posinf=0.0, neginf=0.0)  # of a training that has diverged
    if strongest is None:
        strongest = np.abs(images).max(axis=(1, 2), keepdims=True, initial=0)
    scaled = np.divide(images, strongest, out=np.zeros_like(images), where=np.broadcast_to(strongest, images.shape) > 0)
    return np.rint(128 + 127 * np.clip(scaled, -1, 1)).astype(np.uint8)
