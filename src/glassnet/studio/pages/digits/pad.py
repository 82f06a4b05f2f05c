"""The pad of the page, and what lies on it."""

import numpy as np

from glassnet.preprocessing.image import ImagePreprocessing
from glassnet.studio import controls
from glassnet.studio.live_text import LiveText
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.drawing_pad import DrawingPad


class Sheet:
    """A picture to be read, and where it comes from.

    Attributes:
        grey: uint8 (28, 28); None where there is nothing.
        source: "test", "noise", "drawing" or "nothing".
        number: Of the test picture.
        truth: Its right answer; None where it is not known.
    """

    def __init__(self, grey=None, source="nothing", number=None, truth=None):
        self.grey, self.source, self.number, self.truth = grey, source, number, truth


class PadCard:
    """A pad to draw on; also what the page puts on it.

    Arguments:
        page: The page; its `sheet` is what lies on the pad.
    """

    def __init__(self, page):
        self.page, self._reads = page, ImagePreprocessing()
        t = page.t
        with controls.card(t("digits.pad"), "gn-digits-pad"):
            keys = ("hint", "clear", "clear.help", "undo", "undo.help")
            words = {key.replace(".", "_"): t(f"digits.pad.{key}") for key in keys}
            self.pad = DrawingPad(label=t("digits.pad.label"), labels=words)
            PictureElement(self.pad)
            self.caption = LiveText().classes("gn-small gn-muted").props("aria-live=polite")
            controls.button(t, "digits.pad.another", self.another, icon="shuffle")
        self.pad.observe(self._drawn, "drawing")
        self.pad.put(page.sheet.grey)
        self.tell()

    def put(self, sheet):
        """Lays a picture on the pad."""
        self.page.sheet = sheet
        self.pad.put(sheet.grey)
        self._changed()

    def another(self):
        """Puts a picture of the test on the pad, any one."""
        self.test(int(np.random.default_rng().integers(len(self.page.material.x_test))))

    def test(self, number):
        """Puts a certain picture of the test on the pad."""
        self.put(test_sheet(self.page.material, number))

    def _drawn(self, change):
        pixels = self.pad.pixels
        if pixels is None:  # by `put`
            return
        truth = self.page.sheet.truth if self.page.sheet.source == "drawing" else None
        if not pixels.any():
            self.page.sheet = Sheet()
        else:
            self.page.sheet = Sheet(self._reads.transform(pixels), "drawing", truth=truth)
        self._changed()

    def _changed(self):
        self.tell()
        self.page.sheet_changed()

    def tell(self):
        sheet, t = self.page.sheet, self.page.t
        values = {"number": f"{sheet.number:,}", "digit": self.page.material.names[sheet.truth]} if sheet.source == "test" else {}
        self.caption.text = t(f"digits.sheet.{sheet.source}", **values)


def test_sheet(material, number):
    """A picture of the test as a `Sheet`."""
    return Sheet(material.grey(material.x_test[number])[0], "test", number, int(material.y_test[number]))
