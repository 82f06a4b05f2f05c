"""A pad on which a digit is drawn by hand."""

import base64

import numpy as np
import traitlets

from glassnet.widgets.picture import Packed, Picture

SIDE = 112
"""Pixels in a row of the drawing that the browser sends, as in drawing_pad.js."""


class DrawingPad(Picture):
    """A square to draw on with mouse, pen, finger, or arrow keys and space.

    The browser sets `drawing`, the drawing as it is now: light ink on dark ground as in MNIST, at most once a frame.

    Attributes:
        brush: Width of the brush as a share of the side. As it is, a digit that fills three quarters of the pad comes out,
            scaled as MNIST's were, with strokes as wide as theirs.
        labels: Texts: `hint` on the empty pad, `clear`, `clear_help`, `undo` and `undo_help` of the buttons.
        picture: What lies on the pad, as `put` sets it.
        drawing: Packed uint8 (112, 112), all 0 once the pad was emptied; "" while nobody has touched what `put` laid there.

    >>> pad = DrawingPad()
    >>> pad.put(np.eye(28, dtype=np.uint8) * 255)
    >>> pad.picture["shape"], pad.pixels is None
    ([28, 28], True)
    """

    brush = traitlets.Float(0.085).tag(sync=True)
    labels = traitlets.Dict(
        {
            "hint": "Draw a digit here",
            "clear": "Clear",
            "clear_help": "Empties the pad (Delete).",
            "undo": "Undo",
            "undo_help": "Takes the last stroke back (Ctrl+Z).",
        }
    ).tag(sync=True)
    picture = traitlets.Dict({"number": 0, "pixels": "", "shape": []}).tag(sync=True)
    drawing = Packed("uint8")

    def put(self, picture=None):
        """Lays a picture, uint8 (H, W) with light ink, on the pad in place of what is there; None empties it."""
        pixels = "" if picture is None else Packed("uint8").validate(self, picture)
        shape = [] if picture is None else list(np.shape(picture))
        self.drawing = ""
        self.picture = {"number": self.picture["number"] + 1, "pixels": pixels, "shape": shape}

    @property
    def pixels(self):
        """The drawing as an array uint8 (112, 112); None while nobody has touched what `put` laid there."""
        return None if not self.drawing else np.frombuffer(base64.b64decode(self.drawing), np.uint8).reshape(SIDE, SIDE)
