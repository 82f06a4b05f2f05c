"""What the picture on the pad, or the mean of many, wants changed in the network."""

import numpy as np
from nicegui import ui

from glassnet.studio import controls
from glassnet.studio.live_text import LiveText
from glassnet.studio.picture_element import PictureElement
from glassnet.widgets.answer_bars import AnswerBars
from glassnet.widgets.image_grid import ImageGrid

BATCH = 100
"""Examples whose wishes are averaged."""
LISTED = 6


class WishesView:
    """Nudges: each output up or down, and the ways to get it. They are those of `trace.nudges`."""

    every = 0.1

    def __init__(self, page):
        self.page, self._start = page, 0
        t = page.t
        names = page.material.names
        with ui.element("div").classes("gn-row gn-digits-controls"):
            whose = {kind: t(f"digits.wishes.whose.{kind}") for kind in ("one", "many")}
            controls.choice(t, "digits.wishes.whose", whose, page.whose, self._choose)
            truth = page.sheet.truth
            options = {-1: t("digits.wishes.unknown")} | dict(enumerate(names))
            value = -1 if truth is None else truth
            self.truth = controls.select(t, "digits.wishes.truth", options, value, self._teach)
        self.told = LiveText().classes("gn-muted")
        with ui.element("div").classes("gn-digits-wishes") as self.body:
            with ui.element("div"):
                ui.label(t("digits.wishes.outputs")).classes("gn-label")
                self.outputs = AnswerBars(label=t("digits.wishes.outputs"), labels=names, signed=True, limit=0.0)
                PictureElement(self.outputs)
            with ui.element("div").classes("gn-stack"):
                self.lists = {way: _listing(t, way) for way in ("bias", "kernel", "below")}
            self.images = ImageGrid(label=t("digits.wishes.images"), size=72)
            with ui.element("div") as self.pictures:
                ui.label(t("digits.wishes.images")).classes("gn-label")
                PictureElement(self.images)

    def _choose(self, event):
        self.page.whose = event.value
        self.page.refresh()

    def _teach(self, event):
        if self.page.sheet.grey is not None:
            self.page.sheet.truth = None if event.value == -1 else event.value
            self.page.sheet_changed()

    async def update(self, seen):
        """Traces the examples and shows their wishes."""
        page, t, sheet = self.page, self.page.t, self.page.sheet
        self.truth.value = -1 if sheet.truth is None else sheet.truth
        one = page.whose == "one"
        if one and (sheet.grey is None or sheet.truth is None):
            self.told.text, self.body.visible = t("digits.wishes.teach"), False
            return
        if one:
            self.told.text = t("digits.wishes.told.one", digit=page.material.names[sheet.truth])
            nudges = page.reading.trace.nudges(0)
        else:
            self.told.text = t("digits.wishes.told.many", count=BATCH)
            nudges = page.reader.batch(0, BATCH).nudges()
        self.body.visible = True
        self.nudges = nudges
        layers = list(nudges)  # the last layer first
        self.outputs.values = nudges[layers[0]].neurons.ravel()
        for way, listed in self.lists.items():
            found = nudges[layers[0]].ranked(way, LISTED) if way != "bias" or nudges[layers[0]].bias is not None else []
            listed.content = "".join(_line(t, nudge) for nudge in found)
        first = nudges[layers[-1]].kernel
        self.pictures.visible = first.shape[0] == 784
        if self.pictures.visible:
            images = first.T.reshape(-1, 28, 28)
            self.images.show_signed(images, [[str(unit), ""] for unit in range(len(images))], float(np.abs(images).max()))


def _listing(t, way):
    with ui.element("div"):
        ui.label(t(f"digits.wishes.way.{way}")).classes("gn-label")
        return ui.html("", sanitize=False).classes("gn-digits-list")


def _line(t, nudge):
    """A nudge as a line: its name and strength are the library's."""
    arrow = {"up": "↑", "down": "↓", "stay": "·"}[nudge.direction]
    kind = {"up": "gn-pos", "down": "gn-neg", "stay": "gn-muted"}[nudge.direction]
    return (
        f'<div><span class="gn-mono">{nudge.name}</span>'
        f'<b class="{kind}" aria-label="{t("digits.wishes." + nudge.direction)}">{arrow} {abs(nudge.strength):.3g}</b></div>'
    )
