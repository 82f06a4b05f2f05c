"""What the network says to noise, and how sure it is of it."""

import numpy as np
from nicegui import ui

from glassnet.inspect.noise import noise
from glassnet.studio import controls
from glassnet.studio.live_text import LiveText
from glassnet.studio.pages.digits.pad import Sheet
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.answer_bars import AnswerBars
from glassnet.widgets.image_grid import ImageGrid

SAMPLES = 1000
SHOWN = 28


class NoiseView:
    """A thousand pictures of noise: how they are answered, and how sure the network is."""

    every = 1.0

    def __init__(self, page):
        self.page, self.seed, self.pictures = page, 0, np.empty((0, 28, 28), np.uint8)
        t = page.t
        with ui.element("div").classes("gn-row"):
            controls.button(t, "digits.noise.pad", lambda: self.put(0), icon="grain")
            controls.button(t, "digits.noise.other", self._other, icon="refresh")
        self.told = LiveText().classes("gn-muted")
        with ui.element("div").classes("gn-digits-noise"):
            with ui.element("div"):
                ui.label(t("digits.noise.shares")).classes("gn-label")
                self.bars = AnswerBars(label=t("digits.noise.shares"), labels=page.material.names)
                PictureElement(self.bars)
            with ui.element("div"):
                ui.label(t("digits.noise.pictures")).classes("gn-label")
                self.grid = ImageGrid(label=t("digits.noise.pictures"), size=64)
                PictureElement(self.grid)
        self.grid.observe(lambda change: self.put(change["new"]["index"]), "clicked")

    async def update(self, seen):
        """Shows the network noise, aside."""
        found = await self.page.aside(_noise, seen, self.page.reader.off, self.seed)
        if self.told.is_deleted:  # another view is shown by now
            return
        t, names = self.page.t, self.page.material.names
        self.found = found
        self.told.text = t(
            "digits.noise.told",
            samples=f"{SAMPLES:,}",
            mean=f"{100 * found.mean_confidence:.1f}",
            share=f"{100 * found.share_above(0.9):.1f}",
        )
        self.bars.values = found.counts / len(found.x)
        self.pictures = self.page.material.grey(found.x[:SHOWN])
        captions = [
            [names[answer], f"{100 * sure:.0f} %"]
            for answer, sure in zip(found.answers[:SHOWN], found.confidences[:SHOWN], strict=True)
        ]
        self.grid.show(self.pictures, captions)

    def put(self, place):
        """Puts a picture of noise on the pad."""
        if 0 <= place < len(self.pictures):
            self.page.pad.put(Sheet(self.pictures[place], "noise"))

    def _other(self):
        self.seed += 1
        self.page.refresh()


def _noise(bench, seed):
    with bench.without() as model:
        return noise(model, SAMPLES, seed, 0, bench.material.high)
